"""Words of the loop against a record: what was wrong and where, never about whom or by whom."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from directory.models.stewards import SignalKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

NOTE = text("select note_staleness(:place, :kind, :day)")


async def note_staleness(
    session: AsyncSession, service_at_location_id: UUID, kind: SignalKind, day: date
) -> None:
    """Count one more word against the record; a place that is not listed counts nothing."""
    await session.execute(NOTE, {"place": service_at_location_id, "kind": kind.value, "day": day})
