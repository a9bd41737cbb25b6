"""Days and times as people write them in HSDS 2 exports. Pure.

'Monday - Friday', 'monday,tuesday', 'Mon, Wed-Thur', '2nd and 4th Saturdays of the month' are
read; 'Varies', 'Every other Tuesday', 'Monday (closed 12-2)' are not: nobody may be sent to a
closed door by a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from directory.importing.byday import DAYS
from directory.importing.records import Unreadable
from directory.importing.values import text
from shared.i18n import gettext_noop as _

DAY_NAMES = {
    "monday": 0,
    "mon": 0,
    "tuesday": 1,
    "tue": 1,
    "tues": 1,
    "wednesday": 2,
    "wed": 2,
    "thursday": 3,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "friday": 4,
    "fri": 4,
    "saturday": 5,
    "sat": 5,
    "sunday": 6,
    "sun": 6,
}
ORDINALS = {
    "1st": 1,
    "first": 1,
    "2nd": 2,
    "second": 2,
    "3rd": 3,
    "third": 3,
    "4th": 4,
    "fourth": 4,
    "5th": 5,
    "fifth": 5,
    "last": -1,
}
EVERY_DAY = frozenset({"24-7", "24/7", "daily", "every day", "7 days a week", "7 days"})
ALL_DAY = re.compile(r"24[ -]?hours?|24/7|24-7", re.IGNORECASE)
NOT_OPEN = frozenset({"closed", "holiday"})
TAIL = re.compile(r"\s+(?:of (?:the|each|every) month|each month|monthly)$")
AND = re.compile(r"\s*(?:,|&|\band\b)\s*")
WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Days:
    """As HSDS 3 writes them."""

    freq: str
    byday: str


def read_days(written: str) -> Days:
    """The days of a row, or a refusal."""
    words = " ".join(written.casefold().replace("–", "-").split()).rstrip(".")
    if words in EVERY_DAY:
        return Days("WEEKLY", ",".join(DAYS))
    days = _weekly(words)
    if days:
        return Days("WEEKLY", ",".join(DAYS[day] for day in sorted(days)))
    monthly = _monthly(TAIL.sub("", words))
    if monthly:
        return Days("MONTHLY", ",".join(monthly))
    raise Unreadable(_("The days can't be read without guessing. Write them as Monday - Friday."))


def _weekly(words: str) -> set[int]:
    found: set[int] = set()
    for part in filter(None, AND.split(words)):
        ends = [_day(word) for word in part.split("-")]
        if len(ends) > 2 or any(end is None for end in ends):  # noqa: PLR2004
            return set()
        first, last = ends[0] or 0, ends[-1] or 0
        span = (last - first) % 7
        found |= {(first + step) % 7 for step in range(span + 1)}
    return found


def _monthly(words: str) -> list[str]:
    *ordinals, day_name = WORD.findall(words) or [""]
    day = _day(day_name)
    numbers = [ORDINALS.get(word) for word in ordinals if word != "and"]
    if day is None or not numbers or None in numbers:
        return []
    return [f"{number}{DAYS[day]}" for number in numbers]


def _day(word: str) -> int | None:
    name = word.strip()
    return DAY_NAMES.get(name, DAY_NAMES.get(name.removesuffix("s")))


def read_times(opens: object, closes: object) -> tuple[str, str] | None:
    """The two times as written, the whole day as 00:00 and 23:59, or None for 'Closed'."""
    first, last = text(opens), text(closes)
    if first is not None and first.casefold() in NOT_OPEN:
        return None
    if first is not None and ALL_DAY.fullmatch(first):
        return "00:00", "23:59"
    if first is None or last is None:
        raise Unreadable(_("An opening and a closing time are needed."))
    return first, last
