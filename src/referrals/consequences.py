"""What every move brings with it, whoever makes it: texts, tasks and clocks. Reads, writes nothing.

The words' ids are those of practice.md 4; clocks are clockwork's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from referrals import overdue
from referrals.clockwork import ClockFacts, after_move
from referrals.decisions import NewTask, Recipient, Text
from referrals.lifecycle import NOT_SENT, OPEN, WAITING, BusinessStatus, Party, is_bad_ending
from referrals.reasons import REASONS, Reason
from referrals.tasks import Because, TaskKind
from referrals.words import Way

if TYPE_CHECKING:
    from referrals.models import Referral
    from referrals.words import Rule, Word

S = BusinessStatus
WALK_IN = "walk_in"
THEY_CALL = "agency_calls_patient"
HOTLINE = "through_hotline"
HOUSING_NEEDS = frozenset({"housing"})
# The agency is told to stop when one of these comes from the other side.
_STOPS_AGENCY = frozenset(
    {
        S.PATIENT_DECLINED,
        S.WITHDRAWN,
        S.SERVED_WITHOUT_ANSWER,
        S.REROUTED,
        S.ENTERED_IN_ERROR,
    }
)


@dataclass(frozen=True, slots=True)
class Consequences:
    """What goes with a move."""

    texts: tuple[Text, ...] = ()
    tasks: tuple[NewTask, ...] = ()
    clocks: dict[Rule, datetime | None] | None = None


def clock_facts(referral: Referral, *, consent_ends_at: datetime | None = None) -> ClockFacts:
    """What the clocks look at, taken from the row."""
    service = referral.service
    return ClockFacts(
        urgency=referral.urgency,
        sent_at=referral.sent_at,
        agency=referral.performer_hours,
        sender=referral.requester_hours,
        patient_zone=referral.patient_time_zone,
        patient_asks=referral.patient_asks,
        walk_in=referral.how_to_start == WALK_IN,
        housing=referral.need in HOUSING_NEEDS,
        agency_told=bool(referral.asked_channels),
        next_opening_ends=_instant(service.get("next_opening_ends")),
        second_opening_ends=_instant(service.get("second_opening_ends")),
        visit_at=referral.visit_at,
        consent_ends_at=consent_ends_at,
        reason=referral.reason,
        places_left=referral.places_left or 0,
    )


def of_move(
    referral: Referral, origin: BusinessStatus, to: BusinessStatus, word: Word, *, last: bool
) -> Consequences:
    """Of the step just taken; texts and tasks only for the last step of a path."""
    clocks = after_move(clock_facts(referral), origin, to, word.now)
    if not last:
        return Consequences(clocks=clocks)
    tasks = (*_tasks(referral, to, word), *_tell_by_phone(referral, origin, to, word))
    return Consequences(_texts(referral, origin, to, word), tasks, clocks)


def _texts(
    referral: Referral, origin: BusinessStatus, to: BusinessStatus, word: Word
) -> tuple[Text, ...]:
    texts: list[Text] = []
    if word.party is Party.AGENCY:
        texts += _after_agency(referral, origin, to, word)
    if to is S.EXPIRED or to is S.RUN_OUT:
        texts.append(Text("Pn", Recipient.PATIENT))
    if _stops_agency(referral, origin, to, word):
        texts.append(Text("A8", Recipient.AGENCY))
    return tuple(texts)


def _stops_agency(
    referral: Referral, origin: BusinessStatus, to: BusinessStatus, word: Word
) -> bool:
    """Whether they must hear that it is not needed any more.

    Not after their own "done" when the patient says otherwise: a text then would give them away.
    """
    if to not in _STOPS_AGENCY or word.party is Party.AGENCY or origin not in OPEN - NOT_SENT:
        return False
    told_on = referral.reason == Reason.DID_NOT_GET_HELP and word.party is Party.PATIENT
    return not (told_on and origin is S.SERVICE_REPORTED)


def _tell_by_phone(
    referral: Referral, origin: BusinessStatus, to: BusinessStatus, word: Word
) -> tuple[NewTask, ...]:
    """A8 by phone, where nothing may be written. Somebody who never heard of it is not called."""
    heard_of_it = origin is S.INFO_NEEDED or referral.answered_at is not None
    if referral.asked_channels or not heard_of_it:
        return ()
    if not _stops_agency(referral, origin, to, word):
        return ()
    due = overdue.end_of_answering_day(word.now, 1, referral.requester_hours)
    return (NewTask(TaskKind.CALL_AGENCY_UNREACHABLE, due, because=Because.NOT_NEEDED),)


def _after_agency(
    referral: Referral, origin: BusinessStatus, to: BusinessStatus, word: Word
) -> list[Text]:
    if referral.reason == Reason.ANSWERED_BY_MISTAKE:
        return []
    if to is S.ACCEPTED:
        return [_yes(referral), *_reply(word, _after_yes(referral, word), referral.contact_due_at)]
    if to is S.WAITLISTED and origin in WAITING | {S.ACCEPTED}:
        return [Text("Pn", Recipient.PATIENT), *_reply(word, "A4w")]
    if to is S.SCHEDULED:
        return [visit_text(referral, word), *_reply(word, "AN", answer=to.value)]
    if to in {S.DECLINED, S.UNABLE}:
        return [_no(referral, word), *_reply_to_no(referral, to, word)]
    return _reply(word, "AN", answer=to.value)


def visit_text(referral: Referral, word: Word) -> Text:
    """When the visit is, and whether they can go; without a day there is only news."""
    known = referral.visit_at is not None and referral.visit_at > word.now
    return Text("P4" if known else "Pn", Recipient.PATIENT)


def _yes(referral: Referral) -> Text:
    due = referral.contact_due_at
    if referral.how_to_start == THEY_CALL:
        return Text("P2" if referral.performer_phone else "P2u", Recipient.PATIENT, by=due)
    if referral.performer_phone and referral.code is not None:
        return Text("P2b", Recipient.PATIENT, by=due)
    return Text("Pn", Recipient.PATIENT)


def _after_yes(referral: Referral, word: Word) -> str:
    if referral.how_to_start != THEY_CALL:
        return "A4b"
    return "A4" if word.hears_by_phone else "A4i"


def _no(referral: Referral, word: Word) -> Text:
    reason = Reason(referral.reason) if referral.reason else Reason.OTHER
    if REASONS[reason].whose == "agency":
        due = overdue.bad_ending_due(word.now, referral.requester_hours)
        return Text("P3", Recipient.PATIENT, by=due)
    return Text("Pn", Recipient.PATIENT)


def _reply_to_no(referral: Referral, to: BusinessStatus, word: Word) -> list[Text]:
    if referral.reason == Reason.OTHER:
        return _reply(word, "A3")
    return _reply(word, "AN", answer=to.value)


def _reply(
    word: Word, template: str, by: datetime | None = None, answer: str | None = None
) -> list[Text]:
    if word.way is not Way.TEXT or word.reply_channel_id is None:
        return []
    return [Text(template, Recipient.REPLY, by=by, answer=answer)]


def give_name_task(referral: Referral, now: datetime) -> NewTask:
    """A4i promises it: "We call this phone with the name and number, today or …"."""
    due = overdue.end_of_answering_day(now, 0, referral.performer_hours)
    later = overdue.end_of_answering_day(now, 1, referral.performer_hours)
    return NewTask(TaskKind.GIVE_NAME, due if due > now else later)


def _tasks(referral: Referral, to: BusinessStatus, word: Word) -> tuple[NewTask, ...]:
    hours = referral.requester_hours
    they_call = referral.how_to_start == THEY_CALL and not word.hears_by_phone
    if to is S.ACCEPTED and word.way is Way.TEXT and they_call:
        return (give_name_task(referral, word.now),)
    if to is S.INFO_NEEDED:
        due = overdue.end_of_answering_day(word.now, 1, hours)
        return (NewTask(TaskKind.ANSWER_QUESTION, due),)
    if is_bad_ending(to, referral.reason) and referral.reason != Reason.ANSWERED_BY_MISTAKE:
        return (NewTask(TaskKind.BAD_ENDING, overdue.bad_ending_due(word.now, hours)),)
    return ()


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
