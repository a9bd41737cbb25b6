"""A person's own words back to the patient by text, from the page where theirs were read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from notify.api import NewMessage, is_suppressed, phone_hash, queue_message
from referrals.actions.owning import finish_task
from referrals.consent import NamingLevel, may_text
from referrals.lifecycle import NOT_SENT
from referrals.models import Consent, Patient, StaffTask
from referrals.need_words import need_label, need_word
from referrals.own_words import OWN_WORDS, check_parts, in_own_words, signed_by
from referrals.source_name import SOURCE
from referrals.transition import lock_referral
from shared import audit
from shared.errors import Conflict, InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral
    from referrals.words import Word

# An answer to their own words may go at any hour; what comes much later is a text of ours.
STILL_AN_ANSWER = timedelta(hours=2)
FIELD = "reply"


async def reply_by_text(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    body: str,
    task_id: UUID,
    parts_seen: bool = False,
) -> None:
    """Queue the text and end the task; every check is made again when it leaves."""
    words = " ".join(body.split())
    referral = await lock_referral(session, referral_id)
    task = await session.get(StaffTask, task_id, with_for_update=True)
    if task is None or task.referral_id != referral_id:
        raise Conflict(_("This text is not there any more."), field=FIELD)
    patient = await session.get(Patient, referral.patient_id)
    await _check_reachable(session, referral, patient, word)
    _check_words(words, referral, patient)
    signed = signed_by(word.name, referral.requester_label)
    check_parts(in_own_words(signed, words), parts_seen=parts_seen, field=FIELD)
    queued = await queue_message(
        session,
        NewMessage(
            organization_id=referral.requester_organization_id,
            source=SOURCE,
            subject_id=referral.id,
            template=OWN_WORDS,
            language="es" if referral.text_language == "es" else "en",
            channel="sms",
            recipient_kind="patient",
            recipient_id=referral.patient_id,
            params={"signed": signed, "words": words},
            deduplication_key=f"{word.event_key}:{OWN_WORDS}",
            is_reply=word.now - task.created_at <= STILL_AN_ANSWER,
        ),
        word.now,
    )
    if queued is None:
        return
    if task.done_at is not None:
        raise Conflict(
            _("A colleague has answered this text, or read it."),
            remedy=_("Look at the history below. Nothing was sent."),
            field=FIELD,
        )
    await finish_task(session, task_id, word=word)
    await audit.record(
        session, "text_answered", subject_kind="referral", subject_id=referral_id, now=word.now
    )


async def _check_reachable(
    session: AsyncSession, referral: Referral, patient: Patient | None, word: Word
) -> None:
    """Say now what would hold the text back later."""
    consent = await session.get(Consent, referral.consent_id) if referral.consent_id else None
    reachable = (
        patient is not None
        and patient.phone is not None
        and patient.wrong_number_at is None
        and referral.status not in NOT_SENT
        and referral.may_text
        and may_text(
            consent.terms() if consent else None,
            patient.way,
            word.now,
            phone_may_text=patient.may_text,
        )
    )
    if not reachable or patient is None or patient.phone is None:
        raise InvalidInput(
            _("This person may not be texted: no number, or no consent. Call them."), field=FIELD
        )
    hashed = phone_hash(patient.phone)
    if await is_suppressed(session, referral.requester_organization_id, hashed):
        raise InvalidInput(_("This phone wants no texts from us. Call them."), field=FIELD)


def _check_words(words: str, referral: Referral, patient: Patient | None) -> None:
    """The patient chose what a text may name; that binds our own words too."""
    if not words:
        raise InvalidInput(_("Write the answer."), field=FIELD)
    level = patient.naming_level if patient is not None else NamingLevel.NEUTRAL
    said = f" {words.casefold()} "
    if level is not NamingLevel.PLAIN and referral.performer_name.casefold() in said:
        raise InvalidInput(
            _("Leave the place’s name out: this person chose texts that do not name it."),
            field=FIELD,
        )
    needs = {
        name.casefold()
        for language in ("en", "es")
        for name in (need_word(referral.need, language), need_label(referral.need, language))
    }
    if level is NamingLevel.NEUTRAL and any(name and name in said for name in needs):
        raise InvalidInput(
            _("Leave out what the help is: this person chose texts that do not say it."),
            field=FIELD,
        )
