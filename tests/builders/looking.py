"""Looks into a town's database: texts queued, tasks open, events written, whether a text may go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from builders.referrals import TUESDAY
from notify.api import messages_of
from notify.models import Message
from notify.outbox import as_queued
from referrals.message_source import ReferralSource
from referrals.models import FollowUpNeed, ReferralEvent, StaffTask
from referrals.queries import referral_page
from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from builders.referrals import Town
    from notify.api import Drop, Hold, Send
    from referrals.tasks import TaskKind
    from shared.database import Database


async def templates(town: Town, referral_id: UUID) -> list[str]:
    """Every text and mail about a request, oldest first."""
    async with town.as_clinic() as session:
        return [story.template for story in await messages_of(session, referral_id)]


async def tasks(town: Town, referral_id: UUID) -> list[TaskKind]:
    """What the navigator's page lists as to be done."""
    async with town.as_clinic() as session:
        page = await referral_page(session, referral_id, town.clinic, now=TUESDAY)
    return [task.kind for task in page.tasks]


async def task_rows(town: Town, referral_id: UUID) -> list[StaffTask]:
    """Every task ever made, oldest first."""
    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(StaffTask)
            .where(StaffTask.referral_id == referral_id)
            .order_by(StaffTask.created_at, StaffTask.id)
        )
        return list(rows)


async def events(town: Town, referral_id: UUID) -> list[ReferralEvent]:
    """The log of a request."""
    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(ReferralEvent)
            .where(ReferralEvent.referral_id == referral_id)
            .order_by(ReferralEvent.version)
        )
        return list(rows)


async def needs_left(town: Town) -> list[FollowUpNeed]:
    """Needs that are still there."""
    async with town.as_clinic() as session:
        return list(await session.scalars(select(FollowUpNeed).order_by(FollowUpNeed.said_at)))


async def verdicts(
    town: Town, worker: Database, referral_id: UUID, now: datetime
) -> dict[str, Send | Hold | Drop]:
    """What the message source says now about each queued text, by template (the last of each)."""
    async with worker.transaction(Context(town.clinic)) as session:
        rows = await session.scalars(
            select(Message).where(Message.subject_id == referral_id).order_by(Message.created_at)
        )
        found = [as_queued(row) for row in rows.all()]
        return {
            each.template: await ReferralSource().may_send(session, each, now) for each in found
        }
