"""One request in the agency's words, the same by link and signed in; and kind words for the loser.

Turns the queries' facts into sentences in the reader's language; reads no database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from referrals.lifecycle import AFTER_YES, BusinessStatus
from referrals.need_words import need_label
from referrals.overdue import UNDO_WINDOW
from referrals.pages.moments import day_words, hour_words, instant, moment_words
from referrals.params import answer_words, fact_words
from referrals.reasons import Reason, label_of
from referrals.wording import soon_words
from referrals.words import WAY_LABELS, EventKind
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language, ngettext
from shared.languages import name_of

if TYPE_CHECKING:
    from datetime import date

    from referrals.errors import AlreadyAnswered
    from referrals.queries import AgencyView
    from referrals.queries.agencies import NoteView
    from referrals.queries.link_facts import AgencyFacts, LastWord

S = BusinessStatus
# A yes of these statuses may be taken back (actions.answering.check_undo_of_yes).
YES_CAN_BE_UNDONE = frozenset({S.ACCEPTED, S.WAITLISTED, S.CONTACTING, S.SCHEDULED})
STATES: dict[BusinessStatus, str] = {
    S.SENT: "ask",
    S.INFO_NEEDED: "ask",
    S.WAITLISTED: "list",
    S.PAUSED: "list",
    S.SERVICE_REPORTED: "reported",
    S.ACCOUNTS_DIFFER: "differ",
    S.DECLINED: "said_no",
    S.UNABLE: "said_no",
    S.CLOSED_CONFIRMED: "done",
    S.CLOSED_AGENCY_ONLY: "done",
    S.CLOSED_PATIENT_ONLY: "done",
    S.EXPIRED: "late",
    S.RUN_OUT: "late",
}
SAID_WORDS = {
    "yes": noop("You said yes"),
    "wait_list": noop("You put them on your wait list"),
    "no": noop("You said no"),
    "question": noop("You asked something"),
    "call_me": noop("You asked for a call"),
    "contacting": noop("You told us that you tried to reach them"),
    "still_working": noop("You told us that you are still working on it"),
    "serving": noop("You told us that you are helping them"),
    "helped": noop("You told us that you helped"),
    "did_not_come": noop("You told us that they did not come"),
    "could_not_reach": noop("You told us that you could not reach them"),
    "not_eligible": noop("You told us that they don’t fit your rules"),
    "you_are_right": noop("You told us that the patient is right"),
}


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Who this is, and how they want to be reached."""

    name: str
    name_to_use: str
    phone: str | None
    born: str
    reach: str
    best_times: str
    language: str
    interpreter: bool
    voicemail: str
    access: str
    shown: str
    proxy: str = ""
    proxy_phone: str | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """Everything that the page of one request says. Empty texts are left out."""

    id: str
    version: int
    state: str
    code: int | None
    title: str
    need: str
    soon: str
    people: str
    language: str
    zip: str
    good_to_know: str
    service: str
    requester: str
    label: str
    requester_phone: str | None
    owner: str
    performer: str
    answer_by: str
    contact_by: str
    they_call: bool
    when: str
    visit: str
    visit_note: str
    answered: str
    answer: str
    reason: str
    undo_until: str
    can_show: bool
    identity: IdentityView | None = field(repr=False)
    question: str
    wants_call: bool
    last_said: str
    last_at: str
    is_late_word: bool
    notes: tuple[tuple[str, str, str], ...] = field(repr=False)
    own_notes: tuple[tuple[str, str, str], ...] = field(repr=False)


