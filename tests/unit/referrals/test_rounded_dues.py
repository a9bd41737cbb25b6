"""Dues without needless minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from referrals.pages.moments import rounded

NOW = datetime(2023, 5, 9, 14, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "minute"), [(24, 0), (24.4, 0), (24.6, 30), (72, 0)])
def test_a_due_of_another_day_is_told_in_half_hours_and_never_late(
    hours: float, minute: int
) -> None:
    due = NOW + timedelta(hours=hours)
    told = rounded(due, NOW)
    assert (told.minute, told.second) == (minute, 0)
    assert due - timedelta(minutes=30) < told <= due


def test_a_due_that_is_near_is_told_to_the_minute() -> None:
    assert rounded(NOW + timedelta(minutes=30), NOW) == NOW + timedelta(minutes=30)
