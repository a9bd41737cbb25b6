"""Closures, federal holidays, counted and yearly rules, and the two nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.holidays import FEDERAL, holiday_on
from directory.hours_words import open_tag, schedule_lines
from directory.opening_hours import (
    Closure,
    Hours,
    OpenState,
    Timetable,
    is_open_at,
    minute_of_cycle,
    open_minutes,
    opening_at,
)
from shared.i18n import using_language

NEW_YORK, PHOENIX = ZoneInfo("America/New_York"), ZoneInfo("America/Phoenix")
WORK_DAYS = Hours(byday="MO,TU,WE,TH,FR", opens_at=time(9), closes_at=time(17))
STORM = Closure(date(2023, 5, 8), date(2023, 5, 12), "Storm damage", "Daños por la tormenta")


def at(day: str, clock: str = "10:00") -> datetime:
    """An instant by New York's clock."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK)


def words(table: Timetable, instant: datetime, language: str = "en") -> str:
    """The words of the tag."""
    with using_language(language):
        return open_tag(opening_at(table, NEW_YORK, instant)).words


def test_a_closure_says_until_when_and_why_in_both_languages() -> None:
    table = Timetable((WORK_DAYS,), (STORM,))
    assert words(table, at("2023-05-09")) == "Closed until May 12: Storm damage"
    assert words(table, at("2023-05-09"), "es") == (
        "Cerrado hasta el 12 de mayo: Daños por la tormenta"
    )
    opening = opening_at(table, NEW_YORK, at("2023-05-09"))
    assert [span.start for span in opening.next] == [
        datetime(2023, 5, 15, 9),  # noqa: DTZ001 -- wall-clock time
        datetime(2023, 5, 16, 9),  # noqa: DTZ001 -- wall-clock time
    ]


def test_closures_that_follow_each_other_are_one() -> None:
    repairs = Closure(date(2023, 5, 13), date(2023, 5, 20))
    table = Timetable((WORK_DAYS,), (STORM, repairs))
    assert words(table, at("2023-05-09")) == "Closed until May 20: Storm damage"


def test_a_place_with_unknown_hours_can_still_be_known_to_be_closed() -> None:
    assert is_open_at(Timetable((), (STORM,)), NEW_YORK, at("2023-05-09")) is OpenState.CLOSED
    assert is_open_at(Timetable((), (STORM,)), NEW_YORK, at("2023-05-19")) is OpenState.UNKNOWN


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2023-01-02", "New Year's Day"),  # the 1st was a Sunday
        ("2021-12-31", "New Year's Day"),  # the 1st is a Saturday
        ("2024-01-15", "Martin Luther King Day"),
        ("2024-02-19", "Presidents' Day"),
        ("2024-05-27", "Memorial Day"),
        ("2024-06-19", "Juneteenth"),
        ("2026-07-03", "Independence Day"),
        ("2026-07-04", "Independence Day"),
        ("2024-09-02", "Labor Day"),
        ("2024-10-14", "Columbus Day"),
        ("2024-11-11", "Veterans Day"),
        ("2026-11-26", "Thanksgiving"),
        ("2024-12-25", "Christmas Day"),
    ],
)
def test_federal_holidays_fall_where_the_law_puts_them(day: str, name: str) -> None:
    assert holiday_on(date.fromisoformat(day)) == name


@given(st.integers(2000, 2100))
def test_every_holiday_is_kept_on_a_working_day_of_its_year_or_the_one_before(year: int) -> None:
    for rule in FEDERAL:
        kept, itself = rule.kept_on(year), rule.day_in(year)
        assert kept.weekday() < 5
        assert abs(kept - itself) <= timedelta(days=1)


def test_a_place_that_keeps_holidays_is_closed_and_says_which() -> None:
    table = Timetable((WORK_DAYS,), closed_on_holidays=True)
    assert words(table, at("2026-11-26")) == "Closed today: Thanksgiving"
    assert words(table, at("2026-11-26"), "es") == "Cerrado hoy: Día de Acción de Gracias"
    assert is_open_at(table, NEW_YORK, at("2026-11-25")) is OpenState.OPEN


def test_when_nobody_told_a_holiday_is_a_reason_to_call_first() -> None:
    assert words(Timetable((WORK_DAYS,)), at("2026-11-26")) == "Thanksgiving today. Call first"
    assert words(Timetable((WORK_DAYS,), (), False), at("2026-11-26")) == "Open now until 5 pm"  # noqa: FBT003 -- a fact's value
    assert words(Timetable((WORK_DAYS,)), at("2026-11-28")) == "Opens Mon 9 am"


def test_the_projection_leaves_holidays_out_and_wants_to_be_made_again() -> None:
    table = Timetable((WORK_DAYS,), closed_on_holidays=True)
    minutes, dated = open_minutes(table, date(2026, 11, 24))
    assert dated
    thanksgiving = minute_of_cycle(datetime(2026, 11, 26, 10))  # noqa: DTZ001 -- wall-clock time
    day_after = minute_of_cycle(datetime(2026, 11, 27, 10))  # noqa: DTZ001 -- wall-clock time
    assert not any(low <= thanksgiving < high for low, high in minutes or ())
    assert any(low <= day_after < high for low, high in minutes or ())


