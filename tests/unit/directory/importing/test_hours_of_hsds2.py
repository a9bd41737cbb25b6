"""Days and times as people write them."""

from __future__ import annotations

import pytest

from directory.importing.hsds2.hours import read_days, read_times
from directory.importing.records import Unreadable


@pytest.mark.parametrize(
    ("written", "byday"),
    [
        ("Monday - Friday", "MO,TU,WE,TH,FR"),
        ("monday,tuesday", "MO,TU"),
        ("Mon, Wed-Thur", "MO,WE,TH"),
        ("Tuesday & Thursday", "TU,TH"),
        ("Monday, Thursday and Sunday", "MO,TH,SU"),
        ("Saturdays", "SA"),
        ("Friday - Monday", "MO,FR,SA,SU"),
        ("Sunday - Saturday", "MO,TU,WE,TH,FR,SA,SU"),
        ("7 days a week", "MO,TU,WE,TH,FR,SA,SU"),
        ("24-7", "MO,TU,WE,TH,FR,SA,SU"),
    ],
)
def test_weekdays_are_read(written: str, byday: str) -> None:
    days = read_days(written)
    assert (days.freq, days.byday) == ("WEEKLY", byday)


@pytest.mark.parametrize(
    ("written", "byday"),
    [
        ("Second Saturday", "2SA"),
        ("1st Saturday of the month", "1SA"),
        ("2nd and 4th Saturdays of every month", "2SA,4SA"),
        ("First, second, and fourth Tuesday of the month", "1TU,2TU,4TU"),
        ("Last Thursday of each month", "-1TH"),
    ],
)
def test_days_of_the_month_are_read(written: str, byday: str) -> None:
    days = read_days(written)
    assert (days.freq, days.byday) == ("MONTHLY", byday)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Varies",
        "Every other Tuesday",
        "Wendesday",
        "9:00AM",
        "November 1 - March 31",
        "Monday - Friday (closed 1-2pm)",
        "Monday - Wednesday - Friday",
        "Last",
    ],
)
def test_days_that_would_be_a_guess_are_refused(written: str) -> None:
    with pytest.raises(Unreadable):
        read_days(written)


def test_closed_is_no_row_and_all_day_is_midnight_to_midnight() -> None:
    assert read_times("Closed", "5:00pm") is None
    assert read_times("Holiday", "") is None
    assert read_times("24 Hours", "") == ("00:00", "23:59")
    assert read_times("9:00AM", "5:00PM") == ("9:00AM", "5:00PM")
    with pytest.raises(Unreadable):
        read_times("9:00AM", None)