def request_view(view: AgencyView, facts: AgencyFacts, now: datetime) -> RequestView:
    """The page of one request."""
    request = view.request
    spoken = language()
    need = need_label(request.need, spoken)
    return RequestView(
        id=str(request.id),
        version=request.version,
        state=state_of(view),
        code=request.code,
        title=_(
            "%(who)s asks: can you help with %(need)s?",
            who=view.requester_label,
            need=in_sentence(need),
        ),
        need=need,
        soon=soon_words(request.urgency, spoken),
        people=_people(request.household_size, request.household_ages),
        language=capital(name_of(request.language, spoken)),
        zip=request.zip or "",
        good_to_know=capital(", ".join(fact_words(code, spoken) for code in request.facts)),
        service=request.service_name,
        requester=request.requester_name,
        label=view.requester_label,
        requester_phone=view.requester_phone,
        owner=view.owner_name,
        performer=request.performer_name,
        answer_by=_moment(request.answer_due_at, now, facts.zone),
        contact_by=_reach_by(view.contact_due_at, now, facts.zone),
        they_call=view.they_call,
        when=facts.when.get(spoken, ""),
        visit=_moment(request.visit_at, now, facts.zone),
        visit_note=view.visit_note or "",
        answered=_answered(view, now, facts.zone),
        answer=answer_words(request.held_answer or request.status.value, spoken),
        reason=_reason(view),
        undo_until=_undo_until(view, facts, now),
        can_show=view.can_show_identity and not (view.is_walk_in and view.answered_at is None),
        identity=_identity(view, facts, now),
        question=_question(view, facts),
        wants_call=facts.last is not None and facts.last.said == "call_me",
        last_said=_last_said(facts),
        last_at=_moment(facts.last.at, now, facts.zone) if facts.last else "",
        is_late_word=facts.last is not None and facts.last.kind is EventKind.LATE_WORD,
        notes=_notes(view.notes, now, facts.zone),
        own_notes=_notes(view.own_notes, now, facts.zone),
    )


def _notes(
    notes: tuple[NoteView, ...], now: datetime, zone: ZoneInfo
) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (note.author, note.body, moment_words(note.written_at, now, zone)) for note in notes
    )


def state_of(view: AgencyView) -> str:
    """Which of the page's shapes fits; the template has one part for each."""
    status = view.request.status
    if view.request.held_answer is not None:
        return "held"
    if status is S.ACCEPTED and view.is_walk_in and view.answered_at is None:
        return "coming"
    if status is S.UNABLE and view.request.reason == Reason.ANSWERED_BY_MISTAKE:
        return "mistake"
    return STATES.get(status) or ("yes" if status in AFTER_YES else "stopped")


def people_words(size: int | None) -> str:
    """'4 people'; empty when nobody asked."""
    return ngettext("1 person", "%(n)s people", size) if size else ""


def _people(size: int | None, ages: tuple[int, ...]) -> str:
    """'4 people: 34, 31, 6, 2 years old'."""
    told = ", ".join(str(age) for age in ages)
    years = _("%(ages)s years old", ages=told) if told else ""
    return ": ".join(part for part in (people_words(size), years) if part)


def capital(words: str) -> str:
    """With a capital first letter, as a line of its own begins."""
    return words[:1].upper() + words[1:]


