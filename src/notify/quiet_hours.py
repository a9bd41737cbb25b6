"""When a text may arrive: 8:00 to 20:00 where its reader lives (47 CFR 64.1200; Florida's 20:00).

Pure. The zone comes from the address, never from the area code (people keep numbers when they
move). Unknown zone: only when it is daytime in every zone the reader may be in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

OPENS = time(8)
CLOSES = time(20)
# The fifty states and Puerto Rico. Guam and Samoa only when named: they would leave two hours.
CANDIDATE_ZONES = (
    "America/Puerto_Rico",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Adak",
    "Pacific/Honolulu",
)
SHORTEST_VALIDITY = timedelta(seconds=60)
LONGEST_VALIDITY = timedelta(hours=4)
# From our claim to the provider's accept: the request's time-out and the minute's rounding.
HAND_OVER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in which texts may arrive; `closes` is the first forbidden instant."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class Now:
    """Send now; the carrier may keep trying for `validity`."""

    validity: timedelta


@dataclass(frozen=True, slots=True)
class Later:
    """Not before `until`."""

    until: datetime


def may_text(
    now: datetime,
    time_zone: str | None,
    *,
    hours: tuple[time, time] = (OPENS, CLOSES),
    candidates: tuple[str, ...] = CANDIDATE_ZONES,
) -> Now | Later:
    """Whether a text may go now, so that it can't arrive outside the hours."""
    zones = _zones(time_zone, candidates)
    window = _window_at_or_after(now, zones, hours)
    if window.opens > now:
        return Later(window.opens)
    left = window.closes - now - HAND_OVER
    if left < SHORTEST_VALIDITY:
        return Later(_window_at_or_after(window.closes, zones, hours).opens)
    return Now(min(left, LONGEST_VALIDITY))


def at_any_hour() -> Now:
    """For an answer to the reader's own text, and for channels marked "24 hours"."""
    return Now(LONGEST_VALIDITY)


def known_zone(name: str | None) -> bool:
    """Whether this names a time zone."""
    return bool(name) and _zone(name or "") is not None


def _zones(time_zone: str | None, candidates: tuple[str, ...]) -> list[ZoneInfo]:
    zone = _zone(time_zone) if time_zone else None
    if zone is not None:
        return [zone]
    return [ZoneInfo(name) for name in candidates]


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _window_at_or_after(
    instant: datetime, zones: list[ZoneInfo], hours: tuple[time, time]
) -> Window:
    """The first window, common to all zones, that closes after `instant`."""
    start = instant
    for _ in range(8 * len(zones) + 8):
        windows = [_next_window(start, zone, hours) for zone in zones]
        opens = max(window.opens for window in windows)
        closes = min(window.closes for window in windows)
        if opens < closes:
            return Window(opens, closes)
        # The zone that closes first has to wait for its next day.
        start = closes
    msg = "These zones have no hour in common."
    raise ValueError(msg)


def _next_window(instant: datetime, zone: ZoneInfo, hours: tuple[time, time]) -> Window:
    """This zone's first window that closes after `instant`."""
    today = instant.astimezone(zone).date()
    window = _window_on(today - timedelta(days=1), zone, hours)  # it may end after midnight
    for days in range(2):
        if window.closes > instant:
            break
        window = _window_on(today + timedelta(days=days), zone, hours)
    return window


def _window_on(day: date, zone: ZoneInfo, hours: tuple[time, time]) -> Window:
    opens, closes = hours
    last_day = day if closes > opens else day + timedelta(days=1)
    return Window(
        datetime.combine(day, opens, zone).astimezone(UTC),
        datetime.combine(last_day, closes, zone).astimezone(UTC),
    )
