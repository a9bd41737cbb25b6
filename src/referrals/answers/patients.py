"""Does what a patient's text asks for, in the sender's context and about one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify.api import (
    SuppressionReason,
    close_question,
    keep_for_reply,
    open_question,
    suppress,
)
from referrals import overdue
from referrals.actions import PatientWord, patient_answer, patient_wrote
from referrals.actions.patient_wishes import asks_about_data
from referrals.answers.effects import PatientDigit, PatientWords
from referrals.closure import Check, Question
from referrals.decisions import Decision, NewTask
from referrals.message_fates import ASKS_PATIENT
from referrals.tasks import Because, TaskKind
from referrals.transition import transition
from referrals.words import Audience, EventKind
from shared.errors import Conflict

if TYPE_CHECKING:
    from notify.api import OpenQuestion
    from referrals.answers.effects import PatientNeedsText, PatientStops
    from referrals.answers.reading import Reading
    from referrals.models import Referral
    from shared.database import Database

# A revocation longer than this says something that a person should read ("stop, he sees my phone").
ONLY_A_REVOCATION_WORDS = 6
HELP = "PH"


async def answer(database: Database, reading: Reading, effect: PatientDigit) -> None:
    """A digit; where it fits no more, a person reads it."""
    word = reading.patient_word(effect.referral_id)
    try:
        async with reading.as_patient(database, effect.referral_id) as session:
            if await reading.is_done(session):
                return
            hashed = reading.text.from_hash
            asked = await open_question(session, reading.organization_id, hashed)
            # A machine that says "5" for ever is promised no call for ever.
            replies = asked is not None or await reading.may_reply(session)
            # First, so that the question which follows from the answer need not wait for it.
            await close_question(session, reading.organization_id, hashed)
            said = PatientWord(effect.digit, effect.question, replies=replies)
            await patient_answer(session, effect.referral_id, word, said)
            await keep_for_reply(
                session, reading.organization_id, hashed, effect.referral_id, reading.now
            )
            if asked is not None:
                await reading.understood(session)
    except Conflict:
        await wrote(database, reading, PatientWords(effect.referral_id))


async def wrote(database: Database, reading: Reading, effect: PatientWords) -> None:
    """Words: a person reads them, at once when they speak of danger."""
    word = reading.patient_word(effect.referral_id)
    async with reading.as_patient(database, effect.referral_id) as session:
        if await reading.is_done(session):
            return
        replies = await reading.may_reply(session, danger=effect.danger)
        if effect.about_data and replies:
            await asks_about_data(session, effect.referral_id, word, reading.text.body)
            return
        await patient_wrote(
            session,
            effect.referral_id,
            word,
            reading.text.body,
            danger=effect.danger,
            replies=replies,
            fell_silent=not replies and await reading.tells_of_silence(session),
        )


async def needs_text(database: Database, reading: Reading, effect: PatientNeedsText) -> None:
    """The help text, or who we are; a person reads it when we have said so too often."""
    async with reading.as_patient(database, effect.referral_id) as session:
        if await reading.is_done(session):
            return
        # The help words are a cry for help too.
        if await reading.may_reply(session, danger=effect.template == HELP):
            await reading.text_patient(session, effect.referral_id, effect.template)
            return
        await patient_wrote(
            session,
            effect.referral_id,
            reading.patient_word(effect.referral_id),
            reading.text.body,
            replies=False,
            fell_silent=await reading.tells_of_silence(session),
        )


async def stop(database: Database, reading: Reading, effect: PatientStops) -> None:
    """No more texts. Confirmed once, unless the carrier did, or somebody else reads this phone."""
    organization_id, hashed = reading.organization_id, reading.text.from_hash
    word = reading.patient_word(effect.referral_id)
    reason = SuppressionReason.CARRIER_STOP if effect.by_carrier else SuppressionReason.OWN_WORDS
    async with reading.as_patient(database, effect.referral_id) as session:
        if await reading.is_done(session):
            return
        asked = await open_question(session, organization_id, hashed)
        await suppress(session, organization_id, hashed, reason, reading.now)
        await close_question(session, organization_id, hashed)
        if effect.wrong_number:
            said = PatientWord(Check.NOT_ME, Question.HELLO, own_words=reading.text.body)
            await patient_answer(session, effect.referral_id, word, said)
            return
        await transition(
            session,
            effect.referral_id,
            word,
            lambda referral: _stopped(referral, reading, effect, asked),
        )
        if not effect.by_carrier:
            template = "P9c" if effect.danger else "P9"
            await reading.text_patient(session, effect.referral_id, template, ends_texts=True)


def _stopped(
    referral: Referral, reading: Reading, effect: PatientStops, asked: OpenQuestion | None
) -> Decision:
    """On the record; a person reads what is more than a revocation, and asks what we `asked`."""
    tasks: list[NewTask] = []
    body = reading.text.body
    if effect.danger:
        tasks.append(NewTask(TaskKind.READ_DANGER, reading.now, words=body))
    elif len(body.split()) > ONLY_A_REVOCATION_WORDS:
        due = overdue.call_promised_by(reading.now, referral.requester_hours)
        tasks.append(NewTask(TaskKind.READ_TEXT, due, words=body))
    if asked is not None and asked.template in ASKS_PATIENT:
        due = overdue.call_promised_by(reading.now, referral.requester_hours)
        tasks.append(NewTask(TaskKind.CALL_PATIENT, due, because=Because.TEXTS_STOPPED))
    return Decision(
        kind=EventKind.PATIENT_WROTE,
        audience=Audience.SENDER,
        words={"own_words": body},
        tasks=tuple(tasks),
    )
