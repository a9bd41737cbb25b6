"""Checked rows into the directory: COPY to staging, then one merge a table. All or nothing.

Staging tables are temporary: unlogged, gone at commit, and no other table for the catalog to
class. A row is written only when its content hash differs; a row that its feed no longer has is
marked withdrawn, never deleted, because referrals point at it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.checked import Checked, Row, row_id
from directory.models import LocationPrivate
from shared.models import Base

PROVENANCE = ("id", "source_id", "external_id", "content_hash", "fetched_at", "withdrawn_at")
NOT_STAGED = frozenset({"maps_to_id"})
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One import's constants."""

    source_id: UUID
    source_name: str
    now: datetime
    # whose `location_private` is; None keeps exact places of confidential locations nowhere
    front_door: UUID | None


@dataclass(slots=True)
class Written:
    """Counts of a merge."""

    written: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    by_table: dict[str, int] = field(default_factory=dict)


async def merge(session: AsyncSession, run: Run, checked: Checked, progress: Progress) -> Written:
    """Write all tables in the order of their foreign keys."""
    counts = Written()
    tables = [table for table in checked.rows if _is_kept(table, run)]
    for number, table in enumerate(tables):
        progress("write", number, len(tables))
        held = [row_id(run.source_name, kind, own) for kind, own in checked.held if kind == table]
        await _merge_table(session, run, table, checked.rows[table], counts)
        await _withdraw(session, run, table, held, counts)
    await session.execute(FORGET_OPEN_ADDRESSES, {"source": run.source_id})
    progress("write", len(tables), len(tables))
    return counts


# A place that became confidential must not keep its address in a public table, even withdrawn.
FORGET_OPEN_ADDRESSES = text(
    "delete from address a using location l"
    " where a.location_id = l.id and l.confidential and l.source_id = :source"
)


def _is_kept(table: str, run: Run) -> bool:
    return table != LocationPrivate.__tablename__ or run.front_door is not None


async def _merge_table(
    session: AsyncSession, run: Run, name: str, rows: Sequence[Row], counts: Written
) -> None:
    table = Base.metadata.tables[name]
    columns = [column.name for column in table.columns if column.name not in NOT_STAGED]
    await _stage(session, run, table, columns, rows)
    result = await session.execute(text(_upsert(table, columns)))
    written: int = result.rowcount  # type: ignore[attr-defined]
    counts.written += written
    counts.unchanged += len(rows) - written
    counts.by_table[name] = len(rows)


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
    values = {**row.columns, **provenance}
    return tuple(_bound(table, column, values[column]) for column in columns)


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
        " where t.content_hash <> excluded.content_hash or t.withdrawn_at is not null"
    )


async def _withdraw(
    session: AsyncSession, run: Run, table: str, held: Sequence[UUID], counts: Written
) -> None:
    """Rows kept back stay as they were: the feed still has them, only not in order."""
    result = await session.execute(
        text(
            f"update {table} t set withdrawn_at = :now where t.source_id = :source"
            " and t.withdrawn_at is null and t.id <> all(:held)"
            " and not exists (select from stage s where s.id = t.id)"
        ),
        {"now": run.now, "source": run.source_id, "held": list(held)},
    )
    counts.withdrawn += result.rowcount  # type: ignore[attr-defined]
