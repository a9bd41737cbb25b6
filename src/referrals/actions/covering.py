"""Somebody says "I am away from–to, X covers": X sees their list, both see tasks and texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.api import Role, person_card
from referrals.models import Cover
from referrals.queries.cover import absences, local_day
from shared import audit
from shared.errors import InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor, PersonCard

LONGEST_DAYS = 366
STAFF = frozenset({Role.NAVIGATOR, Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class NewCover:
    """Who is away, who covers, and the first and last day."""

    person_id: UUID
    by_person_id: UUID | None
    starts_on: date | None
    ends_on: date | None


async def start_cover(
    session: AsyncSession, new: NewCover, *, actor: Actor, now: datetime
) -> Cover:
    """Say it for oneself; a coordinator says it for anybody."""
    organization_id = actor.organization_id
    if organization_id is None or actor.person_id is None:
        raise NotAllowed(_("Your account may not open this page."))
    if new.person_id != actor.person_id and not actor.has_role(Role.COORDINATOR):
        raise NotAllowed(_("You can say this for yourself only."))
    today = await local_day(session, organization_id, now)
    starts, ends = _days(new, today)
    colleague = await colleague_for(session, new.by_person_id, field="by")
    if colleague.id == new.person_id:
        raise InvalidInput(_("Choose somebody else to cover."), field="by")
    for known in await absences(session, organization_id, today):
        if known.person_id == new.person_id and known.starts_on <= ends and starts <= known.ends_on:
            raise InvalidInput(_("These days are covered already. End that first."), field="starts")
    row = Cover(
        organization_id=organization_id,
        person_id=new.person_id,
        by_person_id=colleague.id,
        starts_on=starts,
        ends_on=ends,
        made_by=actor.person_id,
        made_at=now,
    )
    session.add(row)
    await session.flush()
    await audit.record(
        session,
        "cover_started",
        subject_kind="person",
        subject_id=new.person_id,
        now=now,
        detail={"by": str(colleague.id), "from": starts.isoformat(), "to": ends.isoformat()},
    )
    return row


async def end_cover(session: AsyncSession, cover_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Back early: by whoever is away, whoever covers, or a coordinator."""
    row = await session.get(Cover, cover_id, with_for_update=True)
    if row is None or not (
        actor.person_id in {row.person_id, row.by_person_id} or actor.has_role(Role.COORDINATOR)
    ):
        raise NotFound(_("This cover does not exist, or it is not yours to end."))
    if row.ended_at is None:
        row.ended_at = now
        await audit.record(
            session, "cover_ended", subject_kind="person", subject_id=row.person_id, now=now
        )


async def colleague_for(session: AsyncSession, person_id: UUID | None, *, field: str) -> PersonCard:
    """Somebody of the same house who works with requests and may still sign in."""
    card = await person_card(session, person_id) if person_id is not None else None
    if card is None or card.disabled or card.roles.isdisjoint(STAFF):
        raise InvalidInput(_("Choose a colleague from the list."), field=field)
    return card


def _days(new: NewCover, today: date) -> tuple[date, date]:
    if new.starts_on is None:
        raise InvalidInput(_("Choose the first day."), field="starts")
    if new.ends_on is None:
        raise InvalidInput(_("Choose the last day."), field="ends")
    if new.ends_on < new.starts_on:
        raise InvalidInput(_("The last day comes before the first."), field="ends")
    if new.ends_on < today:
        raise InvalidInput(_("These days are over."), field="ends")
    if (new.ends_on - new.starts_on).days > LONGEST_DAYS:
        raise InvalidInput(_("A cover lasts a year at most."), field="ends")
    return new.starts_on, new.ends_on
