"""A number's pace, over any hour of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from notify.delivery import PACE, SenderKind
from notify.pace import HORIZON, Pace

NOON = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)


def moments(rate: float, segments: list[int], look_every: timedelta) -> list[datetime]:
    """When each of a queue's messages leaves, if somebody looks so often."""
    pace, now, left = Pace(rate, None), NOON, list(segments)
    found = []
    while left:
        moment = pace.moment(now)
        if moment is None:
            now += look_every
            continue
        assert now <= moment <= now + HORIZON
        pace.take(moment, left.pop(0))
        found.append(moment)
    return found


def test_the_kinds_have_the_designs_paces() -> None:
    assert PACE == {
        SenderKind.LONG_CODE: 1,
        SenderKind.TOLL_FREE: 3,
        SenderKind.SHORT_CODE: 100,
    }


def test_five_hundred_texts_on_a_long_code_leave_one_a_second() -> None:
    found = moments(1, [1] * 500, timedelta(seconds=0.1))
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert min(gaps) >= timedelta(seconds=1)
    assert timedelta(seconds=499) <= found[-1] - found[0] <= timedelta(seconds=550)


@given(
    st.sampled_from([0.5, 1, 3, 100]),
    st.lists(st.integers(1, 4), min_size=2, max_size=60),
    st.integers(10, 2000),
)
def test_no_stretch_of_time_holds_more_segments_than_the_pace_allows(
    rate: float, segments: list[int], look_ms: int
) -> None:
    found = moments(rate, segments, timedelta(milliseconds=look_ms))
    for first in range(len(found)):
        for last in range(first + 1, len(found)):
            allowed = timedelta(seconds=sum(segments[first:last]) / rate)
            assert found[last] - found[first] >= allowed - timedelta(milliseconds=1)
