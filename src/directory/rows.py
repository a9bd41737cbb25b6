"""Directory rows as JSON and back: what histories, corrections and undoing speak.

A point is [latitude, longitude]; everything else is what PostgreSQL's to_jsonb makes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import FromSource
from shared.models import Base

PROVENANCE = ("id", "source_id", "external_id", "content_hash", "fetched_at", "withdrawn_at")
# Local rows and metadata carry it in `external_id`; an import leaves them alone.
OURS = "handback:"
# Set after each import from other rows, never by a feed or a person.
DERIVED = frozenset({"maps_to_id"})
BATCH = 500


def tables_of_feeds() -> tuple[Table, ...]:
    """Every table that holds rows of feeds, parents before children."""
    return tuple(table for table in Base.metadata.sorted_tables if _is_of_feeds(table))


def _is_of_feeds(table: Table) -> bool:
    return any(
        issubclass(mapper.class_, FromSource) and mapper.local_table is table
        for mapper in Base.registry.mappers
    )


@cache
def value_columns(table: str) -> tuple[str, ...]:
    """The columns that say something: all but identity and provenance."""
    columns = Base.metadata.tables[table].columns
    return tuple(
        column.name
        for column in columns
        if column.name not in PROVENANCE and column.name not in DERIVED
    )


def row_json(table: str, alias: str = "t") -> str:
    """An SQL expression: the row's values as one jsonb object."""
    whole = f"to_jsonb({alias}) - '{{{','.join([*PROVENANCE, *DERIVED])}}}'::text[]"
    if "point" not in Base.metadata.tables[table].columns:
        return f"({whole})"
    point = (
        f"case when {alias}.point is not null then jsonb_build_array("
        f"st_y({alias}.point::geometry), st_x({alias}.point::geometry)) end"
    )
    return f"({whole} - 'point' || jsonb_build_object('point', {point}))"


@dataclass(frozen=True, slots=True)
class Written:
    """New values of some columns of one row; `content_hash` None leaves the hash alone."""

    id: UUID
    fields: Mapping[str, Any]
    content_hash: bytes | None = None


async def write_rows(session: AsyncSession, table: str, rows: Sequence[Written]) -> None:
    """Set these columns of these rows, a batch a statement."""
    for start in range(0, len(rows), BATCH):
        batch = [
            {
                "id": str(row.id),
                "fields": dict(row.fields),
                "hash": row.content_hash.hex() if row.content_hash is not None else None,
            }
            for row in rows[start : start + BATCH]
        ]
        await session.execute(
            text(_write(table)).bindparams(bindparam("rows", type_=JSONB)), {"rows": batch}
        )


@cache
def _write(table: str) -> str:
    changes = [f'"{name}" = {_given(name)}' for name in (*value_columns(table), "withdrawn_at")]
    return (
        f"update {table} t set {', '.join(changes)},"
        " content_hash = coalesce(decode(x.hash, 'hex'), t.content_hash)"
        " from jsonb_to_recordset(:rows) as x(id uuid, fields jsonb, hash text),"
        f" lateral jsonb_populate_record(null::{table}, x.fields - 'point') r where t.id = x.id"
    )


def _given(column: str) -> str:
    new = f'r."{column}"'
    if column == "point":
        new = (
            "case when jsonb_typeof(x.fields->'point') = 'array' then st_point("
            "(x.fields->'point'->>1)::float8, (x.fields->'point'->>0)::float8)::geography end"
        )
    # jsonb_exists is the operator "?", which drivers take for a placeholder
    return f"case when jsonb_exists(x.fields, '{column}') then {new} else t.\"{column}\" end"


async def read_rows(
    session: AsyncSession, table: str, ids: Collection[UUID]
) -> dict[UUID, dict[str, Any]]:
    """The values of these rows; `withdrawn_at` among them. Rows that are gone are left out."""
    found = await session.execute(
        text(
            f"select t.id, {row_json(table)} || jsonb_build_object('withdrawn_at', t.withdrawn_at)"
            f" as row from {table} t where t.id = any(:ids)"
        ).columns(row=JSONB),
        {"ids": list(ids)},
    )
    return {row.id: row.row for row in found}
