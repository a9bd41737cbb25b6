"""On which days a schedule row holds: the part of RFC 5545 that HSDS uses. Pure.

WEEKLY or MONTHLY with BYDAY (ordinals in MONTHLY), BYMONTHDAY, BYYEARDAY, INTERVAL, WKST, COUNT,
DTSTART and UNTIL. What can't be read is None, never a guess.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import lru_cache

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY = timedelta(days=1)
BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
COUNTED_FOR_DAYS = 3700  # ten years: a counted series that runs longer has no end that matters


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
    count: int | None = None
    wkst: str | None = None
    byyearday: str | None = None
    byweekno: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """The days of a row, read once."""

    monthly: bool
    weekdays: tuple[tuple[int, int], ...]
    monthdays: tuple[int, ...]
    yeardays: tuple[int, ...]
    interval: int
    first: date | None
    last: date | None
    once: bool
    week_starts: int = 0

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
        if self.yeardays and not _year_numbers(day) & set(self.yeardays):
            return False
        if not self.weekdays:
            return bool(self.monthdays or self.yeardays)
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
        weeks = (self._week(day) - self._week(self.first)).days // 7
        return weeks % self.interval == 0

    def _week(self, day: date) -> date:
        return day - DAY * ((day.weekday() - self.week_starts) % 7)


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
        and rule_of(row) is not None
    )


def is_plainly_weekly(row: Hours) -> bool:
    """Whether every week is the same for ever."""
    return (
        (row.freq or "WEEKLY").upper() == "WEEKLY"
        and row.interval == 1
        and not (row.valid_from or row.valid_to or row.dtstart or row.until or row.count)
        and not (row.byyearday or row.byweekno)
    )


@lru_cache(maxsize=4096)
def rule_of(row: Hours) -> Rule | None:
    """The row's days; None when they can't be read (never guessed)."""
    if row.byweekno:  # goes with YEARLY only, which HSDS has not
        return None
    rule = _uncounted(row)
    if rule is None or row.count is None:
        return rule
    if rule.first is None or row.count < 1:
        return None
    return replace(rule, last=_last_of(rule, rule.first, row.count))


def _uncounted(row: Hours) -> Rule | None:
    freq = (row.freq or "").upper()
    weekdays, monthdays = ordinals(row.byday), _numbers(row.bymonthday)
    yeardays, week_starts = _numbers(row.byyearday), _week_starts(row.wkst)
    if weekdays is None or monthdays is None or yeardays is None or week_starts is None:
        return None
    once = not freq and not weekdays and not monthdays and not yeardays
    if freq not in {"", "WEEKLY", "MONTHLY"} or (once and row.dtstart is None):
        return None
    if not yeardays:
        weekdays, monthdays = _from_first_day(row, weekdays, monthdays)
    rule = Rule(
        freq == "MONTHLY",
        weekdays,
        monthdays,
        yeardays,
        row.interval,
        row.dtstart,
        row.until,
        once,
        week_starts,
    )
    return rule if once or _is_consistent(rule) else None


def _is_consistent(rule: Rule) -> bool:
    if rule.interval < 1 or (rule.interval > 1 and rule.first is None):
        return False  # every second week, but of which weeks?
    if not rule.monthly and (rule.monthdays or any(number for number, _ in rule.weekdays)):
        return False  # "weekly, on the third Saturday" says two things
    return bool(rule.weekdays or rule.monthdays or rule.yeardays)


def _from_first_day(
    row: Hours, weekdays: tuple[tuple[int, int], ...], monthdays: tuple[int, ...]
) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """RFC 5545: without a day named, the first occurrence's day is meant."""
    if weekdays or monthdays or row.dtstart is None or not row.freq:
        return weekdays, monthdays
    if row.freq.upper() == "MONTHLY":
        return (), (row.dtstart.day,)
    return ((0, row.dtstart.weekday()),), ()


def _last_of(rule: Rule, first: date, count: int) -> date | None:
    """The day of the last of so many occurrences; None when it is beyond counting."""
    found = 0
    for number in range(COUNTED_FOR_DAYS):
        day = first + DAY * number
        found += rule.has(day)
        if found == count:
            return day
    return rule.last


def _year_numbers(day: date) -> set[int]:
    number = day.timetuple().tm_yday
    return {number, number - (366 if calendar.isleap(day.year) else 365) - 1}


def _week_starts(wkst: str | None) -> int | None:
    if not wkst:
        return 0
    return WEEKDAYS.index(wkst.upper()) if wkst.upper() in WEEKDAYS else None


def _numbers(text: str | None) -> tuple[int, ...] | None:
    if not text:
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        return None
