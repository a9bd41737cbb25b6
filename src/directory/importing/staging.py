"""Checked rows into the directory: COPY to staging, then one merge a table. All or nothing.

Staging tables are temporary: unlogged, gone at commit, and no other table for the catalog to
class. A row is written only when its content hash differs; a row that its feed no longer has is
marked withdrawn, never deleted, because referrals point at it. Stewards' corrections stay on top.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.checked import Checked, Rows, row_id
from directory.importing.history import (
    Run,
    differs,
    drop_additions,
    forget_secret_places,
    keep_added,
    keep_changed,
    remember,
    withdraw_gone,
)
from directory.importing.keeping import keep_corrections, note_states
from directory.importing.locks import lock_for_import
from directory.models import LocationPrivate, Source
from directory.rows import tables_of_feeds
from shared.models import Base

NOT_STAGED = frozenset({"maps_to_id"})
# what no feed says: a named person is shown only when a steward says so
NOT_SAID: dict[str, dict[str, object]] = {"contact": {"public": False}}
FEW = 500  # rows for which no plan can be bad
Progress = Callable[[str, int, int], None]
Passed = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Written:
    """Counts of a merge."""

    written: int = 0
    added: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    # corrections of stewards that the feed took over, and that it now contradicts
    agreed: int = 0
    conflicts: int = 0
    by_table: dict[str, int] = field(default_factory=dict)
    withdrawn_by_table: dict[str, int] = field(default_factory=dict)


async def merge(
    session: AsyncSession,
    run: Run,
    checked: Checked,
    progress: Progress,
    passed: Passed | None = None,
) -> Written:
    """Write all tables in the order of their foreign keys.

    Staging, the longer half, keeps nobody waiting; edits of this source wait from then on. Of a
    source without rows there is nothing to edit: its tables are written as they pass the gate.
    """
    counts = Written()
    tables = [table for table in checked.rows if _is_kept(table, run)]
    if passed is None:
        await _stage_all(session, run, checked, tables, progress)
    await lock_for_import(session, run.source_id)
    standing = await _standing(session, run.source_id, tables)
    for number, table in enumerate(tables):
        progress("write", number, len(tables))
        if passed is not None:
            await passed(table)
            await _stage_if_any(session, run, table, checked)
        await _write_table(session, run, table, checked, counts, stood=table in standing)
    await forget_secret_places(session, run.source_id)
    progress("write", len(tables), len(tables))
    return counts


async def _stage_all(
    session: AsyncSession, run: Run, checked: Checked, tables: Sequence[str], progress: Progress
) -> None:
    for number, table in enumerate(tables):
        progress("stage", number, len(tables))
        await _stage_if_any(session, run, table, checked)
    progress("stage", len(tables), len(tables))


async def _stage_if_any(session: AsyncSession, run: Run, table: str, checked: Checked) -> None:
    if len(checked.rows[table]):
        await _stage(session, run, table, checked.rows[table])


async def _write_table(  # noqa: PLR0913 -- the merge's own step
    session: AsyncSession, run: Run, table: str, checked: Checked, counts: Written, *, stood: bool
) -> None:
    rows = len(checked.rows[table])
    counts.by_table[table], counts.withdrawn_by_table[table] = rows, 0
    if not stood:
        if rows:
            await _add_table(session, run, table, rows, counts)
        return
    if not rows:
        await _stage(session, run, table, [])
    held = [row_id(run.source_name, kind, own) for kind, own in checked.held if kind == table]
    await _merge_table(session, run, table, rows, counts)
    if table == "location":  # its address has not gone, it is told to fewer people
        await forget_secret_places(session, run.source_id)
    gone = await withdraw_gone(session, run, table, held)
    counts.agreed += await drop_additions(session, run, table)
    counts.withdrawn += gone
    counts.withdrawn_by_table[table] = gone


async def has_rows(session: AsyncSession, source_name: str) -> bool:
    """Whether there is anything of the source that somebody could be editing."""
    source = await session.scalar(select(Source.id).where(Source.name == source_name))
    tables = [table.name for table in tables_of_feeds()]
    return source is not None and bool(await _standing(session, source, tables))


async def _standing(session: AsyncSession, source: UUID, tables: Sequence[str]) -> set[str]:
    """The tables in which the source has rows; feeds fill a third of them."""
    asked = " union all ".join(
        f"select '{table}' where exists (select from {table} where source_id = :source)"
        for table in tables
    )
    return set(await session.scalars(text(asked), {"source": source}))


def _is_kept(table: str, run: Run) -> bool:
    return table != LocationPrivate.__tablename__ or run.front_door is not None


async def _at_hand(session: AsyncSession, name: str) -> None:
    """The statements of a merge and of its history call the table's new rows `stage`."""
    await session.execute(text("drop table if exists stage"))
    await session.execute(text(f"alter table stage_{name} rename to stage"))


