"""Takes one import back: what it changed, and nothing that came after it.

A value is put back when it still is what the import wrote; else somebody edited it since (a
steward, a later import), it stays, and is listed. One transaction; the search follows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.history import forget_secret_places, history_of
from directory.importing.keeping import OVERLAYS
from directory.importing.locks import lock_for_import, one_import_at_a_time
from directory.importing.run import front_door
from directory.importing.touched import owners_of
from directory.importing.undone_before import Changed, through_undone
from directory.models import Change, ImportRun, Overlay, Source
from directory.rows import Written, read_rows, tables_of_feeds, write_rows
from directory.search.projection import project, renew_words
from shared.audit import record
from shared.database import Context, Database, set_context
from shared.errors import Conflict, NotFound
from shared.i18n import gettext_noop as _

# No feed hashes to it: the next import compares such a row anew.
STALE_HASH = b"\x00"
BATCH = 500


class Why(StrEnum):
    """Why something was not put back."""

    STEWARD = "steward"
    LATER_RUN = "later_run"
    CONFIDENTIAL = "confidential"
    IN_USE = "in_use"  # other rows that stay belong to it


@dataclass(frozen=True, slots=True)
class KeptBack:
    """One field (None: the whole row) that stays as it is now."""

    entity: str
    entity_id: UUID
    field: str | None
    why: Why
    before: Any = None
    written: Any = None
    now: Any = None


@dataclass(slots=True)
class UndoResult:
    """What undoing did."""

    number: int
    source: str
    put_back: int = 0  # rows that have their old values again
    withdrawn: int = 0  # rows that the import had added
    restored: int = 0  # rows that the import had withdrawn
    conflicts: list[KeptBack] = field(default_factory=list)
    dry_run: bool = False


class _TrialOver(Exception):  # noqa: N818 -- unwinds the transaction of a dry run
    pass


async def undo_import(
    database: Database, number: int, *, by: str, now: datetime, dry_run: bool = False
) -> UndoResult:
    """Undo the run with this number, over the owner's database."""
    result: UndoResult | None = None
    try:
        async with database.transaction(Context(actor=by)) as session:
            result = await _undo(session, number, by, now)
            result.dry_run = dry_run
            if dry_run:
                raise _TrialOver  # noqa: TRY301 -- only an exception rolls the transaction back
    except _TrialOver:
        pass
    assert result is not None  # noqa: S101 -- set before the only exception that gets here
    return result


async def _undo(session: AsyncSession, number: int, by: str, now: datetime) -> UndoResult:
    await one_import_at_a_time(session)
    run = await _run(session, number)
    await lock_for_import(session, run.source_id)
    source = await session.get_one(Source, run.source_id)
    owner = await front_door(session)
    if owner is not None:  # the history of confidential places is its own
        await set_context(session, Context(owner, actor=by))
    work = _Undoing(session, run, now, UndoResult(number, source.name))
    touched = await work.do()
    await forget_secret_places(session, run.source_id)
    await project(session, touched, now)
    await renew_words(session)
    run.undone_at, run.undone_by = now, by
    run.kept = [_stored(each) for each in work.result.conflicts]
    await record(
        session,
        "directory.import_undone",
        subject_kind="import_run",
        subject_id=run.id,
        now=now,
        detail={"number": number, "conflicts": len(work.result.conflicts)},
    )
    return work.result


async def _run(session: AsyncSession, number: int) -> ImportRun:
    run = await session.scalar(
        select(ImportRun).where(ImportRun.number == number).with_for_update()
    )
    if run is None:
        raise NotFound(
            _("There is no import number %(number)s."),
            values={"number": str(number)},
            remedy=_("`handback imports` lists them."),
        )
    if run.undone_at is not None:
        raise Conflict(
            _("Import %(number)s was undone already, on %(day)s."),
            values={"number": str(number), "day": run.undone_at.date().isoformat()},
        )
    return run


