"""What a patient asks for on their own page: another place, a new number, an end to all of it."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from referrals import overdue
from referrals.actions.patient_words import PatientWord, patient_answer
from referrals.actions.revoking import stop_sharing
from referrals.closure import Check
from referrals.decisions import Decision, NewTask, Recipient, Text
from referrals.tasks import Because, TaskKind
from referrals.transition import Outcome, transition
from referrals.words import Audience, EventKind

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral
    from referrals.words import Word


class Wish(StrEnum):
    """What can be asked for; a person of the sender's does it."""

    ANOTHER_PLACE = "another_place"
    NEW_NUMBER = "new_number"


TASKS = {
    Wish.ANOTHER_PLACE: TaskKind.READ_TEXT,
    Wish.NEW_NUMBER: TaskKind.REPAIR_CONTACT,
}


async def patient_wishes(
    session: AsyncSession, referral_id: UUID, word: Word, wish: Wish, own_words: str
) -> Outcome:
    """A task for the owner. Nothing is texted: the page itself says that it came."""

    def decide(referral: Referral) -> Decision:
        due = overdue.call_promised_by(word.now, referral.requester_hours)
        return Decision(
            kind=EventKind.PATIENT_WROTE,
            audience=Audience.SENDER,
            words={"own_words": own_words, "wish": wish.value},
            tasks=(NewTask(TASKS[wish], due, words=own_words),),
        )

    return await transition(session, referral_id, word, decide)


async def asks_about_data(
    session: AsyncSession, referral_id: UUID, word: Word, body: str
) -> Outcome:
    """Who has my data, change it, forget me: a person calls, and their own page's link goes out."""

    def decide(referral: Referral) -> Decision:
        due = overdue.call_promised_by(word.now, referral.requester_hours)
        task = NewTask(TaskKind.CALL_PATIENT, due, words=body, because=Because.ASKS_ABOUT_DATA)
        return Decision(
            kind=EventKind.PATIENT_WROTE,
            audience=Audience.SENDER,
            words={"own_words": body},
            tasks=(task,),
            texts=(Text("PL", Recipient.PATIENT),),
        )

    return await transition(session, referral_id, word, decide)


async def patient_stops(session: AsyncSession, referral_id: UUID, word: Word) -> Outcome:
    """The request ends, the agency sees no more of it, nothing is texted; other requests go on."""
    answered = await patient_answer(session, referral_id, word, PatientWord(Check.NOT_NEEDED))
    if answered.repeated:
        return answered
    again = replace(word, event_key=f"{word.event_key}:stop")
    return await stop_sharing(session, referral_id, word=again)
