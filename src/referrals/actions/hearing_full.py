"""FULL or OPEN heard by phone, in person or by fax: the agency's word, taken down by a sender.

Only for the place of a request that this organization sent. What the agency itself said later
than that still counts: the last word is in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from referrals.actions.recording import HeardWord, heard
from referrals.decisions import Decision
from referrals.errors import ReferralNotFound
from referrals.lifecycle import NOT_SENT, Party
from referrals.transition import lock_referral, transition
from referrals.words import EventKind, Word
from shared import audit
from shared.errors import Conflict
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

SAY = text("select hear_full_or_open(:referral, :until, :change, :said_at)")


@dataclass(frozen=True, slots=True)
class FullOrOpen:
    """Full until then (None: open again), and the same in words for the request's log."""

    until: datetime | None
    words: str


async def hear_full(
    session: AsyncSession, referral_id: UUID, *, word: Word, facts: HeardWord, said: FullOrOpen
) -> None:
    """Mark the request's place as its people said; the request itself stays as it is."""
    referral = await lock_referral(session, referral_id)
    if referral.requester_organization_id != word.actor.organization_id:
        raise ReferralNotFound
    if referral.status in NOT_SENT:
        raise Conflict(_("This request has not been sent yet."))
    told = heard(word, Party.AGENCY, facts)
    decision = Decision(kind=EventKind.AGENCY_WROTE, words={"note": said.words})
    outcome = await transition(session, referral_id, told, lambda _row: decision)
    if outcome.repeated:
        return
    keys = {
        "referral": referral_id,
        "until": said.until,
        "change": new_id(),
        "said_at": facts.at or word.now,
    }
    if (await session.execute(SAY, keys)).scalar_one_or_none() is None:
        raise Conflict(_("This place is not in our directory any more."))
    place = referral.service_at_location_id
    if said.until is not None:
        await audit.record(
            session, "service_full", subject_kind="service_at_location", subject_id=place,
            now=word.now, detail={"how": "staff", "until": said.until.isoformat()},
        )  # fmt: skip
        return
    await audit.record(
        session, "service_open", subject_kind="service_at_location", subject_id=place,
        now=word.now, detail={"how": "staff"},
    )  # fmt: skip
