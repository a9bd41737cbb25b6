"""A phone that stopped texts, a number that is none, a mailbox that bounces: a person calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from accounts.api import ChannelState, known_channels
from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY, Town, a_town
from fakes.messaging import FakeMails
from notify.api import MessageState
from notify.channels import Channels
from notify.delivery import Outcome, SendResult
from notify.models import Message
from notify.worker import Sender
from referrals.actions import AgencySays, HeardWord, record_answer, withdraw
from referrals.actions.answering import AgencyWord
from referrals.models import Patient, StaffTask
from referrals.queries import referral_page, today_page
from referrals.reasons import Reason
from referrals.words import Way

if TYPE_CHECKING:
    from referrals.models import Referral
    from shared.database import Database

DENISE, MAILBOX, ANA = "+12025550144", "desk@harbor.example", "+12025550137"
TOLD = HeardWord("Denise", Way.PHONE, "manager")


async def tasks(town: Town, referral: Referral) -> list[tuple[str, str]]:
    """What the sender's page of this request asks for, and why."""
    async with town.as_clinic() as session:
        page = await referral_page(session, referral.id, town.clinic, now=TUESDAY)
    return [(task.kind.value, task.says.why) for task in page.tasks]


async def states(town: Town) -> list[ChannelState]:
    async with town.as_clinic() as session:
        return [each.state for each in await known_channels(session, town.agency, now=TUESDAY)]


async def test_a_place_without_a_channel_that_said_yes_is_called_when_the_request_is_stopped(
    database: Database,
) -> None:
    town = await a_town(database, phones=())
    referral = await town.sent()
    async with town.as_clinic() as session:
        await record_answer(session, referral.id, word=town.sender(), facts=TOLD,
                            said=AgencyWord(AgencySays.YES))  # fmt: skip
    async with town.as_clinic() as session:
        await withdraw(session, referral.id, word=town.sender(), reason=Reason.NEED_CHANGED)

    assert ("call_agency_unreachable", "there is no number or mailbox we may write to") in (
        await tasks(town, referral)
    )
    async with town.as_clinic() as session:
        calls = (await today_page(session, town.rosa, now=TUESDAY)).calls
    assert [row.referral_id for row in calls] == [referral.id]


async def test_a_place_that_never_heard_of_a_request_is_not_called_about_its_end(
    database: Database,
) -> None:
    town = await a_town(database, phones=())
    referral = await town.sent()
    async with town.as_clinic() as session:
        await withdraw(session, referral.id, word=town.sender(), reason=Reason.NEED_CHANGED)
    assert "call_agency_unreachable" not in [kind for kind, _ in await tasks(town, referral)]


async def test_a_place_whose_phone_stopped_texts_is_called_at_once(
    town: Town, phones: Phones
) -> None:
    await town.sent()
    await phones.deliver()
    await phones.says(DENISE, "STOP", carrier_word="STOP")

    second = await town.sent()
    await phones.deliver()
    await phones.tell_outcomes()

    assert await tasks(town, second) == [
        ("call_agency_unreachable", "our message could not reach them")
    ]


@pytest.mark.parametrize("code", ["21211", "30006"])
async def test_a_number_that_is_none_is_not_used_again_and_the_place_is_called(
    town: Town, phones: Phones, code: str
) -> None:
    phones.carrier.results = [SendResult(Outcome.REFUSED, error_code=code)]
    referral = await _sent_only_to_agency(town)
    await phones.deliver()
    await phones.tell_outcomes()

    assert await states(town) == [ChannelState.STOPPED]
    assert await tasks(town, referral) == [
        ("call_agency_unreachable", "our message could not reach them")
    ]


async def test_a_mailbox_that_is_gone_is_not_used_again(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database, phones=(), mailboxes=(MAILBOX,))
    phones = await some_phones(town, worker_database)
    mails = FakeMails([SendResult(Outcome.REFUSED, error_code="mailbox_550")])
    phones.sender = Sender(worker_database, Channels(phones.carrier, mails), phones.clock)
    referral = await town.sent()
    await phones.deliver()
    await phones.tell_outcomes()

    assert await states(town) == [ChannelState.STOPPED]
    assert [kind for kind, _ in await tasks(town, referral)] == ["call_agency_unreachable"]


async def test_one_text_that_the_carrier_filters_stops_no_phone(town: Town, phones: Phones) -> None:
    phones.carrier.results = [SendResult(Outcome.REFUSED, error_code="30007")]
    referral = await _sent_only_to_agency(town)
    await phones.deliver()
    await phones.tell_outcomes()

    assert await states(town) == [ChannelState.IN_USE]
    assert [kind for kind, _ in await tasks(town, referral)] == ["call_agency_unreachable"]


async def test_nobody_is_called_while_the_place_has_another_way_that_works(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database, mailboxes=(MAILBOX,))
    phones = await some_phones(town, worker_database)
    phones.carrier.results = [SendResult(Outcome.REFUSED, error_code="30006")]
    referral = await _sent_only_to_agency(town)
    await phones.deliver()
    await phones.tell_outcomes()

    assert await states(town) == [ChannelState.STOPPED, ChannelState.IN_USE]
    assert await tasks(town, referral) == []


async def test_a_patient_who_stops_texts_with_our_question_open_is_called(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    await phones.deliver()
    await phones.says(ANA, "1")
    await phones.turn(days=1)
    assert "P5" in await _templates(town)
    await phones.says(ANA, "STOP", carrier_word="STOP")
    assert ("call_patient", "they want no more texts, and our question is open") in (
        await tasks(town, referral)
    )


async def test_a_patient_who_stopped_before_is_called_when_the_day_to_ask_comes(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    await phones.deliver()
    await phones.says(ANA, "STOP", carrier_word="STOP")
    assert "call_patient" not in [kind for kind, _ in await tasks(town, referral)]

    await phones.turn(days=1)
    await phones.tell_outcomes()
    assert ("call_patient", "they want no more texts, and our question is open") in (
        await tasks(town, referral)
    )


async def test_a_text_that_came_too_late_to_be_sent_calls_nobody(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    async with town.as_clinic() as session:
        await withdraw(session, referral.id, word=town.sender(), reason=Reason.NEED_CHANGED)
    await phones.deliver()
    await phones.tell_outcomes()
    async with town.as_clinic() as session:
        stories = await session.scalars(select(Message.state).where(Message.template == "A1"))
        assert list(stories) == [MessageState.SUPPRESSED]
        kinds = list(await session.scalars(select(StaffTask.kind)))
    assert "call_agency_unreachable" not in kinds


async def _sent_only_to_agency(town: Town) -> Referral:
    """The first thing that leaves is the request, not a text to the patient."""
    async with town.as_clinic() as session:
        patient = await session.get(Patient, town.patient_id)
        assert patient is not None
        patient.may_text = False
    return await town.sent()


async def _templates(town: Town) -> list[str]:
    async with town.as_clinic() as session:
        return list(await session.scalars(select(Message.template)))
