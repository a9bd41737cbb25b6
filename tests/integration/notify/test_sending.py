from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from fakes.messaging import (
    ANA,
    CLINIC_NUMBER,
    NOON,
    Clock,
    FakeMails,
    FakeSource,
    FakeTexts,
    a_message,
)
from notify.api import (
    Drop,
    Hold,
    MessageState,
    NewMessage,
    Send,
    SuppressionReason,
    is_suppressed,
    messages_of,
    phone_hash,
    queue_message,
    suppress,
)
from notify.channels import Channels, Text
from notify.delivery import Outcome, SendResult
from notify.worker import Sender, send_message, sweep
from shared.database import Context, Database


class Killed(BaseException):
    """A worker that ends between claim and record."""


UNCLEAR = SendResult(Outcome.UNCLEAR, error_code="timeout")


async def queued(database: Database, new: NewMessage) -> UUID:
    async with database.transaction(Context(organization_id=new.organization_id)) as session:
        message_id = await queue_message(session, new, NOON)
    assert message_id is not None
    return message_id


async def row_of(database: Database, organization_id: UUID, message_id: UUID) -> Any:
    async with database.transaction(Context(organization_id=organization_id)) as session:
        found = await session.execute(
            text("select * from message where id = :id"), {"id": message_id}
        )
        return found.one()


async def jobs(database: Database) -> list[str]:
    async with database.transaction(Context()) as session:
        found = await session.execute(text("select entrypoint from pgqueuer order by id"))
        return list(found.scalars())


async def test_a_message_waits_with_its_words_sealed(database: Database, clinic: UUID) -> None:
    message_id = await queued(database, a_message(clinic))
    row = await row_of(database, clinic, message_id)
    assert row.state == "queued"
    assert b"May 3" not in row.params_sealed


async def test_a_rolled_back_transaction_leaves_no_message(
    database: Database, clinic: UUID
) -> None:
    async def move_that_fails() -> None:
        async with database.transaction(Context(organization_id=clinic)) as session:
            assert await queue_message(session, a_message(clinic)) is not None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await move_that_fails()
    async with database.transaction(Context(organization_id=clinic)) as session:
        assert (await session.execute(text("select count(*) from message"))).scalar_one() == 0


async def test_a_deduplication_key_is_used_once_per_organization(
    database: Database, clinic: UUID
) -> None:
    new = a_message(clinic, deduplication_key="P5:1")
    await queued(database, new)
    async with database.transaction(Context(organization_id=clinic)) as session:
        assert await queue_message(session, new) is None
        assert len(await messages_of(session, new.subject_id)) == 1


async def test_nobody_else_sees_or_writes_a_clinics_messages(
    database: Database, clinic: UUID
) -> None:
    new = a_message(clinic)
    await queued(database, new)
    stranger = Context(organization_id=a_message(clinic).subject_id)
    async with database.transaction(stranger) as session:
        assert await messages_of(session, new.subject_id) == []
    with pytest.raises(Exception, match="row-level security"):
        async with database.transaction(stranger) as session:
            await queue_message(session, a_message(clinic))


async def test_the_other_party_writes_a_message_that_it_cannot_read(
    database: Database, owner_database: Database, clinic: UUID
) -> None:
    async with owner_database.transaction(Context()) as session:  # as 0006 does over `referral`
        await session.execute(
            text("create policy other on message for insert to handback_app with check (true)")
        )
    agency = Context(organization_id=a_message(clinic).subject_id)
    new = a_message(clinic, deduplication_key="P2:1")
    async with database.transaction(agency) as session:
        assert await queue_message(session, new) is not None
        assert await queue_message(session, new) is None
        assert await messages_of(session, new.subject_id) == []
    async with database.transaction(Context(organization_id=clinic)) as session:
        assert len(await messages_of(session, new.subject_id)) == 1


