"""Taking back: the whole consent, or what one request shares. Nothing is shown or texted after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from referrals import overdue
from referrals.actions.patients import consent_of
from referrals.decisions import Decision, NewTask
from referrals.lifecycle import NOT_SENT, OPEN
from referrals.models import ReferralDisclosure
from referrals.queries import referral_ids_on_consent
from referrals.tasks import TaskKind
from referrals.transition import Outcome, lock_referral, lock_referrals, transition
from referrals.words import Audience, EventKind, Rule

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral
    from referrals.words import Word


async def revoke_consent(session: AsyncSession, referral_id: UUID, *, word: Word) -> Outcome:
    """The patient took the consent back: it falls for every request that stands on it."""
    ids = await standing_on_same(session, referral_id)
    await lock_referrals(session, ids)
    consent = await consent_of(session, referral_id)
    if consent is not None:
        consent.revoked_at = consent.revoked_at or word.now
    outcomes = {each: await _stop_showing(session, each, word, asks=True) for each in ids}
    return outcomes[referral_id]


async def consent_over(session: AsyncSession, referral_id: UUID, word: Word) -> None:
    """Its term has come: nothing is shown or texted from now on, unless it was given anew."""
    consent = await consent_of(session, referral_id)
    if consent is not None and consent.revoked_at is None and consent.ends_at > word.now:
        renewed = Decision(
            kind=EventKind.CLOCK_RANG,
            audience=Audience.SENDER,
            clocks={Rule.CONSENT_OVER: consent.ends_at},
        )
        await transition(session, referral_id, word, lambda _row: renewed)
        return
    await _stop_showing(session, referral_id, word, asks=True)


async def stop_sharing(session: AsyncSession, referral_id: UUID, *, word: Word) -> Outcome:
    """This one request is shown to nobody and texted about no more; the consent stands."""
    await lock_referral(session, referral_id)
    return await _stop_showing(session, referral_id, word, asks=False)


async def hide_disclosures(session: AsyncSession, referral_id: UUID, now: datetime) -> None:
    """Whatever the agency was shown of this request is hidden from now on."""
    rows = await session.scalars(
        select(ReferralDisclosure).where(ReferralDisclosure.referral_id == referral_id)
    )
    for row in rows.all():
        row.revoked_at = row.revoked_at or now


async def standing_on_same(session: AsyncSession, referral_id: UUID) -> list[UUID]:
    """This request and the others on its consent."""
    consent = await consent_of(session, referral_id)
    if consent is None:
        return [referral_id]
    return await referral_ids_on_consent(session, consent.id)


async def _stop_showing(
    session: AsyncSession, referral_id: UUID, word: Word, *, asks: bool
) -> Outcome:
    await hide_disclosures(session, referral_id, word.now)

    def decide(referral: Referral) -> Decision:
        due = overdue.end_of_answering_day(word.now, 1, referral.requester_hours)
        goes_on = asks and referral.status in OPEN - NOT_SENT
        return Decision(
            kind=EventKind.CONSENT_REVOKED,
            audience=Audience.SENDER,
            changes={"may_text": False},
            clocks={Rule.CONSENT_ENDS: None, Rule.CONSENT_OVER: None},
            tasks=(NewTask(TaskKind.ASK_CONSENT_AGAIN, due),) if goes_on else (),
        )

    return await transition(session, referral_id, word, decide)
