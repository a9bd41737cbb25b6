"""When a place is open, by hand for the known cases and by property for the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.hours_words import open_tag, schedule_lines, span_words
from directory.opening_hours import (
    WEEKDAYS,
    Closure,
    Hours,
    OpenState,
    is_open_at,
    local_time,
    minute_of_cycle,
    open_minutes,
    opening_at,
)
from shared.i18n import using_language

NEW_YORK = ZoneInfo("America/New_York")
THURSDAYS = Hours(byday="TH", opens_at=time(10), closes_at=time(12))
THIRD_SATURDAY = Hours("MONTHLY", "3SA", time(9), time(11))
ALWAYS = Hours(byday=",".join(WEEKDAYS), opens_at=time(0), closes_at=time(23, 59))


def at(day: str, clock: str = "00:00") -> datetime:
    """An instant by New York's clock."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK)


def state(hours: list[Hours], day: str, clock: str) -> str:
    """In one word."""
    return str(is_open_at(hours, NEW_YORK, at(day, clock)))


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("09:59", "closed"), ("10:00", "open"), ("11:59", "open"), ("12:00", "closed")],
)
def test_it_is_open_from_opening_until_just_before_closing(clock: str, expected: str) -> None:
    assert state([THURSDAYS], "2023-05-11", clock) == expected


def test_the_third_saturday_is_not_the_second() -> None:
    assert state([THIRD_SATURDAY], "2023-05-20", "10:00") == "open"
    assert state([THIRD_SATURDAY], "2023-05-13", "10:00") == "closed"


def test_the_last_friday_is_counted_from_the_end() -> None:
    hours = [Hours("MONTHLY", "-1FR", time(9), time(11))]
    assert state(hours, "2023-05-26", "10:00") == "open"
    assert state(hours, "2023-06-23", "10:00") == "closed"
    assert state(hours, "2023-06-30", "10:00") == "open"


def test_a_lunch_break_is_closed() -> None:
    hours = [
        Hours(byday="MO", opens_at=time(9), closes_at=time(12)),
        Hours(byday="MO", opens_at=time(13), closes_at=time(17)),
    ]
    assert state(hours, "2023-05-08", "12:30") == "closed"
    opening = opening_at(hours, NEW_YORK, at("2023-05-08", "12:30"))
    assert open_tag(opening).words == "Opens today 1 pm"


def test_saturday_night_goes_on_after_midnight() -> None:
    hours = [Hours(byday="SA", opens_at=time(20), closes_at=time(2))]
    assert state(hours, "2023-05-14", "01:59") == "open"
    assert state(hours, "2023-05-14", "02:00") == "closed"
    assert state(hours, "2023-05-13", "01:00") == "closed"
    opening = opening_at(hours, NEW_YORK, at("2023-05-13", "23:00"))
    assert open_tag(opening).words == "Open now until 2 am"


def test_midnight_to_a_minute_before_midnight_is_the_whole_day() -> None:
    opening = opening_at([ALWAYS], NEW_YORK, at("2023-05-13", "23:59"))
    assert opening.state is OpenState.OPEN
    assert open_tag(opening).words == "Open day and night"


def test_information_that_has_run_out_is_unknown_not_closed() -> None:
    hours = [Hours(byday="TH", opens_at=time(10), closes_at=time(12), valid_to=date(2023, 5, 1))]
    assert state(hours, "2023-04-27", "11:00") == "open"
    assert state(hours, "2023-05-11", "11:00") == "unknown"


def test_what_is_offered_no_more_is_closed() -> None:
    hours = [Hours(byday="TH", opens_at=time(10), closes_at=time(12), until=date(2023, 5, 1))]
    assert state(hours, "2023-05-11", "11:00") == "closed"


def test_no_schedule_at_all_is_unknown() -> None:
    assert state([], "2023-05-11", "11:00") == "unknown"


@pytest.mark.parametrize(
    "row",
    [
        Hours(byday="TH", opens_at=time(10)),
        Hours(byday="THURSDAY", opens_at=time(10), closes_at=time(12)),
        Hours(byday="3TH", opens_at=time(10), closes_at=time(12)),
        Hours("DAILY", "TH", time(10), time(12)),
        Hours(byday="TH", opens_at=time(10), closes_at=time(12), interval=2),
        Hours(byday="TH", opens_at=time(0), closes_at=time(0)),
    ],
)
def test_what_cannot_be_read_is_not_guessed(row: Hours) -> None:
    assert state([row], "2023-05-11", "11:00") == "unknown"


def test_an_unreadable_row_leaves_the_other_days_known() -> None:
    hours = [THURSDAYS, Hours(byday="FR", opens_at=time(10))]
    assert state(hours, "2023-05-11", "11:00") == "open"
    assert state(hours, "2023-05-10", "11:00") == "closed"
    assert state(hours, "2023-05-12", "11:00") == "unknown"


def test_every_second_week_counts_from_the_first() -> None:
    hours = [
        Hours(
            byday="TH", opens_at=time(10), closes_at=time(12), interval=2, dtstart=date(2023, 5, 4)
        )
    ]
    assert state(hours, "2023-05-11", "11:00") == "closed"
    assert state(hours, "2023-05-18", "11:00") == "open"


def test_a_short_exception_replaces_the_usual_hours() -> None:
    holiday = Hours(
        byday="TH",
        opens_at=time(14),
        closes_at=time(15),
        valid_from=date(2023, 5, 11),
        valid_to=date(2023, 5, 11),
    )
    assert state([THURSDAYS, holiday], "2023-05-11", "11:00") == "closed"
    assert state([THURSDAYS, holiday], "2023-05-11", "14:30") == "open"
    assert state([THURSDAYS, holiday], "2023-05-18", "11:00") == "open"


