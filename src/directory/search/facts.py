"""Reads everything a search document is made of, a batch of services at a time, set by set.

Reads public directory tables only: what is confidential about a place is not in them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from directory.opening_hours import Closure, Hours
from directory.search.facts_sql import (
    ANCHORS,
    AREAS,
    ATTRIBUTES,
    CLOSURES,
    ENTRANCES,
    FREE,
    LANGUAGES,
    PAPERS,
    PHONES,
    PLACES,
    SCHEDULES,
    SERVICES,
    STATES,
    TERMS,
    TRANSLATIONS,
)
from directory.search.text import normalise
from directory.states import STATE_OF_NAME
from directory.states import STATES as STATE_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import RowMapping, TextClause
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")
Words = dict[str, str]  # field → text


class ServiceFacts(NamedTuple):
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


class PlaceFacts(NamedTuple):
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


class PhoneFacts(NamedTuple):
    """A number that a person can call or text."""

    number: str
    extension: str | None
    type: str | None


class AreaFacts(NamedTuple):
    """Where people must live for a service."""

    id: UUID
    name: str
    geojson: str | None
    county: bool
    state: str | None
    country: bool


class TermFacts(NamedTuple):
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
    states: defaultdict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    closures: defaultdict[UUID, list[Closure]] = field(default_factory=lambda: defaultdict(list))
    free: set[UUID] = field(default_factory=set)  # services that cost nothing
    # owners of schedules that say "closed on holidays"
    keep_holidays: set[UUID] = field(default_factory=set)
    spanish: defaultdict[UUID, Words] = field(default_factory=lambda: defaultdict(dict))


CLOSED_ON_HOLIDAYS = re.compile(
    r"\bclosed (on |for )?(all |most )?(us |u s )?(federal |national |major |public |legal |bank )?"
    r"holidays\b|\b(except|excluding) (on )?(\w+ )?holidays\b|\bcerrado (en )?(los )?(dias )?"
    r"(feriados|festivos)\b"
)
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
HOURS = (
    "freq",
    "byday",
    "opens_at",
    "closes_at",
    "valid_from",
    "valid_to",
    "dtstart",
    "until",
    "interval",
    "bymonthday",
    "count",
    "wkst",
    "byyearday",
    "byweekno",
)
# A confidential place tells its county and nothing that leads there.
CONFIDENTIAL_WORDS: tuple[str, ...] = ()


async def load_terms(session: AsyncSession) -> dict[UUID, TermFacts]:
    """Every taxonomy term with the Open Eligibility codes that it stands for."""
    rows = await session.execute(TERMS)
    return {row.id: TermFacts(frozenset(row.codes or ()), tuple(row.names or ())) for row in rows}


async def load_facts(
    session: AsyncSession,
    service_ids: Sequence[UUID],
    today: date,
    *,
    shown: Literal["public", "hidden", "standing"] = "public",
) -> Facts:
    """What is known about these services; by default only about those that the public may see.

    "hidden" are those that only staff may see, "standing" is both.
    """
    facts = Facts()
    rows = await _rows(session, SERVICES[shown], {"ids": service_ids, "today": today})
    facts.services = [_service(row) for row in rows]
    if not facts.services:
        return facts
    keys: dict[str, Any] = {
        "today": today,
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

    for row in await _rows(session, SCHEDULES, keys):
        facts.hours[row["owner"]].append(_hours(row))
        if CLOSED_ON_HOLIDAYS.search(normalise(row["said"])):
            facts.keep_holidays.add(row["owner"])
    facts.free = {row["owner"] for row in await _rows(session, FREE, keys)}
    await fill(facts.closures, CLOSURES, _closure)
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
    for row in await _rows(session, STATES, keys):
        state = STATE_OF_NAME.get(row["state"].casefold(), row["state"])
        if state in STATE_CODES:
            facts.states[row["owner"]].add(state)
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
    return _same_hours(*(row[name] for name in HOURS))


@lru_cache(maxsize=4096)
def _same_hours(*values: Any) -> Hours:  # noqa: ANN401 -- a row of schedule
    """One object for all who keep the same hours: it goes through the pipe once."""
    said = dict(zip(HOURS, values, strict=True))
    return Hours(**said | {"interval": said["interval"] or 1})


def _closure(row: RowMapping) -> Closure:
    return Closure(row["starts_on"], row["ends_on"], row["words_en"], row["words_es"])


def _phone(row: RowMapping) -> PhoneFacts:
    return PhoneFacts(row["number"], row["extension"], row["type"])


def _area(row: RowMapping) -> AreaFacts:
    return AreaFacts(
        id=row["id"],
        name=row["name"] or "",
        geojson=row["geojson"],
        county=row["county"],
        state=row["state"] if row["state"] in STATE_CODES else None,
        country=row["country"],
    )


def _words(row: RowMapping, fields: tuple[str, ...]) -> Words:
    return {name: row[name].strip() for name in fields if row[name] and row[name].strip()}


def _number(value: Any) -> float | None:  # noqa: ANN401 -- Decimal or None
    return None if value is None else float(value)
