"""Pausing the sender, for one organization or for all; and what waits after a restore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from notify import history
from notify.delivery import Event
from notify.models import Message, SenderPause
from notify.outbox import WAKE
from notify.progress import Because, happened
from shared.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import CursorResult
    from sqlalchemy.ext.asyncio import AsyncSession

# Why everything stands still without anybody having said so.
RESTORED = "restored"
DROPPED = "dropped_after_restore"


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause in force."""

    of_all: bool
    paused_at: datetime
    paused_by: str
    why: str


async def pause_own(session: AsyncSession, *, by: str, why: str, now: datetime) -> bool:
    """Stop sending for the context's organization; False when it was paused already.

    `by` and `why` are staff's own words about the work; nothing about a patient belongs there.
    """
    found = await session.execute(
        text("select pause_own_sending(:id, :by, :why, :now)"),
        {"id": new_id(), "by": by[:100], "why": why[:200], "now": now},
    )
    return bool(found.scalar_one())


async def resume_own(session: AsyncSession, *, by: str, now: datetime) -> bool:
    """Send again for the context's organization; False when it was not paused."""
    found = await session.execute(
        text("select resume_own_sending(:by, :now)"), {"by": by[:100], "now": now}
    )
    resumed = bool(found.scalar_one())
    if resumed:
        await session.execute(WAKE)
    return resumed


async def pauses_in_force(session: AsyncSession) -> list[Pause]:
    """Why nothing goes out for the context's organization: its own pause, the network's."""
    rows = await session.execute(text("select * from own_pauses()"))
    return [Pause(row.of_all, row.paused_at, row.paused_by, row.why) for row in rows]


async def pause_all(session: AsyncSession, *, by: str, why: str, now: datetime) -> bool:
    """Stop sending for everybody (worker or owner role); False when it was paused already."""
    values = {"paused_at": now, "paused_by": by[:100], "why": why[:200], "id": new_id()}
    result: CursorResult[tuple[()]] = await session.execute(  # type: ignore[assignment]
        insert(SenderPause).values(organization_id=None, **values).on_conflict_do_nothing()
    )
    return result.rowcount > 0


async def resume_all(session: AsyncSession, *, by: str, now: datetime) -> bool:
    """Send again for everybody (worker or owner role). What a restore held stays held."""
    row = await session.scalar(
        select(SenderPause)
        .where(SenderPause.organization_id.is_(None), SenderPause.resumed_at.is_(None))
        .with_for_update()
    )
    if row is None:
        return False
    row.resumed_at, row.resumed_by = now, by[:100]
    await session.execute(WAKE)
    return True


async def held_messages(session: AsyncSession) -> Sequence[Message]:
    """What stood in the queue of the restored database, oldest first."""
    rows = await session.scalars(
        select(Message)
        .where(Message.held_since.is_not(None))
        .order_by(Message.created_at, Message.id)
    )
    return rows.all()


async def release_held(
    session: AsyncSession, message_ids: Sequence[UUID], now: datetime, person_id: UUID | None = None
) -> int:
    """Let these go out, with every check that is made at the moment of sending."""
    rows = await _held(session, message_ids)
    for row in rows:
        row.held_since = None
        history.note(session, row, history.RELEASED_BY_PERSON, now, person_id=person_id)
    await session.execute(WAKE)
    return len(rows)


async def drop_held(
    session: AsyncSession, message_ids: Sequence[UUID], now: datetime, person_id: UUID | None = None
) -> int:
    """Never send these: they went out before the restore, or are too old by now."""
    rows = await _held(session, message_ids)
    for row in rows:
        row.held_since = None
        because = Because(reason=DROPPED, person_id=person_id)
        await happened(session, row, Event.DROPPED_BY_PERSON, now, because)
    return len(rows)


async def _held(session: AsyncSession, message_ids: Sequence[UUID]) -> Sequence[Message]:
    rows = await session.scalars(
        select(Message)
        .where(Message.id.in_(message_ids), Message.held_since.is_not(None))
        .order_by(Message.id)
        .with_for_update()
    )
    return rows.all()


async def sender_status(session: AsyncSession) -> dict[str, Any]:
    """Counts and pauses over everybody (owner role: policies hide them from the others)."""
    states = await session.execute(
        select(Message.state, func.count()).group_by(Message.state).order_by(Message.state)
    )
    special = await session.execute(
        select(
            func.count().filter(Message.needs_person_since.is_not(None)),
            func.count().filter(Message.held_since.is_not(None)),
        )
    )
    needs_person, held = special.one()
    pauses = await session.scalars(
        select(SenderPause).where(SenderPause.resumed_at.is_(None)).order_by(SenderPause.paused_at)
    )
    return {
        "messages": {str(state): number for state, number in states},
        "needs_person": needs_person,
        "held": held,
        "pauses": [
            {
                "organization_id": each.organization_id,
                "paused_at": each.paused_at,
                "paused_by": each.paused_by,
                "why": each.why,
            }
            for each in pauses
        ],
    }
