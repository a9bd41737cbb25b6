"""When a place is open: HSDS schedule rows read as wall-clock times of the place's own zone. Pure.

Answers are three-valued. A row whose `valid_to` has passed tells nothing any more (unknown); a row
past `until` is not offered any more (closed). 00:00 to 23:59 is the whole day; closing before
opening is past midnight. Source: HSDS 3.1 schedule, read with RFC 5545's weekday rules.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = timedelta(days=1)
LAST_MINUTE = time(23, 59)
# A row that holds for at most this long is an exception (holidays) and replaces the usual hours.
EXCEPTION_LASTS_AT_MOST = timedelta(days=31)
LOOKS_AHEAD_DAYS = 100  # a fifth Saturday is at most 98 days away
ALWAYS_AFTER = timedelta(days=8)  # open this long without a break = day and night
MINUTES_OF_DAY = 24 * 60
CYCLE_DAYS = 14  # this and the next week
CYCLE_MINUTES = CYCLE_DAYS * MINUTES_OF_DAY
EPOCH = date(1970, 1, 1)
BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


class OpenState(StrEnum):
    """Whether a place is open, as far as we know."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hours:
    """One HSDS schedule row: one pair of times on some days. Dates and times are local."""

    freq: str | None = "WEEKLY"
    byday: str | None = None
    opens_at: time | None = None
    closes_at: time | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    dtstart: date | None = None
    until: date | None = None
    interval: int = 1
    bymonthday: str | None = None


class Closure(NamedTuple):
    """Closed on these days, both included, whatever the schedule says."""

    first: date
    last: date


class Span(NamedTuple):
    """Open from `start` until just before `end`; wall-clock times of the place."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """What can be said about a place's hours at an instant."""

    state: OpenState
    now: datetime  # local wall-clock time at the place
    until: datetime | None = None  # set when open, unless open day and night
    always: bool = False
    closed_until: date | None = None  # last day of the closure that holds today
    next: tuple[Span, ...] = ()  # at most two that have not begun yet


