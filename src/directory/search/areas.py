"""Where people may live to be shown a service beyond any radius. Pure.

An area is an outline when the directory has one, else a whole state, else a generous circle around
a door that ends at the state's border. Only what says so is for the whole country.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from directory.search.text import normalise
from directory.states import STATE_OF_NAME, STATES

if TYPE_CHECKING:
    from directory.search.facts import AreaFacts, Facts, PlaceFacts, ServiceFacts

EVERYWHERE = 0  # area id of "no matter where you live"
# How far an area without an outline may reach from its organization's door. Generous on purpose:
# showing one service too many costs a look, hiding one costs the help.
COUNTY_REACH_M = 60_000.0
STATE_REACH_M = 400_000.0
TOWN_REACH_M = 40_000.0
UNSTATED_REACH_M = 100_000.0
STATES_AT_MOST = 5  # who runs something in more states than this runs it everywhere
WHERE_IT_MAY_BE_SAID = ("name", "organization", "description", "eligibility_description")
STATE_WORDS = re.compile(
    r"\b(statewide|state of|the state|state|estado de|estado|all of|todo|el)\b"
)
# Said of a service for anybody in the country, whatever the address of who runs it.
COUNTRY = re.compile(
    r"\b(nation|national|nationwide|country|countrywide|usa|united states|all (50|fifty) states"
    r"|anywhere in the us|nacional|todo el pais|estados unidos)\b"
)
STATE = re.compile(r"\b(state|statewide|estado|estatal)\b")
COUNTY = re.compile(r"\b(county|countywide|condado|parish|borough)\b")


@dataclass(frozen=True, slots=True)
class Area:
    """An area people live in: an outline; a circle around a door, a state, or both; everywhere."""

    id: int
    name: str
    geojson: str | None = None
    lat: float | None = None
    lon: float | None = None
    reach_m: float | None = None
    state: str | None = None


def areas_of(facts: Facts, service: ServiceFacts, place: PlaceFacts, kind: str) -> tuple[Area, ...]:
    """Where people may live to be shown it beyond any radius; empty for a plain local place."""
    if kind == "private":
        return _private(facts, service, place)
    listed = facts.areas[place.id] or facts.areas[service.id]
    if kind == "local":
        # Somewhere to walk in to is a place, whatever its area; the rest can be had from afar.
        if service.how_to_start == "walk_in" and not service.delivery:
            return ()
        return tuple(_area(facts, service, place, area) for area in listed if area.geojson)
    if not listed:
        return _unstated(facts, service, place)
    return tuple(_area(facts, service, place, area) for area in listed)


def _private(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> tuple[Area, ...]:
    """Nothing that leads to the door: the state at the narrowest, and only where it is told."""
    listed = facts.areas[place.id] or facts.areas[service.id]
    if any(area.country or COUNTRY.search(normalise(area.name)) for area in listed):
        return (Area(EVERYWHERE, ""),)
    states = {area.state for area in listed if area.state} or facts.states[service.organization_id]
    return tuple(_state_area(state) for state in sorted(states)) or (Area(EVERYWHERE, ""),)


def _area(facts: Facts, service: ServiceFacts, place: PlaceFacts, area: AreaFacts) -> Area:
    if area.geojson is not None:
        return Area(_area_id(area.geojson), area.name, geojson=area.geojson)
    name = normalise(area.name)
    if area.country or COUNTRY.search(name):
        return Area(EVERYWHERE, "")
    state = area.state or named_state(area.name) or _only(facts.states[service.organization_id])
    if STATE.search(name) or (area.state and not area.county) or named_state(area.name):
        if state:
            return _state_area(state)
        return _circle(facts, service, place, area.name, STATE_REACH_M, None)
    if not name:
        return _state_area(state) if state else Area(EVERYWHERE, "")
    county = area.county or COUNTY.search(name)
    reach = COUNTY_REACH_M if county else TOWN_REACH_M
    return _circle(facts, service, place, area.name, reach, state)


def _circle(  # noqa: PLR0913 -- all of it makes the circle
    facts: Facts,
    service: ServiceFacts,
    place: PlaceFacts,
    name: str,
    reach_m: float,
    state: str | None,
) -> Area:
    """Around the organization's door, not beyond the state's border."""
    anchor = facts.anchors.get(service.organization_id) or _zip_point(place)
    if anchor is None:
        return _state_area(state) if state else Area(EVERYWHERE, "")
    lat, lon = (round(each, 1) for each in anchor)
    number = _area_id(f"{name}|{lat}|{lon}|{reach_m}|{state}")
    return Area(number, name, None, lat, lon, reach_m, state)


def _unstated(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> tuple[Area, ...]:
    """No area was told. A line or a website: the states of who runs it; else around its place."""
    words = normalise(" ".join(service.words.get(name, "") for name in WHERE_IT_MAY_BE_SAID))
    if COUNTRY.search(words):
        return (Area(EVERYWHERE, ""),)
    point = _zip_point(place) or facts.anchors.get(service.organization_id)
    states = facts.states[service.organization_id]
    if point is None or place.virtual or service.delivery:
        if len(states) <= STATES_AT_MOST:
            return tuple(map(_state_area, sorted(states))) or (Area(EVERYWHERE, ""),)
        return (Area(EVERYWHERE, ""),)
    return (_circle(facts, service, place, place.city or "", UNSTATED_REACH_M, _only(states)),)


def named_state(name: str) -> str | None:
    """'Maryland, statewide', 'State of Maryland', 'MD' → 'MD'; None for a county or town in it."""
    words = normalise(name)
    bare = " ".join(STATE_WORDS.sub(" ", words).split())
    return bare.upper() if bare.upper() in STATES else STATE_OF_NAME.get(bare)


def _state_area(state: str) -> Area:
    return Area(_area_id(f"state|{state}"), state, state=state)


def _only(states: set[str]) -> str | None:
    return next(iter(states)) if len(states) == 1 else None


def _area_id(content: str) -> int:
    return 1 + (crc32(content.encode()) & 0x7FFFFFFE) % 0x7FFFFFFE


def _zip_point(place: PlaceFacts) -> tuple[float, float] | None:
    if place.zip_lat is None or place.zip_lon is None:
        return None
    return place.zip_lat, place.zip_lon
