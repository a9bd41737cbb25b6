"""What is due when: the schedule of everything that time alone must do.

`due` is a routing table (ids only). The app role sets and clears rows by definer functions; the
worker reads what is due and handles each row in its organization's context.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that time must do."""

    organization_id: UUID
    kind: str
    subject_id: UUID
    due_at: datetime


async def set_due(
    session: AsyncSession, organization_id: UUID, kind: str, subject_id: UUID, due_at: datetime
) -> None:
    """Set or move the one row of (kind, subject)."""
    await session.execute(
        text("select set_due(:organization_id, :kind, :subject_id, :due_at)"),
        {
            "organization_id": organization_id,
            "kind": kind,
            "subject_id": subject_id,
            "due_at": due_at,
        },
    )


async def clear_due(session: AsyncSession, kind: str | None, subject_id: UUID) -> None:
    """Drop the row of (kind, subject); every row of the subject when kind is None."""
    await session.execute(
        text("select clear_due(:kind, :subject_id)"), {"kind": kind, "subject_id": subject_id}
    )


async def due_rows(session: AsyncSession, now: datetime, limit: int = 500) -> list[Due]:
    """What is due, oldest first (worker role)."""
    rows = await session.execute(
        text(
            "select organization_id, kind, subject_id, due_at from due"
            " where due_at <= :now order by due_at, subject_id limit :limit"
        ),
        {"now": now, "limit": limit},
    )
    return [Due(*row) for row in rows]
