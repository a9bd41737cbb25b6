"""Makes search documents from facts: tags, areas, open minutes, the words shown on cards. Pure.

A confidential place becomes a document of kind "private": no point, no cell, no address, no area
drawn around it, so that no question with a radius can close in on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from directory.codes import ServiceFlag
from directory.geography import cell_of
from directory.needs import needs
from directory.opening_hours import Timetable, open_minutes, opening_at
from directory.search import tags
from directory.search.areas import Area, areas_of
from directory.search.hydrate import packed_closure, packed_hours
from directory.search.text import normalise
from directory.time_zones import zone_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from directory.search.facts import (
        Facts,
        PhoneFacts,
        PlaceFacts,
        ServiceFacts,
        TermFacts,
    )

SUMMARY_CHARACTERS = 150
SENTENCE = re.compile(r"(?<=[.!?])\s+")
CLOSED_ON_HOLIDAYS = "closed_on_holidays"  # a flag that is no filter
# GeoJSON writes longitude first.
FIRST_CORNER = re.compile(r"\[\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*[\],]")
UTC = ZoneInfo("UTC")
VOICE = ("voice", "cell", "", None)
# Many services have the same hours ("Monday to Friday, 9 to 5"); nobody changes the list given.
_minutes = lru_cache(maxsize=4096)(open_minutes)


@dataclass(frozen=True, slots=True)
class Document:
    """One row of search_doc with its areas."""

    id: UUID
    service_id: UUID
    organization_id: UUID
    kind: str
    cell: int | None
    lat: float | None
    lon: float | None
    tags: list[int]
    areas: tuple[Area, ...]
    open: list[tuple[int, int]] | None
    tz: str | None
    hours_dated: bool
    checked_on: date | None
    head: str
    words: str
    display: dict[str, Any]
    detail: dict[str, Any]


def documents_of(facts: Facts, terms: Mapping[UUID, TermFacts], today: date) -> list[Document]:
    """One document for each service at a location."""
    return [
        _document(facts, service, place, terms, today)
        for service in facts.services
        for place in facts.places[service.id]
    ]


def _document(
    facts: Facts,
    service: ServiceFacts,
    place: PlaceFacts,
    terms: Mapping[UUID, TermFacts],
    today: date,
) -> Document:
    hours = _timetable(facts, service, place)
    zone = _zone(facts, service, place, hours)
    minutes, dated = _minutes(hours, today) if zone else (None, False)
    own_terms = [
        terms[term_id]
        for owner in (service.id, place.id)
        for term_id in facts.terms[owner]
        if term_id in terms
    ]
    kind = _kind(place)
    local = kind == "local"
    return Document(
        id=place.id,
        service_id=service.id,
        organization_id=service.organization_id,
        kind=kind,
        cell=cell_of(place.lat or 0, place.lon or 0) if local else None,
        lat=place.lat if local else None,
        lon=place.lon if local else None,
        tags=_tags(facts, service, place, own_terms),
        areas=areas_of(facts, service, place, kind),
        open=minutes,
        tz=zone,
        hours_dated=dated,
        checked_on=service.assured_date,
        head=_head(facts, service),
        words=_all_words(facts, service, place, own_terms),
        display=_display(facts, service, place, hours),
        detail=_detail(facts, service, place),
    )


def _kind(place: PlaceFacts) -> str:
    if place.confidential:
        return "private"
    return "local" if place.lat is not None and place.lon is not None else "remote"


# ── what it can be found by


def _tags(
    facts: Facts, service: ServiceFacts, place: PlaceFacts, own_terms: list[TermFacts]
) -> list[int]:
    found = set(_term_tags(frozenset(code for term in own_terms for code in term.codes)))
    found |= {tags.need_tag(code) for code in _named_needs(facts, service, place)}
    found |= {tags.language_tag(code) for code in _languages(facts, service, place)}
    found |= {tags.flag_tag(flag) for flag, holds in _flags(facts, service).items() if holds}
    if place.virtual or place.location_id is None or service.delivery:
        found.add(tags.VIRTUAL)
    found |= set(tags.age_tags(service.minimum_age, service.maximum_age))
    return sorted(found)


@lru_cache(maxsize=4096)
def _term_tags(codes: frozenset[str]) -> frozenset[int]:
    """Of the terms and of the needs that they help with; the same few terms come again."""
    firsts = {tags.first_of(code) for code in codes}
    terms = {tag for code in firsts if (tag := tags.term_tag(code)) is not None}
    helped = (need for need in needs() if firsts.intersection(map(tags.first_of, need.terms)))
    return frozenset(terms | {tags.need_tag(need.code) for need in helped})


def _named_needs(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> set[str]:
    """What a feed itself says that it helps with, of the needs that there are."""
    named = {*facts.needs[service.id], *facts.needs[place.id]}
    return {need.code for need in needs() if need.code in named} if named else set()


def _flags(facts: Facts, service: ServiceFacts) -> dict[str, bool]:
    """What the feed or a steward said, and what follows from how one starts and what it costs."""
    flags = dict(service.flags)
    if service.how_to_start_known:
        flags.setdefault(ServiceFlag.WALK_IN, service.how_to_start == "walk_in")
    if service.id in facts.free:
        flags.setdefault(ServiceFlag.FREE, True)  # noqa: FBT003 -- a fact's value
    if flags.get(ServiceFlag.SOBRIETY_RULE) is False:
        flags[tags.NO_SOBRIETY_RULE] = True
    return flags


def _zone(facts: Facts, service: ServiceFacts, place: PlaceFacts, hours: Timetable) -> str | None:
    """The place's clock, else its organization's, else that of the area it serves.

    A line that is open day and night needs no clock; any will do.
    """
    known = place.time_zone or facts.zones.get(service.organization_id)
    if known or not hours.schedules:
        return known
    for area in facts.areas[place.id] or facts.areas[service.id]:
        corner = FIRST_CORNER.search(area.geojson or "")
        found = zone_at(float(corner[2]), float(corner[1])) if corner else None
        if found:
            return found
    always = opening_at(hours, UTC, datetime(2024, 1, 3, tzinfo=UTC)).always
    return "UTC" if always else None


def _timetable(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> Timetable:
    """The hours of the narrowest owner that has any; closures of all of them."""
    owners = (place.id, service.id, place.location_id)
    owner = next((each for each in owners if each and facts.hours.get(each)), None)
    closures = [
        closure
        for each in (place.location_id, service.id, service.organization_id)
        if each is not None
        for closure in facts.closures[each]
    ]
    hours = tuple(facts.hours[owner]) if owner else ()
    keeps = service.flags.get(CLOSED_ON_HOLIDAYS)
    if keeps is None and owner in facts.keep_holidays:
        keeps = True
    return Timetable(hours, tuple(closures), keeps)


def _head(facts: Facts, service: ServiceFacts) -> str:
    spanish = facts.spanish[service.id]
    names = [service.words.get(name, "") for name in ("name", "alternate_name", "organization")]
    names += [spanish.get("name", ""), spanish.get("alternate_name", "")]
    return normalise(" ".join(names))


def _all_words(
    facts: Facts, service: ServiceFacts, place: PlaceFacts, own_terms: list[TermFacts]
) -> str:
    fields = ("description", "eligibility_description")
    texts = [_head(facts, service)]
    texts += [service.words.get(name, "") for name in fields]
    texts += [facts.spanish[service.id].get(name, "") for name in fields]
    texts += [name for term in own_terms for name in term.names]
    texts += [place.words.get(name, "") for name in ("place", "city", "address_1")]
    return normalise(" ".join(texts))


def _languages(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> list[str]:
    found = [*facts.languages[service.id]]
    if place.location_id is not None:
        found += facts.languages[place.location_id]
    return sorted(set(found))


# ── what a card shows


def _display(
    facts: Facts, service: ServiceFacts, place: PlaceFacts, hours: Timetable
) -> dict[str, Any]:
    display: dict[str, Any] = {
        "text": _card_words(facts, service, place, service.words, place.words),
        "hours": [packed_hours(row) for row in hours.schedules],
        "closures": [packed_closure(closure) for closure in hours.closures],
        "holidays": hours.closed_on_holidays,
        "phone": _packed_phone(_phone(facts, service, place)),
        "how": service.how_to_start if service.how_to_start_known else "unknown",
        "languages": _languages(facts, service, place),
        "flags": service.flags,
        "closed": service.temporarily_closed,
        "area": _area_names(facts, service, place)[0],
        "county": place.county if place.confidential else None,
        "state": place.state,
    }
    hidden = place.confidential or place.location_id is None
    place_spanish = {} if hidden else facts.spanish[place.location_id or place.id]
    spanish = _card_words(
        facts, service, place, facts.spanish[service.id], place_spanish, language="es"
    )
    area = _area_names(facts, service, place)[1]
    display["es"] = spanish | ({"area": area} if area else {})
    return {key: value for key, value in display.items() if value not in (None, {}, [], "", False)}


def _card_words(  # noqa: PLR0913 -- both languages go through here
    facts: Facts,
    service: ServiceFacts,
    place: PlaceFacts,
    words: Mapping[str, str],
    place_words: Mapping[str, str],
    *,
    language: str = "en",
) -> dict[str, Any]:
    card: dict[str, Any] = {
        "name": words.get("name"),
        "organization": words.get("organization"),
        "summary": summary(words.get("description", "")),
        "papers": _translated(facts, facts.papers[service.id], "document", language),
        "alert": words.get("alert"),
        "place": place_words.get("name" if language == "es" else "place"),
    }
    if language == "en" and not place.confidential:
        card["address"] = place.words.get("address_1")
        card["city"] = place.city
    return {key: value for key, value in card.items() if value}


def _detail(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> dict[str, Any]:
    """What only the service's own page shows."""
    entrances = [] if place.confidential else facts.entrances[place.location_id or place.id]
    fields = (
        "description",
        "eligibility_description",
        "fees_description",
        "application_process",
        "starting_steps",
        "wait_time",
        "interpretation_services",
        "url",
        "website",
        "email",
    )
    own = {name: service.words[name] for name in fields if name in service.words}
    own |= {
        name: place.words[name]
        for name in (
            "transportation",
            "address_2",
            "state",
            "postal_code",
            "place_description",
        )
        if name in place.words
    }
    own_spanish = facts.spanish[service.id]
    spanish = {name: own_spanish[name] for name in fields if name in own_spanish}
    if not place.confidential and place.location_id is not None:
        there = facts.spanish[place.location_id]
        spanish |= {name: there[name] for name in ("transportation",) if name in there}
    access = [words for _id, words in entrances]
    return {
        "text": own | ({"entrance": access} if access else {}),
        "es": spanish
        | ({"entrance": _translated(facts, entrances, "description", "es")} if access else {}),
        "phones": [_packed_phone(phone) for phone in _phones(facts, service, place)],
        "ages": [service.minimum_age, service.maximum_age],
        "delivery": list(service.delivery),
    }


