"""Ninety codes between two numbers: the ninety-first is called in, or waits for a code."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from builders.referrals import TUESDAY, a_town
from notify.api import messages_of
from referrals.actions import AgencySays, withdraw
from referrals.going_out import DUE_KIND, run_channels_due
from referrals.models import StaffTask
from referrals.reasons import Reason
from referrals.tasks import TaskKind
from shared import due
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    from builders.referrals import Town
    from shared.database import Database

CODES = 90
WEDNESDAY_9 = TUESDAY + timedelta(hours=18, minutes=45)


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


async def test_it_goes_out_with_the_first_list_for_which_a_code_is_free(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    sent = [await town.sent() for _ in range(CODES)]
    one_more = await town.sent()
    for day in (WEDNESDAY_9, WEDNESDAY_9 + timedelta(days=1)):
        await run_channels_due(worker_database, day)
        assert (await town.read(one_more.id)).code is None
    async with town.as_clinic() as session:
        freed = sent[7]
        await withdraw(session, freed.id, word=town.sender(), reason=Reason.NEED_CHANGED)

    await run_channels_due(worker_database, WEDNESDAY_9 + timedelta(days=1, hours=1))
    assert (await town.read(one_more.id)).code is None, "not before the next list"
    await run_channels_due(worker_database, WEDNESDAY_9 + timedelta(days=2))

    assert (await town.read(one_more.id)).code == freed.code
    assert await _asked_by(town, one_more.id) == ["sms"]
    async with town.as_clinic() as session:
        of_it = StaffTask.referral_id == one_more.id
        assert None not in set(await session.scalars(select(StaffTask.done_at).where(of_it)))


async def test_nobody_looks_again_once_it_was_answered_by_phone(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    for _ in range(CODES):
        await town.sent()
    one_more = await town.sent()
    await town.says(one_more.id, AgencySays.YES, town.page())

    await run_channels_due(worker_database, WEDNESDAY_9)

    assert await _asked_by(town, one_more.id) == []
    async with worker_database.transaction(Context()) as session:
        waiting = await due.due_rows(session, WEDNESDAY_9 + timedelta(days=9))
        assert town.channels[0] not in {row.subject_id for row in waiting if row.kind == DUE_KIND}


async def _asked_by(town: Town, referral_id: UUID) -> list[str]:
    async with town.as_clinic() as session:
        return [
            story.channel.value
            for story in await messages_of(session, referral_id)
            if story.recipient_kind == "channel"
        ]
