"""What follows from the patient's digit, given what the agency says; and the three facts. Pure.

The table is referrals.md 3.4 with practice.md 2.10, 2.11 and 8. Nothing here reads silence as
"yes": process, receipt and need are told apart and graded by who said them.
"""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 -- hypothesis reads the annotations
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003
from enum import IntEnum, StrEnum

from referrals.lifecycle import (
    AFTER_YES,
    ENDED,
    NOT_SENT,
    WAITING,
    BusinessStatus,
    Party,
    is_allowed,
)
from referrals.reasons import Reason
from referrals.tasks import TaskKind

S = BusinessStatus


class Question(StrEnum):
    """The text that a patient's digit answers, by its template."""

    HELLO = "P0"
    VISIT = "P4"
    CHECK = "P5"
    ENOUGH = "P6"
    AFTER_NO = "P7"
    PLAN_B = "P11"
    WHO = "P10"


class Check(IntEnum):
    """The five answers of P5, and 7: this is not me."""

    GOT_IT = 1
    STILL_WAITING = 2
    DID_NOT_GET_IT = 3
    NOT_NEEDED = 4
    CALL_ME = 5
    NOT_ME = 7


@dataclass(frozen=True, slots=True)
class Step:
    """What one patient's answer brings about."""

    to: BusinessStatus | None = None
    party: Party = Party.PATIENT
    reason: Reason | None = None
    text: str | None = None
    agency_text: str | None = None
    tasks: tuple[TaskKind, ...] = ()
    need_met: bool | None = None
    # Clocks that stop: asking the patient, and the window after the agency's "done".
    stops_asking: bool = False
    stops_window: bool = False
    follow_up: bool = False
    # The next place is not asked yet.
    waits: bool = False
    wrong_number: bool = False
    confirms_phone: bool = False
    # Only "got help" is the agency's to see, until the patient says "1 Yes, ask them".
    agency_sees: bool = False


UNKNOWN_DIGIT = Step(tasks=(TaskKind.READ_TEXT,))
CALL = Step(text="P8", tasks=(TaskKind.CALL_PATIENT,), stops_asking=True)
WRONG_NUMBER = Step(tasks=(TaskKind.REPAIR_CONTACT,), stops_asking=True, wrong_number=True)


def after_answer(question: Question, status: BusinessStatus, digit: int) -> Step:
    """What the digit means as an answer to this question at this status."""
    if digit == Check.CALL_ME:
        return _call(question)
    if digit == Check.NOT_ME:
        return _not_me(status)
    answers = {
        Question.HELLO: _after_hello,
        Question.WHO: _after_hello,
        Question.VISIT: _after_visit,
        Question.CHECK: _after_check,
        Question.ENOUGH: _after_enough,
        Question.AFTER_NO: _after_no,
        Question.PLAN_B: _after_plan_b,
    }
    return answers[question](status, digit)


def _call(question: Question) -> Step:
    if question is Question.AFTER_NO:
        return Step(
            text="P8",
            tasks=(TaskKind.CALL_PATIENT, TaskKind.DID_NOT_GET_IT),
            stops_asking=True,
            stops_window=True,
        )
    return CALL


def _not_me(status: BusinessStatus) -> Step:
    if status is S.SERVICE_REPORTED:
        return Step(
            to=S.CLOSED_AGENCY_ONLY,
            tasks=(TaskKind.REPAIR_CONTACT,),
            stops_asking=True,
            wrong_number=True,
        )
    return WRONG_NUMBER


def _after_hello(status: BusinessStatus, digit: int) -> Step:
    del status
    return Step(confirms_phone=True) if digit == 1 else UNKNOWN_DIGIT


def _after_visit(status: BusinessStatus, digit: int) -> Step:
    if digit == 1:
        return Step()
    if digit == 2 and status is S.SCHEDULED:  # noqa: PLR2004 -- the digits of P4
        return Step(to=S.CONTACTING, tasks=(TaskKind.NEW_VISIT_TIME,), agency_sees=True)
    if digit == Check.NOT_NEEDED:
        return _not_needed(status)
    return UNKNOWN_DIGIT


def _after_check(status: BusinessStatus, digit: int) -> Step:
    if digit == Check.GOT_IT:
        return _got_it(status)
    if digit == Check.STILL_WAITING:
        return _still_waiting(status)
    if digit == Check.DID_NOT_GET_IT:
        return _did_not_get_it(status)
    if digit == Check.NOT_NEEDED:
        return _not_needed(status)
    return UNKNOWN_DIGIT


