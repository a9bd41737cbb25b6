"""Walking quiet hours instant by instant: the same pure function at a test's depth and a drill's.

The nightly depth is ten zones, every five minutes, two years: 2.1 million instants.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from notify.quiet_hours import CANDIDATE_ZONES, SHORTEST_VALIDITY, Later, may_text

ZONES = (*CANDIDATE_ZONES, "Pacific/Guam")
START = datetime(2026, 1, 1, tzinfo=UTC)
TWO_YEARS = timedelta(days=730)
FIVE_MINUTES = timedelta(minutes=5)
# A night of twelve hours, the minutes kept free before it, and the hour the clocks may go back.
LONGEST_DELAY = timedelta(hours=13, minutes=2)


@dataclass
class Tally:
    """What a walk found. All but the first and the last must be nought."""

    instants: int = 0
    outside: int = 0  # would arrive, or could still be delivered, at night
    lost: int = 0  # the moment it was put off to is no moment either
    too_late: int = 0  # put off for longer than a night
    longest_delay: timedelta = timedelta(0)

    @property
    def holds(self) -> bool:
        """Whether every instant was right."""
        return not (self.outside or self.lost or self.too_late)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def is_day(instant: datetime, zones: tuple[str, ...]) -> bool:
    """Whether it is day (8 to 20) in each of these zones; the closing instant still counts."""
    for name in zones:
        local = instant.astimezone(_zone(name)).time()
        if not time(8) <= local <= time(20):
            return False
    return True


def walk(
    *,
    every: timedelta = FIVE_MINUTES,
    span: timedelta = TWO_YEARS,
    zones: tuple[str | None, ...] = ZONES,
    start: datetime = START,
) -> Tally:
    """Ask at every instant of a span in every zone (None: unknown), and check each answer."""
    tally = Tally()
    for name in zones:
        readers = (name,) if name is not None else CANDIDATE_ZONES
        now = start
        while now < start + span:
            _check(tally, now, name, readers)
            now += every
    return tally


def _check(tally: Tally, now: datetime, name: str | None, readers: tuple[str, ...]) -> None:
    tally.instants += 1
    answer = may_text(now, name)
    if isinstance(answer, Later):
        delay = answer.until - now
        tally.longest_delay = max(tally.longest_delay, delay)
        longest = LONGEST_DELAY if name is not None else timedelta(days=1)
        tally.too_late += not timedelta(0) < delay <= longest
        tally.outside += not is_day(answer.until, readers)
        tally.lost += isinstance(may_text(answer.until, name), Later)
        return
    short = answer.validity < SHORTEST_VALIDITY
    tally.outside += short or not (is_day(now, readers) and is_day(now + answer.validity, readers))
