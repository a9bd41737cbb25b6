"""Checked rows into the directory: COPY to staging, then one merge a table. All or nothing.

Staging tables are temporary: unlogged, gone at commit, and no other table for the catalog to
class. A row is written only when its content hash differs; a row that its feed no longer has is
marked withdrawn, never deleted, because referrals point at it. Stewards' corrections stay on top.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.checked import Checked, Row, row_id
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
from directory.models import LocationPrivate
from shared.models import Base

NOT_STAGED = frozenset({"maps_to_id"})
# what no feed says: a named person is shown only when a steward says so
NOT_SAID: dict[str, dict[str, object]] = {"contact": {"public": False}}
Progress = Callable[[str, int, int], None]


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


async def merge(session: AsyncSession, run: Run, checked: Checked, progress: Progress) -> Written:
    """Write all tables in the order of their foreign keys."""
    counts = Written()
    tables = [table for table in checked.rows if _is_kept(table, run)]
    for number, table in enumerate(tables):
        progress("write", number, len(tables))
        held = [row_id(run.source_name, kind, own) for kind, own in checked.held if kind == table]
        await _merge_table(session, run, table, checked.rows[table], counts)
        if table == "location":  # its address has not gone, it is told to fewer people
            await forget_secret_places(session, run.source_id)
        gone = await withdraw_gone(session, run, table, held)
        counts.agreed += await drop_additions(session, run, table)
        counts.withdrawn += gone
        counts.withdrawn_by_table[table] = gone
    await forget_secret_places(session, run.source_id)
    progress("write", len(tables), len(tables))
    return counts


def _is_kept(table: str, run: Run) -> bool:
    return table != LocationPrivate.__tablename__ or run.front_door is not None


async def _merge_table(
    session: AsyncSession, run: Run, name: str, rows: Sequence[Row], counts: Written
) -> None:
    table = Base.metadata.tables[name]
    columns = [column.name for column in table.columns if column.name not in NOT_STAGED]
    await _stage(session, run, table, columns, rows)
    await remember(session, name)
    if run.id is not None:
        counts.added += await keep_added(session, run, name)
    result = await session.execute(text(_upsert(table, columns)))
    written: int = result.rowcount  # type: ignore[attr-defined]
    counts.written += written
    counts.unchanged += len(rows) - written
    counts.by_table[name] = len(rows)
    kept = await keep_corrections(session, name, run.now)
    counts.agreed += kept.agreed
    counts.conflicts += kept.conflicts
    if run.id is not None:
        await keep_changed(session, run, name)
        await note_states(session, run.id, kept)


async def _stage(
    session: AsyncSession, run: Run, table: Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    fields = ", ".join(
        f'"{column}"' if column != "point" else "null::float8 as lat, null::float8 as lon"
        for column in columns
    )
    await session.execute(text("drop table if exists stage"))
    await session.execute(
        text(
            f"create temporary table stage on commit drop as select {fields} from {table.name}"
            " limit 0"
        )
    )
    staged = [
        part for column in columns for part in (("lat", "lon") if column == "point" else (column,))
    ]
    connection = await session.connection()
    raw = await connection.get_raw_connection()
    copying: Any = raw.driver_connection  # asyncpg's own connection, inside this transaction
    await copying.copy_records_to_table(
        "stage", records=[_staged(run, table, row, staged) for row in rows], columns=staged
    )


def _staged(run: Run, table: Table, row: Row, columns: Sequence[str]) -> tuple[object, ...]:
    provenance: dict[str, object] = {
        "id": row_id(run.source_name, row.table, row.external_id),
        "source_id": run.source_id,
        "external_id": row.external_id,
        "content_hash": row.content_hash(),
        "fetched_at": run.now,
        "withdrawn_at": None,
    }
    if row.table == LocationPrivate.__tablename__:
        provenance["organization_id"] = run.front_door
    values = {**NOT_SAID.get(row.table, {}), **row.columns, **provenance}
    return tuple(_bound(table, column, values.get(column)) for column in columns)


def _bound(table: Table, column: str, value: object) -> object:
    if column in table.columns and isinstance(table.columns[column].type, JSONB):
        return json.dumps(value)
    return value


def _upsert(table: Table, columns: Sequence[str]) -> str:
    into = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(
        f's."{column}"'
        if column != "point"
        else "case when s.lat is not null then st_point(s.lon, s.lat)::geography end"
        for column in columns
    )
    changes = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column != "id")
    return (
        f"insert into {table.name} as t ({into}) select {values} from stage s"
        f" on conflict (id) do update set {changes}"
        f" where {differs('excluded')}"
    )
