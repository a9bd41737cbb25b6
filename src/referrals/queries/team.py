"""The coordinator's page: by worker, what is late (ours first), differences, who has gone quiet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from accounts.api import Role, people_here
from referrals.lifecycle import ENDED, OPEN, BusinessStatus, people_see
from referrals.models import Referral
from referrals.queries.cover import Absence, absences, local_day
from referrals.queries.lists import referrals_of_owner
from referrals.queries.today import (
    ENDINGS,
    QuietPlace,
    RowAndTasks,
    TodayRow,
    quiet_places,
    rows_of,
    rows_with_tasks,
    strip,
    with_others,
)
from shared import audit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor, PersonCard

STAFF = frozenset({Role.NAVIGATOR, Role.COORDINATOR})
FIGURES_OF = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """One worker's share; `person_id` None is the team inbox."""

    person_id: UUID | None
    name: str
    left: bool
    open: int
    # Next steps that are theirs to take.
    steps: int
    late: int
    bad_endings: int
    next_due: datetime | None
    away: Absence | None


@dataclass(frozen=True, slots=True)
class TeamPage:
    """Ours first: what we owe comes before what others owe."""

    now: datetime
    workers: tuple[WorkerLine, ...]
    late_ours: tuple[TodayRow, ...]
    late_theirs: tuple[TodayRow, ...]
    differ: tuple[TodayRow, ...]
    gone_quiet: tuple[QuietPlace, ...]
    bad_endings: tuple[TodayRow, ...]
    inbox: WorkerLine | None
    steps: int
    next_due: datetime | None
    # What people see → how many ended so in the last 30 days.
    endings: tuple[tuple[str, int], ...]


async def team_page(session: AsyncSession, reader: Actor, *, now: datetime) -> TeamPage:
    """Everybody's requests, as far as the reader may see them."""
    organization = reader.organization_id
    if organization is None:
        return TeamPage(now, (), (), (), (), (), (), None, 0, None, ())
    rows, _open = await rows_with_tasks(session, organization, None)
    people = await people_here(session)
    day = await local_day(session, organization, now)
    away = [each for each in await absences(session, organization, day) if each.is_on(day)]
    await audit.record(
        session, "team_read", subject_kind="member", subject_id=organization, now=now
    )
    endings = await _endings(session, organization, now)
    return _page(rows, _workers(rows, people, away, now), endings, now)


async def hand_over_list(
    session: AsyncSession, organization_id: UUID, person_id: UUID | None, *, now: datetime
) -> list[TodayRow]:
    """What somebody has in hand, most urgent first, for the page that hands it over."""
    found = await referrals_of_owner(session, organization_id, person_id)
    rows = await rows_of(session, organization_id, found)
    await audit.record(
        session, "hand_over_list_read", subject_kind="person", subject_id=person_id, now=now
    )
    return sorted((row for row, _ in rows), key=lambda row: (row.turn.by or now, row.turn.rank))


def _page(
    rows: list[RowAndTasks],
    workers: tuple[WorkerLine, ...],
    endings: tuple[tuple[str, int], ...],
    now: datetime,
) -> TeamPage:
    ours = [row for row, _ in rows if row.turn.whose == "ours"]
    others = with_others(rows, now)
    due = [row.turn.by for row in (*ours, *others) if row.turn.by is not None]
    return TeamPage(
        now=now,
        workers=workers,
        late_ours=tuple(_late(ours, now)),
        late_theirs=tuple(_late((row for row in others if row.turn.whose == "theirs"), now)),
        differ=tuple(row for row, _ in rows if row.status is BusinessStatus.ACCOUNTS_DIFFER),
        gone_quiet=quiet_places(others, now),
        bad_endings=strip(rows, ENDINGS),
        inbox=next((each for each in workers if each.person_id is None), None),
        steps=len(ours),
        next_due=min((at for at in due if at > now), default=None),
        endings=endings,
    )


def is_late(row: TodayRow, now: datetime) -> bool:
    """Whether its time has passed."""
    return row.turn.by is not None and row.turn.by < now


def _late(rows: Iterable[TodayRow], now: datetime) -> list[TodayRow]:
    """The longest late first; danger before all."""
    found = [row for row in rows if is_late(row, now)]
    return sorted(found, key=lambda row: (row.turn.rank != 0, row.turn.by or now))


def _workers(
    rows: list[RowAndTasks], people: list[PersonCard], away: list[Absence], now: datetime
) -> tuple[WorkerLine, ...]:
    by_owner: dict[UUID | None, list[RowAndTasks]] = {}
    for each in rows:
        by_owner.setdefault(each[0].owner_id, []).append(each)
    cards = {card.id: card for card in people}
    staff = {card.id for card in people if not card.disabled and not card.roles.isdisjoint(STAFF)}
    lines = [
        _worker(owner, cards.get(owner) if owner else None, by_owner.get(owner, []), away, now)
        for owner in (staff | set(by_owner))
    ]
    # Nobody's, then those who left, then the latest.
    return tuple(
        sorted(lines, key=lambda line: (line.person_id is not None, not line.left, -line.late))
    )


def _worker(
    owner: UUID | None,
    card: PersonCard | None,
    rows: list[RowAndTasks],
    away: list[Absence],
    now: datetime,
) -> WorkerLine:
    ours = [row for row, _ in rows if row.turn.whose == "ours"]
    due = [row.turn.by for row in ours if row.turn.by is not None and row.turn.by >= now]
    return WorkerLine(
        person_id=owner,
        name=card.name if card else (rows[0][0].owner_name if rows and owner else ""),
        left=owner is not None and (card is None or card.disabled),
        open=sum(1 for row, _ in rows if row.status in OPEN),
        steps=len(ours),
        late=sum(1 for row in ours if is_late(row, now)),
        bad_endings=len(strip(rows, ENDINGS)),
        next_due=min(due, default=None),
        away=next((each for each in away if each.person_id == owner), None),
    )


async def _endings(
    session: AsyncSession, organization_id: UUID, now: datetime
) -> tuple[tuple[str, int], ...]:
    """Endings that people see as one thing are counted as one; none is added to another."""
    found = await session.execute(
        select(Referral.status, Referral.reason, func.count())
        .where(
            Referral.requester_organization_id == organization_id,
            Referral.status.in_(ENDED - {BusinessStatus.ENTERED_IN_ERROR}),
            Referral.ended_at > now - FIGURES_OF,
        )
        .group_by(Referral.status, Referral.reason)
    )
    counts: dict[str, int] = {}
    for status, reason, number in found:
        label = people_see(status, reason)
        counts[label] = counts.get(label, 0) + number
    return tuple(sorted(counts.items(), key=lambda each: -each[1]))
