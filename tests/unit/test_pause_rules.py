"""Until when FULL lasts: local mornings, over weekends and over changed clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from directory.pause_rules import after_days, may_last_until, next_monday, on_morning

NEW_YORK = ZoneInfo("America/New_York")
HONOLULU = ZoneInfo("Pacific/Honolulu")
MAY_8 = datetime(2023, 5, 8, 13, tzinfo=UTC)


@pytest.mark.parametrize("day", [1, 4, 5, 6, 7])
def test_full_lasts_until_the_morning_of_the_next_monday(day: int) -> None:
    assert next_monday(datetime(2023, 5, day, 18, tzinfo=UTC), NEW_YORK) == MAY_8


def test_on_a_monday_it_lasts_a_week_however_early_it_is_said() -> None:
    early = datetime(2023, 5, 1, 10, tzinfo=UTC)
    assert next_monday(early, NEW_YORK) == MAY_8


def test_the_day_is_the_one_where_the_place_is() -> None:
    monday_in_london = datetime(2023, 5, 8, 3, tzinfo=UTC)  # Sunday evening in Honolulu
    assert next_monday(monday_in_london, HONOLULU) == datetime(2023, 5, 8, 19, tzinfo=UTC)


def test_a_week_with_a_changed_clock_still_ends_at_nine() -> None:
    before = datetime(2023, 11, 3, 18, tzinfo=UTC)  # clocks go back on Sunday the 5th
    until = next_monday(before, NEW_YORK)
    assert until == datetime(2023, 11, 6, 14, tzinfo=UTC)
    assert until.astimezone(NEW_YORK).hour == 9
    spring = after_days(datetime(2023, 3, 10, 18, tzinfo=UTC), NEW_YORK, 14)
    assert spring.astimezone(NEW_YORK).isoformat() == "2023-03-24T09:00:00-04:00"


def test_full_fourteen_lasts_fourteen_days() -> None:
    until = after_days(datetime(2023, 5, 9, 18, 15, tzinfo=UTC), NEW_YORK, 14)
    assert until == on_morning(date(2023, 5, 23), NEW_YORK)


def test_it_lies_ahead_and_within_ninety_days() -> None:
    assert may_last_until(MAY_8, MAY_8 - timedelta(minutes=1))
    assert not may_last_until(MAY_8, MAY_8)
    assert may_last_until(after_days(MAY_8, NEW_YORK, 90), MAY_8)
    assert not may_last_until(after_days(MAY_8, NEW_YORK, 92), MAY_8)
