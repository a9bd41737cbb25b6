"""Clocks: answering days, the patient's calendar, and that asking always comes before the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.overdue import (
    AnsweringHours,
    Urgency,
    add_answering_days,
    answer_clocks,
    answer_is_held,
    contact_due,
    end_of_answering_day,
    patient_asked_again_at,
    patient_asked_at,
)

NEW_YORK = "America/New_York"
HOURS = AnsweringHours(NEW_YORK)
FIRST = datetime(2023, 1, 1)  # noqa: DTZ001 -- hypothesis adds the zone
LAST = datetime(2026, 1, 1)  # noqa: DTZ001
INSTANTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)


def test_a_request_of_this_week_has_until_thursday_5_pm_and_a_call_on_wednesday() -> None:
    clocks = answer_clocks(Urgency.THIS_WEEK, local("2023-05-09T14:15"), HOURS)
    assert clocks.answer_due == local("2023-05-11T17:00")
    assert clocks.owner_calls == local("2023-05-10T14:15")
    assert clocks.next_place == clocks.answer_due


def test_today_counts_clock_time_even_at_night() -> None:
    sent = local("2023-05-13T23:00")
    clocks = answer_clocks(Urgency.TODAY, sent, HOURS)
    assert clocks.owner_calls - sent == timedelta(minutes=30)
    assert clocks.next_place - sent == timedelta(hours=2)


def test_routine_waits_ten_answering_days_and_two_openings() -> None:
    sent = local("2023-05-09T09:00")
    clocks = answer_clocks(Urgency.ROUTINE, sent, HOURS)
    assert clocks.owner_calls == local("2023-05-16T17:00")
    assert clocks.expires == local("2023-05-23T17:00")
    later = local("2023-06-17T12:00")
    assert answer_clocks(Urgency.ROUTINE, sent, HOURS, later).expires == later


def test_a_weekend_does_not_count_and_summer_time_keeps_the_hour() -> None:
    assert add_answering_days(local("2023-05-12T10:00"), 1, NEW_YORK) == local("2023-05-15T10:00")
    saturday = local("2023-05-13T10:00")
    assert end_of_answering_day(saturday, 1, HOURS) == local("2023-05-16T17:00")
    # Clocks go forward on 12 March 2023.
    assert add_answering_days(local("2023-03-10T10:00"), 1, NEW_YORK) == local("2023-03-13T10:00")


def test_the_patient_is_asked_by_the_calendar() -> None:
    sent = local("2023-05-09T14:15")
    assert patient_asked_at(Urgency.THIS_WEEK, sent, NEW_YORK) == local("2023-05-10T08:30")
    assert patient_asked_at(Urgency.ROUTINE, sent, NEW_YORK) == local("2023-05-13T08:30")
    opening = local("2023-05-20T12:00")
    assert patient_asked_at(Urgency.ROUTINE, sent, NEW_YORK, opening) == local("2023-05-21T08:30")


@given(
    st.sampled_from(Urgency),
    INSTANTS,
    st.sampled_from([NEW_YORK, "America/Los_Angeles", "Pacific/Honolulu", "America/Puerto_Rico"]),
)
def test_both_asks_come_before_nobody_answered(urgency: Urgency, sent: datetime, zone: str) -> None:
    expires = answer_clocks(urgency, sent, AnsweringHours(zone)).expires
    first = patient_asked_at(urgency, sent, zone)
    second = patient_asked_again_at(urgency, sent, first, zone)
    assert sent < first < second < expires


@given(
    INSTANTS,
    st.integers(0, 12),
)
def test_a_deadline_never_falls_on_a_weekend(start: datetime, days: int) -> None:
    due = end_of_answering_day(start, days, HOURS).astimezone(ZoneInfo(NEW_YORK))
    assert due.weekday() < 5
    assert due.hour == 17


def test_the_agency_never_has_to_call_before_it_said_yes() -> None:
    late = local("2023-05-09T19:00")
    assert contact_due(Urgency.TODAY, late, HOURS) > late


@pytest.mark.parametrize(
    ("urgency", "channel", "held"),
    [
        (Urgency.THIS_WEEK, "text", True),
        (Urgency.ROUTINE, "link", True),
        (Urgency.TODAY, "text", False),
        (Urgency.ROUTINE, "page", False),
        (Urgency.ROUTINE, "api", False),
        (Urgency.ROUTINE, "phone", False),
    ],
)
def test_only_a_no_by_text_or_link_waits_for_its_undo(
    urgency: Urgency,
    channel: str,
    held: bool,  # noqa: FBT001 -- a row of the table
) -> None:
    assert answer_is_held(urgency, channel) is held
