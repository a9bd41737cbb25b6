"""Points that can't be right are refused; none is moved."""

from __future__ import annotations

import pytest

from directory.importing.coordinates import (
    Point,
    check_against_feed,
    check_against_zip,
    check_range,
    distance_km,
)
from directory.importing.records import Unreadable

SALISBURY = Point(38.3607, -75.5994)
ZIPS = {"21801": Point(38.3824, -75.6336)}


def test_a_good_point_passes() -> None:
    assert check_range(38.3607, -75.5994) == SALISBURY
    check_against_zip(SALISBURY, ZIPS)
    check_against_feed(SALISBURY, Point(39, -76))


@pytest.mark.parametrize(
    ("lat", "lon", "word"),
    [
        (0, 0, "sea"),
        (4697612, -8594850, "metres"),
        (-75.5994, 38.3607, "swapped"),
        (95, 10, "latitude"),
        (91, -170, "latitude"),
    ],
)
def test_numbers_that_are_no_point_are_refused_with_the_reason(
    lat: float, lon: float, word: str
) -> None:
    with pytest.raises(Unreadable, match=word):
        check_range(lat, lon)


def test_a_point_far_from_its_zip_names_both() -> None:
    with pytest.raises(Unreadable) as refused:
        check_against_zip(Point(37.8, -85.1), ZIPS)
    assert refused.value.values == {"km": "831", "zip": "21801"}


def test_any_zip_of_several_vouches_for_a_point() -> None:
    check_against_zip(SALISBURY, {"10001": Point(40.75, -73.99), **ZIPS})


def test_without_a_zip_the_rest_of_the_feed_is_asked() -> None:
    with pytest.raises(Unreadable, match="middle of this feed"):
        check_against_feed(Point(26.1, -80.2), SALISBURY)


def test_distances_are_great_circles() -> None:
    assert distance_km(Point(0, 0), Point(0, 1)) == pytest.approx(111.2, abs=0.1)
