"""Which clocks run after a move. Pure; the instants come from overdue.py.

Every open referral keeps at least one clock, so that there always is a next-action time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta  # noqa: TC003

from referrals import overdue
from referrals.consent import asked_again_at
from referrals.lifecycle import AFTER_YES, ENDED, WAITING, BusinessStatus, is_bad_ending
from referrals.overdue import AnsweringHours, Urgency
from referrals.reasons import REASONS, Reason
from referrals.words import Rule

S = BusinessStatus
Clocks = dict[Rule, datetime | None]
_STOPPED: Clocks = dict.fromkeys(Rule, None)
_ANSWER_RULES = (
    Rule.OWNER_CALLS,
    Rule.PLAN_B_TOLD,
    Rule.NEXT_PLACE,
    Rule.EXPIRES,
    Rule.HELD,
)
# After a yes, as long as nobody said how it went.
_IN_HAND = AFTER_YES - {S.SERVICE_REPORTED, S.ACCOUNTS_DIFFER}
_PROGRESS_RULES = (Rule.ASK_AGENCY, Rule.OWNER_AFTER_YES, Rule.LIST_ASKED, Rule.VISIT_TOMORROW)


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What the clocks look at."""

    urgency: Urgency
    sent_at: datetime | None
    agency: AnsweringHours
    sender: AnsweringHours
    patient_zone: str
    patient_asks: int = 0
    walk_in: bool = False
    housing: bool = False
    agency_told: bool = True
    next_opening_ends: datetime | None = None
    second_opening_ends: datetime | None = None
    visit_at: datetime | None = None
    consent_ends_at: datetime | None = None
    reason: str | None = None
    # How many more places the patient agreed to.
    places_left: int = 0


def after_draft(now: datetime) -> Clocks:
    """A draft's only clock."""
    return {Rule.DRAFT: now + overdue.DRAFT_KEPT}


def after_move(
    facts: ClockFacts, origin: BusinessStatus, to: BusinessStatus, now: datetime
) -> Clocks:
    """Clocks to start, move or stop (None) when a referral enters `to`."""
    if to in ENDED:
        return _ended(facts, to, now)
    if to is S.AWAITING_CONSENT:
        return {}
    if to in WAITING:
        return _waiting(facts, origin, to, now)
    if to is S.SERVICE_REPORTED:
        return _reported(now)
    if to is S.ACCOUNTS_DIFFER:
        return _differs(facts, now)
    return _after_yes(facts, to, now)


def _ended(facts: ClockFacts, to: BusinessStatus, now: datetime) -> Clocks:
    bad = is_bad_ending(to, facts.reason)
    goes_on = to in {S.DECLINED, S.UNABLE} and facts.places_left > 0 and asks_next(facts.reason)
    return {
        **_STOPPED,
        Rule.ENDING: overdue.bad_ending_due(now, facts.sender) if bad else None,
        Rule.NEXT_PLACE: now if goes_on else None,
    }


def asks_next(reason: str | None) -> bool:
    """Whether a no for this reason is the place's own: then the next on the list is asked."""
    known = reason in set(Reason) and REASONS[Reason(str(reason))].whose == "agency"
    return known and reason != Reason.ANSWERED_BY_MISTAKE


def _waiting(
    facts: ClockFacts, origin: BusinessStatus, to: BusinessStatus, now: datetime
) -> Clocks:
    if to is S.INFO_NEEDED:
        return {Rule.OWNER_CALLS: None}
    due = overdue.answer_clocks(facts.urgency, now, facts.agency, facts.second_opening_ends)
    started: Clocks = {
        Rule.OWNER_CALLS: due.owner_calls if facts.agency_told else None,
        Rule.NEXT_PLACE: due.next_place,
        Rule.EXPIRES: due.expires,
        Rule.PLAN_B_TOLD: plan_b_told_at(facts, due.next_place, now),
    }
    if origin is S.INFO_NEEDED:
        return started
    asked = overdue.patient_asked_at(facts.urgency, now, facts.patient_zone)
    consent = facts.consent_ends_at
    return {
        **started,
        Rule.DRAFT: None,
        Rule.ASK_PATIENT: asked,
        Rule.CONSENT_ENDS: asked_again_at(consent) if consent else None,
        Rule.CONSENT_OVER: consent,
    }


def plan_b_told_at(facts: ClockFacts, next_place: datetime, now: datetime) -> datetime | None:
    """The morning before the next place is asked, if there is one and the morning is to come."""
    told = overdue.morning_after(next_place, -1, facts.patient_zone)
    return told if facts.places_left > 0 and told > now else None


def _reported(now: datetime) -> Clocks:
    return {
        **dict.fromkeys((*_ANSWER_RULES, *_PROGRESS_RULES, Rule.DECIDE), None),
        Rule.ASK_PATIENT: now,
        Rule.WINDOW_ENDS: now + overdue.WINDOW,
        Rule.RUNS_OUT: overdue.runs_out_at(S.SERVICE_REPORTED, now),
    }


