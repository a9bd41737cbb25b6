"""Texts that people send us: stored once by their provider's id, read by a job afterwards.

The reader is a slice above; here only opt-out is understood, because nothing may delay it. The
texts of one phone are read in the order in which they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import exists, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from notify.models import InboundMessage
from notify.opt_out import OptOut, opt_out_in
from notify.sender_numbers import organization_of_number
from notify.suppression import SuppressionReason, phone_hash, suppress, unsuppress
from shared.database import Context, set_context
from shared.jobs import Job, defer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import CursorResult
    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Database

PROVIDER = Context(actor="twilio")
# A reply whose reading fails every time goes to a person (it stays listed as unread), not round.
MAX_READINGS = 5
LOOK_BACK_OVER = 50


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


async def take_in(database: Database, arrived: ArrivedText, now: datetime) -> bool:
    """A text that just came in: stored and its opt-out heeded in one transaction, once.

    False when it was known.
    """
    return await _take_in(database, arrived, now, late=False)


async def take_in_late(database: Database, arrived: ArrivedText, sent_at: datetime) -> bool:
    """A text that no webhook told us of (worker role). What its phone said since counts more."""
    return await _take_in(database, arrived, sent_at, late=True)


async def _take_in(database: Database, arrived: ArrivedText, at: datetime, *, late: bool) -> bool:
    async with database.transaction(PROVIDER) as session:
        organization_id = await organization_of_number(session, arrived.to_number)
        await set_context(session, Context(organization_id=organization_id, actor="twilio"))
        stored = await store_inbound(session, arrived, organization_id, at)
        if stored is None or organization_id is None:
            return stored is not None
        if not (late and await _said_more_since(session, organization_id, arrived, at)):
            await _heed_opt_out(session, organization_id, arrived, at)
    return True


async def _heed_opt_out(
    session: AsyncSession, organization_id: UUID, arrived: ArrivedText, now: datetime
) -> None:
    """In the storing transaction: no text leaves after it, however late the reading runs."""
    number = phone_hash(arrived.from_number)
    match opt_out_in(arrived.body, arrived.opt_out_type):
        case OptOut.CARRIER_STOP:
            await suppress(session, organization_id, number, SuppressionReason.CARRIER_STOP, now)
        case OptOut.OWN_WORDS:
            await suppress(session, organization_id, number, SuppressionReason.OWN_WORDS, now)
        case OptOut.START:
            await unsuppress(session, organization_id, number)
        case OptOut.NOTHING:
            pass


async def _said_more_since(
    session: AsyncSession, organization_id: UUID, arrived: ArrivedText, at: datetime
) -> bool:
    """Whether a newer text of this phone said STOP or START: an older one must not undo it."""
    newer = await session.scalars(
        select(InboundMessage)
        .where(
            InboundMessage.organization_id == organization_id,
            InboundMessage.from_hash == phone_hash(arrived.from_number),
            InboundMessage.received_at > at,
        )
        .limit(LOOK_BACK_OVER)
    )
    return any(opt_out_in(row.body or "", row.opt_out_type) is not OptOut.NOTHING for row in newer)


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
    """Count a reading before it starts; False when it is done already, or was tried too often.

    False too while an earlier text of the same phone waits: "1" and then "0" is not "0", "1".
    """
    earlier = aliased(InboundMessage)
    waits = exists().where(
        earlier.organization_id == InboundMessage.organization_id,
        earlier.from_hash == InboundMessage.from_hash,
        earlier.handled_at.is_(None),
        earlier.handle_attempts < MAX_READINGS,
        tuple_(earlier.received_at, earlier.id)
        < tuple_(InboundMessage.received_at, InboundMessage.id),
    )
    result: CursorResult[tuple[()]] = await session.execute(  # type: ignore[assignment]
        update(InboundMessage)
        .where(
            InboundMessage.id == inbound_id,
            InboundMessage.handled_at.is_(None),
            InboundMessage.handle_attempts < MAX_READINGS,
            ~waits,
        )
        .values(handle_attempts=InboundMessage.handle_attempts + 1)
    )
    return result.rowcount == 1


async def end_reading(session: AsyncSession, inbound_id: UUID, now: datetime) -> None:
    """The reader is done with it; the phone's next text may be read."""
    row = await session.get(InboundMessage, inbound_id)
    if row is None:
        return
    row.handled_at = now
    await session.flush()
    waiting = (
        await session.execute(
            select(InboundMessage.organization_id, InboundMessage.id)
            .where(
                InboundMessage.organization_id == row.organization_id,
                InboundMessage.from_hash == row.from_hash,
                InboundMessage.handled_at.is_(None),
                InboundMessage.handle_attempts == 0,
            )
            .order_by(InboundMessage.received_at, InboundMessage.id)
            .limit(1)
        )
    ).one_or_none()
    if waiting is not None and waiting[0] is not None:
        await defer(session, Job.REPLY_RECEIVED, waiting[0], waiting[1])


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
