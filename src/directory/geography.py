"""Where on earth: the grid that search runs on, distances, and how distances are said. Pure.

A ZIP's middle is wrong by 2 km at the median and 7 km at worst of ten, so a distance from one is
said in whole miles and never as a walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from shared.i18n import gettext as _
from shared.i18n import ngettext

EARTH_M = 6_371_000.0
METRES_PER_DEGREE = 111_195.0
METRES_PER_MILE = 1609.344
CELLS_PER_DEGREE = 10  # 0.1° grid
COLUMNS = 360 * CELLS_PER_DEGREE
WALK_METRES_PER_MINUTE = 62.0  # 80 m a minute on streets that are 1.3 times the straight line
DRIVE_METRES_PER_MINUTE = 540.0  # 25 mph with the same detour
WALKABLE_M = 1400.0
HALVES_UP_TO_MILES = 3


@dataclass(frozen=True, slots=True)
class Near:
    """A point to look around, and how it was given."""

    lat: float
    lon: float
    label: str = ""  # what the person wrote; empty for "where I am"
    exact: bool = True  # False for the middle of a ZIP or town


def cell_of(lat: float, lon: float) -> int:
    """Number of the 0.1° cell that holds the point."""
    row = int((lat + 90) * CELLS_PER_DEGREE)
    return row * COLUMNS + int((lon + 180) * CELLS_PER_DEGREE) % COLUMNS


def cell_ranges(lat: float, lon: float, radius_m: float) -> tuple[list[int], list[int]]:
    """First and last cells, one pair for each row of the grid that the circle can touch."""
    high = radius_m / METRES_PER_DEGREE
    south, north = max(lat - high, -90.0), min(lat + high, 89.999)
    widest = max(abs(south), abs(north))
    wide = min(high / max(cos(radians(widest)), 0.01), 179.9)
    west, east = max(lon - wide, -180.0), min(lon + wide, 179.999)
    lows, highs = [], []
    first, last = int((south + 90) * CELLS_PER_DEGREE), int((north + 90) * CELLS_PER_DEGREE)
    for row in range(first, last + 1):
        lows.append(row * COLUMNS + int((west + 180) * CELLS_PER_DEGREE))
        highs.append(row * COLUMNS + int((east + 180) * CELLS_PER_DEGREE))
    return lows, highs


def metres_between(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great circle (haversine), in metres."""
    a = (
        sin(radians(other_lat - lat) / 2) ** 2
        + cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_M * asin(min(1.0, sqrt(a)))


def distance_words(metres: float, *, exact: bool) -> str:
    """'8-minute walk', '1½ miles', '4 miles, 12 minutes by car'; from a ZIP 'about 2 miles'."""
    miles = metres / METRES_PER_MILE
    if not exact:
        return _about(round(miles))
    if metres <= WALKABLE_M:
        minutes = max(1, round(metres / WALK_METRES_PER_MINUTE))
        return ngettext("%(n)s-minute walk", "%(n)s-minute walk", minutes)
    if miles < HALVES_UP_TO_MILES:
        return _half_miles(miles)
    minutes = max(1, round(metres / DRIVE_METRES_PER_MINUTE))
    return _("%(miles)s miles, %(minutes)s minutes by car", miles=round(miles), minutes=minutes)


def miles_words(radius_m: float) -> str:
    """'5 miles', '1 mile', for a radius."""
    return ngettext("%(n)s mile", "%(n)s miles", max(1, round(radius_m / METRES_PER_MILE)))


def _about(miles: int) -> str:
    if miles < 1:
        return _("less than a mile")
    return ngettext("about %(n)s mile", "about %(n)s miles", miles)


def _half_miles(miles: float) -> str:
    halves = max(2, round(miles * 2))
    whole, half = divmod(halves, 2)
    if half:
        return _("%(miles)s miles", miles=f"{whole}½")
    return ngettext("%(n)s mile", "%(n)s miles", whole)