def _differs(facts: ClockFacts, now: datetime) -> Clocks:
    stopped = (
        *_ANSWER_RULES,
        *_PROGRESS_RULES,
        Rule.WINDOW_ENDS,
        Rule.ASK_PATIENT,
        Rule.CALL_PATIENT,
        Rule.NO_REPLY_TO_P7,
    )
    return {
        **dict.fromkeys(stopped, None),
        Rule.DECIDE: overdue.difference_due(now, facts.sender),
        Rule.RUNS_OUT: overdue.runs_out_at(S.ACCOUNTS_DIFFER, now),
    }


def _after_yes(facts: ClockFacts, to: BusinessStatus, now: datetime) -> Clocks:
    clocks: Clocks = dict.fromkeys(
        (*_ANSWER_RULES, *_PROGRESS_RULES, Rule.WINDOW_ENDS, Rule.DECIDE, Rule.DRAFT), None
    )
    clocks[Rule.RUNS_OUT] = overdue.runs_out_at(to, now)
    if to in overdue.SLOW_STATUSES or to is S.SERVING:
        clocks[Rule.LIST_ASKED] = overdue.list_asked_at(now, housing=facts.housing)
    elif not facts.walk_in:
        clocks[Rule.ASK_AGENCY] = overdue.agency_asked_how_it_went(now, facts.agency)
        clocks[Rule.OWNER_AFTER_YES] = overdue.owner_calls_after_yes(now, facts.agency)
    if to is S.SCHEDULED and facts.visit_at is not None:
        clocks |= _after_visit(facts, facts.visit_at, now)
    if to in overdue.SLOW_STATUSES:
        clocks[Rule.ASK_PATIENT] = list_patient_asked_at(facts, now)
    if facts.walk_in and to is S.ACCEPTED:
        clocks |= _walk_in(facts, now)
    return clocks


def list_patient_asked_at(facts: ClockFacts, now: datetime) -> datetime:
    """Whoever waits on a list is asked as often as the place is, for as long as they wait."""
    again = overdue.list_asked_at(now, housing=facts.housing)
    return overdue.morning_after(again, 0, facts.patient_zone)


def _walk_in(facts: ClockFacts, now: datetime) -> Clocks:
    """Asked the day after the next opening, however far off, and not given up before that."""
    opening = facts.next_opening_ends
    ahead = opening if opening is not None and opening > now else None
    asked = overdue.patient_asked_at(facts.urgency, now, facts.patient_zone, ahead)
    return {
        Rule.ASK_PATIENT: asked,
        Rule.RUNS_OUT: overdue.runs_out_at(S.ACCEPTED, max(now, ahead or now)),
    }


def after_agency_wrote(facts: ClockFacts, status: BusinessStatus, now: datetime) -> Clocks:
    """A word that moves nothing ("still working", "still on our list") breaks the silence too."""
    if status not in _IN_HAND:
        return {}
    fresh = _after_yes(facts, status, now)
    return {rule: fresh.get(rule) for rule in (*_PROGRESS_RULES, Rule.RUNS_OUT)}


def _after_visit(facts: ClockFacts, visit_at: datetime, now: datetime) -> Clocks:
    """Nobody is asked how it went before the visit; the patient is reminded the day before."""
    asked = overdue.agency_asked_how_it_went(visit_at, facts.agency)
    tomorrow = overdue.morning_after(visit_at, -1, facts.patient_zone)
    return {
        Rule.VISIT_TOMORROW: tomorrow if tomorrow > now else None,
        Rule.ASK_AGENCY: asked,
        Rule.OWNER_AFTER_YES: overdue.owner_calls_after_yes(visit_at, facts.agency),
        Rule.ASK_PATIENT: overdue.morning_after(visit_at, 1, facts.patient_zone),
        Rule.RUNS_OUT: overdue.runs_out_at(S.SCHEDULED, max(now, visit_at)),
    }


def after_list_was_asked(facts: ClockFacts, asks: int, now: datetime) -> Clocks:
    """On a list the asking goes on; silent twice in a row, a person calls as well."""
    silent = asks % overdue.PATIENT_ASKS == 0
    return {
        Rule.ASK_PATIENT: list_patient_asked_at(facts, now),
        Rule.CALL_PATIENT: overdue.patient_called_at(now) if silent else None,
    }


def after_patient_was_asked(facts: ClockFacts, asks: int, now: datetime) -> Clocks:
    """After the first "did you get it?" comes a second; after the second, a call."""
    if asks >= overdue.PATIENT_ASKS:
        return {Rule.ASK_PATIENT: None, Rule.CALL_PATIENT: overdue.patient_called_at(now)}
    again = overdue.patient_asked_again_at(
        facts.urgency, facts.sent_at or now, now, facts.patient_zone
    )
    return {Rule.ASK_PATIENT: again}


def after_window_ask(facts: ClockFacts, asks: int, now: datetime) -> Clocks:
    """The same inside the window after the agency's "done": the second ask is on day 3."""
    if asks >= overdue.PATIENT_ASKS:
        return {Rule.ASK_PATIENT: None, Rule.CALL_PATIENT: overdue.patient_called_at(now)}
    again = overdue.morning_after(now + overdue.WINDOW_SECOND_ASK, 0, facts.patient_zone)
    return {Rule.ASK_PATIENT: max(again, now + timedelta(days=2))}
