"""The consent given anew while a request runs: what it shares and texts stands on the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from referrals.actions.drafting import ConsentGiven, record_consent
from referrals.actions.patients import get_patient, identity_of
from referrals.actions.revoking import standing_on_same
from referrals.consent import asked_again_at, check_may_share, may_text
from referrals.decisions import Decision
from referrals.errors import ReferralNotFound
from referrals.lifecycle import NOT_SENT, OPEN
from referrals.models import Consent, Patient, Referral, ReferralDisclosure, StaffTask
from referrals.models.records import DisclosureKind
from referrals.tasks import TaskKind
from referrals.transition import Outcome, check_version, lock_referral, lock_referrals, transition
from referrals.words import Audience, EventKind, Rule
from shared.errors import Conflict
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.words import Word


async def renew_consent(
    session: AsyncSession,
    referral_id: UUID,
    given: ConsentGiven,
    *,
    word: Word,
    expected_version: int | None = None,
) -> Outcome:
    """Asked again and agreed: every open request on the old consent goes on under the new one."""
    ids = await standing_on_same(session, referral_id)
    await lock_referrals(session, ids)
    referral = await lock_referral(session, referral_id)
    await check_version(session, referral, word, expected_version)
    if referral.status not in OPEN - NOT_SENT:
        raise Conflict(_("This request has ended, or was not sent yet."), code="not_open")
    patient = await get_patient(session, referral.patient_id)
    consent = await record_consent(session, patient.id, given, actor=word.actor, now=word.now)
    check_may_share(consent.terms(), word.now)
    outcomes = {}
    for each in ids:
        row = await session.get(Referral, each)
        if row is not None and row.status in OPEN - NOT_SENT:
            outcomes[each] = await _goes_on(session, row, consent, patient, word)
    if referral_id not in outcomes:
        raise ReferralNotFound
    return outcomes[referral_id]


async def _goes_on(
    session: AsyncSession, referral: Referral, consent: Consent, patient: Patient, word: Word
) -> Outcome:
    terms = consent.terms()
    texted = may_text(terms, patient.way, word.now, phone_may_text=patient.may_text)
    decision = Decision(
        kind=EventKind.CONSENT_RECORDED,
        audience=Audience.SENDER,
        changes={
            "consent_id": consent.id,
            "may_text": texted and patient.phone is not None,
            "naming_level": patient.naming_level,
        },
        clocks={
            Rule.CONSENT_ENDS: asked_again_at(consent.ends_at),
            Rule.CONSENT_OVER: consent.ends_at,
        },
    )
    outcome = await transition(session, referral.id, word, lambda _row: decision)
    await _share_again(session, referral, consent, patient)
    await session.execute(
        update(StaffTask)
        .where(
            StaffTask.referral_id == referral.id,
            StaffTask.kind == TaskKind.ASK_CONSENT_AGAIN,
            StaffTask.done_at.is_(None),
        )
        .values(done_at=word.now, done_by_person_id=word.actor.person_id)
    )
    return outcome


async def _share_again(
    session: AsyncSession, referral: Referral, consent: Consent, patient: Patient
) -> None:
    """What had been hidden is asked for anew by *Show who this is*."""
    rows = await session.scalars(
        select(ReferralDisclosure).where(ReferralDisclosure.referral_id == referral.id)
    )
    for row in rows.all():
        if row.revoked_at is not None:
            row.shown_at = None
        row.revoked_at, row.ends_at = None, consent.ends_at
        row.consent_id, row.scope = consent.id, f"{consent.form.value}:share"
        if row.kind is DisclosureKind.IDENTITY:
            row.content = identity_of(patient)
