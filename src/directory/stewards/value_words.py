"""What a record's values say in words, and the closed lists that a steward chooses from. Pure."""

from __future__ import annotations

import re
from datetime import date, time
from typing import TYPE_CHECKING, Any

from babel.dates import format_date

from directory.codes import HowToStart, ServiceStatus
from directory.hours_words import ORDINALS, clock, weekday_name
from directory.importing.byday import DAYS, PART
from directory.models.care import CheckedHow
from directory.page_words import START
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language, using_language
from shared.phone_numbers import display

if TYPE_CHECKING:
    from collections.abc import Callable

STATUS = {
    ServiceStatus.ACTIVE: noop("Runs as usual"),
    ServiceStatus.TEMPORARILY_CLOSED: noop("Closed for now"),
    ServiceStatus.INACTIVE: noop("Not offered now"),
    ServiceStatus.DEFUNCT: noop("Ended for good"),
}
HOW_CHECKED = {
    CheckedHow.PHONE: noop("by phone"),
    CheckedHow.VISIT: noop("by a visit"),
    CheckedHow.WEBSITE: noop("on their website"),
    CheckedHow.AGENCY: noop("told by the agency itself"),
    CheckedHow.FEED: noop("told by our source"),
}
CHOICES: dict[str, dict[str, str]] = {
    "how_to_start": {each.value: START[each.value] for each in HowToStart},
    "status": {each.value: words for each, words in STATUS.items()},
}
FAR_DAY = {"en": "MMMM d, y", "es": "d 'de' MMMM 'de' y"}
LANGUAGES_OF_PAGES = ("en", "es")
E164 = re.compile(r"\+\d{8,15}")


def value_words(field: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    """'walk_in' → 'Just walk in'; what has no words of ours stays as it is; nothing is "–"."""
    if value is None or value == "":
        return "–"
    if field == "withdrawn_at":
        return _("taken out")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list | dict):
        return ", ".join(str(each) for each in value)
    return _said(field, str(value))


def _said(field: str, value: str) -> str:
    if field in CHOICES:
        known = CHOICES[field].get(value)
        return _(known) if known else value
    said = WORDS.get(field)
    try:
        return said(value) if said else value
    except (ValueError, IndexError):
        return value


def choices_of(field: str) -> list[tuple[str, str]]:
    """(value, words) where the field is a closed list; else none."""
    return [(value, _(words)) for value, words in CHOICES.get(field, {}).items()]


def checked_how_choices() -> list[tuple[str, str]]:
    """(value, words) of how a person checks a record."""
    return [(each.value, _(HOW_CHECKED[each])) for each in CheckedHow if each != CheckedHow.FEED]


def value_of_words(field: str, said: str) -> str:
    """'Just walk in' or 'Llegar sin cita' → 'walk_in'; anything else as it was typed."""
    wanted = said.strip().casefold()
    for code in LANGUAGES_OF_PAGES:
        with using_language(code):
            for value, words in CHOICES.get(field, {}).items():
                if _(words).casefold() == wanted:
                    return value
    return said


def _days(value: str) -> str:
    """'MO,TU' → 'Monday, Tuesday'; '3SA' → 'third Saturday'."""
    return ", ".join(_one_day(part.strip()) for part in value.split(",") if part.strip())


def _one_day(part: str) -> str:
    found = PART.fullmatch(part)
    if found is None:
        return part
    name = weekday_name(DAYS.index(found.group(2)))
    if found.group(1) is None:
        return name
    ordinal = ORDINALS[language()].get(int(found.group(1)))
    return f"{ordinal} {name}" if ordinal else part


def _clock(value: str) -> str:
    return clock(time.fromisoformat(value).replace(tzinfo=None))


def _date(value: str) -> str:
    return format_date(date.fromisoformat(value[:10]), FAR_DAY[language()], locale=language())


def _number(value: str) -> str:
    return display(value) if E164.fullmatch(value) else value


WORDS: dict[str, Callable[[str], str]] = {
    "byday": _days,
    "opens_at": _clock,
    "closes_at": _clock,
    "valid_from": _date,
    "valid_to": _date,
    "assured_date": _date,
    "number": _number,
}
