"""Finds the places that an emergency may close: by ZIP, town, county or organization."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession

MOST = 500
SITES = """
select l.id, coalesce(o.name, '') as organization, coalesce(l.name, '') as name,
  coalesce(a.address_1, '') as street, coalesce(a.city, '') as city,
  coalesce(left(a.postal_code, 5), '') as zip, coalesce(l.county, '') as county,
  exists (select from closure c where c.location_id = l.id and c.withdrawn_at is null
    and c.starts_on <= :today and c.ends_on >= :today) as closed
from location l
left join lateral (select * from address x where x.location_id = l.id and x.withdrawn_at is null
  order by (x.address_type = 'physical') desc, x.id limit 1) a on true
left join lateral (select s.organization_id from service_at_location p
  join service s on s.id = p.service_id
  where p.location_id = l.id and p.withdrawn_at is null and s.withdrawn_at is null
  order by p.id limit 1) r on true
join organization o on o.id = coalesce(l.organization_id, r.organization_id)
where l.withdrawn_at is null and r.organization_id is not null"""
FOUND = text(f"""{SITES}
  and (cardinality(cast(:zips as text[])) = 0 or left(a.postal_code, 5) = any(:zips))
  and (:city = '' or lower(a.city) = lower(:city))
  and (:county = '' or l.county ilike :county || '%')
  and (:organization = '' or o.name ilike '%' || :organization || '%')
order by o.name, l.id limit :most""")
CHOSEN = text(f"{SITES} and l.id = any(:ids) order by o.name, l.id")


@dataclass(frozen=True, slots=True)
class Which:
    """What to look for; what is empty does not narrow."""

    zips: str = ""
    city: str = ""
    county: str = ""
    organization: str = ""

    @property
    def asks_something(self) -> bool:
        """Whether anything was typed: nobody closes the whole directory by an empty form."""
        return any((self.zips, self.city, self.county, self.organization))


@dataclass(frozen=True, slots=True)
class Site:
    """A place with services. A confidential one has no street here."""

    id: UUID
    organization: str
    name: str
    street: str
    city: str
    zip: str
    county: str
    closed: bool


async def find_sites(session: AsyncSession, which: Which, today: object) -> list[Site]:
    """At most 500; InvalidInput when there would be more, or a ZIP is none."""
    if not which.asks_something:
        return []
    zips = re.findall(r"\S+", which.zips.replace(",", " "))
    if any(not re.fullmatch(r"\d{5}", each) for each in zips):
        raise InvalidInput(_("A ZIP code has 5 digits."), field="zips")
    rows = await session.execute(
        FOUND,
        {
            "zips": zips,
            "city": which.city,
            "county": _literal(which.county),
            "organization": _literal(which.organization),
            "today": today,
            "most": MOST + 1,
        },
    )
    found = [Site(**row) for row in rows.mappings()]
    if len(found) > MOST:
        raise InvalidInput(
            _("These are more than %(most)s places. Ask for fewer at once."),
            values={"most": str(MOST)},
            field="zips",
        )
    return found


async def chosen_sites(session: AsyncSession, ids: Collection[UUID], today: object) -> list[Site]:
    """These places, as far as they stand."""
    rows = await session.execute(CHOSEN, {"ids": list(ids)[:MOST], "today": today})
    return [Site(**row) for row in rows.mappings()]


def _literal(words: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", words)
