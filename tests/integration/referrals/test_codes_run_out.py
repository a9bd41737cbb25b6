"""Ninety codes between two numbers: the ninety-first request is not texted, a person calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from builders.referrals import a_town
from notify.api import messages_of
from referrals.models import StaffTask
from referrals.tasks import TaskKind

if TYPE_CHECKING:
    from uuid import UUID

    from builders.referrals import Town
    from shared.database import Database

CODES = 90


async def test_the_ninety_first_open_request_is_called_in(database: Database) -> None:
    town = await a_town(database)
    codes = {(await town.sent()).code for _ in range(CODES)}
    assert len(codes) == CODES
    one_more = await town.sent()
    assert one_more.code is None
    assert await _asked_by(town, one_more.id) == []
    async with town.as_clinic() as session:
        tasks = await session.scalars(
            select(StaffTask.kind).where(StaffTask.referral_id == one_more.id)
        )
        assert list(tasks) == [TaskKind.CALL_AGENCY_UNREACHABLE]


async def test_a_mailbox_is_still_asked(database: Database) -> None:
    town = await a_town(database, mailboxes=("desk@harbor.example",))
    for _ in range(CODES):
        await town.sent()
    one_more = await town.sent()
    assert await _asked_by(town, one_more.id) == ["email"]


async def _asked_by(town: Town, referral_id: UUID) -> list[str]:
    async with town.as_clinic() as session:
        return [
            story.channel.value
            for story in await messages_of(session, referral_id)
            if story.recipient_kind == "channel"
        ]
