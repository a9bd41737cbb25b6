"""Opening hours in the reader's words: tags ("Open now until 5 pm") and whole schedules.

Times are the place's own wall-clock times. EN and ES through the catalogue; dates through Babel.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from babel.dates import format_date

from directory.opening_hours import (
    LAST_MINUTE,
    Closure,
    Hours,
    Opening,
    OpenState,
    Span,
    is_readable,
    ordinals,
)
from shared.i18n import gettext as _
from shared.i18n import language

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WEEK = timedelta(days=7)
NOON = time(12)
MIDNIGHT = time(0)
SHORT_DATE = {"en": "EEE, MMM d", "es": "EEEE d 'de' MMMM"}
LONG_DATE = {"en": "EEE MMM d", "es": "EEEE d 'de' MMMM"}
DAY_OF_MONTH = {"en": "MMMM d", "es": "d 'de' MMMM"}
# As they stand before "Saturday" and "sábado": no catalogue has words in that form.
ORDINALS = {
    "en": {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"},
    "es": {1: "primer", 2: "segundo", 3: "tercer", 4: "cuarto", 5: "quinto", -1: "último"},
}
RUN_OF_DAYS = 3  # this many days in a row or more are said as "Monday to Friday"


@dataclass(frozen=True, slots=True)
class OpenTag:
    """The words on a card, and which look they get: ok, wait, stop or plain."""

    words: str
    look: str


def open_tag(opening: Opening) -> OpenTag:
    """'Open now until 5 pm', 'Opens tomorrow, Thu 10 am', 'Hours not known', …."""
    if opening.closure is not None:
        return OpenTag(_closed_words(opening, opening.closure), "stop")
    if opening.state is OpenState.UNKNOWN:
        return OpenTag(_("Hours not known"), "plain")
    if opening.holiday and _opens_today(opening):
        return OpenTag(_("%(holiday)s today. Call first", holiday=_(opening.holiday)), "wait")
    if opening.state is OpenState.OPEN:
        return OpenTag(_open_words(opening), "ok")
    if not opening.next:
        return OpenTag(_("Closed now"), "plain")
    return OpenTag(_opens(opening.next[0], opening.now), "wait")


def _open_words(opening: Opening) -> str:
    if opening.always or opening.until is None:
        return _("Open day and night")
    return _("Open now until %(time)s", time=_until(opening))


def closure_words(closure: Closure) -> str:
    """Why it is closed: the steward's words in the reader's language, or the holiday's name."""
    if closure.holiday:
        return _(closure.words)
    return closure.words_es or closure.words if language() == "es" else closure.words


def _closed_words(opening: Opening, closure: Closure) -> str:
    """'Closed until May 12: storm damage', 'Closed today: Thanksgiving'."""
    last, why = opening.closed_until or closure.last, closure_words(closure)
    if last == opening.now.date():
        return _("Closed today: %(why)s", why=why) if why else _("Closed today")
    until = day_of_month(last)
    if why:
        return _("Closed until %(date)s: %(why)s", date=until, why=why)
    return _("Closed until %(date)s", date=until)


def _opens_today(opening: Opening) -> bool:
    """Whether its usual hours say that it opens on this day."""
    today = opening.now.date()
    return opening.state is OpenState.OPEN or any(
        each.start.date() == today for each in opening.next
    )


def clock(at: time) -> str:
    """'10 am', '2:30 pm', 'noon'; '10 a. m.', '2:30 p. m.'."""
    if at in {NOON, MIDNIGHT}:
        return _("noon") if at == NOON else _("midnight")
    return f"{_digits(at)} {_half(at)}"


def clock_range(start: time, end: time) -> str:
    """'9 to 11 am', '10 am to noon', 'all day'."""
    if start == MIDNIGHT and end in {MIDNIGHT, LAST_MINUTE}:
        return _("all day and night")
    first = clock(start)
    same_half = _half(start) == _half(end) and not {start, end} & {NOON, MIDNIGHT}
    if same_half and language() == "en":
        first = _digits(start)
    last = clock(MIDNIGHT) if end == LAST_MINUTE else clock(end)
    return _("%(start)s to %(end)s", start=first, end=last)


def span_words(span: Span, now: datetime) -> str:
    """'Thu May 4, 10 am to noon (tomorrow)'."""
    day = _capital(format_date(span.start, LONG_DATE[language()], locale=language()))
    hours = clock_range(span.start.time(), span.end.time())
    words = _("%(day)s, %(hours)s", day=day, hours=hours)
    near = {0: _("today"), 1: _("tomorrow")}.get((span.start.date() - now.date()).days)
    return f"{words} ({near})" if near else words


def schedule_lines(schedules: Sequence[Hours]) -> list[tuple[str, str]]:
    """[('Every Thursday', '10 am to noon'), ('Third Saturday of the month', '9 to 11 am')]."""
    hours_of: defaultdict[tuple[str, str, int], list[Hours]] = defaultdict(list)
    for row in schedules:
        if is_readable(row):
            hours_of[row.freq or "", row.byday or row.bymonthday or "", row.interval].append(row)
    days_of: defaultdict[str, list[Hours]] = defaultdict(list)
    for rows in hours_of.values():
        ordered = sorted(rows, key=lambda row: row.opens_at or MIDNIGHT)
        hours = _joined([_row_hours(row) for row in ordered])
        days_of[hours].append(ordered[0])
    lines = [(_days_words(rows), hours) for hours, rows in days_of.items()]
    return [line for line in lines if line[0]]


