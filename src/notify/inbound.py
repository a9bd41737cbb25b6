"""Texts that people send us: stored once by their provider's id, read by a job afterwards.

The reader is a slice above; here only opt-out is understood, because nothing may delay it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from notify.models import InboundMessage
from notify.suppression import phone_hash
from shared.jobs import Job, defer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import CursorResult
    from sqlalchemy.ext.asyncio import AsyncSession

# A reply whose reading fails every time goes to a person (it stays listed as unread), not round.
MAX_READINGS = 5


@dataclass(frozen=True, slots=True)
class ArrivedText:
    """A text as the webhook (or a poll of the provider's list) hands it over."""

    message_sid: str
    from_number: str
    to_number: str
    body: str
    opt_out_type: str | None = None


@dataclass(frozen=True, slots=True)
class InboundText:
    """A stored text as its reader sees it. `opt_out_type` is the carrier's word, if it gave one."""

    id: UUID
    message_sid: str
    from_number: str
    to_number: str
    body: str
    organization_id: UUID | None
    received_at: datetime
    from_hash: bytes
    opt_out_type: str | None


async def store_inbound(
    session: AsyncSession, arrived: ArrivedText, organization_id: UUID | None, now: datetime
) -> UUID | None:
    """Store the text and queue its reading; None when it was stored before."""
    row = InboundMessage(
        organization_id=organization_id,
        message_sid=arrived.message_sid,
        from_hash=phone_hash(arrived.from_number),
        from_number=arrived.from_number,
        to_number=arrived.to_number,
        body=arrived.body,
        opt_out_type=arrived.opt_out_type,
        received_at=now,
        handle_attempts=0,
    )
    values = {column.key: getattr(row, column.key) for column in InboundMessage.__table__.columns}
    result: CursorResult[tuple[()]] = await session.execute(  # type: ignore[assignment]
        insert(InboundMessage).values(values).on_conflict_do_nothing()
    )
    if result.rowcount == 0:
        return None
    if organization_id is not None:
        await defer(session, Job.REPLY_RECEIVED, organization_id, row.id)
    return row.id


async def load_inbound(session: AsyncSession, inbound_id: UUID) -> InboundText:
    """A stored text (worker role)."""
    row = (
        await session.scalars(select(InboundMessage).where(InboundMessage.id == inbound_id))
    ).one()
    return InboundText(
        id=row.id,
        message_sid=row.message_sid,
        from_number=row.from_number or "",
        to_number=row.to_number or "",
        body=row.body or "",
        organization_id=row.organization_id,
        received_at=row.received_at,
        from_hash=row.from_hash,
        opt_out_type=row.opt_out_type,
    )


async def begin_reading(session: AsyncSession, inbound_id: UUID) -> bool:
    """Count a reading before it starts; False when it is done already, or was tried too often."""
    result: CursorResult[tuple[()]] = await session.execute(  # type: ignore[assignment]
        update(InboundMessage)
        .where(
            InboundMessage.id == inbound_id,
            InboundMessage.handled_at.is_(None),
            InboundMessage.handle_attempts < MAX_READINGS,
        )
        .values(handle_attempts=InboundMessage.handle_attempts + 1)
    )
    return result.rowcount == 1


async def end_reading(session: AsyncSession, inbound_id: UUID, now: datetime) -> None:
    """The reader is done with it."""
    await session.execute(
        update(InboundMessage).where(InboundMessage.id == inbound_id).values(handled_at=now)
    )


async def texts_to_read(
    session: AsyncSession, received_before: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    """(organization, text) whose job got lost, oldest first (worker role)."""
    rows = await session.execute(
        select(InboundMessage.organization_id, InboundMessage.id)
        .where(
            InboundMessage.handled_at.is_(None),
            InboundMessage.handle_attempts < MAX_READINGS,
            InboundMessage.organization_id.is_not(None),
            InboundMessage.received_at <= received_before,
        )
        .order_by(InboundMessage.received_at, InboundMessage.id)
        .limit(limit)
    )
    return [(owner, inbound_id) for owner, inbound_id in rows if owner is not None]
