"""What every edit of the directory needs: who, which value, the record of it, the search."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.fields import TABLES
from directory.importing.locks import lock_for_edit
from directory.importing.privacy import TELLS_WHERE
from directory.importing.records import Unreadable
from directory.importing.touched import owners_of
from directory.importing.values import Reader, decimal, truth
from directory.models import Metadata, Overlay
from directory.rows import OURS
from directory.search.projection import project
from shared.errors import InvalidInput, NotAllowed
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

# Lists of terms and descriptions of feeds are not corrected here.
NOT_EDITED = frozenset({"taxonomy", "taxonomy_term", "metadata", "meta_table_description"})
# How it is hidden is more than a field (address and point leave the public tables).
NOT_FIELDS = frozenset({"confidential", "latitude", "longitude", "checked_days_ago"})
LATITUDES, LONGITUDES = 90, 180


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits, as the correction shows it."""

    name: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """One field of one row. `value` as a person writes it; None or "" says there is none."""

    entity: str
    entity_id: UUID
    field: str
    value: object
    reason: str = ""


def point(raw: object) -> list[float] | None:
    """'38.36, -75.60' → [38.36, -75.6]."""
    parts = list(raw) if isinstance(raw, list | tuple) else str(raw or "").split(",")
    if not [part for part in parts if str(part).strip()]:
        return None
    numbers = [decimal(part) for part in parts]
    two = [float(number) for number in numbers if number is not None]
    if len(parts) != len(two) or len(two) != 2:  # noqa: PLR2004
        raise Unreadable(_("A point is written like this: 38.3607, -75.5994."))
    if abs(two[0]) > LATITUDES or abs(two[1]) > LONGITUDES:
        raise Unreadable(_("A point is written like this: 38.3607, -75.5994."))
    return two


EXTRA_FIELDS: dict[tuple[str, str], Reader] = {
    ("location", "point"): point,
    ("contact", "public"): truth,
}


def fields_of(entity: str) -> dict[str, Reader]:
    """What can be corrected in rows of this table, with what reads it."""
    if entity not in TABLES or entity in NOT_EDITED:
        return {}
    own = {name: read for name, read in TABLES[entity].fields.items() if name not in NOT_FIELDS}
    return own | {name: read for (table, name), read in EXTRA_FIELDS.items() if table == entity}


def refuse_other_tables(entity: str) -> None:
    """Only rows that stewards look after."""
    if not fields_of(entity):
        raise InvalidInput(
            _("%(entity)s can't be changed here."), values={"entity": entity}, field="entity"
        )


def value_of(correction: Correction) -> Any:  # noqa: ANN401 -- JSON
    """The value as JSON, read as strictly as a feed's."""
    return read_value(correction.entity, correction.field, correction.value)


def read_value(entity: str, field: str, raw: object) -> Any:  # noqa: ANN401 -- JSON
    """The same for one field."""
    return json.loads(json.dumps(read_typed(entity, field, raw), default=str))


def read_typed(entity: str, field: str, raw: object) -> Any:  # noqa: ANN401 -- any column's type
    """What the column holds."""
    read = fields_of(entity).get(field)
    if read is None:
        raise InvalidInput(
            _("%(field)s of %(entity)s can't be changed here."),
            values={"field": field, "entity": entity},
            field=field,
        )
    try:
        value = read(raw)
    except Unreadable as problem:
        raise InvalidInput(problem.message, values=problem.values, field=field) from None
    table = TABLES[entity]
    if value is None:
        value = table.defaults.get(field)
    if value is None and (field in table.required or (entity, field) == ("contact", "public")):
        raise InvalidInput(_("%(field)s is missing."), values={"field": field}, field=field)
    return value


def also_set(correction: Correction) -> dict[str, Any]:
    """How help is reached is known once a person has said it."""
    if (correction.entity, correction.field) == ("service", "how_to_start"):
        return {"how_to_start_known": True}
    return {}


def refuse_secret(entity: str, field: str, row: dict[str, Any]) -> None:
    """Where a confidential place is must not come into a public table by a correction."""
    if entity == "location" and row["confidential"] and field in {"point", *TELLS_WHERE}:
        raise NotAllowed(
            _("This place is confidential: the directory must not say where it is."), field=field
        )


async def while_no_import_runs(session: AsyncSession, entity: str, entity_id: UUID) -> None:
    """Before any row is touched: an import of its source must not be writing just now."""
    source = await session.scalar(
        text(f"select source_id from {entity} where id = :id"), {"id": entity_id}
    )
    if source is not None:
        await lock_for_edit(session, source)


async def seen_by_search(
    session: AsyncSession, entity: str, entity_id: UUID, now: datetime
) -> None:
    """The edit and its search result are one."""
    await session.flush()
    await project(session, await owners_of(session, {entity: {entity_id}}), now)


async def note_change(  # noqa: PLR0913, PLR0917 -- the facts of one change
    session: AsyncSession,
    overlay: Overlay,
    before: Any,  # noqa: ANN401 -- JSON
    after: Any,  # noqa: ANN401 -- JSON
    by: Editor,
    now: datetime,
) -> None:
    """HSDS metadata: who changed which field from what to what."""
    which = (overlay.entity, overlay.entity_id, overlay.field)
    session.add(metadata_row(overlay.source_id, which, (before, after), by, now))
    await session.flush()


def metadata_row(
    source: UUID, which: tuple[str, UUID, str], values: tuple[Any, Any], by: Editor, now: datetime
) -> Metadata:
    """One HSDS metadata row of ours: `which` is table, row and field, `values` before and after."""
    own = new_id()
    entity, entity_id, field = which
    return Metadata(
        id=own,
        source_id=source,
        external_id=f"{OURS}{own}",
        content_hash=b"",
        fetched_at=now,
        resource_id=entity_id,
        resource_type=entity,
        last_action_date=now.date(),
        last_action_type="create" if values[0] == "" else "update",
        field_name=field,
        previous_value=_written(values[0]),
        replacement_value=_written(values[1]),
        updated_by=by.name,
    )


def _written(value: Any) -> str:  # noqa: ANN401 -- JSON
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str).strip('"')
