"""Times in words, in the reader's language and the demo's zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from shared.i18n import language

MORNING = time(9)
_DAY = {"en": "EEE MMM d, h:mm a", "es": "EEE d 'de' MMM, h:mm a"}
_HOUR = {"en": "h:mm a", "es": "h:mm a"}
_SECOND = {"en": "h:mm:ss a", "es": "h:mm:ss a"}
_LOCALE = {"en": "en_US", "es": "es_US"}


def clock_words(at: datetime, zone: str) -> str:
    """'Wed May 3, 10:12 am'."""
    return _in_words(at, zone, _DAY)


def hour_words(at: datetime, zone: str) -> str:
    """'10:12 am'."""
    return _in_words(at, zone, _HOUR)


def second_words(at: datetime, zone: str) -> str:
    """'10:12:04 am'."""
    return _in_words(at, zone, _SECOND)


def _in_words(at: datetime, zone: str, patterns: dict[str, str]) -> str:
    spoken = language()
    local = at.astimezone(ZoneInfo(zone))
    words = format_datetime(local, patterns[spoken], locale=_LOCALE[spoken])
    return words.replace("AM", "am").replace("PM", "pm").replace("\u202f", " ")


def next_morning(now: datetime, zone: str) -> datetime:
    """The next 9:00 on the clocks of the zone, also across a change of summer time."""
    local = now.astimezone(ZoneInfo(zone))
    morning = datetime.combine(local.date(), MORNING, tzinfo=local.tzinfo)
    if morning <= local:
        morning = datetime.combine(local.date() + timedelta(days=1), MORNING, tzinfo=local.tzinfo)
    return morning
