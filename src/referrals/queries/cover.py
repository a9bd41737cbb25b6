"""Who is away and who looks after their list. Days are those of the organization's own calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from accounts.api import member_card, people_here
from referrals.models import Cover

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

DEFAULT_ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away from the first to the last day; a colleague covers."""

    id: UUID
    person_id: UUID
    name: str
    by_person_id: UUID
    by_name: str
    starts_on: date
    ends_on: date

    def is_on(self, day: date) -> bool:
        """Whether it holds on this day."""
        return self.starts_on <= day <= self.ends_on


async def absences(session: AsyncSession, organization_id: UUID, day: date) -> list[Absence]:
    """Everybody's, now and to come, the next first."""
    rows = await session.scalars(
        select(Cover)
        .where(
            Cover.organization_id == organization_id,
            Cover.ended_at.is_(None),
            Cover.ends_on >= day,
        )
        .order_by(Cover.starts_on, Cover.id)
    )
    found = rows.all()
    if not found:
        return []
    names = {card.id: card.name for card in await people_here(session)}
    return [
        Absence(
            row.id,
            row.person_id,
            names.get(row.person_id, ""),
            row.by_person_id,
            names.get(row.by_person_id, ""),
            row.starts_on,
            row.ends_on,
        )
        for row in found
    ]


async def covered_people(
    session: AsyncSession, organization_id: UUID, person_id: UUID, day: date
) -> set[UUID]:
    """Whose list this person sees beside their own today."""
    rows = await session.scalars(
        select(Cover.person_id).where(
            Cover.organization_id == organization_id,
            Cover.by_person_id == person_id,
            Cover.ended_at.is_(None),
            Cover.starts_on <= day,
            Cover.ends_on >= day,
        )
    )
    return set(rows.all())


async def cover_version(session: AsyncSession, organization_id: UUID, person_id: UUID) -> int:
    """Changes whenever a cover that concerns this person does."""
    rows = await session.execute(
        select(Cover.id, Cover.ended_at).where(
            Cover.organization_id == organization_id,
            or_(Cover.by_person_id == person_id, Cover.person_id == person_id),
        )
    )
    return sum(1 if row.ended_at is None else 2 for row in rows)


async def local_day(session: AsyncSession, organization_id: UUID, now: datetime) -> date:
    """The organization's own day."""
    card = await member_card(session, organization_id)
    return now.astimezone(ZoneInfo(card.time_zone if card else DEFAULT_ZONE)).date()
