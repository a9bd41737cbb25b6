"""When an agency's phone gets the day's list, and how it is divided into texts. Pure.

Once a day at most, at the hour the agency chose, Monday to Friday; what nobody answered is told
once more after three answering days (practice 2.15); then a person calls.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from referrals.overdue import FRIDAY, Urgency, add_answering_days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TOLD_AGAIN_AFTER_DAYS = 3
TOLD_AT_MOST = 2
MONDAY = 0
Item = TypeVar("Item")


def waits_for_list(urgency: Urgency) -> bool:
    """Whether it may wait for the day's list; what is urgent goes alone and at once."""
    return urgency is Urgency.ROUTINE


def next_list_at(
    after: datetime, hour: time, time_zone: str, last_text_at: datetime | None = None
) -> datetime:
    """The list's next hour after this instant, on an answering day that had no text yet."""
    zone = ZoneInfo(time_zone)
    last = last_text_at.astimezone(zone).date() if last_text_at is not None else None
    day = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, hour, zone).astimezone(UTC)
        if moment > after and day.weekday() <= FRIDAY and (last is None or day > last):
            return moment
        day += timedelta(days=1)


def had_one_today(last_text_at: datetime | None, now: datetime, time_zone: str) -> bool:
    """Whether a list went to that phone today already, by the calendar on its wall."""
    zone = ZoneInfo(time_zone)
    return last_text_at is not None and (
        last_text_at.astimezone(zone).date() >= now.astimezone(zone).date()
    )


def is_before(now: datetime, hour: time, time_zone: str) -> bool:
    """Whether the hour at which that phone wants its list is still to come today."""
    return now.astimezone(ZoneInfo(time_zone)).time() < hour


def told_again_at(told_at: datetime, hour: time, time_zone: str) -> datetime:
    """When an unanswered line stands on the list once more."""
    zone = ZoneInfo(time_zone)
    third = add_answering_days(told_at, TOLD_AGAIN_AFTER_DAYS, time_zone).astimezone(zone)
    midnight = datetime.combine(third.date(), time(), zone)
    return next_list_at(midnight - timedelta(seconds=1), hour, time_zone)


def weekly_list_at(opening_ends: datetime, hour: time, time_zone: str) -> datetime:
    """After an opening people walked into: the list of the Monday that follows."""
    zone = ZoneInfo(time_zone)
    day = opening_ends.astimezone(zone).date() + timedelta(days=1)
    while day.weekday() != MONDAY:
        day += timedelta(days=1)
    return datetime.combine(day, hour, zone).astimezone(UTC)


def divided(items: Iterable[Item], fits: Callable[[list[Item]], bool]) -> list[list[Item]]:
    """As few texts as hold them in order, none broken within an item."""
    parts: list[list[Item]] = []
    for item in items:
        if parts and fits([*parts[-1], item]):
            parts[-1].append(item)
        else:
            parts.append([item])
    return parts
