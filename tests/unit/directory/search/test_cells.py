"""A circle on the grid: every cell once, and inside only what is wholly inside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from directory.geography import CELLS_PER_DEGREE, COLUMNS, cell_of, cell_ranges, metres_between
from directory.search.cells import cells_of_circle

LATITUDES, LONGITUDES = some.floats(18, 66), some.floats(-160, -66)
RADII = some.floats(1_000, 160_000)


def listed(lows: list[int], highs: list[int]) -> list[int]:
    return [cell for low, high in zip(lows, highs, strict=True) for cell in range(low, high + 1)]


@given(LATITUDES, LONGITUDES, RADII)
def test_inside_and_edge_are_the_cells_of_the_circle_each_once(
    lat: float, lon: float, radius_m: float
) -> None:
    cells = cells_of_circle(lat, lon, radius_m)
    found = [*listed(cells.inner_lo, cells.inner_hi), *listed(cells.edge_lo, cells.edge_hi)]

    assert sorted(found) == listed(*cell_ranges(lat, lon, radius_m))


@given(LATITUDES, LONGITUDES, RADII, some.floats(0, 1), some.floats(0, 1))
def test_every_point_of_a_cell_inside_is_within_the_radius(
    lat: float, lon: float, radius_m: float, up: float, right: float
) -> None:
    cells = cells_of_circle(lat, lon, radius_m)
    for cell in listed(cells.inner_lo, cells.inner_hi):
        row, column = divmod(cell, COLUMNS)
        there = (row + up) / CELLS_PER_DEGREE - 90, (column + right) / CELLS_PER_DEGREE - 180
        assert metres_between(lat, lon, *there) <= radius_m + 0.01


@pytest.mark.parametrize(("radius_m", "some_inside"), [(8_047, False), (80_467, True)])
def test_only_a_wide_circle_has_cells_wholly_inside(radius_m: float, *, some_inside: bool) -> None:
    cells = cells_of_circle(38.3607, -75.5994, radius_m)

    assert bool(cells.inner_lo) == some_inside
    assert cell_of(38.3607, -75.5994) in [
        *listed(cells.inner_lo, cells.inner_hi),
        *listed(cells.edge_lo, cells.edge_hi),
    ]
