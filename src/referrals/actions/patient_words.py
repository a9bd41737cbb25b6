"""The patient's word: digits that answer a question, and free words that a person reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from notify.api import SuppressionReason, close_question, phone_hash, suppress
from referrals import overdue
from referrals.actions.undoing import held_word, release_held
from referrals.closure import Check, Question, Step, after_answer
from referrals.decisions import Decision, NewTask, Recipient, Text
from referrals.lifecycle import NOT_SENT, BusinessStatus, Party, check_move
from referrals.models import Patient
from referrals.tasks import Because, TaskKind
from referrals.transition import Outcome, known_event, lock_referral, transition
from referrals.words import Audience, EventKind, Rule, Way, Word, own_words_key

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral

S = BusinessStatus
SOON = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PatientWord:
    """A digit as the answer to a question, with the patient's own words if there were any."""

    digit: int
    question: Question = Question.CHECK
    own_words: str = ""
    # False: a machine may be saying it, so nothing is sent back.
    replies: bool = True


async def patient_answer(
    session: AsyncSession,
    referral_id: UUID,
    word: Word,
    said: PatientWord,
    *,
    expected_version: int | None = None,
) -> Outcome:
    """Take the patient's digit. What follows is closure.py's table."""
    steps: list[Step] = []

    def decide(referral: Referral) -> Decision:
        if referral.status in NOT_SENT or referral.status is S.ENTERED_IN_ERROR:
            check_move(referral.status, S.PATIENT_DECLINED, Party.PATIENT)
        step = after_answer(said.question, referral.status, said.digit)
        steps.append(step)
        return _decision(referral, word, said, step)

    if said.question is Question.CHECK and said.digit == Check.GOT_IT:
        expected_version = await _both_say_so(session, referral_id, word, expected_version)
    outcome = await transition(
        session, referral_id, word, decide, expected_version=expected_version
    )
    if not outcome.repeated:
        if said.own_words and steps[0].agency_sees:
            await _keep_own_words(session, referral_id, word, said)
        await _about_the_phone(session, outcome.referral, word, steps[0])
    return outcome


async def _keep_own_words(
    session: AsyncSession, referral_id: UUID, word: Word, said: PatientWord
) -> None:
    """The agency hears the answer, the sender alone the words: a row of the log has one audience.

    "Patient says" on the sender's page puts the two together again.
    """
    decision = Decision(
        kind=EventKind.PATIENT_WROTE,
        audience=Audience.SENDER,
        words={"own_words": said.own_words},
    )
    key = own_words_key(word.event_key)
    await transition(session, referral_id, replace(word, event_key=key), lambda _row: decision)


async def _both_say_so(
    session: AsyncSession, referral_id: UUID, word: Word, expected_version: int | None
) -> int | None:
    """The agency's "helped" of the last half hour need not wait: the patient says so too."""
    referral = await lock_referral(session, referral_id)
    held = referral.held
    if held is None or held["to"] != S.SERVICE_REPORTED.value:
        return expected_version
    if expected_version not in {None, referral.version}:
        return expected_version
    if await known_event(session, referral_id, word.event_key) is None:
        key = f"{word.event_key}:held"
        await release_held(session, referral_id, held_word(referral, key, word.now))
    return None


def _decision(referral: Referral, word: Word, said: PatientWord, step: Step) -> Decision:
    got_help = _got_help(said)
    return Decision(
        kind=EventKind.PATIENT_ANSWERED,
        path=(step.to,) if step.to else (),
        moves_as=step.party,
        reason=step.reason,
        audience=Audience.BOTH if step.agency_sees else Audience.SENDER,
        words={"own_words": said.own_words} if said.own_words and not step.agency_sees else {},
        question=said.question.value,
        digit=said.digit,
        got_help=got_help,
        need_met=step.need_met,
        texts=_texts(referral, word, step) if said.replies else (),
        tasks=_tasks(referral, word, step),
        clocks={**_clocks(word, said, step), **_waits(referral, word, step)},
        follow_up=step.follow_up,
        changes=_asked_anew(referral, said),
    )


def _asked_anew(referral: Referral, said: PatientWord) -> dict[str, object]:
    """Whoever waits on a list is not silent: the next two asks count from here."""
    on_list = referral.status in overdue.SLOW_STATUSES
    return {"patient_asks": 0} if on_list and said.question is Question.CHECK else {}


