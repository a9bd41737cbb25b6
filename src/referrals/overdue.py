"""When the next thing is due: the agency's answering days and the patient's calendar.

Pure. Numbers are those of practice.md 2.3, 2.15 and referrals.md 3. Answering days are Monday to
Friday in the agency's zone; urgent-today counts clock time. All instants are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from referrals.lifecycle import BusinessStatus

FRIDAY = 4  # date.weekday()

UNDO_WINDOW = timedelta(minutes=30)
DRAFT_KEPT = timedelta(days=14)
CONSENT_LASTS = timedelta(days=365)
CONSENT_ASKED_AGAIN = timedelta(days=30)
QUESTION_GIVES_WAY = timedelta(hours=48)
PATIENT_ASKED_AT = time(8, 30)
ASK_AFTER_DAYS = 4
SECOND_ASK_AFTER_DAYS = 9
PATIENT_ASKS = 2
# "Please wait" before the next place is asked.
PLAN_B_WAITS_DAYS = 5
# After the agency's "done": asked at once, again on day 3, the window ends on day 7.
WINDOW_SECOND_ASK = timedelta(days=3)
WINDOW = timedelta(days=7)
ENDING_ANSWERED_WITHIN_DAYS = 2
DIFFERENCE_DECIDED_WITHIN_DAYS = 3
# Silent after a yes: how long before the referral counts as run out. A list is slow by nature.
RUNS_OUT_AFTER = timedelta(days=30)
LIST_RUNS_OUT_AFTER = timedelta(days=120)
SLOW_STATUSES = frozenset(
    {BusinessStatus.WAITLISTED, BusinessStatus.PAUSED, BusinessStatus.ENROLLED}
)
LIST_ASKED_EVERY = timedelta(days=30)
HOUSING_LIST_ASKED_EVERY = timedelta(days=90)


class Urgency(StrEnum):
    """How soon the need must be met."""

    TODAY = "today"
    THIS_WEEK = "this_week"
    ROUTINE = "routine"


@dataclass(frozen=True, slots=True)
class AnsweringHours:
    """The zone an organization answers in, and until when its people answer on a weekday."""

    time_zone: str = "America/New_York"
    until: time = time(17)


@dataclass(frozen=True, slots=True)
class AnswerClocks:
    """What happens while nobody has answered: told deadline, owner's call, next place, end."""

    answer_due: datetime
    owner_calls: datetime
    next_place: datetime
    expires: datetime


def add_answering_days(start: datetime, days: int, time_zone: str) -> datetime:
    """The same local time `days` answering days later; a weekend start counts from Monday."""
    local = start.astimezone(ZoneInfo(time_zone))
    while local.weekday() > FRIDAY:
        local = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        if local.weekday() <= FRIDAY:
            break
    day = local
    for _ in range(days):
        day = _next_weekday(day)
    return day.astimezone(UTC)


def end_of_answering_day(start: datetime, days: int, hours: AnsweringHours) -> datetime:
    """The close of the day `days` answering days after `start`: what a text calls "by Thu"."""
    zone = ZoneInfo(hours.time_zone)
    day = add_answering_days(start, days, hours.time_zone).astimezone(zone)
    return datetime.combine(day.date(), hours.until, zone).astimezone(UTC)


def answer_clocks(
    urgency: Urgency,
    sent_at: datetime,
    hours: AnsweringHours,
    second_opening_ends: datetime | None = None,
) -> AnswerClocks:
    """The clocks of an unanswered request.

    `second_opening_ends`: two openings must have passed before "nobody answered".
    """
    days = {Urgency.TODAY: 5, Urgency.THIS_WEEK: 10, Urgency.ROUTINE: 10}[urgency]
    expires = end_of_answering_day(sent_at, days, hours)
    if second_opening_ends is not None:
        expires = max(expires, second_opening_ends)
    if urgency is Urgency.TODAY:
        two_hours = sent_at + timedelta(hours=2)
        return AnswerClocks(two_hours, sent_at + timedelta(minutes=30), two_hours, expires)
    if urgency is Urgency.THIS_WEEK:
        due = end_of_answering_day(sent_at, 2, hours)
        owner_calls = add_answering_days(sent_at, 1, hours.time_zone)
        return AnswerClocks(due, min(owner_calls, due), due, expires)
    due = end_of_answering_day(sent_at, 5, hours)
    return AnswerClocks(due, due, end_of_answering_day(sent_at, 10, hours), expires)


