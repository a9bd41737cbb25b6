"""*Show who this is*: after a yes, by POST, logged; the sender and the patient see that it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, text

from referrals.decisions import Decision
from referrals.lifecycle import AFTER_YES, BusinessStatus, Party, check_move
from referrals.models import ReferralDisclosure
from referrals.models.records import DisclosureKind
from referrals.transition import Outcome, transition
from referrals.words import EventKind
from shared import audit
from shared.errors import NotAllowed
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral
    from referrals.words import Word


async def show_identity(session: AsyncSession, referral_id: UUID, word: Word) -> Outcome:
    """Let the agency see name and phone of this one request from now on."""

    def decide(referral: Referral) -> Decision:
        if referral.status not in AFTER_YES:
            # Words for "not after a yes": the agency has to accept first.
            check_move(referral.status, BusinessStatus.CONTACTING, Party.AGENCY)
            raise NotAllowed(_("Name and phone are shown after a yes."), code="not_yet")
        return Decision(
            kind=EventKind.IDENTITY_SHOWN,
            changes={"identity_shown_at": referral.identity_shown_at or word.now},
        )

    outcome = await transition(session, referral_id, word, decide)
    shown = await session.execute(
        text("select show_identity(:referral, :now)"),
        {"referral": referral_id, "now": word.now},
    )
    if not shown.scalar_one():
        raise NotAllowed(
            _("The consent to share name and phone has ended."),
            code="consent_missing",
            remedy=_("Please call the clinic."),
        )
    await audit.record(
        session, "identity_shown", subject_kind="referral", subject_id=referral_id, now=word.now
    )
    return outcome


async def tell_identity(session: AsyncSession, referral_id: UUID, word: Word) -> Outcome:
    """The sender's staff gave name and number by phone: disclosed as if it had been shown."""

    def decide(referral: Referral) -> Decision:
        if referral.status not in AFTER_YES:
            raise NotAllowed(_("Name and phone are shown after a yes."), code="not_yet")
        return Decision(
            kind=EventKind.IDENTITY_SHOWN,
            changes={"identity_shown_at": referral.identity_shown_at or word.now},
        )

    outcome = await transition(session, referral_id, word, decide)
    row = await session.scalar(
        select(ReferralDisclosure).where(
            ReferralDisclosure.referral_id == referral_id,
            ReferralDisclosure.kind == DisclosureKind.IDENTITY,
            ReferralDisclosure.revoked_at.is_(None),
        )
    )
    if row is None:
        raise NotAllowed(
            _("The consent to share name and phone has ended."), code="consent_missing"
        )
    row.shown_at = row.shown_at or word.now
    await audit.record(
        session, "identity_told", subject_kind="referral", subject_id=referral_id, now=word.now
    )
    return outcome


async def hide_identity(session: AsyncSession, referral_id: UUID, word: Word) -> Outcome:
    """*Hide it again*: the page shows no name until somebody asks for it anew."""
    outcome = await transition(
        session, referral_id, word, lambda _referral: Decision(kind=EventKind.IDENTITY_HIDDEN)
    )
    await session.execute(text("select hide_identity(:referral)"), {"referral": referral_id})
    return outcome
