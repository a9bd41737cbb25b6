"""The agency's word: first answers, progress and outcomes.

One winner: once somebody of the agency has answered (a held no counts), everybody else is told
kindly who was first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from referrals import overdue
from referrals.clockwork import after_agency_wrote
from referrals.consequences import clock_facts
from referrals.decisions import Decision, NewTask, Recipient, Text
from referrals.errors import AlreadyAnswered
from referrals.lifecycle import (
    AFTER_YES,
    ENDED,
    NOT_SENT,
    WAITING,
    BusinessStatus,
    Party,
    check_move,
    is_allowed,
    path_to,
)
from referrals.overdue import UNDO_WINDOW, answer_is_held
from referrals.reasons import Reason, reason_for
from referrals.tasks import TaskKind
from referrals.transition import Outcome, transition
from referrals.words import WAY_LABELS, EventKind, Held, Way, Word

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral

S = BusinessStatus
SOON = timedelta(hours=1)


class AgencySays(StrEnum):
    """What an agency can say. The first five answer the request, the others come after a yes."""

    YES = "yes"
    WAIT_LIST = "wait_list"
    NO = "no"
    QUESTION = "question"
    CALL_ME = "call_me"
    CONTACTING = "contacting"
    SCHEDULED = "scheduled"
    SERVING = "serving"
    ENROLLED = "enrolled"
    PAUSED = "paused"
    ON_LIST = "on_list"
    HELPED = "helped"
    DID_NOT_COME = "did_not_come"
    COULD_NOT_REACH = "could_not_reach"
    NOT_ELIGIBLE = "not_eligible"
    CANNOT = "cannot"
    STILL_WORKING = "still_working"
    YOU_ARE_RIGHT = "you_are_right"


FIRST_ANSWERS = frozenset(
    {
        AgencySays.YES,
        AgencySays.WAIT_LIST,
        AgencySays.NO,
        AgencySays.QUESTION,
    }
)
OUTCOMES = frozenset(
    {
        AgencySays.HELPED,
        AgencySays.DID_NOT_COME,
        AgencySays.COULD_NOT_REACH,
        AgencySays.NOT_ELIGIBLE,
        AgencySays.CANNOT,
    }
)
TARGETS: dict[AgencySays, BusinessStatus] = {
    AgencySays.YES: S.ACCEPTED,
    AgencySays.WAIT_LIST: S.WAITLISTED,
    AgencySays.NO: S.DECLINED,
    AgencySays.QUESTION: S.INFO_NEEDED,
    AgencySays.CONTACTING: S.CONTACTING,
    AgencySays.SCHEDULED: S.SCHEDULED,
    AgencySays.SERVING: S.SERVING,
    AgencySays.ENROLLED: S.ENROLLED,
    AgencySays.PAUSED: S.PAUSED,
    AgencySays.ON_LIST: S.WAITLISTED,
    AgencySays.HELPED: S.SERVICE_REPORTED,
    AgencySays.DID_NOT_COME: S.UNABLE,
    AgencySays.COULD_NOT_REACH: S.UNABLE,
    AgencySays.NOT_ELIGIBLE: S.UNABLE,
    AgencySays.CANNOT: S.UNABLE,
    AgencySays.STILL_WORKING: S.CONTACTING,
    AgencySays.YOU_ARE_RIGHT: S.UNABLE,
}
REASONS_GIVEN: dict[AgencySays, Reason] = {
    AgencySays.DID_NOT_COME: Reason.NO_SHOW,
    AgencySays.COULD_NOT_REACH: Reason.COULD_NOT_REACH,
    AgencySays.NOT_ELIGIBLE: Reason.NOT_ELIGIBLE,
    AgencySays.YOU_ARE_RIGHT: Reason.OTHER,
}


@dataclass(frozen=True, slots=True)
class AgencyWord:
    """What was said, with whatever belongs to it."""

    says: AgencySays
    reason: Reason | None = None
    note: str = ""
    # A question to the sender, or another place the agency knows.
    question: str = ""
    suggestion: str = ""
    visit_at: datetime | None = None
    visit_note: str = ""


async def answer_as_agency(
    session: AsyncSession,
    referral_id: UUID,
    word: Word,
    said: AgencyWord,
    *,
    expected_version: int | None = None,
) -> Outcome:
    """Take the agency's word. AlreadyAnswered for whoever comes second."""
    return await transition(
        session,
        referral_id,
        word,
        lambda referral: decide_answer(referral, word, said),
        expected_version=expected_version,
    )


