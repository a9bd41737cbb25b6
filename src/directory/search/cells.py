"""Which cells of the grid lie wholly within a circle, and which only touch it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, ceil, cos, degrees, floor, radians, sin, sqrt

from directory.geography import CELLS_PER_DEGREE, COLUMNS, EARTH_M, cell_ranges


@dataclass(frozen=True, slots=True)
class Cells:
    """First and last cells of runs within a row of the grid."""

    inner_lo: list[int]
    inner_hi: list[int]
    edge_lo: list[int]
    edge_hi: list[int]


def cells_of_circle(lat: float, lon: float, radius_m: float) -> Cells:
    """Every cell that the circle can touch, once: wholly inside, or on the edge."""
    found = Cells([], [], [], [])
    for low, high in zip(*cell_ranges(lat, lon, radius_m), strict=True):
        inner = _inner(lat, lon, radius_m, low // COLUMNS)
        if inner is None:
            _add(found.edge_lo, found.edge_hi, low, high)
            continue
        first, last = inner
        _add(found.edge_lo, found.edge_hi, low, first - 1)
        _add(found.inner_lo, found.inner_hi, first, last)
        _add(found.edge_lo, found.edge_hi, last + 1, high)
    return found


def _inner(lat: float, lon: float, radius_m: float, row: int) -> tuple[int, int] | None:
    """The run of a row whose cells have all their corners within the circle."""
    reach = 180.0
    for side in (row / CELLS_PER_DEGREE - 90, (row + 1) / CELLS_PER_DEGREE - 90):
        left = sin(radius_m / (2 * EARTH_M)) ** 2 - sin(radians(side - lat) / 2) ** 2
        if left <= 0:
            return None
        reach = min(reach, degrees(2 * asin(sqrt(left / (cos(radians(lat)) * cos(radians(side)))))))
    first = ceil((lon - reach + 180) * CELLS_PER_DEGREE)
    last = floor((lon + reach + 180) * CELLS_PER_DEGREE) - 1
    if first > last:
        return None
    return row * COLUMNS + first, row * COLUMNS + last


def _add(lows: list[int], highs: list[int], low: int, high: int) -> None:
    if low <= high:
        lows.append(low)
        highs.append(high)
