"""A machine on an agency's phone: our answers end, and a person is told once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from builders.phones import Phones
from builders.referrals import TUESDAY, Town
from referrals.models import StaffTask
from referrals.queries import referral_page
from referrals.tasks import TaskKind

if TYPE_CHECKING:
    from referrals.models import Referral

DENISE = "+12025550144"
SILENT = "we sent several automatic answers and send no more"


async def asked_to_call(town: Town) -> list[StaffTask]:
    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(StaffTask).where(StaffTask.kind == TaskKind.CALL_AGENCY_UNCLEAR)
        )
        return [task for task in rows if task.facts.get("because") == "fell_silent"]


async def whys(town: Town, referral: Referral) -> list[str]:
    async with town.as_clinic() as session:
        page = await referral_page(session, referral.id, town.clinic, now=TUESDAY)
    return [task.says.why for task in page.tasks]


async def test_already_answered_again_and_again_ends_with_one_task_to_call(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    await phones.deliver()
    await phones.says(DENISE, f"{referral.code} 1")
    phones.clock.now += timedelta(minutes=61)  # past the time in which it may be changed
    got = [await phones.says(DENISE, f"{referral.code} 1") for _ in range(8)]
    assert got[0] != []
    assert got[-1] == []
    assert len(await asked_to_call(town)) == 1
    assert SILENT in await whys(town, referral)


async def test_help_again_and_again_ends_with_one_task_to_call(town: Town, phones: Phones) -> None:
    referral = await town.sent()
    await phones.deliver()
    got = [await phones.says(DENISE, "AYUDA") for _ in range(8)]
    assert got[-1] == []
    assert len(await asked_to_call(town)) == 1
    assert SILENT in await whys(town, referral)


async def test_a_few_answers_ask_nobody(town: Town, phones: Phones) -> None:
    await town.sent()
    await phones.deliver()
    await phones.says(DENISE, "AYUDA")
    await phones.says(DENISE, "AYUDA")
    assert await asked_to_call(town) == []
