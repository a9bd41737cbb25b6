"""The agency's desk in words: today's people, new ones, those being served, the wait list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date

from referrals.lifecycle import BusinessStatus
from referrals.need_words import need_label
from referrals.pages.agency_view import capital, clock_words, people_words
from referrals.pages.moments import LONG_FORMAT, by_words, day_words, moment_words
from referrals.params import answer_words, fact_words
from referrals.wording import soon_words
from shared.i18n import gettext as _
from shared.i18n import language
from shared.languages import name_of

if TYPE_CHECKING:
    from referrals.queries import AgencyDesk, AgencyView

S = BusinessStatus


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One request as a line of a list. `name` is empty until it was asked for."""

    id: str
    code: int | None
    name: str
    comes: bool
    can_show: bool
    people: str
    need: str
    about: str
    sender: str
    sender_id: str
    owner: str
    step: str
    by: str
    since: str
    asks: str
    is_late: bool
    # What was said and until when it can be undone; no answer is offered meanwhile.
    held: str


@dataclass(frozen=True, slots=True)
class DeskView:
    """The whole desk. `today` are those who may walk in or have a visit today."""

    day: str
    today: tuple[DeskRow, ...]
    new: tuple[DeskRow, ...]
    served: tuple[DeskRow, ...]
    wait_list: tuple[DeskRow, ...]
    reported: tuple[DeskRow, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.today or self.new or self.served or self.wait_list or self.reported)


def desk_view(desk: AgencyDesk, zone: ZoneInfo, now: datetime) -> DeskView:
    """The desk, as this day sees it: who comes on another day waits among those being served."""
    day = now.astimezone(zone).date()
    today = [view for view in desk.coming if _is_today(view, zone, now)]
    later = [view for view in desk.coming if view not in today]
    words = format_date(day, LONG_FORMAT[language()], locale=language())

    def rows(views: tuple[AgencyView, ...] | list[AgencyView]) -> tuple[DeskRow, ...]:
        return tuple(_row(view, zone, now) for view in views)

    return DeskView(
        day=capital(words),
        today=rows(sorted(today, key=lambda view: view.request.code or 0)),
        new=rows(desk.new),
        served=rows([*later, *desk.being_served]),
        wait_list=rows(sorted(desk.wait_list, key=_since)),
        reported=rows(desk.reported),
    )


def who_words(row: DeskRow) -> str:
    """The name, or how they make themselves known."""
    if row.name:
        return row.name
    return _("Comes with the code") if row.comes else _("Not shown yet")


def _is_today(view: AgencyView, zone: ZoneInfo, now: datetime) -> bool:
    at = view.request.visit_at if view.request.status is S.SCHEDULED else view.opening_ends
    if at is None:
        return True
    return at.astimezone(zone).date() <= now.astimezone(zone).date()


def _since(view: AgencyView) -> datetime:
    return view.answered_at or view.request.changed_at


def _row(view: AgencyView, zone: ZoneInfo, now: datetime) -> DeskRow:
    request, spoken = view.request, language()
    identity = view.identity or {}
    due = request.answer_due_at
    comes = view.is_walk_in and view.answered_at is None
    return DeskRow(
        id=str(request.id),
        code=request.code,
        name=str(identity.get("name") or ""),
        comes=comes,
        can_show=view.can_show_identity and not comes and view.identity is None,
        people=_people(view),
        need=need_label(request.need, spoken),
        about=_about(view),
        sender=request.requester_name,
        sender_id=str(request.requester_organization_id),
        owner=view.owner_name,
        step=_step(view, zone, now),
        by=by_words(due, now, zone) if due and request.status in {S.SENT, S.INFO_NEEDED} else "",
        since=moment_words(_since(view), now, zone),
        asks=_("You asked. %(name)s answers.", name=view.owner_name)
        if request.status is S.INFO_NEEDED
        else "",
        is_late=due is not None and due < now,
        held=_held(view, zone, now),
    )


def _coming(view: AgencyView, zone: ZoneInfo, now: datetime) -> str:
    """When they come: a visit that was set, or the opening that a walk-in was told of."""
    request, opening = view.request, view.opening_ends
    if request.status is S.SCHEDULED and request.visit_at is not None:
        return _("Visit %(when)s", when=moment_words(request.visit_at, now, zone))
    if request.status is S.ACCEPTED and view.is_walk_in and opening is not None and opening > now:
        day = day_words(opening.astimezone(zone).date(), now.astimezone(zone).date())
        return _("Comes %(day)s", day=day)
    return ""


def _held(view: AgencyView, zone: ZoneInfo, now: datetime) -> str:
    request = view.request
    if request.held_answer is None or request.held_until is None:
        return ""
    answer = answer_words(request.held_answer, language())
    until = clock_words(request.held_until, now, zone)
    who = view.answered_by or request.performer_name
    return _(
        "%(who)s said “%(answer)s”. It can be undone until %(when)s.",
        who=who,
        answer=answer,
        when=until,
    )


def _people(view: AgencyView) -> str:
    spoken = capital(name_of(view.request.language, language()))
    return ", ".join(part for part in (people_words(view.request.household_size), spoken) if part)


def _about(view: AgencyView) -> str:
    """All that is told before a yes: 'This week. 3 people, English, ZIP 20010. No car'."""
    request, spoken = view.request, language()
    zip_words = _("ZIP %(zip)s", zip=request.zip) if request.zip else ""
    who = ", ".join(part for part in (_people(view), zip_words) if part)
    facts = capital(", ".join(fact_words(code, spoken) for code in request.facts))
    parts = (capital(soon_words(request.urgency, spoken)), who, facts)
    return ". ".join(part for part in parts if part) + "."


def _step(view: AgencyView, zone: ZoneInfo, now: datetime) -> str:
    request = view.request
    if coming := _coming(view, zone, now):
        return coming
    if request.status in {S.SERVING, S.ENROLLED}:
        return _("Help goes on. Tell us how it went")
    if request.status is S.ACCOUNTS_DIFFER:
        return _("The two accounts differ. Please look")
    if request.status is S.SERVICE_REPORTED:
        return _("You told us that you helped. We ask the patient")
    if request.status is S.CONTACTING or not view.they_call:
        return _("Tell us how it went")
    return _call_words(view.contact_due_at, zone, now)


def _call_words(due: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    if due is None:
        return _("Call them")
    when = by_words(due, now, zone)
    return _("Call them now") if due <= now else _("Call them by %(when)s", when=when)