def test_a_counted_series_ends_after_its_last_time() -> None:
    four_classes = Hours(
        byday="TU", opens_at=time(18), closes_at=time(20), dtstart=date(2023, 5, 2), count=4
    )
    assert is_open_at([four_classes], NEW_YORK, at("2023-05-23", "19:00")) is OpenState.OPEN
    assert is_open_at([four_classes], NEW_YORK, at("2023-05-30", "19:00")) is OpenState.CLOSED


def test_a_week_may_begin_on_sunday_for_every_second_week() -> None:
    # RFC 5545's own trap: the start of the week decides which Sundays are "the second week".
    def row(wkst: str) -> Hours:
        return Hours(
            byday="TU,SU",
            opens_at=time(9),
            closes_at=time(11),
            dtstart=date(1997, 8, 5),
            interval=2,
            wkst=wkst,
        )

    assert is_open_at([row("MO")], NEW_YORK, at("1997-08-10")) is OpenState.OPEN
    assert is_open_at([row("SU")], NEW_YORK, at("1997-08-10")) is OpenState.CLOSED
    assert is_open_at([row("SU")], NEW_YORK, at("1997-08-17")) is OpenState.OPEN


def test_a_day_of_the_year_is_read_and_a_week_of_the_year_is_not_guessed() -> None:
    last_day = Hours("MONTHLY", None, time(9), time(11), byyearday="-1")
    assert is_open_at([last_day], NEW_YORK, at("2023-12-31")) is OpenState.OPEN
    assert is_open_at([last_day], NEW_YORK, at("2023-12-30")) is OpenState.CLOSED
    week = Hours(byday="MO", opens_at=time(9), closes_at=time(11), byweekno="20")
    assert is_open_at([week], NEW_YORK, at("2023-05-15")) is OpenState.UNKNOWN


def test_first_and_third_saturday_is_said_in_one_breath() -> None:
    rows = [Hours("MONTHLY", "1SA,3SA", time(9), time(11))]
    assert schedule_lines(rows) == [("First and third Saturday of the month", "9 to 11 am")]
    with using_language("es"):
        assert schedule_lines(rows)[0][0] == "Primer y tercer sábado del mes"


def test_a_season_is_open_only_within_it_and_unknown_after_its_information_ends() -> None:
    market = Hours(
        byday="SA",
        opens_at=time(8),
        closes_at=time(12),
        valid_from=date(2023, 6, 1),
        valid_to=date(2023, 9, 30),
    )
    assert is_open_at([market], NEW_YORK, at("2023-06-10")) is OpenState.OPEN
    assert is_open_at([market], NEW_YORK, at("2023-05-13")) is OpenState.UNKNOWN
    assert is_open_at([market], NEW_YORK, at("2023-10-14")) is OpenState.UNKNOWN


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2023, 3, 12, 6, 30, tzinfo=UTC), "open"),  # 1:30 EST
        (datetime(2023, 3, 12, 7, 30, tzinfo=UTC), "open"),  # 3:30 EDT: 2:30 did not happen
        (datetime(2023, 3, 12, 8, 0, tzinfo=UTC), "closed"),  # 4:00 EDT
        (datetime(2023, 11, 5, 5, 30, tzinfo=UTC), "open"),  # 1:30 EDT
        (datetime(2023, 11, 5, 6, 30, tzinfo=UTC), "open"),  # 1:30 EST, an hour later
        (datetime(2023, 11, 5, 9, 0, tzinfo=UTC), "closed"),  # 4:00 EST
    ],
)
def test_on_nights_when_clocks_change_the_clock_on_the_wall_counts(
    instant: datetime, expected: str
) -> None:
    nights = [Hours(byday="SA", opens_at=time(20), closes_at=time(4))]
    assert is_open_at(nights, NEW_YORK, instant) == expected


@given(st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 31)))  # noqa: DTZ001 -- UTC below
def test_a_place_without_summer_time_keeps_its_hours_all_year(instant: datetime) -> None:
    aware = instant.replace(tzinfo=UTC)
    local = aware - timedelta(hours=7)
    daily = Hours(byday="MO,TU,WE,TH,FR,SA,SU", opens_at=time(9), closes_at=time(17))
    expected = OpenState.OPEN if 9 <= local.hour < 17 else OpenState.CLOSED
    assert is_open_at([daily], PHOENIX, aware) is expected


@given(
    st.dates(date(2023, 1, 1), date(2026, 12, 31)),
    st.integers(0, 40),
    st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001 -- UTC below
)
def test_nothing_opens_during_a_closure(first: date, days: int, instant: datetime) -> None:
    closure = Closure(first, first + timedelta(days=days))
    always = Hours(byday="MO,TU,WE,TH,FR,SA,SU", opens_at=time(9), closes_at=time(17))
    opening = opening_at(Timetable((always,), (closure,)), NEW_YORK, instant.replace(tzinfo=UTC))
    closed = closure.first <= opening.now.date() <= closure.last
    assert (opening.closed_until is not None) == closed
    assert not (closed and opening.state is OpenState.OPEN)
    for span in opening.next:
        assert not closure.first <= span.start.date() <= closure.last