def day_of_month(day: date) -> str:
    """'May 12', '12 de mayo'."""
    return format_date(day, DAY_OF_MONTH[language()], locale=language())


def weekday_name(weekday: int) -> str:
    """Monday is 0."""
    names = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    return names[weekday]


def _until(opening: Opening) -> str:
    until = opening.until or opening.now
    if until.date() == opening.now.date() or until - opening.now <= timedelta(hours=12):
        return _with_article(until.time())
    return _("%(day)s %(time)s", day=_short_weekday(until.date()), time=clock(until.time()))


def _opens(span: Span, now: datetime) -> str:
    days = (span.start.date() - now.date()).days
    at = clock(span.start.time())
    if days == 0:
        return _("Opens today %(time)s", time=at)
    weekday = _short_weekday(span.start.date())
    if days == 1:
        return _("Opens tomorrow, %(day)s %(time)s", day=weekday, time=at)
    if span.start.date() - now.date() < WEEK:
        return _("Opens %(day)s %(time)s", day=weekday, time=at)
    day = format_date(span.start, SHORT_DATE[language()], locale=language())
    return _("Opens %(day)s, %(time)s", day=day, time=at)


def _short_weekday(day: date) -> str:
    return format_date(day, "EEE" if language() == "en" else "EEEE", locale=language())


def _with_article(at: time) -> str:
    """Spanish says 'hasta las 5 p. m.', 'hasta la 1 p. m.'."""
    if language() != "es" or at in {NOON, MIDNIGHT}:
        return clock(at)
    return f"{'la' if at.hour % 12 == 1 else 'las'} {clock(at)}"


def _digits(at: time) -> str:
    hour = at.hour % 12 or 12
    return f"{hour}:{at.minute:02d}" if at.minute else str(hour)


def _half(at: time) -> str:
    if language() == "es":
        return "a. m." if at.hour < NOON.hour else "p. m."
    return "am" if at.hour < NOON.hour else "pm"


def _row_hours(row: Hours) -> str:
    return clock_range(row.opens_at or MIDNIGHT, row.closes_at or MIDNIGHT)


def _days_words(rows: Iterable[Hours]) -> str:
    weekly: set[int] = set()
    others: list[str] = []
    for row in rows:
        days = ordinals(row.byday) or ()
        plain = (row.freq or "").upper() == "WEEKLY" and row.interval == 1
        if plain and days:
            weekly |= {weekday for _number, weekday in days}
        else:
            others.extend(_dated_words(row, days))
    words = [_weekly_words(sorted(weekly))] if weekly else []
    return _capital(_joined(words + others))


def _dated_words(row: Hours, days: tuple[tuple[int, int], ...]) -> list[str]:
    if row.interval > 1:
        return [
            _("every %(n)s weeks on %(day)s", n=row.interval, day=weekday_name(weekday))
            for _number, weekday in days
        ]
    if not days and row.bymonthday:
        return [_("day %(days)s of the month", days=row.bymonthday)]
    if not days and row.dtstart is not None:
        return [day_of_month(row.dtstart)]
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    for number, weekday in days:
        numbers[weekday].append(number)
    return [_ordinal_words(found, weekday) for weekday, found in numbers.items()]


def _ordinal_words(numbers: list[int], weekday: int) -> str:
    """'third Saturday of the month', 'first and third Saturday of the month'."""
    day = weekday_name(weekday)
    if 0 in numbers:
        return _("every %(day)s", day=day)
    if len(numbers) == 1:
        return _one_ordinal(numbers[0], day)
    names = ORDINALS[language()]
    if any(number not in names for number in numbers):
        return _("some %(day)s of the month", day=day)
    which = _joined([names[number] for number in numbers])
    return _("%(which)s %(day)s of the month", which=which, day=day)


def _one_ordinal(number: int, day: str) -> str:
    patterns = {
        1: _("first %(day)s of the month", day=day),
        2: _("second %(day)s of the month", day=day),
        3: _("third %(day)s of the month", day=day),
        4: _("fourth %(day)s of the month", day=day),
        5: _("fifth %(day)s of the month", day=day),
        -1: _("last %(day)s of the month", day=day),
    }
    return patterns.get(number) or _("some %(day)s of the month", day=day)


def _weekly_words(weekdays: list[int]) -> str:
    if len(weekdays) == len(range(7)):
        return _("every day")
    if len(weekdays) == 1:
        return _("every %(day)s", day=weekday_name(weekdays[0]))
    in_a_row = weekdays[-1] - weekdays[0] == len(weekdays) - 1
    if in_a_row and len(weekdays) >= RUN_OF_DAYS:
        first, last = weekday_name(weekdays[0]), weekday_name(weekdays[-1])
        return _("%(start)s to %(end)s", start=first, end=last)
    return _joined([weekday_name(weekday) for weekday in weekdays])


def _joined(words: list[str]) -> str:
    if len(words) < 2:  # noqa: PLR2004 -- nothing to join
        return "".join(words)
    return _("%(some)s and %(last)s", some=", ".join(words[:-1]), last=words[-1])


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
