from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notify.quiet_hours import (
    CANDIDATE_ZONES,
    Later,
    Now,
    at_any_hour,
    known_zone,
    may_text,
)
from support import quiet_hours
from support.quiet_hours import ZONES, walk

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


def in_day(instant: datetime, zone: str) -> bool:
    return time(8) <= instant.astimezone(ZoneInfo(zone)).time() < time(20)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type]


@given(INSTANTS, st.sampled_from(ZONES))
@settings(max_examples=500)
def test_a_text_leaves_and_arrives_in_its_readers_day(now: datetime, zone: str) -> None:
    answer = may_text(now, zone)
    if isinstance(answer, Later):
        assert in_day(answer.until, zone)
        # 12 hours of night, 13 when the clocks go back in it.
        assert timedelta(0) < answer.until - now <= timedelta(hours=13, minutes=2)
        answer_then = may_text(answer.until, zone)
        assert isinstance(answer_then, Now)
    else:
        assert in_day(now, zone)
        assert answer.validity >= timedelta(seconds=60)
        assert in_day(now + answer.validity, zone)


@given(INSTANTS)
@settings(max_examples=300)
def test_of_an_unknown_zone_every_candidate_must_be_awake(now: datetime) -> None:
    for name in (None, "", "Not/AZone", "../etc/passwd"):
        answer = may_text(now, name)
        moment = answer.until if isinstance(answer, Later) else now
        assert all(in_day(moment, zone) for zone in CANDIDATE_ZONES)
        assert moment - now < timedelta(days=1)


def test_over_two_years_no_instant_in_any_zone_is_outside() -> None:
    # 97 minutes meet every minute of the day in turn; each change of the clock is walked below.
    tally = walk(every=timedelta(minutes=97), zones=ZONES)
    assert tally.holds, tally
    assert tally.instants > 100_000


def test_of_an_unknown_zone_no_instant_is_outside_in_any_of_the_candidates() -> None:
    tally = walk(every=timedelta(hours=5, minutes=7), zones=(None,))
    assert tally.holds, tally


def test_five_minutes_apart_over_two_changes_of_the_clock_none_is_outside() -> None:
    for start in (datetime(2026, 3, 6, tzinfo=UTC), datetime(2026, 10, 30, tzinfo=UTC)):
        tally = walk(start=start, span=timedelta(days=4))
        assert tally.holds, tally


def test_the_walk_itself_sees_a_text_at_night(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet_hours, "may_text", lambda *_: at_any_hour())
    assert not walk(every=timedelta(hours=1), span=timedelta(days=1)).holds


def test_the_morning_after_the_spring_change_is_eight_by_the_new_clock() -> None:
    night = local("America/New_York", 2026, 3, 7, 22, 0)
    assert may_text(night, "America/New_York") == Later(datetime(2026, 3, 8, 12, 0, tzinfo=UTC))


def test_the_morning_after_the_autumn_change_is_eight_by_the_new_clock() -> None:
    night = local("America/New_York", 2026, 10, 31, 22, 0)
    assert may_text(night, "America/New_York") == Later(datetime(2026, 11, 1, 13, 0, tzinfo=UTC))


def test_the_last_minute_of_the_day_is_too_late() -> None:
    zone = "America/Chicago"
    evening = local(zone, 2026, 5, 4, 19, 59, 0)
    assert may_text(evening, zone) == Later(local(zone, 2026, 5, 5, 8, 0))
    assert may_text(local(zone, 2026, 5, 4, 19, 58, 0), zone) == Now(timedelta(seconds=90))


def test_validity_is_capped_at_four_hours_in_the_morning() -> None:
    assert may_text(local("America/Denver", 2026, 5, 4, 8, 0), "America/Denver") == Now(
        timedelta(hours=4)
    )
    assert at_any_hour() == Now(timedelta(hours=4))


def test_an_agency_that_works_nights_is_texted_at_night() -> None:
    zone, hours = "America/New_York", (time(20), time(6))
    assert isinstance(may_text(local(zone, 2026, 5, 4, 1, 0), zone, hours=hours), Now)
    assert may_text(local(zone, 2026, 5, 4, 9, 0), zone, hours=hours) == Later(
        local(zone, 2026, 5, 4, 20, 0)
    )


def test_zones_with_no_hour_in_common_are_said_so() -> None:
    with pytest.raises(ValueError, match="no hour in common"):
        may_text(
            datetime(2026, 5, 4, tzinfo=UTC),
            None,
            hours=(time(8), time(9)),
            candidates=("America/New_York", "Asia/Tokyo"),
        )


def test_zones_are_known_or_not() -> None:
    assert known_zone("America/New_York")
    assert not known_zone("America/Nowhere")
    assert not known_zone(None)
