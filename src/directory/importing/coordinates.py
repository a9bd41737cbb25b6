"""Is this point where its address says? Refuses what can't be right; never moves a point. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from directory.importing.records import Unreadable
from shared.i18n import gettext_noop as _

EARTH_DIAMETER_KM = 12_742.0
# ZIP centroids of two sources differ by up to 24 km (99 %), and ZIPs of the West are wide.
FARTHEST_FROM_ZIP_KM = 80.0
# Without a ZIP there is only the rest of the feed to compare with.
FARTHEST_FROM_FEED_KM = 300.0
# So many different streets at one point: a geocoder's middle of the city.
TOO_MANY_STREETS_AT_ONE_POINT = 10
HIGHEST_LATITUDE, HIGHEST_LONGITUDE = 90.0, 180.0
US_LATITUDES, US_LONGITUDES = (13.0, 72.0), (-180.0, -64.0)


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees."""

    lat: float
    lon: float


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance."""
    half = sin(radians(b.lat - a.lat) / 2) ** 2
    half += cos(radians(a.lat)) * cos(radians(b.lat)) * sin(radians(b.lon - a.lon) / 2) ** 2
    return EARTH_DIAMETER_KM * asin(sqrt(min(1.0, half)))


def check_range(lat: float, lon: float) -> Point:
    """The point, if these can be degrees at all."""
    if lat == 0 and lon == 0:
        raise Unreadable(_("Latitude and longitude are 0: that is in the sea. Give the real ones."))
    if abs(lat) > HIGHEST_LONGITUDE or abs(lon) > HIGHEST_LONGITUDE:
        raise Unreadable(
            _("These are metres of a map (Web Mercator), not degrees. Export them as degrees.")
        )
    if _within(lon, US_LATITUDES) and _within(lat, US_LONGITUDES):
        raise Unreadable(_("Latitude and longitude look swapped. Swap the two columns."))
    if abs(lat) > HIGHEST_LATITUDE:
        raise Unreadable(_("A latitude lies between -90 and 90 degrees."))
    return Point(lat, lon)


def check_against_zip(point: Point, zips: dict[str, Point]) -> None:
    """Refuse a point that is far from every ZIP of its addresses; `zips` must not be empty."""
    nearest = min(zips, key=lambda zip_code: distance_km(point, zips[zip_code]))
    away = distance_km(point, zips[nearest])
    if away <= FARTHEST_FROM_ZIP_KM:
        return
    swapped = Point(point.lon, point.lat) if abs(point.lon) <= HIGHEST_LATITUDE else None
    if swapped and distance_km(swapped, zips[nearest]) <= FARTHEST_FROM_ZIP_KM:
        raise Unreadable(_("Latitude and longitude look swapped. Swap the two columns."))
    raise Unreadable(
        _("The point is %(km)s km from ZIP %(zip)s of its address. Correct one of the two."),
        km=f"{away:,.0f}",
        zip=nearest,
    )


def check_against_state(state: str, near: frozenset[str]) -> None:
    """Refuse a point in another state than its address names; `near` are those around it."""
    if state not in near:
        raise Unreadable(
            _("The point is in %(found)s, the address says %(state)s. Correct one of the two."),
            found=", ".join(sorted(near)),
            state=state,
        )


def check_against_feed(point: Point, middle: Point) -> None:
    """Refuse a point far from all others that no ZIP vouches for."""
    away = distance_km(point, middle)
    if away > FARTHEST_FROM_FEED_KM:
        raise Unreadable(
            _(
                "The point is %(km)s km from the middle of this feed and has no ZIP to check it"
                " by. Add the ZIP, or correct the point."
            ),
            km=f"{away:,.0f}",
        )


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
