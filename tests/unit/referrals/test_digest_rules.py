"""When the day's list goes out, and how it is divided: by days and hours, without a database."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.digest_rules import divided, next_list_at, told_again_at, weekly_list_at

NEW_YORK = "America/New_York"
NINE = time(9)


def local(day: int, hour: int, minute: int = 0, month: int = 5) -> datetime:
    return datetime(2023, month, day, hour, minute, tzinfo=ZoneInfo(NEW_YORK))


# 9 May 2023 is a Tuesday, the 12th a Friday.
@pytest.mark.parametrize(
    ("sent", "listed"),
    [
        (local(9, 8, 59), local(9, 9)),
        (local(9, 9), local(10, 9)),
        (local(9, 14), local(10, 9)),
        (local(12, 14), local(15, 9)),
        (local(13, 7), local(15, 9)),
    ],
)
def test_a_new_request_stands_on_the_next_list(sent: datetime, listed: datetime) -> None:
    assert next_list_at(sent, NINE, NEW_YORK) == listed


def test_a_day_that_had_its_text_gets_no_second_one() -> None:
    assert next_list_at(local(9, 8), time(16), NEW_YORK, local(9, 7)) == local(10, 16)


def test_nobody_answered_is_told_again_on_the_third_answering_day() -> None:
    assert told_again_at(local(9, 9), NINE, NEW_YORK) == local(12, 9)
    assert told_again_at(local(10, 9, 1), NINE, NEW_YORK) == local(15, 9)


def test_a_saturday_pantry_is_asked_on_monday() -> None:
    assert weekly_list_at(local(20, 12), NINE, NEW_YORK) == local(22, 9)
    assert weekly_list_at(local(22, 12), NINE, NEW_YORK) == local(29, 9)


@given(
    st.integers(min_value=0, max_value=730 * 24 * 60),
    st.times(),
    st.sampled_from(["America/New_York", "Pacific/Honolulu", "UTC"]),
)
def test_a_list_is_always_ahead_within_four_days_on_an_answering_day(
    minutes: int, hour: time, zone: str
) -> None:
    after = local(1, 0) + timedelta(minutes=minutes)
    hour = hour.replace(microsecond=0, fold=0)

    found = next_list_at(after, hour, zone)

    assert after < found <= after + timedelta(days=4)
    assert found.astimezone(ZoneInfo(zone)).weekday() < 5


@given(st.lists(st.integers(min_value=1, max_value=40)))
def test_no_item_is_lost_or_broken_and_order_stays(lengths: list[int]) -> None:
    parts = divided(lengths, lambda part: sum(part) <= 60)

    assert [item for part in parts for item in part] == lengths
    assert all(sum(part) <= 60 for part in parts)
