"""One form is one act, however often its button is pressed, in turn or at the same moment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, text

from referrals.models import ReferralEvent
from referrals.words import EventKind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def lock_form(session: AsyncSession, event_key: str) -> None:
    """Two presses wait for each other, so that the second finds the first one's work."""
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": event_key}
    )


async def referral_of_form(
    session: AsyncSession, organization_id: UUID, event_key: str
) -> UUID | None:
    """The request that this form made already."""
    found: UUID | None = await session.scalar(
        select(ReferralEvent.referral_id).where(
            ReferralEvent.requester_organization_id == organization_id,
            ReferralEvent.event_key == event_key,
            ReferralEvent.kind == EventKind.CREATED,
        )
    )
    return found
