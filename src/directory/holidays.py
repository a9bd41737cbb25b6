"""The eleven federal holidays of the United States, by rule (5 U.S.C. 6103). Pure.

A fixed date on a Saturday is kept the Friday before, on a Sunday the Monday after.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from shared.i18n import gettext_noop

SATURDAY, SUNDAY = 5, 6
MONDAY, THURSDAY = 0, 3
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """A fixed day of a month, or (`weekday` set) its `number`th such weekday; -1 is the last."""

    name: str
    month: int
    number: int
    weekday: int | None = None
    since: int = 0

    def day_in(self, year: int) -> date:
        """The day itself, not the one on which it is kept."""
        if self.weekday is None:
            return date(year, self.month, self.number)
        if self.number > 0:
            first = date(year, self.month, 1)
            return first + DAY * ((self.weekday - first.weekday()) % 7 + 7 * (self.number - 1))
        last = date(year + self.month // 12, self.month % 12 + 1, 1) - DAY
        return last - DAY * ((last.weekday() - self.weekday) % 7)

    def kept_on(self, year: int) -> date:
        """The day on which offices are closed."""
        day = self.day_in(year)
        if self.weekday is None and day.weekday() == SATURDAY:
            return day - DAY
        return day + DAY if self.weekday is None and day.weekday() == SUNDAY else day


FEDERAL = (
    HolidayRule(gettext_noop("New Year's Day"), 1, 1),
    HolidayRule(gettext_noop("Martin Luther King Day"), 1, 3, MONDAY, since=1986),
    HolidayRule(gettext_noop("Presidents' Day"), 2, 3, MONDAY),
    HolidayRule(gettext_noop("Memorial Day"), 5, -1, MONDAY),
    HolidayRule(gettext_noop("Juneteenth"), 6, 19, since=2021),
    HolidayRule(gettext_noop("Independence Day"), 7, 4),
    HolidayRule(gettext_noop("Labor Day"), 9, 1, MONDAY),
    HolidayRule(gettext_noop("Columbus Day"), 10, 2, MONDAY),
    HolidayRule(gettext_noop("Veterans Day"), 11, 11),
    HolidayRule(gettext_noop("Thanksgiving"), 11, 4, THURSDAY),
    HolidayRule(gettext_noop("Christmas Day"), 12, 25),
)


def holiday_on(day: date) -> str | None:
    """The English name (a message id) of the holiday kept or falling on this day."""
    return _holidays_of(day.year).get(day)


@lru_cache(maxsize=32)
def _holidays_of(year: int) -> dict[date, str]:
    found: dict[date, str] = {}
    for rule in FEDERAL:
        for its_year in (year, year + 1):  # New Year's Day may be kept on December 31
            if its_year >= rule.since:
                for day in (rule.kept_on(its_year), rule.day_in(its_year)):
                    if day.year == year:
                        found.setdefault(day, rule.name)
    return found
