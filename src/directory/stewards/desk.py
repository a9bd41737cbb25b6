"""What else waits on the steward's desk: imports, searches in vain, translations, licences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, text

from directory.models import Closure, Emergency, EmergencyChange, Location, Organization, Service
from directory.queries.imports import RunSummary, list_runs

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

A_MONTH, SOON = timedelta(days=30), timedelta(days=60)
SHOWN = 8
RUNS_LOOKED_AT = 50
MISSES = text("""
select need, zip3, sum(times) as times from search_miss where day > :since
group by need, zip3 order by 3 desc, need, zip3 limit :most""")
# Without a Spanish name or description the page falls back to English.
UNTRANSLATED = """
from service s where s.withdrawn_at is null and s.status in ('active', 'temporarily closed')
  and (not exists (select from translation t where t.entity_id = s.id and t.language = 'es'
      and t.field = 'name' and t.withdrawn_at is null)
    or (coalesce(s.description, '') <> '' and not exists (select from translation t
      where t.entity_id = s.id and t.language = 'es' and t.field = 'description'
      and t.withdrawn_at is null)))"""
COUNT_UNTRANSLATED = text(f"select count(*) {UNTRANSLATED}")
LIST_UNTRANSLATED = text(f"select s.id, s.name {UNTRANSLATED} order by s.name, s.id limit :most")
LICENCES = text("""
select name, ends_on from source where ends_on between :today and :soon
  and name not like 'Emergency %' order by ends_on, name""")


@dataclass(frozen=True, slots=True)
class Miss:
    """A need (its code; "" when nothing was understood) near a ZIP's first three digits."""

    need: str
    zip3: str
    times: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """The smaller heaps of the desk."""

    misses: list[Miss]
    untranslated: int
    to_translate: list[tuple[UUID, str]]
    licences: list[tuple[str, date]]
    quarantined: list[RunSummary]


@dataclass(frozen=True, slots=True)
class ClosedSite:
    """A place that an emergency closed; `is_open` when it was opened again."""

    closure_id: UUID
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class EmergencyCard:
    """An emergency as the desk lists it."""

    id: UUID
    name: str
    ends_on: date
    made_at: datetime
    undone_at: datetime | None
    sites: list[ClosedSite]
    opened: int
    kept: int
    # What the undo left alone, by name.
    kept_names: list[str]


async def waiting(session: AsyncSession, now: datetime) -> Waiting:
    """Everything but calls, conflicts, reports and emergencies."""
    today = now.date()
    misses = await session.execute(MISSES, {"since": today - A_MONTH, "most": SHOWN})
    lacking = await session.execute(LIST_UNTRANSLATED, {"most": SHOWN})
    licences = await session.execute(LICENCES, {"today": today, "soon": today + SOON})
    return Waiting(
        misses=[Miss(row.need, row.zip3, row.times) for row in misses],
        untranslated=(await session.execute(COUNT_UNTRANSLATED)).scalar_one(),
        to_translate=[(row.id, row.name) for row in lacking],
        licences=[(row.name, row.ends_on) for row in licences],
        quarantined=await _quarantined(session),
    )


async def emergencies(session: AsyncSession, now: datetime) -> list[EmergencyCard]:
    """Those that hold, and those undone lately; the newest first."""
    rows = await session.scalars(
        select(Emergency)
        .where(Emergency.ends_on >= now.date() - timedelta(days=7))
        .order_by(Emergency.made_at.desc())
    )
    return [await _card(session, row) for row in rows.all()]


async def _card(session: AsyncSession, row: Emergency) -> EmergencyCard:
    sites = await session.execute(
        select(Closure.id, Closure.withdrawn_at, Location.name, Organization.name)
        .join(Location, Location.id == Closure.location_id)
        .outerjoin(Organization, Organization.id == Location.organization_id)
        .where(Closure.batch_id == row.id)
        .order_by(Organization.name, Location.name, Closure.id)
    )
    changes = list(
        await session.scalars(select(EmergencyChange).where(EmergencyChange.emergency_id == row.id))
    )
    kept = {each.entity_id for each in changes if each.kept}
    closed = [
        ClosedSite(closure_id, ", ".join(dict.fromkeys(filter(None, (owner, name)))), bool(gone))
        for closure_id, gone, name, owner in sites
    ]
    added = await session.scalars(select(Service.name).where(Service.id.in_(kept)))
    return EmergencyCard(
        id=row.id,
        name=row.name,
        ends_on=row.ends_on,
        made_at=row.made_at,
        undone_at=row.undone_at,
        sites=closed,
        opened=sum(1 for each in changes if each.entity == "service_at_location"),
        kept=len(kept),
        kept_names=[*(each.name for each in closed if each.closure_id in kept), *added],
    )


async def _quarantined(session: AsyncSession) -> list[RunSummary]:
    """The last import of each source, where it kept something back."""
    latest: dict[str, RunSummary] = {}
    for run in await list_runs(session, limit=RUNS_LOOKED_AT):
        if run.undone_at is None:
            latest.setdefault(run.source, run)
    return [run for run in latest.values() if run.quarantined]


def reasons_of(report: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """What an import kept back and why, counted, the most first. Pure."""
    counts: dict[str, int] = {}
    for entry in report:
        if entry.get("held") == "noted":
            continue
        why = str(entry.get("reason") or entry.get("message") or "")
        counts[why] = counts.get(why, 0) + 1
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))
