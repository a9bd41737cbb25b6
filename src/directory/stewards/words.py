"""What the steward's pages say, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel.dates import format_date

from directory.codes import ClosureReason
from directory.models.care import CheckedHow
from directory.models.stewards import CallOutcome, Means
from directory.needs import need_of
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language, ngettext

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from directory.stewards.due import DueAgency
    from directory.stewards.rules import Try
    from shared.errors import HandbackError

NOON, NAMED = 12, 3
DAY = {"en": "MMMM d", "es": "d 'de' MMMM"}
FAR_DAY = {"en": "MMMM d, y", "es": "d 'de' MMMM 'de' y"}
LONG_DAY = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
OUTCOMES = {
    CallOutcome.STILL_RIGHT: noop("All still right"),
    CallOutcome.CHANGED: noop("Something changed"),
    CallOutcome.NO_ANSWER: noop("No answer"),
    CallOutcome.DEAD_NUMBER: noop("Number is dead"),
    CallOutcome.BOUNCED: noop("Mail came back"),
}
MEANS = {
    Means.PHONE: noop("by phone"),
    Means.EMAIL: noop("by e-mail"),
    Means.VISIT: noop("by a visit"),
    Means.LETTER: noop("by letter"),
}
REASONS = {
    ClosureReason.WEATHER: noop("Weather"),
    ClosureReason.REPAIRS: noop("Damage, repairs"),
    ClosureReason.NO_STAFF: noop("No staff"),
    ClosureReason.NO_SUPPLIES: noop("No supplies"),
    ClosureReason.HOLIDAY: noop("Holiday"),
    ClosureReason.OTHER: noop("Something else"),
}


FIELDS = {
    "name": noop("Name"),
    "website": noop("Website"),
    "email": noop("E-mail"),
    "description": noop("What it is"),
    "status": noop("Status"),
    "how_to_start": noop("How to start"),
    "application_process": noop("How to apply"),
    "eligibility_description": noop("Who it is for"),
    "fees_description": noop("Cost"),
    "wait_time": noop("Waiting time"),
    "alert": noop("Notice"),
    "url": noop("Web page"),
    "transportation": noop("Way there"),
    "address_1": noop("Street"),
    "address_2": noop("Floor, room"),
    "city": noop("Town"),
    "state_province": noop("State"),
    "postal_code": noop("ZIP code"),
    "point": noop("Map point"),
    "organization_id": noop("Run by"),
    "number": noop("Number"),
    "extension": noop("Extension"),
    "hours": noop("Hours"),
    "byday": noop("Days"),
    "opens_at": noop("Opens at"),
    "closes_at": noop("Closes at"),
    "valid_from": noop("From"),
    "valid_to": noop("Until"),
    "assured_date": noop("Checked on"),
    "withdrawn_at": noop("Taken out"),
}


def field_words(name: str) -> str:
    """What a field of the directory is called; one without words keeps its own name."""
    return _(FIELDS[name]) if name in FIELDS else name


def call_outcomes() -> list[tuple[str, str]]:
    """(value, words) of what came of a call."""
    return [(each.value, _(words)) for each, words in OUTCOMES.items()]


def means() -> list[tuple[str, str]]:
    """(value, words) of how they were asked, or their record was checked."""
    asked = [(each.value, _(words)) for each, words in MEANS.items()]
    return [*asked, (CheckedHow.WEBSITE.value, _("on their website"))]


def closure_reasons() -> list[tuple[str, str]]:
    """(value, words) of why places are closed."""
    return [(each.value, _(words)) for each, words in REASONS.items()]


def attempt(one: Try, today: date, zone: ZoneInfo) -> str:
    """'April 18, by phone: no answer'."""
    when = day(one.at.astimezone(zone).date(), today)
    return f"{when}, {_(MEANS[one.means])}: {_(OUTCOMES[one.outcome])}"


def why_due(agency: DueAgency, today: date) -> str:
    """The strongest reason to call them."""
    if agency.reports:
        return ngettext(
            "%(n)s person told us that something is wrong",
            "%(n)s people told us that something is wrong",
            agency.reports,
        )
    if agency.signals:
        return ngettext(
            "A request came back: they don’t offer it, or the record is wrong",
            "%(n)s requests came back: they don’t offer it, or the record is wrong",
            agency.signals,
        )
    if agency.oldest is None:
        return _("Never checked")
    return _("Last checked %(day)s", day=day(agency.oldest, today))


def programs(names: list[str]) -> tuple[str, str]:
    """('One call for all 3 programs', 'Food, Rent, Heat'): the names are in the record's words."""
    shown = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        shown += ", …"
    said = ngettext("One call for %(n)s program", "One call for all %(n)s programs", len(names))
    return said, shown


def need(code: str) -> str:
    """What was looked for; not understood is said, the words are kept nowhere."""
    known = need_of(code)
    return known.label(language()) if known else _("Not understood")


def day(of: date, today: date | None = None) -> str:
    """'April 18', with the year when it is another one."""
    far = today is None or of.year != today.year
    return format_date(of, (FAR_DAY if far else DAY)[language()], locale=language())


def moment(at: datetime, zone: ZoneInfo) -> str:
    """'May 9, 2023, 9:40 am'."""
    local = at.astimezone(zone)
    return f"{day(local.date())}, {_hour(local)}"


def long_day(at: datetime, zone: ZoneInfo) -> str:
    """'Wednesday, May 10, 9:40 am'."""
    local = at.astimezone(zone)
    said = format_date(local, LONG_DAY[language()], locale=language())
    return f"{said[:1].upper()}{said[1:]}, {_hour(local)}"


def refusal(problem: HandbackError) -> str:
    """A refusal with what to do next."""
    said = _(problem.message, **problem.values)
    return f"{said} {_(problem.remedy, **problem.values)}" if problem.remedy else said


def _hour(local: datetime) -> str:
    return f"{local.hour % NOON or NOON}:{local.minute:02} {'am' if local.hour < NOON else 'pm'}"
