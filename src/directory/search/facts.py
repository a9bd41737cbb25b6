"""Reads everything a search document is made of, a batch of services at a time, set by set.

Reads public directory tables only: what is confidential about a place is not in them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import text

from directory.opening_hours import Hours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import RowMapping, TextClause
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
Words = dict[str, str]  # field → text


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service with its organization."""

    id: UUID
    organization_id: UUID
    words: Words  # English or the feed's language
    how_to_start: str
    how_to_start_known: bool
    flags: dict[str, bool]
    delivery: tuple[str, ...]
    temporarily_closed: bool
    assured_date: date | None
    minimum_age: float | None
    maximum_age: float | None


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A service at a location; `location_id` None means no place is needed."""

    id: UUID
    service_id: UUID
    location_id: UUID | None
    confidential: bool
    virtual: bool
    county: str | None
    time_zone: str | None
    lat: float | None
    lon: float | None
    zip_lat: float | None
    zip_lon: float | None
    city: str | None
    state: str | None
    words: Words


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """A number that a person can call or text."""

    number: str
    extension: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """Where people must live for a service."""

    id: UUID
    name: str
    geojson: str | None
    county: bool
    state: bool
    country: bool


@dataclass(frozen=True, slots=True)
class TermFacts:
    """A taxonomy term with its Open Eligibility codes, ancestors included, and its names."""

    codes: frozenset[str]
    names: tuple[str, ...]


@dataclass(slots=True)
class Facts:
    """One batch. Lists are filed under the id of the row that owns them."""

    services: list[ServiceFacts] = field(default_factory=list)
    places: defaultdict[UUID, list[PlaceFacts]] = field(default_factory=lambda: defaultdict(list))
    hours: defaultdict[UUID, list[Hours]] = field(default_factory=lambda: defaultdict(list))
    phones: defaultdict[UUID, list[PhoneFacts]] = field(default_factory=lambda: defaultdict(list))
    languages: defaultdict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    terms: defaultdict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    needs: defaultdict[UUID, list[str]] = field(default_factory=lambda: defaultdict(list))
    areas: defaultdict[UUID, list[AreaFacts]] = field(default_factory=lambda: defaultdict(list))
    papers: defaultdict[UUID, list[tuple[UUID, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    entrances: defaultdict[UUID, list[tuple[UUID, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    anchors: dict[UUID, tuple[float, float]] = field(default_factory=dict)  # by organization
    zones: dict[UUID, str] = field(default_factory=dict)  # by organization
    spanish: defaultdict[UUID, Words] = field(default_factory=lambda: defaultdict(dict))


SERVICES = text("""
select s.*, o.name as organization, o.website
from service s join organization o on o.id = s.organization_id join source c on c.id = s.source_id
where s.id = any(:ids) and s.withdrawn_at is null and o.withdrawn_at is null
  and s.status in ('active', 'temporarily closed')
  and c.may_show_public and (c.ends_on is null or c.ends_on >= :today)
order by s.id""")
PLACES = text("""
select p.id, p.service_id, p.location_id, p.description as place_description,
  coalesce(l.confidential, false) as confidential, l.name as place, l.transportation, l.county,
  l.time_zone, coalesce(l.location_type = 'virtual', false) as virtual,
  st_y(l.point::geometry) as lat, st_x(l.point::geometry) as lon,
  z.lat as zip_lat, z.lon as zip_lon,
  a.address_1, a.address_2, a.city, a.state_province as state, a.postal_code
from service_at_location p
left join location l on l.id = p.location_id
left join lateral (select * from address x where x.location_id = l.id and x.withdrawn_at is null
  and x.address_type = 'physical' order by x.id limit 1) a on true
left join zip_centroid z on z.zip = left(a.postal_code, 5)
where p.service_id = any(:ids) and p.withdrawn_at is null and l.withdrawn_at is null
order by p.id""")
OWNED = "coalesce(service_at_location_id, service_id, location_id)"
SCHEDULES = text(f"""
select {OWNED} as owner, freq, byday, opens_at, closes_at, valid_from, valid_to, dtstart, until,
  "interval", bymonthday
from schedule where withdrawn_at is null and (service_at_location_id = any(:places)
  or service_id = any(:ids) or location_id = any(:locations)) order by id""")
PHONES = text("""
select coalesce(service_at_location_id, service_id, location_id, organization_id) as owner,
  number, extension, type
