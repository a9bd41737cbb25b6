"""Agencies that the organization has sent requests to."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import member_card

MOST = 500
PARTNERS = text(
    "select distinct performer_organization_id from referral"
    " where requester_organization_id = (select ctx_organization()) limit :most"
)


async def partners(session: AsyncSession) -> list[tuple[UUID, str]]:
    """(member id, name) of each, by name; at most 500."""
    found = await session.scalars(PARTNERS, {"most": MOST})
    cards = [await member_card(session, member_id) for member_id in found]
    named = [(card.id, card.name) for card in cards if card is not None]
    return sorted(named, key=lambda pair: pair[1].casefold())
