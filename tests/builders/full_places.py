"""A town whose place stands in the directory, so that it can be marked full."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from accounts.members import claim_listing
from builders.listings import Listing, list_service
from builders.referrals import TUESDAY
from directory.api import full_until
from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from builders.referrals import Town
    from referrals.listing import ListingWords
    from shared.database import Database


async def list_place(town: Town, owner: Database, **changes: Any) -> ListingWords:
    """Another listed service of the town's agency."""
    async with owner.transaction(Context()) as session:
        listed = await list_service(session, Listing(**changes))
    async with town.as_agency() as session:
        await claim_listing(session, listed.organization_id, now=TUESDAY)
    return replace(
        town.listing,
        service_at_location_id=listed.id,
        directory_organization_id=listed.organization_id,
    )


async def full_here(town: Town, place: UUID, now: datetime) -> datetime | None:
    """Until when the place is full, as everybody reads it."""
    async with town.as_clinic() as session:
        return (await full_until(session, [place], now)).get(place)