from phone where withdrawn_at is null and (service_at_location_id = any(:places)
  or service_id = any(:ids) or location_id = any(:locations)
  or organization_id = any(:organizations)) order by id""")
LANGUAGES = text("""
select coalesce(service_id, location_id) as owner, code from language
where withdrawn_at is null and code is not null
  and (service_id = any(:ids) or location_id = any(:locations)) order by id""")
ATTRIBUTES = text("""
select link_id, taxonomy_term_id, link_type, value from attribute
where withdrawn_at is null and link_id = any(:any_id) order by id""")
AREAS = text("""
select coalesce(service_at_location_id, service_id) as owner, id, name,
  case when extent_type = 'geojson' then extent end as geojson,
  county_fips is not null as county, state is not null as state, country is not null as country
from service_area where withdrawn_at is null
  and (service_at_location_id = any(:places) or service_id = any(:ids)) order by id""")
PAPERS = text("""
select service_id as owner, id, document as words from required_document
where withdrawn_at is null and document is not null and service_id = any(:ids) order by id""")
ENTRANCES = text("""
select location_id as owner, id, coalesce(description, details) as words from accessibility
where withdrawn_at is null and coalesce(description, details) is not null
  and location_id = any(:locations) order by id""")
ANCHORS = text("""
select organization_id, avg(st_y(point::geometry)) as lat, avg(st_x(point::geometry)) as lon,
  min(time_zone) as zone
from location where organization_id = any(:organizations) and withdrawn_at is null
  and not confidential group by organization_id""")
TRANSLATIONS = text("""
select entity_id, field, text from translation
where withdrawn_at is null and language = 'es' and entity_id = any(:any_id)""")
TERMS = text("""
with recursive up as (
  select id as start, unnest(array[id, maps_to_id]) as at, 0 as depth from taxonomy_term
  union all
  select up.start, t.parent_id, depth + 1 from up join taxonomy_term t on t.id = up.at
  where t.parent_id is not null and depth < 12)
select up.start as id,
  array_agg(t.code) filter (where t.code is not null
    and 'open eligibility' in (replace(lower(c.name), '-', ' '), lower(x.name))) as codes,
  array_agg(t.name) || array_agg(w.text) filter (where w.text is not null) as names
