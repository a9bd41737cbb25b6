"""When a place is open: HSDS schedule rows read as wall-clock times of the place's own zone. Pure.

Answers are three-valued. A row whose `valid_to` has passed tells nothing any more (unknown); a row
past `until` is not offered any more (closed). 00:00 to 23:59 is the whole day; closing before
opening is past midnight. Source: HSDS 3.1 schedule, read with RFC 5545's weekday rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from directory.holidays import holiday_on
from directory.hours_rules import (
    DAY,
    WEEKDAYS,
    Hours,
    is_plainly_weekly,
    is_readable,
    ordinals,
    rule_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

__all__ = ["WEEKDAYS", "Hours", "is_readable", "ordinals"]  # for those who ask about hours
LAST_MINUTE = time(23, 59)
# A row that holds for at most this long is an exception (holidays) and replaces the usual hours.
EXCEPTION_LASTS_AT_MOST = timedelta(days=31)
LOOKS_AHEAD_DAYS = 100  # a fifth Saturday is at most 98 days away
ALWAYS_AFTER = timedelta(days=8)  # open this long without a break = day and night
MINUTES_OF_DAY = 24 * 60
CYCLE_DAYS = 14  # this and the next week
CYCLE_MINUTES = CYCLE_DAYS * MINUTES_OF_DAY
EPOCH = date(1970, 1, 1)


class OpenState(StrEnum):
    """Whether a place is open, as far as we know."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Closure(NamedTuple):
    """Closed on these days, both included, whatever the schedule says; why, in EN and ES."""

    first: date
    last: date
    words: str = ""
    words_es: str = ""
    holiday: bool = False  # `words` is then the holiday's name, a message id


class Timetable(NamedTuple):
    """All that is known about when a place is open."""

    schedules: tuple[Hours, ...] = ()
    closures: tuple[Closure, ...] = ()
    closed_on_holidays: bool | None = None  # federal ones; None = nobody told

    def closure_on(self, day: date) -> Closure | None:
        """The closure of a day; closures that follow each other are one."""
        found = [each for each in self.closures if each.first <= day <= each.last]
        if not found:
            name = holiday_on(day) if self.closed_on_holidays else None
            return Closure(day, day, name, holiday=True) if name else None
        held = max(found, key=lambda each: each.last)
        after = self.closure_on(held.last + DAY)
        return held if after is None or after.holiday else held._replace(last=after.last)


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
    closure: Closure | None = None  # that closure
    holiday: str | None = None  # today's, when nobody knows whether the place keeps it
    next: tuple[Span, ...] = ()  # at most two that have not begun yet


def local_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """The clock on the wall there, without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def is_open_at(
    schedules: Sequence[Hours] | Timetable,
    zone: ZoneInfo,
    instant: datetime,
    closures: Sequence[Closure] = (),
) -> OpenState:
    """Open, closed or unknown at an aware instant."""
    return _state(_timetable(schedules, closures), local_time(instant, zone))


def opening_at(
    schedules: Sequence[Hours] | Timetable,
    zone: ZoneInfo,
    instant: datetime,
    closures: Sequence[Closure] = (),
) -> Opening:
    """The state at an instant, until when, and the next two openings."""
    now, table = local_time(instant, zone), _timetable(schedules, closures)
    state = _state(table, now)
    current, coming = _now_and_next(table, now)
    always = current is not None and current.end >= now + ALWAYS_AFTER
    closure = table.closure_on(now.date())
    told = table.closed_on_holidays is not None or closure is not None
    return Opening(
        state=state,
        now=now,
        until=None if current is None or always else current.end,
        always=always,
        closed_until=closure.last if closure else None,
        closure=closure,
        holiday=None if told or always else holiday_on(now.date()),
        next=() if always else tuple(coming),
    )


def _now_and_next(table: Timetable, now: datetime) -> tuple[Span | None, list[Span]]:
    """The span that holds now, and the next two."""
    current: Span | None = None
    coming: list[Span] = []
    for span in _merged(_spans(table, now.date()), now + ALWAYS_AFTER):
        if span.start <= now < span.end:
            current = span
        elif span.start > now:
            coming.append(span)
        always = current is not None and current.end >= now + ALWAYS_AFTER
        if always or len(coming) == 2:  # noqa: PLR2004 -- next two openings
            break
    return current, coming


def open_minutes(
    schedules: Sequence[Hours] | Timetable, today: date, closures: Sequence[Closure] = ()
) -> tuple[list[tuple[int, int]] | None, bool]:
    """(minutes of the two-week cycle when it is known to be open, whether the dates matter).

    The cycle is counted from 1970-01-01 (`minute_of_cycle`), so a plainly weekly place never needs
    a new projection; a dated one covers yesterday to twelve days ahead. None = hours unknown.
    """
    table = _timetable(schedules, closures)
    dated = bool(table.closures or (table.closed_on_holidays and table.schedules)) or any(
        not is_plainly_weekly(row) for row in table.schedules
    )
    first = today - DAY
    days = [first + DAY * number for number in range(CYCLE_DAYS)]
    ranges: list[tuple[int, int]] = []
    for day in days:
        for span in _day_spans(table, day):
            ranges.extend(_cycle_ranges(span))
    if not ranges and not any(_known_on(table.schedules, day) for day in days):
        return None, dated
    return _union(ranges), dated


def _timetable(schedules: Sequence[Hours] | Timetable, closures: Sequence[Closure]) -> Timetable:
    if isinstance(schedules, Timetable):
        return schedules
    return Timetable(tuple(schedules), tuple(closures))


def minute_of_cycle(local: datetime) -> int:
    """Number of a local minute within the two-week cycle."""
    days = (local.date() - EPOCH).days % CYCLE_DAYS
    return days * MINUTES_OF_DAY + local.hour * 60 + local.minute


# ── states


def _state(table: Timetable, now: datetime) -> OpenState:
    today = now.date()
    spans = [*_day_spans(table, today - DAY), *_day_spans(table, today)]
    if any(start <= now < end for start, end in spans):
        return OpenState.OPEN
    if table.closure_on(today) is not None:
        return OpenState.CLOSED
    return OpenState.CLOSED if _known_on(table.schedules, today) else OpenState.UNKNOWN


def _known_on(schedules: Sequence[Hours], day: date) -> bool:
    """Whether the rows in force that day say when it is open, or that it is closed."""
    in_force = [row for row in schedules if _is_in_force(row, day)]
    return any(is_readable(row) for row in in_force) and not any(
        not is_readable(row) and _may_touch(row, day) for row in in_force
    )


def _may_touch(row: Hours, day: date) -> bool:
    rule = rule_of(row)
    return rule is None or rule.has(day)


def _is_in_force(row: Hours, day: date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (
        row.valid_to is None or day <= row.valid_to
    )


# ── spans


def _spans(table: Timetable, today: date) -> Iterator[Span]:
    for number in range(-1, LOOKS_AHEAD_DAYS):
        yield from _day_spans(table, today + DAY * number)


def _day_spans(table: Timetable, day: date) -> list[Span]:
    """Spans that begin on this day, in order."""
    if not table.schedules or table.closure_on(day) is not None:
        return []
    rows = [row for row in table.schedules if is_readable(row) and _is_in_force(row, day)]
    rows = [row for row in rows if (rule := rule_of(row)) is not None and rule.has(day)]
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