# The same door: an outcome differs from an answer only in what it may follow.
report_outcome = answer_as_agency


def decide_answer(referral: Referral, word: Word, said: AgencyWord) -> Decision:
    """What the word does at the referral's present place."""
    if referral.status in NOT_SENT or referral.status is S.ENTERED_IN_ERROR:
        check_move(referral.status, TARGETS.get(said.says, S.ACCEPTED), Party.AGENCY)
    _refuse_second(referral, said.says, word.now)
    if referral.status in ENDED:
        return _after_the_end(referral, word, said)
    asks = said.says is AgencySays.QUESTION and referral.status in AFTER_YES
    if said.says is AgencySays.CALL_ME or asks:
        return _call_me(referral, word, said)
    return _answer(referral, word, said)


def _refuse_second(referral: Referral, says: AgencySays, now: datetime) -> None:
    said_no = referral.status in {S.DECLINED, S.UNABLE} and not _is_second_thought(
        referral, says, now
    )
    said_yes = referral.status in AFTER_YES and referral.answered_at is not None
    too_late = says in FIRST_ANSWERS and (said_no or said_yes)
    if referral.held is not None or too_late or _same_again(referral, says):
        raise already_answered(referral)


def _is_second_thought(referral: Referral, says: AgencySays, now: datetime) -> bool:
    """A yes long after their own no is welcome; at the same time it is a race that was lost."""
    at = referral.ended_at or referral.changed_at
    return says in {AgencySays.YES, AgencySays.WAIT_LIST} and now >= at + UNDO_WINDOW


def _same_again(referral: Referral, says: AgencySays) -> bool:
    """The first word stands: "helped" twice, "no" after an outcome."""
    if referral.status in {S.DECLINED, S.UNABLE}:
        return says in OUTCOMES - {AgencySays.HELPED}
    return referral.status is S.SERVICE_REPORTED and says is AgencySays.HELPED


def already_answered(referral: Referral) -> AlreadyAnswered:
    """The kind refusal: who was first, when, how, and what they said."""
    held = referral.held
    answer = str(held["to"]) if held else referral.status.value
    at = referral.answered_at or referral.changed_at
    way = Way(referral.answered_way) if referral.answered_way else Way.PAGE
    return AlreadyAnswered(
        who=referral.answered_by or referral.performer_name,
        when=at.isoformat(),
        how=WAY_LABELS[way],
        answer=answer,
    )


def _after_the_end(referral: Referral, word: Word, said: AgencyWord) -> Decision:
    if (
        said.says is AgencySays.HELPED
        and is_allowed(referral.status, S.CLOSED_CONFIRMED, Party.AGENCY)
        and referral.status is S.CLOSED_PATIENT_ONLY
    ):
        return Decision(path=(S.CLOSED_CONFIRMED,), words=_words(said))
    due = overdue.end_of_answering_day(word.now, 1, referral.requester_hours)
    return Decision(
        kind=EventKind.LATE_WORD,
        words={**_words(said), "said": said.says.value},
        tasks=(NewTask(TaskKind.LATE_WORD, due),),
        texts=reply_to(word, "AL"),
    )


def _call_me(referral: Referral, word: Word, said: AgencyWord) -> Decision:
    due = overdue.end_of_answering_day(word.now, 0, referral.requester_hours)
    task = NewTask(TaskKind.CALL_AGENCY_ASKED, max(due, word.now + SOON))
    reply = reply_to(word, "AN", answer="call_me")
    words = {**_words(said), "said": said.says.value}
    if referral.status is S.SENT:
        return Decision(path=(S.INFO_NEEDED,), words=words, tasks=(task,))
    clocks = after_agency_wrote(clock_facts(referral), referral.status, word.now)
    return Decision(
        kind=EventKind.CALL_WANTED, words=words, tasks=(task,), texts=reply, clocks=clocks
    )


