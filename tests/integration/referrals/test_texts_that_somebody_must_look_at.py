"""A text long in doubt, or a code nobody knows: staff are asked to look until it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from builders.phones import Phones
from builders.referrals import TUESDAY, Town
from notify.api import DoubtReason, give_up_doubt, resend_after_doubt, settle_code
from notify.asking import ask_provider
from notify.delivery import Outcome, SendResult
from notify.models import Message
from referrals.actions import finish_task
from referrals.models import StaffTask
from referrals.queries import referral_page

if TYPE_CHECKING:
    from uuid import UUID

    from referrals.models import Referral
    from referrals.queries.referral_page import TaskView

UNCLEAR = SendResult(Outcome.UNCLEAR, error_code="timeout")
LOOK = "A text may not have arrived: look"


async def looks(town: Town, referral: Referral) -> list[TaskView]:
    async with town.as_clinic() as session:
        page = await referral_page(session, referral.id, town.clinic, now=TUESDAY)
    return [task for task in page.tasks if task.says.what == LOOK]


async def in_doubt(town: Town, phones: Phones, *, minutes: int) -> tuple[Referral, UUID]:
    """A request whose text to the agency nobody could tell the end of, that much later."""
    referral = await town.sent()
    phones.carrier.results = [UNCLEAR, UNCLEAR]
    await phones.deliver()
    async with town.as_clinic() as session:
        asked = await session.scalar(select(Message.id).where(Message.template == "A1"))
    assert asked is not None
    for _minute in range(minutes):
        await phones.turn(minutes=1)
        await ask_provider(phones.sender, at_once=1)
    await phones.tell_outcomes()
    return referral, asked


async def test_a_doubt_of_ten_minutes_asks_nobody(town: Town, phones: Phones) -> None:
    referral, _message = await in_doubt(town, phones, minutes=10)
    assert await looks(town, referral) == []


async def test_a_doubt_that_lasts_makes_one_task_that_leads_to_the_text(
    town: Town, phones: Phones
) -> None:
    referral, message_id = await in_doubt(town, phones, minutes=30)
    await phones.tell_outcomes()
    assert str(message_id) in [task.message_id for task in await looks(town, referral)]
    async with town.as_clinic() as session:
        made = await session.scalars(select(StaffTask).where(StaffTask.facts.has_key("message")))
        about = [task.facts["message"] for task in made]
    assert len(about) == len(set(about))


@pytest.mark.parametrize("again", [True, False])
async def test_the_task_goes_when_a_person_settles_the_doubt(
    town: Town, phones: Phones, *, again: bool
) -> None:
    referral, message_id = await in_doubt(town, phones, minutes=30)
    settle = resend_after_doubt if again else give_up_doubt
    async with town.as_clinic() as session:
        reason = DoubtReason.READER_DID_NOT_GET_IT
        await settle(session, message_id, actor=town.rosa, reason=reason, now=phones.clock.now)
    await phones.tell_outcomes()
    about = [task.message_id for task in await looks(town, referral)]
    assert str(message_id) not in about


async def test_done_on_one_of_them_leaves_the_others(town: Town, phones: Phones) -> None:
    referral, message_id = await in_doubt(town, phones, minutes=30)
    async with town.as_clinic() as session:
        rows = await session.scalars(select(StaffTask).where(StaffTask.done_at.is_(None)))
        first = next(task for task in rows if task.facts.get("message") == str(message_id))
        other = StaffTask(
            organization_id=first.organization_id, referral_id=first.referral_id, kind=first.kind,
            person_id=None, due_at=first.due_at, while_status=None, event_id=None,
            facts={**first.facts, "message": str(referral.id)}, created_at=first.created_at,
        )  # fmt: skip
        session.add(other)
        await session.flush()
        await finish_task(session, first.id, word=town.sender())
    assert str(referral.id) in [task.message_id for task in await looks(town, referral)]


async def test_a_code_that_nobody_knows_says_nothing_against_the_number_but_asks_to_look(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    refused = SendResult(Outcome.REFUSED, error_code="99999")
    phones.carrier.results = [refused, refused]
    await phones.deliver()
    await phones.tell_outcomes()
    async with town.as_clinic() as session:
        page = await referral_page(session, referral.id, town.clinic, now=TUESDAY)
        rows = await session.scalars(select(Message.id).where(Message.template == "P0"))
        to_patient = rows.one()
    said = [task.says.what for task in page.tasks]
    assert LOOK in said
    assert "Find the right phone number" not in said
    async with town.as_clinic() as session:
        await settle_code(session, to_patient, actor=town.rosa, now=phones.clock.now)
    await phones.tell_outcomes()
    assert str(to_patient) not in [task.message_id for task in await looks(town, referral)]