def test_a_closure_says_until_when() -> None:
    closures = [Closure(date(2023, 5, 8), date(2023, 5, 12))]
    opening = opening_at([THURSDAYS], NEW_YORK, at("2023-05-11", "11:00"), closures)
    assert open_tag(opening).words == "Closed until May 12"
    assert opening.next[0].start == datetime(2023, 5, 18, 10)  # noqa: DTZ001 -- wall clock


def test_the_zone_of_the_place_counts_and_so_does_summer_time() -> None:
    los_angeles = ZoneInfo("America/Los_Angeles")
    winter, summer = date(2023, 1, 12), date(2023, 5, 11)
    for day, offset in ((winter, 8), (summer, 7)):
        ten = datetime.combine(day, time(10), UTC) + timedelta(hours=offset)
        assert is_open_at([THURSDAYS], los_angeles, ten) is OpenState.OPEN
        assert is_open_at([THURSDAYS], los_angeles, ten - timedelta(minutes=1)) is (
            OpenState.CLOSED
        )


def test_the_next_two_openings_are_given() -> None:
    opening = opening_at([THURSDAYS, THIRD_SATURDAY], NEW_YORK, at("2023-05-10", "09:40"))
    assert [span_words(span, opening.now) for span in opening.next] == [
        "Thu May 11, 10 am to noon (tomorrow)",
        "Thu May 18, 10 am to noon",
    ]
    with using_language("es"):
        assert open_tag(opening).words == "Abre mañana, jueves 10 a. m."


@pytest.mark.parametrize(
    ("rows", "english", "spanish"),
    [
        ([THURSDAYS], ("Every Thursday", "10 am to noon"), ("Cada jueves", "10 a. m. a mediodía")),
        (
            [THIRD_SATURDAY],
            ("Third Saturday of the month", "9 to 11 am"),
            ("Tercer sábado del mes", "9 a. m. a 11 a. m."),
        ),
        ([ALWAYS], ("Every day", "all day and night"), ("Todos los días", "día y noche")),
        (
            [Hours(byday="MO,TU,WE,TH,FR", opens_at=time(9), closes_at=time(17, 30))],
            ("Monday to Friday", "9 am to 5:30 pm"),
            ("Lunes a viernes", "9 a. m. a 5:30 p. m."),
        ),
    ],
)
def test_schedules_in_words(
    rows: list[Hours], english: tuple[str, str], spanish: tuple[str, str]
) -> None:
    assert schedule_lines(rows) == [english]
    with using_language("es"):
        assert schedule_lines(rows) == [spanish]


TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45, 59]))
DAYS = st.dates(date(2023, 1, 1), date(2023, 12, 31))
OPTIONAL_DAY = st.none() | DAYS
WEEKLY = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True).map(",".join)
MONTHLY = st.lists(
    st.builds("{}{}".format, st.sampled_from([1, 2, 3, 4, 5, -1]), st.sampled_from(WEEKDAYS)),
    min_size=1,
    max_size=3,
).map(",".join)
ROWS = st.builds(
    Hours,
    freq=st.just("WEEKLY"),
    byday=WEEKLY,
    opens_at=TIMES,
    closes_at=TIMES,
    valid_from=OPTIONAL_DAY,
    valid_to=OPTIONAL_DAY,
    until=OPTIONAL_DAY,
    dtstart=OPTIONAL_DAY,
    interval=st.sampled_from([1, 1, 1, 2]),
) | st.builds(
    Hours,
    freq=st.just("MONTHLY"),
    byday=MONTHLY,
    opens_at=TIMES,
    closes_at=TIMES,
    valid_to=OPTIONAL_DAY,
)
SCHEDULES = st.lists(ROWS, max_size=4)
INSTANTS = st.datetimes(
    datetime(2023, 1, 2),  # noqa: DTZ001 -- hypothesis wants bare bounds
    datetime(2023, 12, 20),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(SCHEDULES, INSTANTS)
def test_words_and_state_agree(rows: list[Hours], instant: datetime) -> None:
    opening = opening_at(rows, NEW_YORK, instant)
    assert opening.state is is_open_at(rows, NEW_YORK, instant)
    if opening.until is not None:
        assert opening.now < opening.until
    if opening.state is OpenState.OPEN:
        assert opening.always or opening.until is not None
    for span in opening.next:
        assert opening.now < span.start < span.end
    assert open_tag(opening).words


@given(SCHEDULES, INSTANTS)
def test_an_announced_opening_is_open_then(rows: list[Hours], instant: datetime) -> None:
    for span in opening_at(rows, NEW_YORK, instant).next:
        # Clocks that are turned back or forward at night make two or no such instants.
        there = span.start.replace(tzinfo=NEW_YORK)
        if local_time(there.astimezone(UTC), NEW_YORK) == span.start:
            assert is_open_at(rows, NEW_YORK, there) is OpenState.OPEN


@given(SCHEDULES, INSTANTS, st.integers(0, 12 * 24 * 60 - 1))
def test_the_projected_minutes_say_what_the_rules_say(
    rows: list[Hours], instant: datetime, minutes: int
) -> None:
    today = local_time(instant, NEW_YORK).date()
    ranges, dated = open_minutes(rows, today)
    asked = datetime.combine(today, time()) + timedelta(minutes=minutes)
    there = asked.replace(tzinfo=NEW_YORK)
    if local_time(there.astimezone(UTC), NEW_YORK) != asked:
        return
    minute = minute_of_cycle(asked)
    projected = any(low <= minute < high for low, high in ranges or [])
    assert projected == (is_open_at(rows, NEW_YORK, there) is OpenState.OPEN)
    if not dated:
        later = open_minutes(rows, today + timedelta(days=133))
        assert later == (ranges, dated)
