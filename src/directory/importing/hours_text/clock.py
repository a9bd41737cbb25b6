"""Two written times to an opening: only when they can mean one thing. Pure."""

from __future__ import annotations

from datetime import time

from directory.importing.hours_text.vocabulary import Clock
from directory.importing.records import Unreadable
from shared.i18n import gettext_noop as _

HOUR = 60
NOON, MIDNIGHT = 12 * HOUR, 24 * HOUR
# A time without am or pm is taken to lie between these, if only one reading of it does.
EARLIEST, LATEST = 6 * HOUR, 22 * HOUR
LONGEST_NIGHT = 16 * HOUR
Span = tuple[time, time]
ALL_DAY: Span = (time(0), time(23, 59))


def span(opens: Clock, closes: Clock) -> Span:
    """'9' and '5' are 9:00 and 17:00; '8' and '10' could be four things and are refused."""
    if (opens.full and not closes.half) or (closes.full and not opens.half):
        opens, closes = _counted_to_24(opens), _counted_to_24(closes)
    firsts, lasts = _meanings(opens, EARLIEST), _meanings(closes, LATEST, ending=True)
    found = [(first, last) for first in firsts for last in lasts if first < last]
    if not found and len(firsts) == len(lasts) == 1:
        found = [_past_midnight(firsts[0], lasts[0])]
    if len(found) != 1:
        raise Unreadable(
            _("It is not sure which half of the day is meant; write am or pm with each time.")
        )
    first, last = found[0]
    return (
        (time(0), time(23, 59)) if (first, last) == (0, MIDNIGHT) else (_time(first), _time(last))
    )


def _counted_to_24(clock: Clock) -> Clock:
    return Clock(clock.hour, clock.minute, clock.half, full=not clock.half)


def _meanings(clock: Clock, bound: int, *, ending: bool = False) -> list[int]:
    """Minutes of the day that the time can mean."""
    minute = clock.hour * HOUR + clock.minute
    if clock.full:
        return [MIDNIGHT if ending and minute == 0 else minute]
    morning = minute % NOON
    if clock.half:
        found = morning if clock.half == "am" else morning + NOON
        return [MIDNIGHT if ending and found == 0 else found]
    return [
        each
        for each in (morning, morning + NOON)
        if (EARLIEST <= each <= LATEST) and (each <= bound if ending else each >= bound)
    ]


def _past_midnight(first: int, last: int) -> tuple[int, int]:
    if first > last and last <= NOON and MIDNIGHT - first + last <= LONGEST_NIGHT:
        return first, last
    raise Unreadable(_("It closes before it opens; check am and pm."))


def _time(minutes: int) -> time:
    return time(minutes // HOUR % 24, minutes % HOUR)