_GOT_HELP_ENDS_AS = {
    **dict.fromkeys(WAITING, S.SERVED_WITHOUT_ANSWER),
    **dict.fromkeys(AFTER_YES, S.CLOSED_PATIENT_ONLY),
    S.SERVICE_REPORTED: S.CLOSED_CONFIRMED,
    S.ACCOUNTS_DIFFER: S.CLOSED_CONFIRMED,
    S.CLOSED_AGENCY_ONLY: S.CLOSED_CONFIRMED,
}


def _got_it(status: BusinessStatus) -> Step:
    to = _GOT_HELP_ENDS_AS.get(status)
    if to is None:
        # The place said no, or it ended otherwise: help came from elsewhere.
        return Step(text="P6", stops_asking=True, agency_sees=False)
    return Step(
        to=to,
        text="P6",
        reason=Reason.HELPED_WITHOUT_ANSWER if to is S.SERVED_WITHOUT_ANSWER else None,
        agency_text="A8" if status in WAITING else None,
        stops_asking=True,
        stops_window=True,
        agency_sees=True,
    )


def _still_waiting(status: BusinessStatus) -> Step:
    if status is S.SERVICE_REPORTED:
        # Not a difference: help may go on. The place is asked for a date, the window waits.
        return Step(tasks=(TaskKind.ASK_FOR_DATE,), stops_window=True)
    if status in {S.WAITLISTED, S.PAUSED, S.ENROLLED, S.SERVING}:
        return Step()
    if status in WAITING:
        return Step(tasks=(TaskKind.STILL_WAITING,))
    if status in AFTER_YES:
        return Step(agency_text="A5")
    if status in ENDED:
        return Step(tasks=(TaskKind.LATE_WORD,))
    return UNKNOWN_DIGIT


def _did_not_get_it(status: BusinessStatus) -> Step:
    if status in WAITING:
        return Step(tasks=(TaskKind.DID_NOT_GET_IT,), stops_asking=True)
    if status in AFTER_YES:
        # Ask before telling: a shelter's resident can be punished for complaining.
        return Step(
            text="P7", tasks=(TaskKind.DID_NOT_GET_IT,), stops_asking=True, stops_window=True
        )
    if status in ENDED:
        return Step(tasks=(TaskKind.LATE_WORD,), need_met=False, stops_asking=True)
    return UNKNOWN_DIGIT


def _not_needed(status: BusinessStatus) -> Step:
    if status is S.SERVICE_REPORTED:
        return Step(to=S.CLOSED_AGENCY_ONLY, stops_asking=True, stops_window=True)
    if is_allowed(status, S.PATIENT_DECLINED, Party.PATIENT):
        return Step(
            to=S.PATIENT_DECLINED,
            reason=Reason.DECLINED_BY_PATIENT,
            agency_text="A8",
            stops_asking=True,
            agency_sees=True,
        )
    return Step(tasks=(TaskKind.READ_TEXT,), stops_asking=True)


def _after_enough(status: BusinessStatus, digit: int) -> Step:
    del status
    if digit == 1:
        return Step(need_met=True)
    if digit == 2:  # noqa: PLR2004 -- the digits of P6
        return Step(need_met=False, tasks=(TaskKind.FOLLOW_UP_NEED,), follow_up=True)
    return UNKNOWN_DIGIT


def _after_plan_b(status: BusinessStatus, digit: int) -> Step:
    """Before the next place is asked: help came already, go on, or wait."""
    if digit == Check.GOT_IT:
        return _got_it(status)
    if digit == 2:  # noqa: PLR2004 -- the digits of P11
        return Step()
    if digit == 3:  # noqa: PLR2004 -- the digits of P11
        return Step(waits=True) if status in WAITING else Step(tasks=(TaskKind.READ_TEXT,))
    return UNKNOWN_DIGIT


def _after_no(status: BusinessStatus, digit: int) -> Step:
    if digit == 1:
        differs = is_allowed(status, S.ACCOUNTS_DIFFER, Party.PATIENT)
        return Step(
            to=S.ACCOUNTS_DIFFER if differs else None,
            tasks=(TaskKind.ASK_THEM_WHY,),
            need_met=False,
            stops_window=True,
            agency_sees=True,
        )
    if digit == 2:  # noqa: PLR2004 -- the digits of P7
        leaves = is_allowed(status, S.WITHDRAWN, Party.SENDER)
        return Step(
            to=S.WITHDRAWN if leaves else None,
            party=Party.SENDER,
            reason=Reason.DID_NOT_GET_HELP if leaves else None,
            tasks=(TaskKind.FOLLOW_UP_NEED,),
            need_met=False,
            follow_up=True,
            stops_asking=True,
            stops_window=True,
        )
    return UNKNOWN_DIGIT


