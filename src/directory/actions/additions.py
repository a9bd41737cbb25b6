"""What a feed forgot: a phone, hours, a paper that a steward adds to one of its records.

Such a row is ours ("handback:…" in `external_id`): no import touches it until the feed brings the
same one, and then it drops away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from directory.actions.edited import (
    Editor,
    fields_of,
    metadata_row,
    read_typed,
    seen_by_search,
    while_no_import_runs,
)
from directory.importing.fields import TABLES
from directory.rows import OURS
from shared.audit import record
from shared.errors import InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id
from shared.models import Base

ADDED = frozenset(
    {
        "phone",
        "schedule",
        "language",
        "address",
        "accessibility",
        "required_document",
        "cost_option",
        "service_area",
        "url",
        "contact",
    }
)


@dataclass(frozen=True, slots=True)
class Addition:
    """A new row: `links` are its foreign keys by column, `values` as a person writes them."""

    entity: str
    links: Mapping[str, UUID]
    values: Mapping[str, object]
    reason: str = field(default="")


async def add_row(session: AsyncSession, addition: Addition, by: Editor, now: datetime) -> UUID:
    """Add the row to the record it belongs to. InvalidInput when a value can't be."""
    values = _values(addition)
    for column, parent_id in addition.links.items():
        await while_no_import_runs(session, TABLES[addition.entity].links[column], parent_id)
    source = await _source_of_parents(session, addition)
    own = new_id()
    row = {
        "id": own,
        "source_id": source,
        "external_id": f"{OURS}{own}",
        "content_hash": b"",
        "fetched_at": now,
        **addition.links,
        **values,
    }
    table = Base.metadata.tables[addition.entity]
    await session.execute(table.insert().values(row))
    for name, value in values.items():
        if value is not None:
            session.add(metadata_row(source, (addition.entity, own, name), ("", value), by, now))
    await seen_by_search(session, addition.entity, own, now)
    await record(
        session,
        "directory.row_added",
        subject_kind=addition.entity,
        subject_id=own,
        now=now,
        detail={"fields": sorted(name for name in values if values[name] is not None)},
    )
    return own


def _values(addition: Addition) -> dict[str, Any]:
    entity = addition.entity
    if entity not in ADDED:
        raise InvalidInput(
            _("%(entity)s can't be changed here."), values={"entity": entity}, field="entity"
        )
    allowed = TABLES[entity].links
    for column in addition.links:
        if not allowed.get(column):
            raise InvalidInput(
                _("%(field)s of %(entity)s can't be changed here."),
                values={"field": column, "entity": entity},
                field=column,
            )
    known = fields_of(entity)
    unknown = sorted(addition.values.keys() - known.keys())
    if unknown:
        raise InvalidInput(
            _("%(field)s of %(entity)s can't be changed here."),
            values={"field": unknown[0], "entity": entity},
            field=unknown[0],
        )
    columns = Base.metadata.tables[entity].columns
    return {
        name: read_typed(entity, name, addition.values.get(name))
        for name in known
        if name in columns
    }


async def _source_of_parents(session: AsyncSession, addition: Addition) -> UUID:
    """All that it belongs to must stand and come from one source, which is then its own."""
    sources: set[UUID] = set()
    for column, parent_id in addition.links.items():
        parent = TABLES[addition.entity].links[column]
        found = await session.execute(
            text(f"select * from {parent} where id = :id and withdrawn_at is null for share"),
            {"id": parent_id},
        )
        row = found.mappings().first()
        if row is None:
            raise NotFound(_("This record is not in the directory."))
        if row.get("confidential") and addition.entity in {"address", "accessibility", "contact"}:
            raise NotAllowed(
                _("This place is confidential: the directory must not say where it is."),
                field=column,
            )
        sources.add(row["source_id"])
    if len(sources) != 1:
        raise InvalidInput(
            _("It belongs to no service, place or organization of the feed."), field="links"
        )
    return sources.pop()