def local_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """The clock on the wall there, without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def is_open_at(
    schedules: Sequence[Hours], zone: ZoneInfo, instant: datetime, closures: Sequence[Closure] = ()
) -> OpenState:
    """Open, closed or unknown at an aware instant."""
    return _state(schedules, local_time(instant, zone), closures)


def opening_at(
    schedules: Sequence[Hours], zone: ZoneInfo, instant: datetime, closures: Sequence[Closure] = ()
) -> Opening:
    """The state at an instant, until when, and the next two openings."""
    now = local_time(instant, zone)
    state = _state(schedules, now, closures)
    if state is OpenState.UNKNOWN:
        return Opening(state, now)
    current: Span | None = None
    coming: list[Span] = []
    for span in _merged(_spans(schedules, now.date(), closures), now + ALWAYS_AFTER):
        if span.start <= now < span.end:
            current = span
        elif span.start > now:
            coming.append(span)
        always = current is not None and current.end >= now + ALWAYS_AFTER
        if always or len(coming) == 2:  # noqa: PLR2004 -- next two openings
            break
    always = current is not None and current.end >= now + ALWAYS_AFTER
    return Opening(
        state=state,
        now=now,
        until=None if current is None or always else current.end,
        always=always,
        closed_until=_closed_until(closures, now.date()),
        next=() if always else tuple(coming[:2]),
    )


def open_minutes(
    schedules: Sequence[Hours], today: date, closures: Sequence[Closure] = ()
) -> tuple[list[tuple[int, int]] | None, bool]:
    """(minutes of the two-week cycle when it is known to be open, whether the dates matter).

    The cycle is counted from 1970-01-01 (`minute_of_cycle`), so a plainly weekly place never needs
    a new projection; a dated one covers yesterday to twelve days ahead. None = hours unknown.
    """
    dated = bool(closures) or any(not _is_plainly_weekly(row) for row in schedules)
    first = today - DAY
    days = [first + DAY * number for number in range(CYCLE_DAYS)]
    ranges: list[tuple[int, int]] = []
    for day in days:
        for span in _day_spans(schedules, day, closures):
            ranges.extend(_cycle_ranges(span))
    if not ranges and not any(_known_on(schedules, day) for day in days):
        return None, dated
    return _union(ranges), dated


def minute_of_cycle(local: datetime) -> int:
    """Number of a local minute within the two-week cycle."""
    days = (local.date() - EPOCH).days % CYCLE_DAYS
    return days * MINUTES_OF_DAY + local.hour * 60 + local.minute


def ordinals(byday: str | None) -> tuple[tuple[int, int], ...] | None:
    """'TH,-1FR' → ((0, 3), (-1, 4)): (ordinal in the month or 0, weekday); None = unreadable."""
    if not byday:
        return ()
    found = []
    for token in byday.replace(";", ",").split(","):
        match = BYDAY.fullmatch(token.strip().upper())
        if match is None:
            return None
        found.append((int(match[1] or 0), WEEKDAYS.index(match[2])))
    return tuple(found)


def is_readable(row: Hours) -> bool:
    """Whether both times and the days can be read; an unreadable row makes its days unknown."""
    return (
        row.opens_at is not None
        and row.closes_at is not None
        and row.opens_at != row.closes_at
        and _rule(row) is not None
    )


# ── states


def _state(schedules: Sequence[Hours], now: datetime, closures: Sequence[Closure]) -> OpenState:
    today = now.date()
    spans = [*_day_spans(schedules, today - DAY, closures), *_day_spans(schedules, today, closures)]
    if any(start <= now < end for start, end in spans):
        return OpenState.OPEN
    if _closed_until(closures, now.date()) is not None:
        return OpenState.CLOSED
    return OpenState.CLOSED if _known_on(schedules, now.date()) else OpenState.UNKNOWN


def _known_on(schedules: Sequence[Hours], day: date) -> bool:
    """Whether the rows in force that day say when it is open, or that it is closed."""
    in_force = [row for row in schedules if _is_in_force(row, day)]
    return any(is_readable(row) for row in in_force) and not any(
        not is_readable(row) and _may_touch(row, day) for row in in_force
    )


def _may_touch(row: Hours, day: date) -> bool:
    rule = _rule(row)
    return rule is None or rule.has(day)


def _is_in_force(row: Hours, day: date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (
        row.valid_to is None or day <= row.valid_to
    )


def _closed_until(closures: Sequence[Closure], day: date) -> date | None:
    ends = [closure.last for closure in closures if closure.first <= day <= closure.last]
    return max(ends, default=None)


# ── spans


def _spans(schedules: Sequence[Hours], today: date, closures: Sequence[Closure]) -> Iterator[Span]:
    for number in range(-1, LOOKS_AHEAD_DAYS):
        yield from _day_spans(schedules, today + DAY * number, closures)


def _day_spans(schedules: Sequence[Hours], day: date, closures: Sequence[Closure]) -> list[Span]:
    """Spans that begin on this day, in order."""
    if _closed_until(closures, day) is not None:
        return []
    rows = [row for row in schedules if is_readable(row) and _is_in_force(row, day)]
    rows = [row for row in rows if (rule := _rule(row)) is not None and rule.has(day)]
    exceptions = [row for row in rows if _is_exception(row)]
    return sorted(_span(row, day) for row in exceptions or rows)


def _span(row: Hours, day: date) -> Span:
    opens, closes = row.opens_at or time(), row.closes_at or time()
    start = datetime.combine(day, opens)
    if closes == LAST_MINUTE:
        return Span(start, datetime.combine(day + DAY, time()))
    last_day = day if closes > opens else day + DAY
    return Span(start, datetime.combine(last_day, closes))


def _is_exception(row: Hours) -> bool:
    return (
        row.valid_from is not None
        and row.valid_to is not None
        and row.valid_to - row.valid_from <= EXCEPTION_LASTS_AT_MOST
    )


def _merged(spans: Iterator[Span], enough: datetime) -> Iterator[Span]:
    """Spans that touch or overlap made one; a span that lasts beyond `enough` ends the work."""
    held: Span | None = None
    for span in spans:
        if held is None:
            held = span
        elif span.start <= held.end:
            held = Span(held.start, max(held.end, span.end))
        else:
            yield held
            held = span
        if held.end >= enough and held.start < enough - ALWAYS_AFTER + DAY:
            break
    if held is not None:
        yield held


# ── minutes of the cycle


def _cycle_ranges(span: Span) -> list[tuple[int, int]]:
    low = minute_of_cycle(span.start)
    high = low + int((span.end - span.start).total_seconds()) // 60
    if high <= CYCLE_MINUTES:
        return [(low, high)]
    return [(low, CYCLE_MINUTES), (0, high - CYCLE_MINUTES)]


def _union(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    union: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if union and low <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], high))
        else:
            union.append((low, high))
    return union


def _is_plainly_weekly(row: Hours) -> bool:
    return (
        (row.freq or "WEEKLY").upper() == "WEEKLY"
        and row.interval == 1
        and not (row.valid_from or row.valid_to or row.dtstart or row.until)
    )


# ── which days


@dataclass(frozen=True, slots=True)
class _Rule:
    """The days of a row, read once."""

    monthly: bool
    weekdays: tuple[tuple[int, int], ...]
    monthdays: tuple[int, ...]
    interval: int
    first: date | None
    last: date | None
    once: bool

    def has(self, day: date) -> bool:
        """Whether the row has an occurrence on this day."""
        if (self.first and day < self.first) or (self.last and day > self.last):
            return False
        if self.once:
            return day == self.first
        return self._is_in_turn(day) and self._is_named(day)

    def _is_named(self, day: date) -> bool:
        length = calendar.monthrange(day.year, day.month)[1]
        if self.monthdays and not {day.day, day.day - length - 1} & set(self.monthdays):
            return False
        if not self.weekdays:
            return bool(self.monthdays)
        numbers = {0, (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)}
        return any(
            weekday == day.weekday() and number in numbers for number, weekday in self.weekdays
        )

    def _is_in_turn(self, day: date) -> bool:
        if self.interval == 1 or self.first is None:
            return True
        if self.monthly:
            months = (day.year - self.first.year) * 12 + day.month - self.first.month
            return months % self.interval == 0
        monday = day - DAY * day.weekday()
        first_monday = self.first - DAY * self.first.weekday()
        return (monday - first_monday).days // 7 % self.interval == 0


@lru_cache(maxsize=4096)
def _rule(row: Hours) -> _Rule | None:
    """The row's days; None when they can't be read (never guessed)."""
    freq = (row.freq or "").upper()
    weekdays, monthdays = ordinals(row.byday), _numbers(row.bymonthday)
    if weekdays is None or monthdays is None or row.interval < 1:
        return None
    once = not freq and not weekdays and not monthdays
    if freq not in {"", "WEEKLY", "MONTHLY"} or (once and row.dtstart is None):
        return None
    monthly = freq == "MONTHLY"
    weekdays, monthdays = _from_first_day(row, weekdays, monthdays, monthly=monthly)
    if not _is_consistent(row, weekdays, monthdays, monthly=monthly) and not once:
        return None
    return _Rule(monthly, weekdays, monthdays, row.interval, row.dtstart, row.until, once)


def _is_consistent(
    row: Hours,
    weekdays: tuple[tuple[int, int], ...],
    monthdays: tuple[int, ...],
    *,
    monthly: bool,
) -> bool:
    if row.interval > 1 and row.dtstart is None:
        return False  # every second week, but of which weeks?
    if not monthly and (monthdays or any(number for number, _ in weekdays)):
        return False  # "weekly, on the third Saturday" says two things
    return bool(weekdays or monthdays)


def _from_first_day(
    row: Hours,
    weekdays: tuple[tuple[int, int], ...],
    monthdays: tuple[int, ...],
    *,
    monthly: bool,
) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """RFC 5545: without a day named, the first occurrence's day is meant."""
    if weekdays or monthdays or row.dtstart is None or not row.freq:
        return weekdays, monthdays
    if monthly:
        return (), (row.dtstart.day,)
    return ((0, row.dtstart.weekday()),), ()


def _numbers(text: str | None) -> tuple[int, ...] | None:
    if not text:
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        return None
