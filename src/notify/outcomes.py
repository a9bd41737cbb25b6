"""Telling upwards what became of a message: counted like every job, found again when lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text, update

from notify.models import Message

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

MAX_TELLINGS = 5


async def begin_telling(session: AsyncSession, message_id: UUID) -> datetime | None:
    """Count a telling before it starts; since when the message is in its present state.

    None when this was told already, or tried too often.
    """
    since: datetime | None = await session.scalar(
        update(Message)
        .where(
            Message.id == message_id,
            Message.outcome_told_at.is_(None),
            Message.outcome_attempts < MAX_TELLINGS,
        )
        .values(outcome_attempts=Message.outcome_attempts + 1)
        .returning(Message.state_changed_at)
        .execution_options(synchronize_session=False)
    )
    return since


async def end_telling(
    session: AsyncSession, message_id: UUID, since: datetime, now: datetime
) -> None:
    """The slice above knows, unless the state changed meanwhile: then its own job tells it."""
    await session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state_changed_at == since)
        .values(outcome_told_at=now)
        .execution_options(synchronize_session=False)
    )


async def outcomes_to_tell(
    session: AsyncSession, changed_before: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    """(organization, message) whose job got lost (worker role, no tenant)."""
    rows = await session.execute(
        text("select organization_id, message_id from outcomes_to_tell(:before, :most, :limit)"),
        {"before": changed_before, "most": MAX_TELLINGS, "limit": limit},
    )
    return [(row.organization_id, row.message_id) for row in rows]
