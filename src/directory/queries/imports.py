"""The imports there were, and what one of them did, row by row and field by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.keeping import OVERLAYS
from directory.models import Change, ImportChange, ImportRun, Source
from directory.rows import read_rows
from shared.errors import NotFound
from shared.i18n import gettext_noop as _

SHOWN = 200
# The first of these that a row has is what people call it.
CALLED = ("name", "number", "document", "address_1", "text", "value", "url", "byday", "description")
# the changes of one run, those of services first, additions last
CHANGES = text("""
select entity, entity_id from import_change where run_id = :run
order by change = 'add', entity <> 'service', entity, entity_id limit :limit""")
COUNTS = text("""
select entity, change, count(*) from import_change where run_id = :run group by 1, 2 order by 1, 2
""")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list."""

    number: int
    source: str
    started_at: datetime
    made_by: str
    feed: str
    feed_format: str
    digest: str | None
    added: int
    changed: int
    withdrawn: int
    unchanged: int
    quarantined: int
    agreed: int
    conflicts: int
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class RowChange:
    """What an import did to one row. `fields`: name → (before, after); empty for an added row."""

    entity: str
    entity_id: UUID
    called: str
    change: Change
    fields: dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class RunDiff:
    """One import with its changes (at most `SHOWN`), its report and what undoing kept."""

    run: RunSummary
    counts: dict[str, dict[str, int]]
    changes: list[RowChange] = field(default_factory=list)
    more: int = 0
    report: list[dict[str, Any]] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)


async def list_runs(
    session: AsyncSession, *, source: str | None = None, limit: int = 50
) -> list[RunSummary]:
    """Newest first."""
    asked = (
        select(ImportRun, Source.name)
        .join(Source, Source.id == ImportRun.source_id)
        .order_by(ImportRun.number.desc())
        .limit(limit)
    )
    if source is not None:
        asked = asked.where(Source.name == source)
    return [_summary(run, name) for run, name in await session.execute(asked)]


async def run_diff(session: AsyncSession, number: int, *, limit: int = SHOWN) -> RunDiff:
    """What import `number` did."""
    found = await session.execute(
        select(ImportRun, Source.name)
        .join(Source, Source.id == ImportRun.source_id)
        .where(ImportRun.number == number)
    )
    row = found.first()
    if row is None:
        raise NotFound(
            _("There is no import number %(number)s."),
            values={"number": str(number)},
            remedy=_("`handback imports` lists them."),
        )
    run, source = row
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for entity, change, count in await session.execute(COUNTS, {"run": run.id}):
        counts[entity][change] = count
    diff = RunDiff(_summary(run, source), dict(counts), report=run.report, kept=run.kept or [])
    listed = (await session.execute(CHANGES, {"run": run.id, "limit": limit})).all()
    diff.changes = await _changes(session, run.id, [tuple(each) for each in listed])
    diff.more = sum(sum(each.values()) for each in counts.values()) - len(diff.changes)
    return diff


async def _changes(
    session: AsyncSession, run_id: UUID, listed: list[tuple[str, UUID]]
) -> list[RowChange]:
    by_entity: defaultdict[str, set[UUID]] = defaultdict(set)
    for entity, entity_id in listed:
        by_entity[entity].add(entity_id)
    called = await names_of(session, by_entity)
    kept = await session.scalars(
        select(ImportChange).where(
            ImportChange.run_id == run_id,
            ImportChange.entity_id.in_([entity_id for _entity, entity_id in listed]),
        )
    )
    by_id = {each.entity_id: each for each in kept}
    return [
        RowChange(
            entity,
            entity_id,
            called.get(entity_id, ""),
            by_id[entity_id].change,
            {
                name: (states[0], states[1])
                for name, states in sorted(by_id[entity_id].fields.items())
                if name != OVERLAYS
            },
        )
        for entity, entity_id in listed
    ]


async def names_of(
    session: AsyncSession, rows: dict[str, set[UUID]] | defaultdict[str, set[UUID]]
) -> dict[UUID, str]:
    """What people call these rows of several tables."""
    names: dict[UUID, str] = {}
    for entity, ids in rows.items():
        for entity_id, row in (await read_rows(session, entity, ids)).items():
            names[entity_id] = _called(row)
    return names


def _called(row: dict[str, Any]) -> str:
    said: Iterable[Any] = (row.get(name) for name in CALLED)
    return str(next((each for each in said if each), ""))


def _summary(run: ImportRun, source: str) -> RunSummary:
    return RunSummary(
        number=run.number,
        source=source,
        started_at=run.started_at,
        made_by=run.made_by,
        feed=run.feed_name,
        feed_format=run.feed_format,
        digest=run.feed_digest,
        added=run.added,
        changed=run.written - run.added,
        withdrawn=run.withdrawn,
        unchanged=run.unchanged,
        quarantined=run.quarantined,
        agreed=run.agreed,
        conflicts=run.conflicts,
        undone_at=run.undone_at,
        undone_by=run.undone_by,
    )
