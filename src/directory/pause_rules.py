"""Until when "full" lasts: a local morning, whatever the clocks do in between. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# "Full until Mon May 8, 9 am".
OPENS_AGAIN_AT = time(9)
LONGEST_DAYS = 90
A_WEEK = 7


def next_monday(now: datetime, zone: ZoneInfo) -> datetime:
    """What FULL means when nobody says until when; on a Monday the one a week later."""
    today = now.astimezone(zone).date()
    return on_morning(today + timedelta(days=A_WEEK - today.weekday()), zone)


def after_days(now: datetime, zone: ZoneInfo, days: int) -> datetime:
    """FULL 14: the morning in 14 days."""
    return on_morning(now.astimezone(zone).date() + timedelta(days=days), zone)


def on_morning(day: date, zone: ZoneInfo) -> datetime:
    """That day's morning there, as an instant."""
    return datetime.combine(day, OPENS_AGAIN_AT, zone).astimezone(UTC)


def may_last_until(until: datetime, now: datetime) -> bool:
    """Whether it lies ahead, and not so far that everybody has forgotten it."""
    return now < until <= now + timedelta(days=LONGEST_DAYS + 1)
