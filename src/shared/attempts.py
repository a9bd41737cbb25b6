"""Counting tries (sign-ins, codes, links) network-wide, in PostgreSQL: all processes agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from shared.crypto import routing_hash

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession


async def add_attempt(session: AsyncSession, purpose: str, subject: str, now: datetime) -> None:
    """Count one try of `subject` (kept as a hash) at `purpose`."""
    await session.execute(
        text("select add_attempt(:bucket, :at)"),
        {"bucket": routing_hash(purpose, subject), "at": now},
    )


async def attempts_since(session: AsyncSession, purpose: str, subject: str, since: datetime) -> int:
    """How many tries were counted after `since`."""
    found = await session.execute(
        text("select attempts_since(:bucket, :since)"),
        {"bucket": routing_hash(purpose, subject), "since": since},
    )
    return int(found.scalar_one())


async def forget_attempts(session: AsyncSession, purpose: str, subject: str) -> None:
    """Start again from none, after a success."""
    await session.execute(
        text("select forget_attempts(:bucket)"), {"bucket": routing_hash(purpose, subject)}
    )
