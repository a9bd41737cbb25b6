"""An agency's rows as the steward corrects them: which fields, what they say now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from directory.actions.edited import fields_of
from directory.rows import read_rows
from directory.stewards.value_words import value_words

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

# What a call is about; everything else is corrected at its source.
ASKED = {
    "organization": ("name", "website", "email"),
    "service": (
        "name",
        "description",
        "status",
        "how_to_start",
        "application_process",
        "eligibility_description",
        "fees_description",
        "wait_time",
        "alert",
        "url",
        "email",
    ),
    "location": ("name", "transportation"),
    "address": ("address_1", "address_2", "city", "postal_code"),
    "phone": ("number", "extension"),
    "schedule": ("byday", "opens_at", "closes_at", "valid_from", "valid_to", "description"),
}
ROWS = text("""
with mine as (select id from service where organization_id = :id and withdrawn_at is null),
places as (select id, location_id from service_at_location
  where service_id in (select id from mine) and withdrawn_at is null),
locations as (select l.id from location l where l.withdrawn_at is null and not l.confidential
  and l.id in (select location_id from places))
select 'organization' as entity, cast(:id as uuid) as id, 0 as rank
union all select 'service', id, 1 from mine
union all select 'location', id, 2 from locations
union all select 'address', id, 3 from address
  where withdrawn_at is null and location_id in (select id from locations)
union all select 'phone', id, 4 from phone where withdrawn_at is null and contact_id is null and (
  organization_id = :id or service_id in (select id from mine)
  or location_id in (select id from locations)
  or service_at_location_id in (select id from places))
union all select 'schedule', id, 5 from schedule where withdrawn_at is null and (
  service_id in (select id from mine) or location_id in (select id from locations)
  or service_at_location_id in (select id from places))
order by rank, id limit 300""")
AGENCY_OF = text("""
select s.organization_id from service s left join service_at_location p on p.service_id = s.id
where s.id = :id or p.id = :id limit 1""")


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One row of the agency. `says`: field → its value now, in the order of a call."""

    entity: str
    id: UUID
    says: dict[str, str]

    @property
    def headline(self) -> str:
        """What it is called: the first thing that it says, in words."""
        return next((value_words(name, said) for name, said in self.says.items() if said), "–")


async def agency_of(session: AsyncSession, service_id: UUID) -> UUID | None:
    """Whose service, or service at a place, this is."""
    found: UUID | None = await session.scalar(AGENCY_OF, {"id": service_id})
    return found


async def record_rows(session: AsyncSession, organization_id: UUID) -> list[RecordRow]:
    """All rows of an agency that may be corrected; confidential places are none of them."""
    ids: dict[str, list[UUID]] = {}
    for row in await session.execute(ROWS, {"id": organization_id}):
        ids.setdefault(row.entity, []).append(row.id)
    found = []
    for entity, wanted in ids.items():
        rows = await read_rows(session, entity, wanted)
        known = [name for name in ASKED[entity] if name in fields_of(entity)]
        found += [
            RecordRow(entity, row_id, {name: _words(rows[row_id].get(name)) for name in known})
            for row_id in wanted
            if row_id in rows
        ]
    return found


def _words(value: Any) -> str:  # noqa: ANN401 -- JSON
    return "" if value is None else str(value)