from up join taxonomy_term t on t.id = up.at
join source c on c.id = t.source_id left join taxonomy x on x.id = t.taxonomy_id
left join translation w on w.entity_id = t.id and w.language = 'es' and w.field = 'name'
group by up.start""")

SERVICE_WORDS = (
    "name",
    "alternate_name",
    "description",
    "eligibility_description",
    "fees_description",
    "application_process",
    "starting_steps",
    "alert",
    "url",
    "email",
    "organization",
    "website",
    "wait_time",
    "interpretation_services",
)
PLACE_WORDS = (
    "place",
    "place_description",
    "transportation",
    "address_1",
    "address_2",
    "city",
    "state",
    "postal_code",
)
# A confidential place tells its county and nothing that leads there.
CONFIDENTIAL_WORDS: tuple[str, ...] = ()


async def load_terms(session: AsyncSession) -> dict[UUID, TermFacts]:
    """Every taxonomy term with the Open Eligibility codes that it stands for."""
    rows = await session.execute(TERMS)
    return {row.id: TermFacts(frozenset(row.codes or ()), tuple(row.names or ())) for row in rows}


async def load_facts(session: AsyncSession, service_ids: Sequence[UUID], today: date) -> Facts:
    """What is public about these services; those that may not be shown are left out."""
    facts = Facts()
    rows = (await session.execute(SERVICES, {"ids": service_ids, "today": today})).mappings()
    facts.services = [_service(row) for row in rows]
    keys: dict[str, Any] = {
        "ids": [service.id for service in facts.services],
        "organizations": list({service.organization_id for service in facts.services}),
    }
    for row in await _rows(session, PLACES, keys):
        facts.places[row["service_id"]].append(_place(row))
    places = [place for found in facts.places.values() for place in found]
    keys["places"] = [place.id for place in places]
    keys["locations"] = list({place.location_id for place in places if place.location_id})
    await _load_owned(session, facts, keys)
    await _load_terms(session, facts, keys)
    await _load_anchors(session, facts, keys)
    await _load_translations(session, facts, keys)
    return facts


async def _load_owned(session: AsyncSession, facts: Facts, keys: dict[str, Any]) -> None:
    async def fill(
        filed: defaultdict[UUID, list[T]], statement: TextClause, read: Callable[[RowMapping], T]
    ) -> None:
        for row in await _rows(session, statement, keys):
            filed[row["owner"]].append(read(row))

    await fill(facts.hours, SCHEDULES, _hours)
    await fill(facts.phones, PHONES, _phone)
    await fill(facts.languages, LANGUAGES, lambda row: str(row["code"]).lower())
    await fill(facts.areas, AREAS, _area)
    await fill(facts.papers, PAPERS, lambda row: (row["id"], row["words"]))
    await fill(facts.entrances, ENTRANCES, lambda row: (row["id"], row["words"]))


async def _load_terms(session: AsyncSession, facts: Facts, keys: dict[str, Any]) -> None:
    keys["any_id"] = [*keys["ids"], *keys["places"]]
    for row in await _rows(session, ATTRIBUTES, keys):
        if row["taxonomy_term_id"] is not None:
            facts.terms[row["link_id"]].append(row["taxonomy_term_id"])
        elif row["link_type"] == "need" and row["value"]:
            facts.needs[row["link_id"]].append(row["value"])


async def _load_anchors(session: AsyncSession, facts: Facts, keys: dict[str, Any]) -> None:
    for row in await _rows(session, ANCHORS, keys):
        if row["lat"] is not None:
            facts.anchors[row["organization_id"]] = (row["lat"], row["lon"])
        if row["zone"] is not None:
            facts.zones[row["organization_id"]] = row["zone"]


async def _load_translations(session: AsyncSession, facts: Facts, keys: dict[str, Any]) -> None:
    owned = [*facts.papers.values(), *facts.entrances.values()]
    keys["any_id"] = [
        *keys["ids"],
        *keys["places"],
        *keys["locations"],
        *keys["organizations"],
        *(found[0] for group in owned for found in group),
        *(area.id for group in facts.areas.values() for area in group),
    ]
    for row in await _rows(session, TRANSLATIONS, keys):
        facts.spanish[row["entity_id"]][row["field"]] = row["text"]


async def _rows(
    session: AsyncSession, statement: TextClause, keys: dict[str, Any]
) -> Iterable[RowMapping]:
    wanted = {name: keys[name] for name in statement.compile().params}
    return (await session.execute(statement, wanted)).mappings()


def _service(row: RowMapping) -> ServiceFacts:
    return ServiceFacts(
        id=row["id"],
        organization_id=row["organization_id"],
        words=_words(row, SERVICE_WORDS),
        how_to_start=row["how_to_start"],
        how_to_start_known=row["how_to_start_known"],
        flags=row["flags"],
        delivery=tuple(row["delivery"]),
        temporarily_closed=row["status"] == "temporarily closed",
        assured_date=row["assured_date"],
        minimum_age=_number(row["minimum_age"]),
        maximum_age=_number(row["maximum_age"]),
    )


def _place(row: RowMapping) -> PlaceFacts:
    hidden = row["confidential"]
    return PlaceFacts(
        id=row["id"],
        service_id=row["service_id"],
        location_id=row["location_id"],
        confidential=hidden,
        virtual=row["virtual"],
        county=row["county"],
        time_zone=row["time_zone"],
        lat=None if hidden else row["lat"],
        lon=None if hidden else row["lon"],
        zip_lat=None if hidden else row["zip_lat"],
        zip_lon=None if hidden else row["zip_lon"],
        city=None if hidden else row["city"],
        state=None if hidden else row["state"],
        words=_words(row, CONFIDENTIAL_WORDS if hidden else PLACE_WORDS),
    )


def _hours(row: RowMapping) -> Hours:
    return Hours(
        freq=row["freq"],
        byday=row["byday"],
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        dtstart=row["dtstart"],
        until=row["until"],
        interval=row["interval"] or 1,
        bymonthday=row["bymonthday"],
    )


def _phone(row: RowMapping) -> PhoneFacts:
    return PhoneFacts(row["number"], row["extension"], row["type"])


def _area(row: RowMapping) -> AreaFacts:
    return AreaFacts(
        id=row["id"],
        name=row["name"] or "",
        geojson=row["geojson"],
        county=row["county"],
        state=row["state"],
        country=row["country"],
    )


def _words(row: RowMapping, fields: tuple[str, ...]) -> Words:
    return {name: row[name].strip() for name in fields if row[name] and row[name].strip()}


def _number(value: Any) -> float | None:  # noqa: ANN401 -- Decimal or None
    return None if value is None else float(value)
