"""Notes of either side: for both to read, or for one's own house alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from referrals.actions.owning import add_note
from referrals.decisions import Decision
from referrals.lifecycle import NOT_SENT, BusinessStatus, Party
from referrals.models import InternalNote, ReferralEvent, SharedNote
from referrals.transition import Outcome, lock_referral, transition
from referrals.words import EventKind, Word
from shared import audit
from shared.errors import Conflict, InvalidInput
from shared.i18n import gettext_noop as _
from shared.identifiers import source_id

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral


async def write_note(
    session: AsyncSession, referral_id: UUID, *, word: Word, body: str, shared: bool
) -> Outcome:
    """A note of the speaker's side. What an agency keeps to itself is in no log of the sender's."""
    if word.party is not Party.AGENCY:
        return await add_note(session, referral_id, word=word, body=body, shared=shared)
    if not body.strip():
        raise InvalidInput(_("Write the note."), field="note")
    referral = await lock_referral(session, referral_id)
    if referral.status in NOT_SENT | {BusinessStatus.ENTERED_IN_ERROR}:
        raise Conflict(_("No notes can be written about this request."), code="no_notes_now")
    if shared:
        return await _shared(session, referral, word, body.strip())
    return await _own(session, referral, word, body.strip())


async def _shared(session: AsyncSession, referral: Referral, word: Word, body: str) -> Outcome:
    decision = Decision(kind=EventKind.NOTE_ADDED)
    outcome = await transition(session, referral.id, word, lambda _row: decision)
    if not outcome.repeated:
        session.add(
            SharedNote(
                requester_organization_id=referral.requester_organization_id,
                performer_organization_id=referral.performer_organization_id,
                restricted_team_id=referral.restricted_team_id,
                referral_id=referral.id,
                by_organization_id=referral.performer_organization_id,
                author=word.name,
                body=body,
                written_at=word.now,
            )
        )
    return outcome


async def _own(session: AsyncSession, referral: Referral, word: Word, body: str) -> Outcome:
    # Once per key, as everything else.
    note_id = source_id("internal_note", f"{referral.id}:{word.event_key}")
    if await session.get(InternalNote, note_id) is None:
        session.add(
            InternalNote(
                id=note_id,
                organization_id=referral.performer_organization_id,
                referral_id=referral.id,
                author=word.name,
                body=body,
                written_at=word.now,
            )
        )
        await audit.record(
            session, "note_written", subject_kind="referral", subject_id=referral.id, now=word.now
        )
    return Outcome(referral, await _last_event(session, referral))


async def _last_event(session: AsyncSession, referral: Referral) -> ReferralEvent:
    rows = await session.scalars(
        select(ReferralEvent)
        .where(ReferralEvent.referral_id == referral.id)
        .order_by(ReferralEvent.version.desc())
        .limit(1)
    )
    return rows.one()
