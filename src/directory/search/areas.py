"""Where people may live to be shown a service beyond any radius. Pure.

An area is an outline when the directory has one, else a generous circle around a door.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

from directory.search.text import normalise

if TYPE_CHECKING:
    from directory.search.facts import AreaFacts, Facts, PlaceFacts, ServiceFacts

EVERYWHERE = 0  # area id of "no matter where you live"
# How far an area without an outline may reach from its organization's door. Generous on purpose:
# showing one service too many costs a look, hiding one costs the help.
COUNTY_REACH_M = 60_000.0
STATE_REACH_M = 400_000.0
TOWN_REACH_M = 40_000.0
UNSTATED_REACH_M = 100_000.0
COUNTRY = re.compile(r"\b(nation|national|nationwide|country|usa|united states|anywhere)\b")
STATE = re.compile(r"\b(state|statewide)\b")
COUNTY = re.compile(r"\b(county|countywide|condado|parish|borough)\b")


@dataclass(frozen=True, slots=True)
class Area:
    """An area people live in: an outline, a circle around a door, or everywhere."""

    id: int
    name: str
    geojson: str | None = None
    lat: float | None = None
    lon: float | None = None
    reach_m: float | None = None


def areas_of(facts: Facts, service: ServiceFacts, place: PlaceFacts, kind: str) -> tuple[Area, ...]:
    """Where people may live to be shown it beyond any radius; empty for a plain local place."""
    if kind == "private":
        return (Area(EVERYWHERE, ""),)
    listed = facts.areas[place.id] or facts.areas[service.id]
    if kind == "local":
        # Somewhere to walk in to is a place, whatever its area; the rest can be had from afar.
        if service.how_to_start == "walk_in" and not service.delivery:
            return ()
        return tuple(_area(facts, service, place, area) for area in listed if area.geojson)
    if not listed:
        return (_unstated(facts, service, place),)
    return tuple(_area(facts, service, place, area) for area in listed)


def _area(facts: Facts, service: ServiceFacts, place: PlaceFacts, area: AreaFacts) -> Area:
    reach = _reach(area)
    if area.geojson is not None:
        return Area(_area_id(area.geojson), area.name, geojson=area.geojson)
    anchor = facts.anchors.get(service.organization_id) or _zip_point(place)
    if reach is None or anchor is None:
        return Area(EVERYWHERE, "")
    lat, lon = (round(each, 1) for each in anchor)
    return Area(_area_id(f"{area.name}|{lat}|{lon}|{reach}"), area.name, None, lat, lon, reach)


def _unstated(facts: Facts, service: ServiceFacts, place: PlaceFacts) -> Area:
    """No area was told. A line or a website: everywhere; else around where it must be."""
    point = _zip_point(place) or facts.anchors.get(service.organization_id)
    if point is None or place.virtual or service.delivery:
        return Area(EVERYWHERE, "")
    lat, lon = (round(each, 1) for each in point)
    name = place.city or ""
    return Area(_area_id(f"{name}|{lat}|{lon}"), name, None, lat, lon, UNSTATED_REACH_M)


def _reach(area: AreaFacts) -> float | None:
    name = normalise(area.name)
    if area.country or COUNTRY.search(name) or not name:
        return None
    if area.state or STATE.search(name):
        return STATE_REACH_M
    return COUNTY_REACH_M if area.county or COUNTY.search(name) else TOWN_REACH_M


def _area_id(content: str) -> int:
    return 1 + (crc32(content.encode()) & 0x7FFFFFFE) % 0x7FFFFFFE


def _zip_point(place: PlaceFacts) -> tuple[float, float] | None:
    if place.zip_lat is None or place.zip_lon is None:
        return None
    return place.zip_lat, place.zip_lon