async def test_a_text_is_sent_and_its_story_told(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    new = a_message(clinic)
    message_id = await queued(database, new)
    assert await send_message(sender, clinic, message_id)
    assert not await send_message(sender, clinic, message_id)
    [sent] = texts.sent
    assert (sent.sender, sent.recipient) == (CLINIC_NUMBER, ANA)
    async with database.transaction(Context(organization_id=clinic)) as session:
        [story] = await messages_of(session, new.subject_id)
    assert story.state is MessageState.SENT
    assert story.state_words == "Sent"
    assert story.body == "Lincoln Clinic: there is news."
    assert story.sent_at == NOON


async def test_the_claim_is_committed_before_the_provider_is_called(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    seen: list[Any] = []

    async def look(parcel: Text) -> None:
        seen.append(await row_of(database, clinic, parcel.message_id))

    texts.before_answer = look
    await send_message(sender, clinic, await queued(database, a_message(clinic)))
    [row] = seen
    assert (row.state, row.attempts, row.fence) == ("claimed", 1, 1)
    assert row.lease_until > NOON
    assert row.body_sealed is not None


async def test_a_text_whose_outcome_is_unclear_is_never_sent_again(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    texts.results.append(UNCLEAR)
    message_id = await queued(database, a_message(clinic))
    await send_message(sender, clinic, message_id)
    for hours in (0, 1, 24, 240):
        turned.now = NOON + timedelta(hours=hours)
        await sweep(sender, at_once=1)
        await send_message(sender, clinic, message_id)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.error_code, len(texts.sent)) == ("in_doubt", "timeout", 1)


async def test_a_text_of_a_dead_worker_is_in_doubt_after_its_lease(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    async def die(_: Text) -> None:
        raise Killed

    texts.before_answer = die
    message_id = await queued(database, a_message(clinic))
    with pytest.raises(Killed):
        await send_message(sender, clinic, message_id)
    texts.before_answer = None
    await sweep(sender, at_once=1)
    assert (await row_of(database, clinic, message_id)).state == "claimed"
    turned.now = NOON + timedelta(seconds=61)
    await sweep(sender, at_once=1)
    assert (await row_of(database, clinic, message_id)).state == "in_doubt"
    assert len(texts.sent) == 1


async def test_a_mail_of_a_dead_worker_goes_again(
    database: Database, clinic: UUID, sender: Sender, mails: FakeMails, turned: Clock
) -> None:
    message_id = await queued(database, a_message(clinic, channel="email"))
    async with sender.database.transaction(Context(organization_id=clinic)) as session:
        await session.execute(
            text("update message set state = 'claimed', fence = 1, lease_until = :until"),
            {"until": NOON},
        )
    await sweep(sender, at_once=1)
    assert (await row_of(database, clinic, message_id)).state == "sent"
    assert len(mails.sent) == 1


async def test_a_late_worker_still_proves_its_own_text(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    async def stall(parcel: Text) -> None:
        turned.now = NOON + timedelta(seconds=61)
        texts.before_answer = None
        await sweep(sender, at_once=1)
        assert (await row_of(database, clinic, parcel.message_id)).state == "in_doubt"

    texts.before_answer = stall
    message_id = await queued(database, a_message(clinic))
    await send_message(sender, clinic, message_id)
    assert (await row_of(database, clinic, message_id)).state == "sent"
    assert len(texts.sent) == 1


async def test_slower_please_is_tried_again_after_a_wait(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    texts.results.append(SendResult(Outcome.NOT_SENT, error_code="429"))
    message_id = await queued(database, a_message(clinic))
    await send_message(sender, clinic, message_id)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.not_before) == ("retry_at", NOON + timedelta(seconds=2))
    assert not await send_message(sender, clinic, message_id)
    turned.now = NOON + timedelta(seconds=2)
    assert await sweep(sender, at_once=1) == 1
    assert (await row_of(database, clinic, message_id)).state == "sent"


async def test_a_suppressed_number_gets_nothing(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    message_id = await queued(database, a_message(clinic))
    async with database.transaction(Context(organization_id=clinic)) as session:
        await suppress(session, clinic, phone_hash(ANA), SuppressionReason.CARRIER_STOP, NOON)
    assert not await send_message(sender, clinic, message_id)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.reason, texts.sent) == ("suppressed", "opted_out", [])
    assert await jobs(database) == ["message_outcome"]


async def test_a_revocation_in_own_words_is_confirmed_exactly_once(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    async with database.transaction(Context(organization_id=clinic)) as session:
        await suppress(session, clinic, phone_hash(ANA), SuppressionReason.OWN_WORDS, NOON)
    for _ in range(3):
        new = a_message(clinic, template="P9", confirms_opt_out=True, is_reply=True)
        await send_message(sender, clinic, await queued(database, new))
    await send_message(sender, clinic, await queued(database, a_message(clinic)))
    assert len(texts.sent) == 1


async def test_a_carriers_block_suppresses_the_number(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    texts.results.append(SendResult(Outcome.OPTED_OUT, error_code="21610"))
    message_id = await queued(database, a_message(clinic))
    await send_message(sender, clinic, message_id)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.reason, row.error_code) == ("suppressed", "opted_out", "21610")
    async with database.transaction(Context(organization_id=clinic)) as session:
        assert await is_suppressed(session, clinic, phone_hash(ANA))


async def test_a_text_at_night_waits_for_the_morning_but_an_answer_does_not(
    database: Database, clinic: UUID, sender: Sender, source: FakeSource, turned: Clock
) -> None:
    source.verdict = Send(ANA, "America/New_York")
    turned.now = NOON + timedelta(hours=12)
    message_id = await queued(database, a_message(clinic))
    reply_id = await queued(database, a_message(clinic, is_reply=True))
    assert not await send_message(sender, clinic, message_id)
    assert await send_message(sender, clinic, reply_id)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.reason) == ("queued", "quiet_hours")
    assert row.not_before == NOON + timedelta(hours=20)
    turned.now = row.not_before
    assert await sweep(sender, at_once=1) == 1


async def test_the_source_may_hold_or_drop_a_message(
    database: Database, clinic: UUID, sender: Sender, source: FakeSource, texts: FakeTexts
) -> None:
    source.verdict = Hold(NOON + timedelta(minutes=5), "undo_window")
    held = await queued(database, a_message(clinic))
    await send_message(sender, clinic, held)
    source.verdict = Drop("consent_ended")
    dropped = await queued(database, a_message(clinic))
    await send_message(sender, clinic, dropped)
    assert (await row_of(database, clinic, held)).reason == "undo_window"
    assert (await row_of(database, clinic, dropped)).reason == "consent_ended"
    assert texts.sent == []


async def test_without_a_channel_messages_are_suppressed_and_say_so(
    database: Database, clinic: UUID, sender: Sender
) -> None:
    bare = Sender(sender.database, Channels(), clock=sender.clock)
    message_id = await queued(database, a_message(clinic))
    await send_message(bare, clinic, message_id)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.reason) == ("suppressed", "channel_not_configured")


async def test_one_question_at_a_time_stands_open_on_a_phone(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    first = a_message(clinic, template="P5", is_question=True)
    second = a_message(clinic, template="P5", is_question=True)
    again = a_message(clinic, template="P6", is_question=True, subject_id=first.subject_id)
    await send_message(sender, clinic, await queued(database, first))
    waiting = await queued(database, second)
    await send_message(sender, clinic, waiting)
    await send_message(sender, clinic, await queued(database, again))
    row = await row_of(database, clinic, waiting)
    assert (row.reason, row.not_before) == ("open_question", NOON + timedelta(hours=48))
    assert len(texts.sent) == 2


async def test_an_answer_lets_the_next_question_go(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    from notify.api import close_question, open_question

    first = a_message(clinic, template="P5", is_question=True)
    second = a_message(clinic, template="P4", is_question=True)
    for new in (first, second):
        await send_message(sender, clinic, await queued(database, new))
    async with sender.database.transaction(Context(organization_id=clinic)) as session:
        question = await open_question(session, clinic, phone_hash(ANA))
        assert question is not None
        assert (question.template, question.subject_id) == ("P5", first.subject_id)
    async with database.transaction(Context(organization_id=clinic)) as session:
        await close_question(session, clinic, phone_hash(ANA))
    turned.now = NOON + timedelta(minutes=1)
    assert await sweep(sender, at_once=1) == 1
    async with sender.database.transaction(Context(organization_id=clinic)) as session:
        question = await open_question(session, clinic, phone_hash(ANA))
        assert question is not None
        assert question.template == "P4"


async def test_a_question_let_go_by_an_answer_waits_for_the_reply_that_asks_again(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    """Whichever of the two a worker takes first: a digit after both must mean the reply."""
    from notify.api import close_question, keep_for_reply, open_question

    first = a_message(clinic, template="P5", is_question=True)
    other = a_message(clinic, template="P5", is_question=True)
    await send_message(sender, clinic, await queued(database, first))
    waiting = await queued(database, other)
    reply = a_message(
        clinic, template="P6", is_question=True, is_reply=True, subject_id=first.subject_id
    )
    turned.now = NOON + timedelta(minutes=1)
    async with sender.database.transaction(Context(organization_id=clinic)) as session:
        await close_question(session, clinic, phone_hash(ANA))
        reply_id = await queue_message(session, reply, turned.now)
        await keep_for_reply(session, clinic, phone_hash(ANA), first.subject_id, turned.now)
    await send_message(sender, clinic, waiting)
    row = await row_of(database, clinic, waiting)
    assert (row.state, row.reason) == ("queued", "open_question")
    assert reply_id is not None
    await send_message(sender, clinic, reply_id)
    async with sender.database.transaction(Context(organization_id=clinic)) as session:
        question = await open_question(session, clinic, phone_hash(ANA))
    assert question is not None
    assert (question.template, question.subject_id) == ("P6", first.subject_id)


async def test_a_fault_of_ours_is_tried_again_and_given_up_in_the_end(
    database: Database, clinic: UUID, sender: Sender, source: FakeSource, turned: Clock
) -> None:
    source.fault = ValueError("Ana 202-555-0144")
    message_id = await queued(database, a_message(clinic))
    for hours in range(12):
        turned.now = NOON + timedelta(hours=hours)
        await sweep(sender, at_once=1)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.reason, row.attempts) == ("failed", "could_not_be_worded", 8)
    assert len(source.asked) == 8


async def test_the_sweep_finds_a_message_that_nobody_was_woken_for(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    await queued(database, a_message(clinic))
    assert await sweep(sender, at_once=1) == 1
    assert await sweep(sender, at_once=1) == 0
    assert len(texts.sent) == 1


async def test_a_link_is_sent_but_not_kept(
    database: Database, clinic: UUID, sender: Sender, source: FakeSource, mails: FakeMails
) -> None:
    token = "a1B2_" * 8
    source.body = f"Answer here: http://127.0.0.1:8000/r/{token} Thank you."
    new = a_message(clinic, channel="email")
    await send_message(sender, clinic, await queued(database, new))
    assert token in mails.sent[0].words.text
    async with database.transaction(Context(organization_id=clinic)) as session:
        [story] = await messages_of(session, new.subject_id)
    assert story.body is not None
    assert token not in story.body
    assert "/r/… Thank you." in story.body
