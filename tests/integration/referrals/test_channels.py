"""From an agency that nobody may write to, to the first request on a phone or mailbox it chose."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from sqlalchemy import select, text

from accounts.api import (
    ChannelState,
    NewChannel,
    add_answering_channel,
    known_channels,
    member_of_channel,
    stop_channel,
    verified_channels,
)
from accounts.channels import preset_channel
from accounts.rules import ChannelKind
from builders.listings import Listing, list_service
from builders.phones import Phones
from builders.referrals import CLINIC_NUMBER, TUESDAY, Town, a_town
from fakes.messaging import FAST
from notify.api import NewMessage, RenderedMail, give_sender_number, queue_message
from notify.models import Message
from notify.outbox import as_queued, without_links
from referrals.actions import AgencySays, HeardWord, withdraw
from referrals.actions.channels import Asks, ChannelWish, ask_to_be_texted
from referrals.going_out import channel_agreed, run_channels_due
from referrals.lifecycle import BusinessStatus as S
from referrals.message_source import ReferralSource
from referrals.models import ReferralEvent, StaffTask
from referrals.reasons import Reason
from referrals.sending_out import SOURCE
from referrals.words import EventKind, Rule, Way
from shared.database import Context
from shared.errors import Conflict, HandbackError, InvalidInput, NotAllowed

if TYPE_CHECKING:
    from uuid import UUID

    from referrals.models import Referral
    from referrals.words import Word
    from shared.database import Database

DENISE, PUBLIC = "+12025550161", "+12025550144"
OTHER_AGENCY = "+12025550171"
MAILBOX = "desk@harbor.example"
TOLD = HeardWord("Denise", Way.PHONE, "manager")
CALL = "call_agency_unreachable"


@pytest_asyncio.fixture
async def town(database: Database) -> Town:
    return await a_town(database, phones=())


async def ask(  # noqa: PLR0913 -- what tests vary
    town: Town,
    referral: Referral,
    asks: Asks,
    address: str = DENISE,
    *,
    word: Word | None = None,
    **more: Any,
) -> None:
    wish = ChannelWish(address, asks, **more)
    async with town.as_clinic() as session:
        await ask_to_be_texted(session, referral.id, word=word or town.sender(), wish=wish)


async def messages(town: Town, *templates: str) -> list[Message]:
    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(Message).where(Message.template.in_(templates)).order_by(Message.created_at)
        )
        return list(rows)


async def open_calls(town: Town) -> list[UUID]:
    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(StaffTask).where(StaffTask.done_at.is_(None), StaffTask.kind == CALL)
        )
        return [row.referral_id for row in rows]


async def states(town: Town) -> list[ChannelState]:
    async with town.as_clinic() as session:
        found = await known_channels(session, town.agency, now=TUESDAY + timedelta(hours=1))
        return [each.state for each in found]


async def refused(town: Town, referral: Referral, asks: Asks, address: str, **more: Any) -> str:
    with pytest.raises(HandbackError) as refusal:
        await ask(town, referral, asks, address, **more)
    return refusal.value.code


# A yes by word


async def test_a_yes_by_word_sends_everything_that_waits_there_once(
    town: Town, phones: Phones
) -> None:
    first, second = await town.sent(), await town.sent(how_to_start="patient_calls")
    assert sorted(await open_calls(town)) == sorted([first.id, second.id])

    await ask(town, first, Asks.TOLD, said=TOLD)
    await phones.deliver()

    assert phones.inbox(DENISE) == [
        (
            "Lincoln Clinic, new today: 10 FOOD 4 people, 11 FOOD 4 people."
            " Reply like 10 1 yes, 10 2 wait list, 10 3 no. 5 call me."
        )
    ]
    assert await open_calls(town) == []
    assert await states(town) == [ChannelState.IN_USE]


async def test_the_code_of_the_printed_page_stays_and_the_phone_can_answer_with_it(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    before = referral.code

    await ask(town, referral, Asks.TOLD, said=TOLD)
    await phones.deliver()
    await phones.says(DENISE, f"{before} 1")

    after = await town.read(referral.id)
    assert (after.code, after.status) == (before, S.ACCEPTED)


async def test_a_code_that_is_taken_on_that_phone_gives_way(
    town: Town, phones: Phones, database: Database
) -> None:
    other = await a_town(database, phones=(DENISE,))
    other.clinic, other.patient_id, other.consent_id = (
        town.clinic, town.patient_id, town.consent_id,
    )  # fmt: skip
    other.keys = 100
    theirs = await other.sent()
    ours = await town.sent()
    assert theirs.code == ours.code == 10

    await ask(town, ours, Asks.TOLD, said=TOLD)

    assert (await town.read(ours.id)).code == 11


async def test_the_agency_has_its_full_time_from_now_on(town: Town, phones: Phones) -> None:
    referral = await town.sent()
    later = TUESDAY + timedelta(days=1)

    await ask(town, referral, Asks.TOLD, said=TOLD, word=town.sender(later))

    before, after = referral, await town.read(referral.id)
    assert before.clock(Rule.OWNER_CALLS) is None
    assert after.clock(Rule.OWNER_CALLS) is not None
    assert after.clock(Rule.EXPIRES) > before.clock(Rule.EXPIRES)  # type: ignore[operator]
    # What the patient was told stays.
    assert after.answer_due_at == before.answer_due_at
    assert after.clock(Rule.NEXT_PLACE) == before.clock(Rule.NEXT_PLACE)


async def test_the_yes_is_on_the_record_as_their_word(town: Town, phones: Phones) -> None:
    referral = await town.sent()
    said_at = TUESDAY - timedelta(hours=3)

    said = HeardWord("Denise", Way.IN_PERSON, "manager", said_at)
    await ask(town, referral, Asks.TOLD, said=said)

    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(ReferralEvent).where(ReferralEvent.kind == EventKind.CHANNEL_AGREED)
        )
        (event,) = rows
        (channel,) = await known_channels(session, town.agency, now=TUESDAY)
    assert (event.said_by, event.role, event.way) == ("Denise", "manager", Way.IN_PERSON)
    assert event.told_to == "Rosa Medina"
    assert channel.verified_at == event.said_at == said_at


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (None, "said_by"),
        (HeardWord(" ", Way.PHONE, "manager"), "said_by"),
        (HeardWord("Denise", Way.PHONE, ""), "said_role"),
        (HeardWord("Denise", Way.PHONE, "manager", TUESDAY - timedelta(days=366)), "when"),
        (HeardWord("Denise", Way.PHONE, "manager", TUESDAY + timedelta(days=1)), "when"),
    ],
)
async def test_a_yes_needs_a_person_with_a_role_and_a_time(
    town: Town, phones: Phones, said: HeardWord | None, field: str
) -> None:
    referral = await town.sent()

    with pytest.raises(InvalidInput) as refusal:
        await ask(town, referral, Asks.TOLD, said=said)

    assert refusal.value.field == field
    assert await messages(town, "A1") == []


async def test_pressed_twice_is_one_act(town: Town, phones: Phones) -> None:
    referral = await town.sent()
    word = town.sender()

    for _press in range(2):
        await ask(town, referral, Asks.TOLD, said=TOLD, word=word)

    assert len(await messages(town, "A1")) == 1


async def test_a_mailbox_gets_the_request_by_mail(town: Town, phones: Phones) -> None:
    referral = await town.sent()

    await ask(town, referral, Asks.TOLD, MAILBOX, said=TOLD)

    (mail,) = await messages(town, "agency_request")
    assert mail.channel == "email"
    assert (await town.read(referral.id)).asked_channels[0]["kind"] == "email"


async def test_a_second_channel_does_not_mail_the_first_one_again(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TOLD, MAILBOX, said=TOLD)

    await ask(town, referral, Asks.TOLD, DENISE, said=TOLD)

    assert [row.channel for row in await messages(town, "agency_request", "A1")] == ["email", "sms"]


# Asking by text


async def test_a_phone_is_asked_before_anything_else_goes_there(town: Town, phones: Phones) -> None:
    referral = await town.sent()

    await ask(town, referral, Asks.TEXT)
    await phones.deliver()

    (question,) = phones.inbox(DENISE)
    assert question == (
        "Lincoln Clinic asks: may we text requests for Harbor Pantry to this phone? 1 yes 3 no."
        " At most 1 text a day unless urgent. STOP to end. Rates may apply."
    )
    assert phones.carrier.sent[-1].sender == CLINIC_NUMBER
    assert await open_calls(town) == [referral.id]
    assert await states(town) == [ChannelState.NO_ANSWER]


async def test_1_sends_the_request_exactly_once_however_often_it_comes(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    await phones.deliver()

    back = await phones.says(DENISE, "1", sid="SM" + "7" * 32)
    assert back[0].startswith("Thank you. Lincoln Clinic will text requests")
    assert back[1].startswith("Lincoln Clinic 10: can you help with FOOD")
    # The same text once more, and a thumb that pressed twice.
    assert await phones.says(DENISE, "1", sid="SM" + "7" * 32) == []
    assert await phones.says(DENISE, "1") == []

    assert (await town.read(referral.id)).status is S.SENT
    assert len(await messages(town, "A1")) == 1
    assert await open_calls(town) == []
    await phones.turn(minutes=5)
    await phones.says(DENISE, "1")
    assert (await town.read(referral.id)).status is S.ACCEPTED


async def test_a_second_1_at_night_does_not_accept_what_nobody_has_read(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    await phones.deliver()
    await phones.turn(hours=8)  # 10:15 pm: the request itself waits for the morning
    assert len(await phones.says(DENISE, "yes")) == 1

    await phones.turn(minutes=30)
    await phones.says(DENISE, "1")

    assert (await town.read(referral.id)).status is S.SENT
    await phones.turn(hours=10)
    assert phones.inbox(DENISE)[-1].startswith("Lincoln Clinic 10: can you help")
    await phones.turn(minutes=1)
    await phones.says(DENISE, "1")
    assert (await town.read(referral.id)).status is S.ACCEPTED


@pytest.mark.parametrize("said", ["3", "STOP", "please stop texting me"])
async def test_a_no_ends_the_asking_and_leaves_the_call(
    town: Town, phones: Phones, said: str
) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    await phones.deliver()

    assert await phones.says(DENISE, said) == []

    assert await states(town) == [ChannelState.STOPPED]
    assert await open_calls(town) == [referral.id]
    later = town.sender(TUESDAY + timedelta(days=400))
    assert await refused(town, referral, Asks.TEXT, DENISE, word=later) == "channel_stopped"
    assert await messages(town, "A1", "A0y") == []


async def test_another_digit_changes_nothing(town: Town, phones: Phones) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    await phones.deliver()

    await phones.says(DENISE, "2")

    assert await states(town) == [ChannelState.NO_ANSWER]
    assert await messages(town, "A1") == []


async def test_another_agencys_phone_answers_for_nobody_else(
    town: Town, phones: Phones, database: Database
) -> None:
    await a_town(database, phones=(OTHER_AGENCY,))
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    await phones.deliver()

    for body in ("1", "yes", "10 1"):
        await phones.says(OTHER_AGENCY, body)

    assert await states(town) == [ChannelState.NO_ANSWER]
    assert (await town.read(referral.id)).status is S.SENT
    assert await messages(town, "A1") == []


async def test_a_phone_is_asked_once_in_30_days_whoever_asks(
    town: Town, phones: Phones, database: Database, worker_database: Database
) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    neighbour = await a_second_clinic(database, worker_database, town)
    theirs = await neighbour.sent()

    soon, late = (town.sender(TUESDAY + timedelta(days=days)) for days in (29, 31))
    assert await refused(town, referral, Asks.TEXT, DENISE, word=soon) == "asked_already"
    assert await refused(neighbour, theirs, Asks.TEXT, DENISE) == "asked_already"
    await ask(town, referral, Asks.TEXT, word=late)

    assert len(await messages(town, "A0")) == 2


async def test_a_public_phone_of_the_directory_is_never_texted_unasked(
    town: Town, phones: Phones, owner_database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        await list_service(session, Listing(phone="+12025550188"))
    referral = await town.sent()
    await phones.deliver()

    assert await refused(town, referral, Asks.TEXT, PUBLIC) == "public_phone"
    assert await refused(town, referral, Asks.TEXT, "202-555-0188") == "public_phone"
    await phones.deliver()

    assert phones.inbox(PUBLIC) == phones.inbox("+12025550188") == []
    assert await states(town) == []


async def test_the_public_phone_may_be_used_when_they_say_so(town: Town, phones: Phones) -> None:
    referral = await town.sent()

    await ask(town, referral, Asks.TOLD, PUBLIC, said=TOLD)
    await phones.deliver()

    assert phones.inbox(PUBLIC)[0].startswith("Lincoln Clinic 10: can you help")


@pytest.mark.parametrize(
    ("asks", "address"),
    [
        (Asks.TEXT, "nobody"), (Asks.TEXT, MAILBOX), (Asks.MAIL, DENISE), (Asks.TOLD, ""),
        (Asks.TEXT, "202-555-0137"), (Asks.MAIL, "ANA@mail.example"), (Asks.TEXT, CLINIC_NUMBER),
        (Asks.MAIL, "a@b@c"),
    ],
)  # fmt: skip
async def test_an_address_that_cannot_be_theirs_is_refused(
    town: Town, phones: Phones, asks: Asks, address: str
) -> None:
    referral = await town.sent()

    with pytest.raises(InvalidInput) as refusal:
        await ask(town, referral, asks, address, said=TOLD)

    assert refusal.value.field == "address"
    assert await states(town) == []


async def test_a_clinic_without_a_number_asks_nobody_by_text(town: Town) -> None:
    referral = await town.sent()

    with pytest.raises(InvalidInput, match="no number to text from"):
        await ask(town, referral, Asks.TEXT)


async def test_nothing_but_the_question_goes_to_a_phone_without_a_yes(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    (asked,) = await messages(town, "A0")
    async with town.as_clinic() as session:
        for template in ("A1", "A1b", "A5", "A0y"):
            await queue_message(
                session,
                NewMessage(
                    organization_id=town.clinic, source=SOURCE, subject_id=referral.id,
                    template=template, language="en", channel="sms", recipient_kind="channel",
                    recipient_id=asked.recipient_id, deduplication_key=template,
                ),
                TUESDAY,
            )  # fmt: skip
    await phones.deliver()

    assert len(phones.inbox(DENISE)) == 1


async def test_a_question_that_waits_for_the_morning_is_dropped_after_a_yes_by_word(
    town: Town, phones: Phones
) -> None:
    await phones.turn(hours=8)
    referral = await town.sent(now=phones.clock.now)
    await ask(town, referral, Asks.TEXT, word=town.sender(phones.clock.now))
    await phones.deliver()
    assert phones.inbox(DENISE) == []

    await ask(town, referral, Asks.TOLD, said=TOLD, word=town.sender(phones.clock.now))
    await phones.turn(hours=11)

    assert [body[:18] for body in phones.inbox(DENISE)] == ["Lincoln Clinic 10:"]


async def test_what_no_longer_waits_goes_nowhere(town: Town, phones: Phones) -> None:
    over, open_one, by_phone = (
        await town.sent(), await town.sent(), await town.sent(how_to_start="through_hotline"),
    )  # fmt: skip
    async with town.as_clinic() as session:
        await withdraw(session, over.id, word=town.sender(), reason=Reason.NEED_CHANGED)

    for referral in (over, by_phone):
        with pytest.raises(Conflict):
            await ask(town, referral, Asks.TOLD, said=TOLD)
    await ask(town, open_one, Asks.TOLD, said=TOLD)

    assert [row.subject_id for row in await messages(town, "A1", "A1b")] == [open_one.id]


async def test_only_staff_who_look_after_requests_may_note_a_channel(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()

    with pytest.raises(NotAllowed):
        await ask(town, referral, Asks.TOLD, said=TOLD, word=town.page())


# Mailboxes


async def test_a_mailbox_is_invited_and_can_say_never_with_one_click(
    town: Town, phones: Phones, worker_database: Database
) -> None:
    referral = await town.sent()

    await ask(town, referral, Asks.MAIL, MAILBOX)

    (row,) = await messages(town, "agency_invitation")
    async with worker_database.transaction(Context(town.clinic)) as session:
        mail = await ReferralSource().render(session, as_queued(row), TUESDAY)
    assert isinstance(mail, RenderedMail)
    assert mail.subject == "Lincoln Clinic asks: may we send you requests for help?"
    assert "/confirm/" in mail.text
    assert "Ana" not in mail.text + mail.html
    assert "/confirm/…" in without_links(mail.text), "a stored link would let staff say yes"
    assert mail.headers["List-Unsubscribe"].endswith("/never>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    again = await refused(town, referral, Asks.MAIL, MAILBOX)
    assert again == "asked_already"


async def test_a_yes_from_outside_brings_every_clinics_requests(
    town: Town, phones: Phones, database: Database, worker_database: Database
) -> None:
    neighbour = await a_second_clinic(database, worker_database, town)
    ours, theirs = await town.sent(), await neighbour.sent()
    await ask(town, ours, Asks.TEXT)
    await phones.deliver()
    await phones.says(DENISE, "1")
    assert await messages(neighbour, "A1") == []

    for _round in range(2):
        await run_channels_due(worker_database, TUESDAY + timedelta(seconds=15))

    assert [row.subject_id for row in await messages(town, "A1")] == [ours.id]
    assert [row.subject_id for row in await messages(neighbour, "A1")] == [theirs.id]
    assert await open_calls(neighbour) == []
    async with worker_database.transaction(Context()) as session:
        left = await session.scalar(text("select count(*) from due where kind = 'channel'"))
    assert left == 0


async def test_a_stopped_channel_brings_nothing(
    town: Town, phones: Phones, worker_database: Database
) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    (asked,) = await messages(town, "A0")
    async with town.as_agency() as session:
        await stop_channel(session, asked.recipient_id, now=TUESDAY)
        await channel_agreed(session, asked.recipient_id, TUESDAY)

    await run_channels_due(worker_database, TUESDAY)

    assert await messages(town, "A1") == []


async def test_a_held_no_is_an_answer(town: Town, phones: Phones) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TOLD, MAILBOX, said=TOLD)
    await town.says(referral.id, AgencySays.NO, town.text())

    await ask(town, referral, Asks.TOLD, DENISE, said=TOLD)

    assert await messages(town, "A1") == []


# Twelve months


async def test_a_yes_older_than_12_months_is_not_used_and_is_asked_for_again(
    town: Town, phones: Phones
) -> None:
    async with town.as_agency() as session:
        channel = NewChannel(town.agency, ChannelKind.SMS, DENISE)
        channel_id = await add_answering_channel(session, channel, now=TUESDAY)
        await preset_channel(session, channel_id, now=TUESDAY - timedelta(days=366))
        assert await verified_channels(session, town.agency, now=TUESDAY) == []

    referral = await town.sent()
    await phones.deliver()

    assert phones.inbox(DENISE) == []
    assert await open_calls(town) == [referral.id]
    assert await states(town) == [ChannelState.OLD]
    await ask(town, referral, Asks.TEXT)
    await phones.deliver()
    back = await phones.says(DENISE, "1")
    assert back[-1].startswith("Lincoln Clinic 10: can you help")


async def test_a_channel_belongs_to_its_agency(town: Town, phones: Phones) -> None:
    referral = await town.sent()
    await ask(town, referral, Asks.TEXT)
    (asked,) = await messages(town, "A0")

    async with town.as_clinic() as session:
        assert await member_of_channel(session, asked.recipient_id) == town.agency
        assert await member_of_channel(session, referral.id) is None


async def a_second_clinic(database: Database, worker: Database, town: Town) -> Town:
    """Another sender, with a number and a patient of its own, that asks the same agency."""
    other = await a_town(database, phones=())
    async with worker.transaction(Context()) as session:
        await give_sender_number(session, other.clinic, "+12025550190", segments_per_second=FAST)
    other.agency, other.listing = town.agency, town.listing
    return other
