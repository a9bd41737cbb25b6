"""Which documents of the search an import or its undoing changes: only those are made anew."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import text

from directory.rows import tables_of_feeds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncSession

# The projection itself finds the services of these.
SEARCHED = frozenset({"service", "organization", "service_at_location", "location"})
# A term is in the documents of everybody who uses it.
OF_EVERYBODY = frozenset({"taxonomy", "taxonomy_term"})
POLYMORPHIC = {"attribute": ("link_entity", "link_id"), "translation": ("entity", "entity_id")}
CHANGED = text("select entity, entity_id from import_change where run_id = :run")
COUNTED = text("""
select (select count(*) from import_change where run_id = :run and entity = 'service'),
  (select count(*) from service where source_id = :source),
  exists (select from import_change where run_id = :run and entity = any(:everybodys))""")
MOST = 0.5


async def touched_by_run(session: AsyncSession, run_id: UUID, source: UUID) -> set[UUID] | None:
    """Ids for `project`; None means the whole source."""
    counted = await session.execute(
        COUNTED, {"run": run_id, "source": source, "everybodys": list(OF_EVERYBODY)}
    )
    services, of_source, everybodys = counted.one()
    if everybodys or services > MOST * of_source:
        return None
    changed: defaultdict[str, set[UUID]] = defaultdict(set)
    for entity, entity_id in await session.execute(CHANGED, {"run": run_id}):
        changed[entity].add(entity_id)
    return await owners_of(session, changed)


async def owners_of(session: AsyncSession, rows: Mapping[str, set[UUID]]) -> set[UUID]:
    """The services, places and organizations that these rows of any table belong to."""
    found: defaultdict[str, set[UUID]] = defaultdict(set)
    for table, ids in rows.items():
        found[table] |= ids
    for name, (kind, link) in POLYMORPHIC.items():
        linked = await session.execute(
            text(f"select {kind}, {link} from {name} where id = any(:ids)"),
            {"ids": list(found[name])},
        )
        for entity, entity_id in linked:
            found[entity].add(entity_id)
    for table in reversed(tables_of_feeds()):
        if found[table.name]:
            await _climb(session, table, found)
    return set().union(*(found[table] for table in SEARCHED))


async def _climb(session: AsyncSession, table: Table, found: defaultdict[str, set[UUID]]) -> None:
    for column in table.columns:
        parent = next((key.column.table.name for key in column.foreign_keys), None)
        if parent is None or parent == table.name or not _leads_up(table.name, parent):
            continue
        rows = await session.scalars(
            text(f"select {column.name} from {table.name} where id = any(:ids)"),
            {"ids": list(found[table.name])},
        )
        found[parent] |= {row for row in rows if row is not None}


def _leads_up(table: str, parent: str) -> bool:
    """A place tells where its organization is found; a service changes nothing but itself."""
    if parent in {"source", "member"}:
        return False
    return table not in SEARCHED or (table, parent) == ("location", "organization")
