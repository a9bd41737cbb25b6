"""What each clock does when it rings. Decides only; jobs.py brings it to the referral."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from referrals import overdue
from referrals.clockwork import (
    after_list_was_asked,
    after_patient_was_asked,
    after_window_ask,
    list_patient_asked_at,
)
from referrals.consequences import clock_facts
from referrals.decisions import Decision, NewTask, Recipient, Text
from referrals.lifecycle import BusinessStatus, Party, is_allowed
from referrals.tasks import Because, TaskKind
from referrals.wording import form_at
from referrals.words import Audience, EventKind, Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from referrals.models import Referral

S = BusinessStatus
ASKED_LATELY = timedelta(hours=24)
ENDINGS = {
    Rule.EXPIRES: S.EXPIRED,
    Rule.RUNS_OUT: S.RUN_OUT,
    Rule.WINDOW_ENDS: S.CLOSED_AGENCY_ONLY,
}
# Rules that only remind a person.
REMINDERS: dict[Rule, TaskKind] = {
    Rule.OWNER_CALLS: TaskKind.CALL_AGENCY,
    Rule.NEXT_PLACE: TaskKind.TRY_NEXT_PLACE,
    Rule.OWNER_AFTER_YES: TaskKind.CALL_AGENCY_AFTER_YES,
    Rule.CALL_PATIENT: TaskKind.CALL_PATIENT,
    Rule.NO_REPLY_TO_P7: TaskKind.CALL_PATIENT,
    Rule.DECIDE: TaskKind.DECIDE_DIFFERENCE,
    Rule.ENDING: TaskKind.TEAM_LEAD,
    Rule.CONSENT_ENDS: TaskKind.ASK_CONSENT_AGAIN,
    Rule.DRAFT: TaskKind.FINISH_DRAFT,
}


def decide(rule: Rule, referral: Referral, now: datetime) -> Decision:
    """What this rule brings about now. `held` is answering.release_held's."""
    if rule in ENDINGS:
        return _ending(rule, referral, now)
    if rule is Rule.ASK_PATIENT:
        return _ask_patient(referral, now)
    if rule is Rule.VISIT_TOMORROW:
        return _visit_tomorrow(referral)
    if rule is Rule.PLAN_B_TOLD:
        return _plan_b_told(referral, now)
    if rule in {Rule.ASK_AGENCY, Rule.LIST_ASKED}:
        return _ask_agency(rule, referral, now)
    return _remind(rule, referral, now)


def first_due(referral: Referral, now: datetime) -> tuple[Rule, datetime] | None:
    """The earliest clock that has rung; ties in the order of Rule."""
    rung = [
        (at, order, rule)
        for order, rule in enumerate(Rule)
        if (at := referral.clock(rule)) is not None and at <= now
    ]
    if not rung:
        return None
    at, _order, rule = min(rung)
    return rule, at


def _quiet(clocks: dict[Rule, datetime | None], *tasks: NewTask) -> Decision:
    return Decision(kind=EventKind.CLOCK_RANG, audience=Audience.SENDER, clocks=clocks, tasks=tasks)


def _ending(rule: Rule, referral: Referral, now: datetime) -> Decision:
    to = ENDINGS[rule]
    if not is_allowed(referral.status, to, Party.CLOCK):
        return _quiet({rule: None})
    wait_until = _answer_may_come_until(rule, referral)
    if wait_until is not None and now < wait_until:
        return _quiet({rule: wait_until})
    return Decision(path=(to,))


def _answer_may_come_until(rule: Rule, referral: Referral) -> datetime | None:
    """Nothing ends while a held answer is fresh; nor, but for RUNS_OUT, a question asked."""
    instants = [referral.clock(Rule.HELD)]
    if referral.patient_asked_at is not None and rule is not Rule.RUNS_OUT:
        instants.append(referral.patient_asked_at + overdue.QUESTION_GIVES_WAY)
    return max((at for at in instants if at is not None), default=None)


def _ask_patient(referral: Referral, now: datetime) -> Decision:
    asks = referral.patient_asks
    can_text = referral.may_text and form_at("P5", referral.naming_level.value) is not None
    on_list = referral.status in overdue.SLOW_STATUSES
    if not can_text or (asks >= overdue.PATIENT_ASKS and not on_list):
        due = overdue.end_of_answering_day(now, 1, referral.requester_hours)
        again = list_patient_asked_at(clock_facts(referral), now) if on_list else None
        return _quiet({Rule.ASK_PATIENT: again}, _no_word(due))
    asked = referral.patient_asked_at
    if asked is not None and now < asked + ASKED_LATELY:
        return _quiet({Rule.ASK_PATIENT: asked + ASKED_LATELY})
    after: Callable[..., dict[Rule, datetime | None]] = after_patient_was_asked
    if referral.status is S.SERVICE_REPORTED:
        after = after_window_ask
    elif on_list:
        after = after_list_was_asked
    return Decision(
        kind=EventKind.PATIENT_ASKED,
        audience=Audience.SENDER,
        texts=(Text("P5", Recipient.PATIENT),),
        changes={"patient_asks": asks + 1, "patient_asked_at": now},
        clocks=after(clock_facts(referral), asks + 1, now),
    )


def _visit_tomorrow(referral: Referral) -> Decision:
    if referral.status is not S.SCHEDULED or referral.visit_at is None:
        return _quiet({Rule.VISIT_TOMORROW: None})
    return Decision(
        kind=EventKind.PATIENT_ASKED,
        audience=Audience.SENDER,
        texts=(Text("P4", Recipient.PATIENT),),
        clocks={Rule.VISIT_TOMORROW: None},
    )


def _plan_b_told(referral: Referral, now: datetime) -> Decision:
    """P11 the day before; it takes the place of that day's "did you get it?"."""
    asked_on = referral.clock(Rule.NEXT_PLACE)
    tells = referral.status is S.SENT and referral.held is None and referral.places_left > 0
    if not tells or asked_on is None or not referral.may_text:
        return _quiet({Rule.PLAN_B_TOLD: None})
    return Decision(
        kind=EventKind.PATIENT_ASKED,
        audience=Audience.SENDER,
        texts=(Text("P11", Recipient.PATIENT, by=asked_on),),
        changes={"patient_asked_at": now},
        clocks={Rule.PLAN_B_TOLD: None},
    )


def _ask_agency(rule: Rule, referral: Referral, now: datetime) -> Decision:
    again = None
    if rule is Rule.LIST_ASKED:
        again = overdue.list_asked_at(now, housing=clock_facts(referral).housing)
    if not referral.asked_channels:
        due = overdue.end_of_answering_day(now, 1, referral.performer_hours)
        return _quiet({rule: again}, NewTask(TaskKind.CALL_AGENCY_AFTER_YES, due))
    return Decision(
        kind=EventKind.AGENCY_ASKED,
        texts=(Text("A5", Recipient.AGENCY),),
        clocks={rule: again},
    )


def _remind(rule: Rule, referral: Referral, now: datetime) -> Decision:
    due = overdue.end_of_answering_day(now, 0, referral.requester_hours)
    due = due if due > now else overdue.end_of_answering_day(now, 1, referral.requester_hours)
    again = now + overdue.DRAFT_KEPT if rule is Rule.DRAFT else None
    kind = REMINDERS[rule]
    task = _no_word(due) if kind is TaskKind.CALL_PATIENT else NewTask(kind, due)
    return _quiet({rule: again}, task)


def _no_word(due: datetime) -> NewTask:
    """A call that nobody asked for: the patient was silent, or can't be texted."""
    return NewTask(TaskKind.CALL_PATIENT, due, because=Because.NO_WORD)