def contact_due(urgency: Urgency, yes_at: datetime, hours: AnsweringHours) -> datetime:
    """By when the agency is to reach the patient after its yes."""
    days = {Urgency.TODAY: 0, Urgency.THIS_WEEK: 1, Urgency.ROUTINE: 2}[urgency]
    due = end_of_answering_day(yes_at, days, hours)
    return due if due > yes_at else end_of_answering_day(yes_at, days + 1, hours)


def agency_asked_how_it_went(yes_at: datetime, hours: AnsweringHours) -> datetime:
    """Yes without a word since: the agency is asked on its third answering day."""
    return add_answering_days(yes_at, 3, hours.time_zone)


def owner_calls_after_yes(yes_at: datetime, hours: AnsweringHours) -> datetime:
    """Yes without a word since: the owner calls on the fifth answering day."""
    return add_answering_days(yes_at, 5, hours.time_zone)


def patient_asked_at(
    urgency: Urgency,
    sent_at: datetime,
    time_zone: str,
    next_opening_ends: datetime | None = None,
) -> datetime:
    """The first "did you get it?": urgent, next morning; walk-in, after the opening; else day 4.

    `next_opening_ends` is given for walk-in services only.
    """
    if next_opening_ends is not None:
        return morning_after(next_opening_ends, 1, time_zone)
    return morning_after(sent_at, ASK_AFTER_DAYS if urgency is Urgency.ROUTINE else 1, time_zone)


def patient_asked_again_at(
    urgency: Urgency, sent_at: datetime, first_asked_at: datetime, time_zone: str
) -> datetime:
    """The second and last ask: day 9 (today's needs: day 4), and 3 days after the first at least.

    Day 4 lies before the five answering days after which an urgent request ends.
    """
    days = ASK_AFTER_DAYS if urgency is Urgency.TODAY else SECOND_ASK_AFTER_DAYS
    planned = morning_after(sent_at, days, time_zone)
    earliest = morning_after(first_asked_at, 3, time_zone)
    return max(planned, earliest)


def patient_called_at(last_asked_at: datetime) -> datetime:
    """Asked twice and silent: a person calls when the question gives way."""
    return last_asked_at + QUESTION_GIVES_WAY


def runs_out_at(status: BusinessStatus, last_word_at: datetime) -> datetime:
    """When silence after a yes ends the referral."""
    return last_word_at + (LIST_RUNS_OUT_AFTER if status in SLOW_STATUSES else RUNS_OUT_AFTER)


def list_asked_at(last_word_at: datetime, *, housing: bool) -> datetime:
    """When an agency is asked again about somebody on its wait list."""
    return last_word_at + (HOUSING_LIST_ASKED_EVERY if housing else LIST_ASKED_EVERY)


def call_promised_by(asked_at: datetime, hours: AnsweringHours) -> datetime:
    """By when to "call me": the close of the next weekday of the sender."""
    return end_of_answering_day(asked_at, 1, hours)


def bad_ending_due(ended_at: datetime, hours: AnsweringHours) -> datetime:
    """By when the owner answers a bad ending; then the team lead is told."""
    return end_of_answering_day(ended_at, ENDING_ANSWERED_WITHIN_DAYS, hours)


def difference_due(since: datetime, hours: AnsweringHours) -> datetime:
    """When the coordinator decides about two accounts that differ."""
    return end_of_answering_day(since, DIFFERENCE_DECIDED_WITHIN_DAYS, hours)


def answer_is_held(urgency: Urgency, channel: str) -> bool:
    """Whether a no or an outcome waits for its undo: by text or link, unless needed today."""
    return urgency is not Urgency.TODAY and channel in {"text", "link"}


def morning_after(instant: datetime, days: int, time_zone: str) -> datetime:
    """8:30 local, `days` calendar days after the local date of `instant`."""
    zone = ZoneInfo(time_zone)
    date = instant.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(date, PATIENT_ASKED_AT, zone).astimezone(UTC)


def _next_weekday(local: datetime) -> datetime:
    day = local + timedelta(days=1)
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return day