def _waits(referral: Referral, word: Word, step: Step) -> dict[Rule, datetime | None]:
    """The next place is asked later; nothing ends before that."""
    if not step.waits:
        return {}
    later = overdue.end_of_answering_day(
        word.now, overdue.PLAN_B_WAITS_DAYS, referral.performer_hours
    )
    told = overdue.morning_after(later, -1, referral.patient_time_zone)
    ends = referral.clock(Rule.EXPIRES)
    return {
        Rule.NEXT_PLACE: later,
        Rule.PLAN_B_TOLD: told,
        Rule.EXPIRES: max(ends, later) if ends is not None else None,
    }


def _got_help(said: PatientWord) -> bool | None:
    if said.question is Question.PLAN_B:
        return True if said.digit == Check.GOT_IT else None
    if said.question is not Question.CHECK:
        return None
    return (
        {Check.GOT_IT: True, Check.DID_NOT_GET_IT: False}.get(Check(said.digit))
        if (said.digit in set(Check))
        else None
    )


def _texts(referral: Referral, word: Word, step: Step) -> tuple[Text, ...]:
    texts: list[Text] = []
    if step.text is not None:
        by = overdue.call_promised_by(word.now, referral.requester_hours)
        texts.append(Text(step.text, Recipient.PATIENT, by=by if step.text == "P8" else None))
    # A move tells the agency by itself (consequences).
    if step.agency_text is not None and step.to is None:
        texts.append(Text(step.agency_text, Recipient.AGENCY))
    return tuple(texts)


def _tasks(referral: Referral, word: Word, step: Step) -> tuple[NewTask, ...]:
    due = overdue.call_promised_by(word.now, referral.requester_hours)
    return tuple(NewTask(kind, due) for kind in step.tasks)


def _clocks(word: Word, said: PatientWord, step: Step) -> dict[Rule, datetime | None]:
    clocks: dict[Rule, datetime | None] = {}
    if said.question is Question.CHECK or step.stops_asking:
        clocks[Rule.CALL_PATIENT] = None
    if said.question is Question.AFTER_NO:
        clocks[Rule.NO_REPLY_TO_P7] = None
    if step.stops_asking:
        clocks[Rule.ASK_PATIENT] = None
    if step.stops_window:
        clocks[Rule.WINDOW_ENDS] = None
    if step.text == "P7" and step.to is None:
        clocks[Rule.NO_REPLY_TO_P7] = word.now + overdue.QUESTION_GIVES_WAY
    if step.to in {S.ACCOUNTS_DIFFER, S.CONTACTING}:
        return clocks
    # An ending sets its own clocks; nothing here may start one again.
    return {rule: at for rule, at in clocks.items() if at is None} if step.to else clocks


async def _about_the_phone(
    session: AsyncSession, referral: Referral, word: Word, step: Step
) -> None:
    patient = await session.get(Patient, referral.patient_id)
    if patient is None or patient.phone is None:
        return
    hashed = phone_hash(patient.phone)
    if word.way is not Way.TEXT:
        # Answered elsewhere: texts that waited for the answer may go.
        await close_question(session, referral.requester_organization_id, hashed)
    if step.confirms_phone:
        patient.phone_confirmed_at = patient.phone_confirmed_at or word.now
    if step.wrong_number:
        patient.wrong_number_at = word.now
        patient.may_text = False
        referral.may_text = False
        await suppress(
            session,
            referral.requester_organization_id,
            hashed,
            SuppressionReason.WRONG_NUMBER,
            word.now,
        )


async def patient_wrote(  # noqa: PLR0913 -- words, and what may follow from them
    session: AsyncSession,
    referral_id: UUID,
    word: Word,
    body: str,
    *,
    danger: bool = False,
    replies: bool = True,
    fell_silent: bool = False,
) -> Outcome:
    """Any other words: a person reads them. Words of danger go first and close nothing.

    `replies` false: a machine may be writing, so nothing is sent back; a person is told once.
    """

    def decide(referral: Referral) -> Decision:
        kind = TaskKind.READ_DANGER if danger else TaskKind.READ_TEXT
        due = overdue.call_promised_by(word.now, referral.requester_hours)
        tasks = [NewTask(kind, word.now + SOON if danger else due, words=body)]
        if fell_silent:
            tasks.append(NewTask(TaskKind.CALL_PATIENT, due, because=Because.FELL_SILENT))
        return Decision(
            kind=EventKind.PATIENT_WROTE,
            audience=Audience.SENDER,
            words={"own_words": body},
            tasks=tuple(tasks),
            texts=(Text("PC" if danger else "P12", Recipient.PATIENT),) if replies else (),
        )

    return await transition(session, referral_id, word, decide)
