"""Who is calling, how often a wrong PIN was typed, and what follows from too many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from accounts.api import VERIFIED_FOR, Actor, ActorKind
from referrals import overdue
from referrals.decisions import Decision, NewTask
from referrals.lifecycle import Party
from referrals.name_calls.pins import withdraw_pin
from referrals.name_calls.steps import A_DAY, LOCKED_FOR, TRIES, TRIES_A_DAY
from referrals.queries.name_calls import requests_to_tell
from referrals.tasks import Because, TaskKind
from referrals.transition import transition
from referrals.words import EventKind, Way, Word
from shared import audit
from shared.attempts import add_attempt, attempts_since
from shared.database import Context, set_context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral

PURPOSE_CALLER, PURPOSE_CHANNEL = "name_call_caller", "name_call_pin"


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified channel on the phone that calls."""

    channel_id: UUID
    member_id: UUID
    language: str


async def callers_here(session: AsyncSession, caller: bytes | None, now: datetime) -> list[Caller]:
    """The agencies that answer on this phone; none for a withheld number."""
    if caller is None:
        return []
    rows = await session.execute(
        text("select * from channels_of_caller(:hash, :after)"),
        {"hash": caller, "after": now - VERIFIED_FOR},
    )
    return [
        Caller(row.id, row.organization_id, "es" if row.language == "es" else "en") for row in rows
    ]


async def is_locked(
    session: AsyncSession, sender_id: UUID, caller: bytes | None, now: datetime
) -> bool:
    """Whether this phone typed too many wrong ones at this sender's number."""
    since = now - LOCKED_FOR
    tries = await attempts_since(session, PURPOSE_CALLER, _peer(sender_id, caller), since)
    return tries >= TRIES


async def wrong_pin_typed(
    session: AsyncSession,
    sender_id: UUID,
    caller: bytes | None,
    known: Sequence[Caller],
    now: datetime,
) -> bool:
    """Count it, for the caller and for each PIN that was guessed at; True when that locks.

    In the sender's context; a lock's tasks are written in the agency's.
    """
    await add_attempt(session, PURPOSE_CALLER, _peer(sender_id, caller), now)
    for each in known:
        subject = f"{sender_id}:{each.channel_id}"
        await add_attempt(session, PURPOSE_CHANNEL, subject, now)
        if await attempts_since(session, PURPOSE_CHANNEL, subject, now - A_DAY) >= TRIES_A_DAY:
            await withdraw_pin(session, sender_id, each.channel_id, now)
    locked = await is_locked(session, sender_id, caller, now)
    if locked:
        for each in known:
            await _staff_call_instead(session, sender_id, each, now)
    return locked


async def _staff_call_instead(
    session: AsyncSession, sender_id: UUID, caller: Caller, now: datetime
) -> None:
    """Whoever waits for a name on this phone is called; nothing is lost by the lock."""
    await audit.record(
        session,
        "name_call_locked",
        subject_kind="answering_channel",
        subject_id=caller.channel_id,
        now=now,
    )
    await session.flush()
    actor = actor_of_call(caller.member_id, caller.channel_id, caller.language)
    await set_context(session, Context(caller.member_id, actor=actor.word))
    key = f"pin_locked:{caller.channel_id}:{now.isoformat()}"
    word = Word(actor, Party.AGENCY, key, now, Way.KEYPAD)
    for request in await requests_to_tell(session, sender_id, caller.member_id, caller.channel_id):
        if request.identity_shown_at is None:
            await transition(session, request.id, word, lambda row: _locked(row, now))
    await session.flush()
    await set_context(session, Context(sender_id, actor="voice"))


def _locked(referral: Referral, now: datetime) -> Decision:
    due = overdue.end_of_answering_day(now, 1, referral.performer_hours)
    task = NewTask(TaskKind.GIVE_NAME, due, because=Because.PIN_LOCKED)
    return Decision(kind=EventKind.PIN_LOCKED, tasks=(task,))


def actor_of_call(
    member_id: UUID, channel_id: UUID, language: str, referral_id: UUID | None = None
) -> Actor:
    """The agency on its phone."""
    return Actor(
        ActorKind.AGENCY_CALL,
        member_id,
        credential_id=channel_id,
        language=language,
        referral_id=referral_id,
    )


def _peer(sender_id: UUID, caller: bytes | None) -> str:
    return f"{sender_id}:{caller.hex() if caller else 'withheld'}"
