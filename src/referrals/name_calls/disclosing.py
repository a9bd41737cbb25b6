"""What a call discloses, by the very action behind *Show who this is*: same rule, same record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from referrals.actions.identity import show_identity
from referrals.lifecycle import Party
from referrals.name_calls.callers import actor_of_call
from referrals.name_calls.speech import Told
from referrals.queries.agencies import identity_shown, shared_notes
from referrals.queries.name_calls import requests_to_tell
from referrals.words import Way, Word
from shared.database import Context, set_context
from shared.errors import HandbackError

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Teller:
    """A call whose PIN was right: which phone of which agency hears which sender's names."""

    call_id: UUID
    sender_id: UUID
    agency_id: UUID
    channel_id: UUID
    language: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be told, by its code."""

    code: int
    referral_id: UUID


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What is said, and of which request."""

    referral_id: UUID
    told: Told


async def requests_of(session: AsyncSession, teller: Teller) -> list[Request]:
    """What this phone said yes to, read as the agency; goes on as the sender."""
    await session.flush()
    actor = actor_of_call(teller.agency_id, teller.channel_id, teller.language)
    await set_context(session, Context(teller.agency_id, actor=actor.word))
    rows = await requests_to_tell(session, teller.sender_id, teller.agency_id, teller.channel_id)
    found = [Request(row.code, row.id) for row in rows if row.code is not None]
    await _as_sender(session, teller)
    return found


async def tell(session: AsyncSession, teller: Teller, code: int | None) -> Disclosed | None:
    """Disclose it and write that down; None when it may not be told (any more)."""
    wanted = [each for each in await requests_of(session, teller) if each.code == code]
    if not wanted:
        return None
    referral_id = wanted[0].referral_id
    actor = actor_of_call(teller.agency_id, teller.channel_id, teller.language, referral_id)
    word = Word(actor, Party.AGENCY, f"call:{teller.call_id}", teller.now, Way.KEYPAD)
    await session.flush()
    await set_context(session, Context(teller.agency_id, referral_id, actor=actor.word))
    try:
        async with session.begin_nested():
            await show_identity(session, referral_id, word)
    except HandbackError:
        # Consent was taken back or has ended: the same words as for somebody who waits for nobody.
        await _as_sender(session, teller)
        return None
    identity = await identity_shown(session, referral_id, teller.now)
    notes = [
        note.body
        for note in await shared_notes(session, referral_id, teller.agency_id)
        if not note.is_ours
    ]
    await _as_sender(session, teller)
    if identity is None:
        return None
    return Disclosed(referral_id, Told(code, identity, tuple(notes)))


async def _as_sender(session: AsyncSession, teller: Teller) -> None:
    await session.flush()
    await set_context(session, Context(teller.sender_id, actor="voice"))