class Grade(IntEnum):
    """How well a fact is known."""

    SILENCE = 0
    TRANSPORT_ONLY = 1
    STAFF_NOTE = 2
    AGENCY_SAYS = 3
    PATIENT_SAYS = 4
    BOTH_AGREE = 5
    INDEPENDENT_EVENT = 6


@dataclass(frozen=True, slots=True)
class Said:
    """One word of one party, as the event log keeps it."""

    party: Party
    at: datetime
    channel: str
    told_to_staff: bool = False
    to: BusinessStatus | None = None
    got_help: bool | None = None
    need_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A value, who said it last, when, by which way, and how well it is known."""

    value: str = "unknown"
    who: tuple[Party, ...] = ()
    at: datetime | None = None
    channel: str | None = None
    told_to_staff: bool = False
    grade: Grade = Grade.SILENCE


@dataclass(frozen=True, slots=True)
class Facts:
    """Process (did they answer), receipt (did help arrive), need (is it met)."""

    process: Fact = field(default_factory=Fact)
    receipt: Fact = field(default_factory=Fact)
    need: Fact = field(default_factory=Fact)


AGENCY_HELPED = frozenset({S.SERVICE_REPORTED})
AGENCY_DID_NOT = frozenset({S.DECLINED, S.UNABLE})


def facts_of(log: Sequence[Said]) -> Facts:
    """The three facts, recomputed from everything that was said, oldest first."""
    return Facts(_process(log), _receipt(log), _need(log))


def _process(log: Sequence[Said]) -> Fact:
    if any(said.party is Party.STANDING_YES for said in log):
        return Fact("standing_yes", (Party.STANDING_YES,), grade=Grade.TRANSPORT_ONLY)
    words = [said for said in log if said.party is Party.AGENCY]
    if not words:
        return Fact("silent")
    return _fact("answered", words[0], Grade.AGENCY_SAYS)


def _receipt(log: Sequence[Said]) -> Fact:
    agency = _last_agency_word(log)
    # An own answer outranks one that was told to staff.
    told = [said for said in log if said.party is Party.PATIENT and said.got_help is not None]
    own = [said for said in told if not said.told_to_staff]
    patient = (own or told)[-1] if told else None
    if patient is None:
        if agency is None:
            return Fact()
        value = "got_help" if agency.to in AGENCY_HELPED else "no_help"
        return _fact(value, agency, Grade.AGENCY_SAYS)
    agency_helped = None if agency is None else agency.to in AGENCY_HELPED
    if agency_helped is patient.got_help:
        value = "got_help" if patient.got_help else "no_help"
        both = _fact(value, patient, Grade.BOTH_AGREE)
        return Fact(
            both.value,
            (Party.AGENCY, Party.PATIENT),
            both.at,
            both.channel,
            both.told_to_staff,
            both.grade,
        )
    if agency_helped and not patient.got_help:
        return _fact("accounts_differ", patient, Grade.PATIENT_SAYS)
    return _fact("got_help" if patient.got_help else "no_help", patient, Grade.PATIENT_SAYS)


def _last_agency_word(log: Sequence[Said]) -> Said | None:
    words = [
        said
        for said in log
        if said.party is Party.AGENCY and said.to in AGENCY_HELPED | AGENCY_DID_NOT
    ]
    return words[-1] if words else None


def _need(log: Sequence[Said]) -> Fact:
    words = [said for said in log if said.need_met is not None]
    if not words:
        return Fact()
    last = words[-1]
    grade = Grade.PATIENT_SAYS if last.party is Party.PATIENT else Grade.STAFF_NOTE
    return _fact("met" if last.need_met else "not_met", last, grade)


def _fact(value: str, said: Said, grade: Grade) -> Fact:
    return Fact(value, (said.party,), said.at, said.channel, said.told_to_staff, grade)


OPEN_TO_PATIENT = frozenset(BusinessStatus) - NOT_SENT - {S.ENTERED_IN_ERROR}
