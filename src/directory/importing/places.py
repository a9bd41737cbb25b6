"""The gate's part for locations: points checked against ZIPs, time zones, confidential places.

Pure but for tzfpy, which looks the zone up in a table of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median

from directory.importing.coordinates import (
    FARTHEST_FROM_ZIP_KM,
    TOO_MANY_STREETS_AT_ONE_POINT,
    Point,
    check_against_feed,
    check_against_state,
    check_against_zip,
    check_range,
    distance_km,
)
from directory.importing.records import Record, Unreadable
from directory.importing.values import decimal, text
from directory.time_zones import zone_at
from directory.zips import state_of
from shared.i18n import gettext_noop as _

ZIP_LENGTH, STATE_LETTERS = 5, 2


@dataclass(slots=True)
class Surroundings:
    """What is known about where things are, from the whole feed and the ZIP centroids."""

    centroids: Mapping[str, Point]
    zips: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    crowded: set[Point] = field(default_factory=set)
    middle: Point | None = None
    states: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[int, int], list[tuple[Point, str]]] = field(default_factory=dict)

    def zips_of(self, location: str) -> dict[str, Point]:
        """The known ZIPs of a location's addresses with their centroids."""
        return {
            code: self.centroids[code]
            for code in sorted(self.zips.get(location, ()))
            if code in self.centroids
        }

    def point_of(self, location: str, lat: object, lon: object) -> Point | None:
        """The location's point; refused in words when it can't be right."""
        if lat is None and lon is None:
            return None
        if not isinstance(lat, Decimal) or not isinstance(lon, Decimal):
            raise Unreadable(_("Latitude and longitude are only good together."))
        point = check_range(float(lat), float(lon))
        if point in self.crowded:
            raise Unreadable(
                _(
                    "Many different addresses share this point: it is the middle of a town, not"
                    " a door."
                )
            )
        zips = self.zips_of(location)
        if zips:
            check_against_zip(point, zips)
            return point
        near = self._states_near(point) if location in self.states else frozenset[str]()
        if near:
            check_against_state(self.states[location], near)
        elif self.middle is not None:
            check_against_feed(point, self.middle)
        return point

    def _states_near(self, point: Point) -> frozenset[str]:
        """The states of the ZIPs around a point; empty at sea and abroad."""
        if not self.cells:
            for code, middle in self.centroids.items():
                state = state_of(code)
                if state is not None:
                    self.cells.setdefault(_cell(middle), []).append((middle, state))
        row, column = _cell(point)
        around = [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
        return frozenset(
            state
            for cell in around
            for middle, state in self.cells.get(cell, ())
            if distance_km(middle, point) <= FARTHEST_FROM_ZIP_KM
        )

    def time_zone_of(self, location: str, point: Point | None) -> str | None:
        """IANA zone of the point, else of the first ZIP."""
        place = point or next(iter(self.zips_of(location).values()), None)
        return zone_at(place.lat, place.lon) if place else None


def look_around(records: Iterable[Record], centroids: Mapping[str, Point]) -> Surroundings:
    """Gather ZIPs by location, points that too many addresses share, the feed's middle."""
    found = Surroundings(centroids)
    streets: dict[str, str] = {}
    points: dict[str, Point] = {}
    for record in records:
        if record.table == "address" and "location_id" in record.links:
            location = record.links["location_id"].external_id
            code = (_said(record, "postal_code") or "")[:ZIP_LENGTH]
            if code:
                found.zips[location].add(code)
            streets[location] = (_said(record, "address_1") or "").casefold()
            state = (_said(record, "state_province") or "").upper()
            if len(state) == STATE_LETTERS:
                found.states[location] = state
        elif record.table == "location":
            point = _in_range(record)
            if point is not None:
                points[record.external_id] = point
    found.crowded = _crowded(points, streets)
    if points:
        found.middle = Point(
            median(point.lat for point in points.values()),
            median(point.lon for point in points.values()),
        )
    return found


def _said(record: Record, name: str) -> str | None:
    try:
        return text(record.values.get(name))
    except Unreadable:
        return None


def _cell(point: Point) -> tuple[int, int]:
    return int(point.lat // 1), int(point.lon // 1)


def _in_range(record: Record) -> Point | None:
    try:
        lat = decimal(record.values.get("latitude"))
        lon = decimal(record.values.get("longitude"))
        return None if lat is None or lon is None else check_range(float(lat), float(lon))
    except Unreadable:
        return None


def _crowded(points: Mapping[str, Point], streets: Mapping[str, str]) -> set[Point]:
    pairs = {
        (point, streets[location]) for location, point in points.items() if streets.get(location)
    }
    at_point = Counter(point for point, _street in pairs)
    return {point for point, count in at_point.items() if count >= TOO_MANY_STREETS_AT_ONE_POINT}