async def _add_table(
    session: AsyncSession, run: Run, name: str, rows: int, counts: Written
) -> None:
    """Where the source has no rows, all are new: nothing to compare, correct or withdraw."""
    await _at_hand(session, name)
    if run.id is not None:
        counts.added += await keep_added(session, run, name)
    await session.execute(text(_insert(Base.metadata.tables[name])))
    counts.written += rows


async def _merge_table(
    session: AsyncSession, run: Run, name: str, rows: int, counts: Written
) -> None:
    table = Base.metadata.tables[name]
    await _at_hand(session, name)
    await remember(session, name)
    if run.id is not None:
        counts.added += await keep_added(session, run, name)
    result = await session.execute(text(_upsert(table)))
    written: int = result.rowcount  # type: ignore[attr-defined]
    counts.written += written
    counts.unchanged += rows - written
    kept = await keep_corrections(session, name, run.now)
    counts.agreed += kept.agreed
    counts.conflicts += kept.conflicts
    if run.id is not None:
        await keep_changed(session, run, name)
        await note_states(session, run.id, kept)


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name not in NOT_STAGED]


async def _stage(session: AsyncSession, run: Run, name: str, rows: Rows) -> None:
    table, stage = Base.metadata.tables[name], f"stage_{name}"
    columns = _columns(table)
    fields = ", ".join(
        f'"{column}"' if column != "point" else "null::float8 as lat, null::float8 as lon"
        for column in columns
    )
    await session.execute(text(f"drop table if exists {stage}"))
    await session.execute(
        text(
            f"create temporary table {stage} on commit drop as select {fields} from {name} limit 0"
        )
    )
    staged = [
        part for column in columns for part in (("lat", "lon") if column == "point" else (column,))
    ]
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    copying: Any = raw.driver_connection  # asyncpg's own connection, inside this transaction
    if not len(rows):  # noqa: PLC1802 -- a spool
        return
    await copying.copy_records_to_table(
        stage, records=_staged(run, table, rows, staged), columns=staged
    )
    if len(rows) > FEW:
        # without these the planner takes both sides for small, and compares each row with each
        await session.execute(text(f"create unique index on {stage} (id)"))
        await session.execute(text(f"analyze {stage}"))


def _staged(
    run: Run, table: Table, rows: Rows, columns: Sequence[str]
) -> Iterator[tuple[object, ...]]:
    same: dict[str, object] = {
        **NOT_SAID.get(table.name, {}),
        "source_id": run.source_id,
        "fetched_at": run.now,
        "withdrawn_at": None,
    }
    if table.name == LocationPrivate.__tablename__:
        same["organization_id"] = run.front_door
    as_json = [column.name for column in table.columns if isinstance(column.type, JSONB)]
    for row in rows:
        values = {**row.columns, **same}
        values["id"] = row_id(run.source_name, row.table, row.external_id)
        values["external_id"] = row.external_id
        values["content_hash"] = row.content_hash()
        for name in as_json:
            values[name] = json.dumps(values.get(name))
        yield tuple(map(values.get, columns))


def _insert(table: Table) -> str:
    columns = _columns(table)
    into = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(
        f's."{column}"'
        if column != "point"
        else "case when s.lat is not null then st_point(s.lon, s.lat)::geography end"
        for column in columns
    )
    return f"insert into {table.name} as t ({into}) select {values} from stage s"


def _upsert(table: Table) -> str:
    changes = ", ".join(
        f'"{column}" = excluded."{column}"' for column in _columns(table) if column != "id"
    )
    return f"{_insert(table)} on conflict (id) do update set {changes} where {differs('excluded')}"
