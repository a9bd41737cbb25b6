"""Short words that change whenever a live page's content does. No patient data, not audited."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, or_, select

from referrals.errors import ReferralNotFound
from referrals.models import Referral, StaffTask
from referrals.queries.cover import cover_version, covered_people, local_day
from shared import clock

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def today_version(
    session: AsyncSession, organization_id: UUID, person_id: UUID | None
) -> str:
    """Of one person's list and of those they cover."""
    people, covers = {person_id}, 0
    if person_id is not None:
        day = await local_day(session, organization_id, clock.now())
        people |= await covered_people(session, organization_id, person_id, day)
        covers = await cover_version(session, organization_id, person_id)
    referrals = await session.execute(
        select(func.count(), func.max(Referral.changed_at)).where(
            Referral.requester_organization_id == organization_id,
            or_(Referral.owner_person_id.in_(people), Referral.owner_person_id.is_(None)),
        )
    )
    tasks = await session.execute(
        select(func.count(), func.max(StaffTask.created_at), func.max(StaffTask.done_at)).where(
            StaffTask.organization_id == organization_id,
            or_(StaffTask.person_id.in_(people), StaffTask.person_id.is_(None)),
        )
    )
    parts = [*referrals.one(), *tasks.one(), covers]
    return "-".join(
        str(part.timestamp() if isinstance(part, datetime) else part or 0) for part in parts
    )


async def referral_version(session: AsyncSession, referral_id: UUID, reader: UUID) -> str:
    """Of one request's page."""
    row = await session.execute(
        select(Referral.version).where(
            Referral.id == referral_id, Referral.requester_organization_id == reader
        )
    )
    version = row.scalar_one_or_none()
    if version is None:
        raise ReferralNotFound
    return str(version)