def in_sentence(label: str) -> str:
    """A label inside a sentence: lower case, except for abbreviations."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def clock_words(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """'9:12 am' today, else 'Thu 9:12 am'."""
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return hour_words(local)
    return moment_words(at, now, zone)


def race_words(
    refusal: AlreadyAnswered, last: LastWord | None, performer: str, now: datetime, zone: ZoneInfo
) -> str:
    """Who was first: 'Maria already said “yes” at 9:12 am'. A standing yes names nobody."""
    values = refusal.values
    at = instant(values["when"])
    who = values["who"]
    if who in {"", performer} and last is not None:
        who, at = last.who, last.at
    if who in {"", performer}:
        who = _("Somebody at %(name)s", name=performer)
    answer = answer_words(values["answer"], language())
    if at is None:
        return _("%(who)s already said: %(answer)s.", who=who, answer=answer)
    when = clock_words(at, now, zone)
    if at.astimezone(zone).date() == now.astimezone(zone).date():
        return _(
            "%(who)s already said “%(answer)s” at %(when)s.", who=who, answer=answer, when=when
        )
    return _("%(who)s already said “%(answer)s”: %(when)s.", who=who, answer=answer, when=when)


def _moment(at: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    return moment_words(at, now, zone) if at is not None else ""


def _answered(view: AgencyView, now: datetime, zone: ZoneInfo) -> str:
    """'Denise, by link, today 10:34 am'."""
    if view.answered_at is None:
        return ""
    way = _(WAY_LABELS[view.answered_way]) if view.answered_way is not None else ""
    parts = (view.answered_by, way, moment_words(view.answered_at, now, zone))
    return ", ".join(part for part in parts if part)


def _reason(view: AgencyView) -> str:
    reason = view.request.reason
    return _(label_of(Reason(reason))) if reason and reason in set(Reason) else ""


def _undo_until(view: AgencyView, facts: AgencyFacts, now: datetime) -> str:
    until = view.can_undo_until
    if until is None and view.request.status in YES_CAN_BE_UNDONE:
        shown = facts.identity_shown_at is not None
        until = view.answered_at + UNDO_WINDOW if view.answered_at and not shown else None
    if until is None or until <= now - timedelta(seconds=1):
        return ""
    return clock_words(until, now, facts.zone)


def _question(view: AgencyView, facts: AgencyFacts) -> str:
    if view.request.status is not S.INFO_NEEDED or facts.last is None:
        return ""
    return facts.last.words.get("question") or facts.last.words.get("note", "")


def _last_said(facts: AgencyFacts) -> str:
    """The last word when it moved nothing yet, so that whoever said it sees that it came."""
    last = facts.last
    if last is None or last.kind is EventKind.MOVED:
        return ""
    if last.kind is EventKind.ANSWER_UNDONE:
        return _("You took your answer back")
    return _(SAID_WORDS[last.said]) if last.said in SAID_WORDS else ""


def _identity(view: AgencyView, facts: AgencyFacts, now: datetime) -> IdentityView | None:
    found = view.identity
    if found is None or view.request.status not in AFTER_YES:
        return None
    spoken = language()
    return IdentityView(
        name=str(found.get("name") or ""),
        name_to_use=str(found.get("name_to_use") or ""),
        phone=found.get("phone"),
        born=_born(found, now, facts.zone),
        reach=_reach(found),
        best_times=str(found.get("best_times") or ""),
        language=capital(name_of(str(found.get("language") or "en"), spoken)),
        interpreter=bool(found.get("interpreter")),
        voicemail=_voicemail(found, view.requester_label),
        access=str(found.get("access") or ""),
        shown=_shown(view, facts, now),
        proxy=_proxy(found),
        proxy_phone=(found.get("proxy") or {}).get("phone"),
    )


def _reach_by(due: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """By when to reach the patient; what is past due is due today."""
    if due is None:
        return ""
    return moment_words(due, now, zone) if due > now else _("today")


def _born(found: dict[str, Any], now: datetime, zone: ZoneInfo) -> str:
    given = found.get("birth_date")
    if not given:
        return ""
    day: date = datetime.fromisoformat(str(given)).date()
    return day_words(day, now.astimezone(zone).date())


def _reach(found: dict[str, Any]) -> str:
    ways = {
        "shared_phone": _("This phone is shared. Ask for them, say nothing else."),
        "will_come_or_call": _("They have no phone. They will come or call you."),
    }
    if found.get("way") == "through_somebody":
        return _("Reach them through: %(who)s", who=found.get("through") or "…")
    return ways.get(str(found.get("way")), "")


def _proxy(found: dict[str, Any]) -> str:
    """'Maria Flores, daughter'."""
    proxy = found.get("proxy") or {}
    return ", ".join(str(proxy[key]) for key in ("name", "relation") if proxy.get(key))


def _voicemail(found: dict[str, Any], label: str) -> str:
    if not found.get("phone"):
        return ""
    if not found.get("may_voicemail"):
        return _("Do not leave one")
    if found.get("voicemail_says_clinic"):
        return _("You may leave one and name %(label)s", label=label)
    return _("You may leave one. Do not say what it is about")


def _shown(view: AgencyView, facts: AgencyFacts, now: datetime) -> str:
    if view.shown_at is None:
        return ""
    who = facts.shown_to or view.request.performer_name
    when = moment_words(view.shown_at, now, facts.zone)
    return _(
        "Shown to %(who)s %(when)s. The clinic and the patient can see that.", who=who, when=when
    )
