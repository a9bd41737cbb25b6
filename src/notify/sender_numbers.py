"""Which texting number belongs to which organization: one number each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from notify.models import SenderNumber

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


async def sender_number_of(session: AsyncSession, organization_id: UUID) -> str | None:
    """The number (E.164) that this organization texts from."""
    row = await session.execute(
        text("select sender_number_of(:organization)"), {"organization": organization_id}
    )
    number: str | None = row.scalar_one()
    return number


async def organization_of_number(session: AsyncSession, number: str) -> UUID | None:
    """Whose number (E.164) this is."""
    row = await session.execute(text("select organization_of_number(:number)"), {"number": number})
    organization_id: UUID | None = row.scalar_one()
    return organization_id


async def give_sender_number(session: AsyncSession, organization_id: UUID, number: str) -> None:
    """Tie a number to an organization (set-up: worker or owner role)."""
    session.add(SenderNumber(organization_id=organization_id, number=number))
    await session.flush()
