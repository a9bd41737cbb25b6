"""Texts in doubt: proven by the provider's list, or put before a person, never sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from accounts.rules import Actor, ActorKind
from fakes.messaging import ANA, CLINIC_NUMBER, NOON, Clock, FakeTexts, a_message
from notify.api import (
    DoubtReason,
    doubts,
    give_up_doubt,
    message_history,
    queue_message,
    resend_after_doubt,
    settle_code,
)
from notify.asking import ask_provider
from notify.channels import Text
from notify.delivery import KnownText, Outcome, SendResult
from notify.progress import StatusWord, record_status
from notify.worker import Sender, send_message, sweep
from shared.database import Context, Database
from shared.errors import Conflict, NotFound
from shared.identifiers import new_id

UNCLEAR = SendResult(Outcome.UNCLEAR, error_code="timeout")
ROSA = Actor(ActorKind.PERSON, None, person_id=new_id(), label="Rosa Medina")


async def in_doubt(database: Database, sender: Sender, clinic: UUID, texts: FakeTexts) -> UUID:
    """A text of which nobody knows whether it went out."""
    texts.results.append(UNCLEAR)
    async with database.transaction(Context(clinic)) as session:
        message_id = await queue_message(session, a_message(clinic), NOON)
    assert message_id is not None
    assert await send_message(sender, clinic, message_id)
    assert (await row_of(database, clinic, message_id)).state == "in_doubt"
    return message_id


async def row_of(database: Database, clinic: UUID, message_id: UUID) -> Any:
    async with database.transaction(Context(clinic)) as session:
        found = await session.execute(
            text("select * from message where id = :id"), {"id": message_id}
        )
        return found.one()


def as_listed(sent: Text, sid: str = "SM1", status: str = "sent", **more: Any) -> KnownText:
    values = {"error_code": None, "created_at": NOON + timedelta(seconds=1), **more}
    return KnownText(
        sid=sid,
        status=status,
        sender=sent.sender,
        recipient=sent.recipient,
        body=sent.body,
        **values,
    )


async def kinds(database: Database, clinic: UUID, message_id: UUID) -> list[str]:
    async with database.transaction(Context(clinic)) as session:
        story = await message_history(session, message_id)
    return [each.kind for each in story.happenings]


async def test_the_list_is_not_read_in_the_first_minute_and_then_proves_the_text(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    message_id = await in_doubt(database, sender, clinic, texts)
    texts.listed.append(as_listed(texts.sent[0]))
    turned.now = NOON + timedelta(seconds=59)
    assert await ask_provider(sender, at_once=1) == 0
    assert texts.asked == []
    turned.now = NOON + timedelta(seconds=60)
    assert await ask_provider(sender, at_once=1) == 1
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.provider_sid, row.recipient_sealed) == ("sent", "SM1", None)
    assert len(texts.sent) == 1


async def test_a_list_that_is_away_for_a_moment_costs_no_doubt_its_turn(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    both = [await in_doubt(database, sender, clinic, texts) for _each in range(2)]
    texts.listed += [as_listed(sent, f"SM{n}") for n, sent in enumerate(texts.sent)]
    turned.now, texts.away = NOON + timedelta(seconds=60), True
    assert await ask_provider(sender, at_once=1) == 0
    assert len(texts.asked) == 1, "the other is not even asked while the provider is away"
    turned.now, texts.away = NOON + timedelta(seconds=66), False
    assert await ask_provider(sender, at_once=1) == 2
    for each in both:
        row = await row_of(database, clinic, each)
        assert (row.state, row.provider_asked) == ("sent", 1)


async def test_while_in_doubt_the_recipient_is_kept_sealed_only(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    message_id = await in_doubt(database, sender, clinic, texts)
    row = await row_of(database, clinic, message_id)
    assert row.sent_from == CLINIC_NUMBER
    assert row.recipient_sealed is not None
    assert ANA.encode() not in row.recipient_sealed


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        ("delivered", None, "delivered"),
        ("undelivered", "30005", "undelivered"),
        ("failed", "30007", "failed"),
    ],
)
async def test_the_list_also_tells_how_it_ended(  # noqa: PLR0913, PLR0917
    database: Database,
    clinic: UUID,
    sender: Sender,
    texts: FakeTexts,
    turned: Clock,
    status: str,
    code: str | None,
    state: str,
) -> None:
    message_id = await in_doubt(database, sender, clinic, texts)
    texts.listed.append(as_listed(texts.sent[0], status=status, error_code=code))
    turned.now = NOON + timedelta(seconds=61)
    await ask_provider(sender, at_once=1)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.error_code) == (state, code)


async def test_a_doubt_that_lasts_is_put_before_a_person_and_never_fails_nor_goes_again(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    message_id = await in_doubt(database, sender, clinic, texts)
    asked_before = 0
    for minutes in range(1, 24 * 60, 1):
        turned.now = NOON + timedelta(minutes=minutes)
        if minutes <= 20 or minutes % 30 == 0:
            await ask_provider(sender, at_once=1)
            await sweep(sender, at_once=1)
        if minutes == 15:
            row = await row_of(database, clinic, message_id)
            assert row.needs_person_since is not None
            asked_before = len(texts.asked)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.ask_provider_at, len(texts.sent)) == ("in_doubt", None, 1)
    assert asked_before == 5
    assert len(texts.asked) == row.provider_asked == 10
    assert (await kinds(database, clinic, message_id)).count("needs_person") == 1


async def test_of_two_equal_texts_in_doubt_one_entry_proves_none_and_two_prove_both(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    first = await in_doubt(database, sender, clinic, texts)
    second = await in_doubt(database, sender, clinic, texts)
    texts.listed.append(as_listed(texts.sent[0], "SM1"))
    turned.now = NOON + timedelta(seconds=61)
    assert await ask_provider(sender, at_once=1) == 0
    texts.listed.append(as_listed(texts.sent[1], "SM2"))
    turned.now = NOON + timedelta(seconds=121)
    assert await ask_provider(sender, at_once=1) == 2
    sids = {(await row_of(database, clinic, each)).provider_sid for each in (first, second)}
    assert sids == {"SM1", "SM2"}


async def test_an_entry_that_another_message_owns_proves_nothing(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    async with database.transaction(Context(clinic)) as session:
        known = await queue_message(session, a_message(clinic), NOON)
    assert known is not None
    await send_message(sender, clinic, known)
    doubtful = await in_doubt(database, sender, clinic, texts)
    texts.listed.append(as_listed(texts.sent[0], f"SM{known.hex}"))
    turned.now = NOON + timedelta(seconds=61)
    await ask_provider(sender, at_once=1)
    assert (await row_of(database, clinic, doubtful)).state == "in_doubt"


async def test_a_provider_that_does_not_answer_is_asked_again_later(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    message_id = await in_doubt(database, sender, clinic, texts)
    texts.listed.append(as_listed(texts.sent[0]))
    texts.away, turned.now = True, NOON + timedelta(seconds=61)
    assert await ask_provider(sender, at_once=1) == 0
    assert await ask_provider(sender, at_once=1) == 0
    assert len(texts.asked) == 1
    texts.away, turned.now = False, NOON + timedelta(seconds=121)
    assert await ask_provider(sender, at_once=1) == 1
    assert (await row_of(database, clinic, message_id)).state == "sent"


async def test_a_sent_text_whose_end_nobody_told_is_asked_for_by_its_id(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    async with database.transaction(Context(clinic)) as session:
        message_id = await queue_message(session, a_message(clinic), NOON)
    assert message_id is not None
    await send_message(sender, clinic, message_id)
    sid = f"SM{message_id.hex}"
    texts.listed.append(as_listed(texts.sent[0], sid, "delivered"))
    turned.now = NOON + timedelta(seconds=61)
    assert await ask_provider(sender, at_once=1) == 1
    assert texts.asked == [sid]
    assert (await row_of(database, clinic, message_id)).state == "delivered"
    turned.now = NOON + timedelta(hours=6)
    assert await ask_provider(sender, at_once=1) == 0


async def test_a_person_sees_the_doubt_and_has_it_sent_again(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    message_id = await in_doubt(database, sender, clinic, texts)
    turned.now = NOON + timedelta(minutes=15)
    await ask_provider(sender, at_once=1)
    async with database.transaction(Context(clinic)) as session:
        [doubt] = await doubts(session)
        assert doubt.message.id == message_id
        assert doubt.needs_person_since == turned.now
        assert doubt.code_words == "The provider did not answer in time"
        await resend_after_doubt(
            session,
            message_id,
            actor=ROSA,
            reason=DoubtReason.READER_DID_NOT_GET_IT,
            now=turned.now,
        )
    assert await sweep(sender, at_once=1) == 1
    assert len(texts.sent) == 2
    async with database.transaction(Context(clinic)) as session:
        assert await doubts(session) == []
        audited = await session.execute(
            text("select detail->>'reason' from audit_event where subject_id = :id"),
            {"id": message_id},
        )
        assert audited.scalar_one() == "reader_did_not_get_it"
        story = await message_history(session, message_id)
    assert [each.kind for each in story.happenings] == [
        "queued",
        "claimed",
        "unclear",
        "needs_person",
        "resent_by_person",
        "claimed",
        "accepted",
    ]
    assert story.happenings[4].person_id == ROSA.person_id
    assert all(each.words != each.kind for each in story.happenings)


async def test_a_late_proof_stops_a_second_sending(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    message_id = await in_doubt(database, sender, clinic, texts)
    async with database.transaction(Context(clinic)) as session:
        reason = DoubtReason.PROVIDER_HAS_NONE
        await resend_after_doubt(session, message_id, actor=ROSA, reason=reason, now=NOON)
        await record_status(session, message_id, StatusWord("SM9", "sent", None, None), NOON)
    assert await sweep(sender, at_once=1) == 0
    assert (await row_of(database, clinic, message_id)).state == "sent"
    assert len(texts.sent) == 1


async def test_a_person_gives_a_doubt_up_once_and_in_their_own_house_only(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    message_id = await in_doubt(database, sender, clinic, texts)
    reason = DoubtReason.TOLD_ANOTHER_WAY
    with pytest.raises(NotFound):
        async with database.transaction(Context(new_id())) as session:
            await give_up_doubt(session, message_id, actor=ROSA, reason=reason, now=NOON)
    async with database.transaction(Context(clinic)) as session:
        await give_up_doubt(session, message_id, actor=ROSA, reason=reason, now=NOON)
    with pytest.raises(Conflict):
        async with database.transaction(Context(clinic)) as session:
            await give_up_doubt(session, message_id, actor=ROSA, reason=reason, now=NOON)
    assert (await row_of(database, clinic, message_id)).state == "failed"


async def test_an_unknown_code_calls_a_person_and_is_not_repeated(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    texts.results.append(SendResult(Outcome.REFUSED, error_code="63999"))
    async with database.transaction(Context(clinic)) as session:
        message_id = await queue_message(session, a_message(clinic), NOON)
    assert message_id is not None
    await send_message(sender, clinic, message_id)
    turned.now = NOON + timedelta(days=1)
    assert await sweep(sender, at_once=1) == 0
    async with database.transaction(Context(clinic)) as session:
        [doubt] = await doubts(session)
        assert (doubt.message.error_code, doubt.needs_person_since) == ("63999", NOON)
        await settle_code(session, message_id, actor=ROSA, now=turned.now)
        assert await doubts(session) == []
        with pytest.raises(Conflict):
            await settle_code(session, message_id, actor=ROSA, now=turned.now)


async def test_a_text_that_the_carrier_gave_back_goes_again_and_its_old_id_counts_no_more(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    async with database.transaction(Context(clinic)) as session:
        message_id = await queue_message(session, a_message(clinic), NOON)
    assert message_id is not None
    await send_message(sender, clinic, message_id)
    old = f"SM{message_id.hex}"
    async with database.transaction(Context(clinic)) as session:
        await record_status(session, message_id, StatusWord(old, "failed", "30001", None), NOON)
        await record_status(session, message_id, StatusWord(old, "sent", None, None), NOON)
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.not_before) == ("retry_at", NOON + timedelta(seconds=60))
    texts.results.append(SendResult(Outcome.ACCEPTED, provider_sid="SMnew"))
    turned.now = NOON + timedelta(seconds=60)
    assert await sweep(sender, at_once=1) == 1
    row = await row_of(database, clinic, message_id)
    assert (row.state, row.provider_sid, len(texts.sent)) == ("sent", "SMnew", 2)


async def test_what_the_provider_holds_twice_is_told(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, turned: Clock
) -> None:
    async def stall(_: Text) -> None:
        async with database.transaction(Context(clinic)) as session:
            await record_status(session, message_id, StatusWord("SMa", "sent", None, None), NOON)

    async with database.transaction(Context(clinic)) as session:
        queued = await queue_message(session, a_message(clinic), NOON)
    assert queued is not None
    message_id = queued
    texts.before_answer = stall
    await send_message(sender, clinic, message_id)
    assert "second_id" in await kinds(database, clinic, message_id)