def _answer(referral: Referral, word: Word, said: AgencyWord) -> Decision:
    to = _target(referral, said.says)
    if said.says is AgencySays.SCHEDULED and to is None and said.visit_at is not None:
        return _new_time(referral, word, said)
    if to is None:
        return _note(referral, word, said)
    path = path_to(referral.status, to, Party.AGENCY)
    reason = _reason(to, word, said)
    if to in {S.DECLINED, S.UNABLE} or said.says in OUTCOMES:
        reason_for(path[-1], reason)
        settles = said.says is AgencySays.YOU_ARE_RIGHT
        if answer_is_held(referral.urgency, word.way.value) and not settles:
            return _held(word, said, to, reason)
    return Decision(path=path, reason=reason, words=_words(said), changes=_visit(said))


def _target(referral: Referral, says: AgencySays) -> BusinessStatus | None:
    """The status to go to; None when the word moves nothing."""
    to = TARGETS[says]
    if says is AgencySays.NO and referral.status in AFTER_YES:
        return S.UNABLE
    if to is S.UNABLE and referral.status in WAITING:
        return S.DECLINED
    if says is AgencySays.STILL_WORKING:
        return S.CONTACTING if referral.status is S.ACCEPTED else None
    if says is AgencySays.HELPED and referral.status is S.ACCOUNTS_DIFFER:
        return None
    return None if to is referral.status else to


def _reason(to: BusinessStatus, word: Word, said: AgencyWord) -> Reason | None:
    given = said.reason or REASONS_GIVEN.get(said.says)
    if given is None and to in {S.DECLINED, S.UNABLE} and word.way is Way.TEXT:
        # "27 3": text A3 asks for the reason; until then it is another one.
        return Reason.OTHER
    return given


def _held(word: Word, said: AgencyWord, to: BusinessStatus, reason: Reason | None) -> Decision:
    """Recorded at once, moved after half an hour, unless it is undone."""
    held = Held(
        to=to.value,
        reason=reason.value if reason else None,
        said_by=word.name,
        way=word.way,
        at=word.now,
        until=word.now + UNDO_WINDOW,
    )
    template = "A3" if reason is Reason.OTHER and said.says is AgencySays.NO else "AN"
    return Decision(
        kind=EventKind.ANSWER_GIVEN,
        reason=reason,
        words={**_words(said), "said": said.says.value},
        hold=held,
        texts=reply_to(word, template, answer=to.value),
    )


def _note(referral: Referral, word: Word, said: AgencyWord) -> Decision:
    return Decision(
        kind=EventKind.AGENCY_WROTE,
        words={**_words(said), "said": said.says.value},
        clocks=after_agency_wrote(clock_facts(referral), referral.status, word.now),
        texts=reply_to(word, "AN", answer=said.says.value),
    )


def _new_time(referral: Referral, word: Word, said: AgencyWord) -> Decision:
    """The visit is moved: the patient hears the new time, and is reminded of that one."""
    facts = replace(clock_facts(referral), visit_at=said.visit_at)
    return Decision(
        kind=EventKind.AGENCY_WROTE,
        words={**_words(said), "said": said.says.value},
        changes=_visit(said),
        clocks=after_agency_wrote(facts, referral.status, word.now),
        texts=(Text("P4", Recipient.PATIENT), *reply_to(word, "AN", answer=said.says.value)),
    )


def _visit(said: AgencyWord) -> dict[str, object]:
    if said.says is not AgencySays.SCHEDULED:
        return {}
    return {"visit_at": said.visit_at, "visit_note": said.visit_note or None}


def _words(said: AgencyWord) -> dict[str, str]:
    words = {"note": said.note, "question": said.question, "suggestion": said.suggestion}
    return {name: value for name, value in words.items() if value}


def reply_to(word: Word, template: str, answer: str | None = None) -> tuple[Text, ...]:
    """A text back to the phone that just wrote."""
    if word.way is not Way.TEXT or word.reply_channel_id is None:
        return ()
    return (Text(template, Recipient.REPLY, answer=answer),)
