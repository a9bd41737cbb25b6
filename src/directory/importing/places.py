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
    TOO_MANY_STREETS_AT_ONE_POINT,
    Point,
    check_against_feed,
    check_against_zip,
    check_range,
)
from directory.importing.records import Record, Unreadable
from directory.importing.values import decimal, text
from directory.time_zones import zone_at
from shared.i18n import gettext_noop as _

ZIP_LENGTH = 5


@dataclass(slots=True)
class Surroundings:
    """What is known about where things are, from the whole feed and the ZIP centroids."""

    centroids: Mapping[str, Point]
    zips: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    crowded: set[Point] = field(default_factory=set)
    middle: Point | None = None

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
        elif self.middle is not None:
            check_against_feed(point, self.middle)
        return point

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
            code = (text(record.values.get("postal_code")) or "")[:ZIP_LENGTH]
            if code:
                found.zips[location].add(code)
            streets[location] = (text(record.values.get("address_1")) or "").casefold()
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
