"""Moments as staff pages say them: "today 2:15 pm", "Thu 5 pm", "May 9, 2:15 pm"."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date

from shared.i18n import gettext as _
from shared.i18n import language, ngettext

if TYPE_CHECKING:
    from datetime import date

NOON = 12
# A due that is nearer than this is told to the minute.
WORTH_ROUNDING = timedelta(hours=3)
NEAR, FAR = timedelta(days=6), timedelta(days=300)
# In Spanish a day has its article: "hasta el jueves", "el 9 de mayo".
DAY_FORMAT = {"en": "MMM d", "es": "'el' d 'de' MMMM"}
FAR_FORMAT = {"en": "MMMM d, y", "es": "'el' d 'de' MMMM 'de' y"}
LONG_FORMAT = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
WEEKDAY_FORMAT = {"en": "EEE", "es": "'el' EEEE"}


def hour_words(moment: datetime) -> str:
    """'2:15 pm' or 'noon' of a local moment; the same in both languages, as in the texts."""
    if (moment.hour, moment.minute) == (NOON, 0):
        return _("noon")
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % NOON or NOON}{minutes} {'am' if moment.hour < NOON else 'pm'}"


def day_words(day: date, today: date) -> str:
    """'today', 'tomorrow', 'Thu' within six days either way, else 'May 9'."""
    distance = day - today
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}.get(distance.days)
    if near is not None:
        return near
    if abs(distance) <= NEAR:
        return format_date(day, WEEKDAY_FORMAT[language()], locale=language())
    if abs(distance) > FAR:
        return format_date(day, FAR_FORMAT[language()], locale=language())
    return format_date(day, DAY_FORMAT[language()], locale=language())


def moment_words(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """'today 2:15 pm', 'Thu 5 pm', 'May 9, 2:15 pm'; the day alone at midnight and far away."""
    local = moment.astimezone(zone)
    day = day_words(local.date(), now.astimezone(zone).date())
    if local.time() == time.min or abs(moment - now) > FAR:
        return day
    comma = "," if any(sign.isdecimal() for sign in day) else ""
    return f"{day}{comma} {hour_words(local)}"


def rounded(due: datetime, now: datetime) -> datetime:
    """A due of another hour without needless minutes: never later than it is, never past."""
    earlier = due.replace(minute=due.minute // 30 * 30, second=0, microsecond=0)
    return earlier if earlier - now >= WORTH_ROUNDING else due


def by_words(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """By when: 'now' when it is past, else the moment."""
    return _("now") if moment <= now else moment_words(rounded(moment, now), now, zone)


def long_day_words(moment: datetime, zone: ZoneInfo) -> str:
    """'Wednesday, May 10, 9:40 am'."""
    local = moment.astimezone(zone)
    day = format_date(local, LONG_FORMAT[language()], locale=language())
    return f"{day[:1].upper()}{day[1:]}, {hour_words(local)}"


def ago_words(moment: datetime, now: datetime) -> str:
    """'one minute ago', '5 minutes ago', '2 hours ago'."""
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes < 1:
        return _("just now")
    if minutes < 60:  # noqa: PLR2004 -- minutes of an hour
        return ngettext("one minute ago", "%(n)s minutes ago", minutes)
    return ngettext("one hour ago", "%(n)s hours ago", minutes // 60)


def instant(text: str) -> datetime | None:
    """An ISO moment out of a refusal's values."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