def _stored(kept: KeptBack) -> dict[str, Any]:
    """Places and reasons; the values stand in the rows and their history."""
    found = asdict(kept)
    return {
        "entity": found["entity"],
        "id": str(found["entity_id"]),
        "field": found["field"],
        "why": kept.why.value,
    }


class _Undoing:
    def __init__(
        self, session: AsyncSession, run: ImportRun, now: datetime, result: UndoResult
    ) -> None:
        self.session, self.run, self.now, self.result = session, run, now, result
        self.leaving: dict[str, set[UUID]] = {}
        self.touched: defaultdict[str, set[UUID]] = defaultdict(set)

    async def do(self) -> set[UUID]:
        """Children first, so that a row which is still needed by what stays is kept."""
        for table in reversed(tables_of_feeds()):
            await self._table(table.name)
        return await owners_of(self.session, self.touched)

    async def _table(self, table: str) -> None:
        changes = await self._changes(table)
        added = [each for each in changes if each.change is Change.ADD]
        others = [each for each in changes if each.change is not Change.ADD]
        await self._take_out(table, added)
        for start in range(0, len(others), BATCH):
            await self._put_back(table, others[start : start + BATCH])

    async def _changes(self, table: str) -> list[Changed]:
        history = history_of(table)
        rows = await self.session.execute(
            text(
                "select c.entity_id, c.change, c.fields, c.content_hash_before,"
                f" c.withdrawn_before, exists (select from {history} n"
                "   join import_run r on r.id = n.run_id where n.entity_id = c.entity_id"
                "   and r.number > :number and r.undone_at is null) as later"
                f" from {history} c where c.run_id = :run and c.entity = :table"
            ).columns(fields=JSONB),
            {"run": self.run.id, "number": self.run.number, "table": table},
        )
        found = [Changed(row[0], Change(row[1]), *row[2:]) for row in rows]
        return await through_undone(self.session, self.run, table, found)

    # ── rows that the import had added

    async def _take_out(self, table: str, added: Sequence[Changed]) -> None:
        ids = {each.entity_id for each in added}
        if not ids:
            return
        later = {each.entity_id for each in added if each.later}
        edited = await self._edited(ids) - later
        used = await self._used(table, ids) - later - edited
        for kept, why in ((later, Why.LATER_RUN), (edited, Why.STEWARD), (used, Why.IN_USE)):
            self.result.conflicts += [KeptBack(table, each, None, why) for each in sorted(kept)]
        leaving = ids - later - edited - used
        self.leaving[table] = leaving
        self.touched[table] |= leaving
        gone = await self.session.execute(
            text(
                f"update {table} set withdrawn_at = :now where id = any(:ids)"
                " and withdrawn_at is null"
            ),
            {"now": self.now, "ids": list(leaving)},
        )
        self.result.withdrawn += gone.rowcount  # type: ignore[attr-defined]

    async def _edited(self, ids: Iterable[UUID]) -> set[UUID]:
        found = await self.session.scalars(
            text("select entity_id from overlay where ended_at is null and entity_id = any(:ids)"),
            {"ids": list(ids)},
        )
        return set(found)

    async def _used(self, table: str, ids: set[UUID]) -> set[UUID]:
        """Rows that others belong to which stay: later ones, or a steward's own."""
        found: set[UUID] = set()
        for child in tables_of_feeds():
            for column in child.columns:
                if any(key.column.table.name == table for key in column.foreign_keys):
                    rows = await self.session.scalars(
                        text(
                            f"select {column.name} from {child.name} where withdrawn_at is null"
                            f" and {column.name} = any(:ids) and id <> all(:leaving)"
                        ),
                        {
                            "ids": list(ids),
                            "leaving": list(self.leaving.get(child.name, ids)),
                        },
                    )
                    found |= set(rows)
        return found

    # ── rows that the import had changed or withdrawn

    async def _put_back(self, table: str, batch: Sequence[Changed]) -> None:
        current = await read_rows(self.session, table, [each.entity_id for each in batch])
        standing = await self._standing(current)
        written: list[Written] = []
        for change in batch:
            row = current.get(change.entity_id)
            if row is None:
                continue  # of a place that became confidential since
            await self._restore_corrections(change)
            fields = self._fields(table, change, row, standing)
            fields |= self._withdrawal(table, change, row, standing)
            complete = not change.later
            hashed = change.hash_before if complete else STALE_HASH
            written.append(Written(change.entity_id, fields, hashed))
            self.touched[table].add(change.entity_id)
        await write_rows(self.session, table, written)

    async def _standing(self, current: Iterable[UUID]) -> dict[tuple[UUID, str], Overlay]:
        found = await self.session.scalars(
            select(Overlay).where(Overlay.entity_id.in_(current), Overlay.ended_at.is_(None))
        )
        return {(each.entity_id, each.field): each for each in found}

    def _fields(
        self,
        table: str,
        change: Changed,
        row: dict[str, Any],
        standing: dict[tuple[UUID, str], Overlay],
    ) -> dict[str, Any]:
        restored: dict[str, Any] = {}
        for name, states in change.fields.items():
            if name == OVERLAYS:
                continue
            before, after = states
            correction = standing.get((change.entity_id, name))
            why = self._why_kept(change, row, name, after, correction)
            if why is None:
                restored[name] = before
                continue
            if correction is not None:  # below it the feed says again what it said
                correction.feed_value = correction.base_value = before
                correction.conflict_at = None
            if row[name] != before:
                kept = KeptBack(table, change.entity_id, name, why, before, after, row[name])
                self.result.conflicts.append(kept)
        if restored:
            self.result.put_back += 1
        return restored

    def _why_kept(
        self,
        change: Changed,
        row: dict[str, Any],
        name: str,
        after: Any,  # noqa: ANN401 -- JSON
        correction: Overlay | None,
    ) -> Why | None:
        if name == "confidential" and after is True:
            return Why.CONFIDENTIAL  # nobody is shown again by undoing
        if correction is not None:
            return Why.STEWARD
        if row[name] != after:
            return Why.LATER_RUN if change.later else Why.STEWARD
        return None

    def _withdrawal(
        self,
        table: str,
        change: Changed,
        row: dict[str, Any],
        standing: dict[tuple[UUID, str], Overlay],
    ) -> dict[str, Any]:
        hidden = (change.entity_id, "withdrawn_at") in standing
        if change.change is Change.WITHDRAW:
            if row["withdrawn_at"] is not None and not hidden:
                self.result.restored += 1
                return {"withdrawn_at": None}
            if hidden:
                self.result.conflicts.append(KeptBack(table, change.entity_id, None, Why.STEWARD))
        if change.change is Change.BRING_BACK and row["withdrawn_at"] is None:
            if change.later:
                self.result.conflicts.append(KeptBack(table, change.entity_id, None, Why.LATER_RUN))
                return {}
            assert change.withdrawn_before is not None  # noqa: S101 -- that is what it means
            return {"withdrawn_at": change.withdrawn_before.isoformat()}
        return {}

    async def _restore_corrections(self, change: Changed) -> None:
        """Corrections that the feed had taken over stand again; conflicts it made are gone."""
        for overlay_id, before, after in change.fields.get(OVERLAYS, []):
            overlay = await self.session.get(Overlay, UUID(overlay_id))
            if overlay is None or overlay.feed_value != after["feed_value"]:
                continue
            overlay.feed_value, overlay.base_value = before["feed_value"], before["base_value"]
            overlay.conflict_at = _moment(before["conflict_at"])
            if after["ended_at"] and overlay.ended_how == "agreed":
                overlay.ended_at, overlay.ended_how = _moment(before["ended_at"]), None
        await self.session.flush()


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