def summary(description: str) -> str:
    """The first sentence or two, at most 150 characters, cut between words."""
    line = " ".join(description.split())
    taken = ""
    for sentence in SENTENCE.split(line):
        longer = f"{taken} {sentence}".strip()
        if len(longer) > SUMMARY_CHARACTERS:
            break
        taken = longer
    if taken:
        return taken
    return line if len(line) <= SUMMARY_CHARACTERS else _cut(line)


def _cut(line: str) -> str:
    return line[:SUMMARY_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def _translated(facts: Facts, owned: list[tuple[UUID, str]], name: str, language: str) -> list[str]:
    if language == "en":
        return [words for _id, words in owned]
    return [facts.spanish[row_id].get(name, words) for row_id, words in owned]


def _area_names(
    facts: Facts, service: ServiceFacts, place: PlaceFacts
) -> tuple[str | None, str | None]:
    listed = [area for area in facts.areas[place.id] or facts.areas[service.id] if area.name]
    if not listed or place.confidential:
        return None, None
    english = ", ".join(area.name for area in listed)
    spanish = ", ".join(facts.spanish[area.id].get("name", area.name) for area in listed)
    return english, spanish if spanish != english else None


def _phones(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> list[PhoneFacts]:
    owners = (place.id, service.id, place.location_id, service.organization_id)
    found = [phone for owner in owners if owner for phone in facts.phones[owner]]
    return list(dict.fromkeys(phone for phone in found if phone.type != "fax"))


def _phone(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> PhoneFacts | None:
    phones = _phones(facts, service, place)
    return next((phone for phone in phones if phone.type in VOICE), None)


def _packed_phone(phone: PhoneFacts | None) -> list[str | None] | None:
    return None if phone is None else [phone.number, phone.extension, phone.type]
