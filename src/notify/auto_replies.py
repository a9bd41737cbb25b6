"""How often a machine of ours may answer by itself: two machines that talk must fall silent.

At most three automatic answers to a peer in an hour and five in a day, until it says something that
is understood; then silence, and a person is told once. For texts and for whatever else answers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.attempts import add_attempt, attempts_since, forget_attempts

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

REPLIES_AN_HOUR, REPLIES_IN_ALL = 3, 5
# The last of each is kept for words of danger: whoever wrote much may still be in it.
KEPT_FOR_DANGER = 1
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_SENT, _ALERTED = "auto_reply", "auto_reply_alert"


async def may_reply(
    session: AsyncSession,
    organization_id: UUID,
    peer_hash: bytes,
    now: datetime,
    *,
    danger: bool = False,
) -> bool:
    """Whether one more automatic answer may go there; counts it."""
    peer, kept = _peer(organization_id, peer_hash), 0 if danger else KEPT_FOR_DANGER
    last_hour = await attempts_since(session, _SENT, peer, now - HOUR)
    lately = await attempts_since(session, _SENT, peer, now - DAY)
    if last_hour >= REPLIES_AN_HOUR - kept or lately >= REPLIES_IN_ALL - kept:
        return False
    await add_attempt(session, _SENT, peer, now)
    return True


async def tell_of_silence(
    session: AsyncSession, organization_id: UUID, peer_hash: bytes, now: datetime
) -> bool:
    """Whether a person must be told that we answer there no more: once a day."""
    peer = _peer(organization_id, peer_hash)
    if await attempts_since(session, _ALERTED, peer, now - DAY):
        return False
    await add_attempt(session, _ALERTED, peer, now)
    return True


async def heard_a_person(session: AsyncSession, organization_id: UUID, peer_hash: bytes) -> None:
    """It said something that only whoever read our words would say: counts start again."""
    peer = _peer(organization_id, peer_hash)
    await forget_attempts(session, _SENT, peer)
    await forget_attempts(session, _ALERTED, peer)


def _peer(organization_id: UUID, peer_hash: bytes) -> str:
    return f"{organization_id}:{peer_hash.hex()}"
