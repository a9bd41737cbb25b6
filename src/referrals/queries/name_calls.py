"""Which requests an agency's phone may hear name and number of, read in the agency's context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from accounts.api import member_card
from notify.api import sender_number_of
from referrals.consequences import WALK_IN
from referrals.errors import ReferralNotFound
from referrals.lifecycle import AFTER_YES
from referrals.models import NameCallPin, Referral
from referrals.name_calls.pins import endings_of, phones_of, takes_calls

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def requests_to_tell(
    session: AsyncSession, sender_id: UUID, agency_id: UUID, channel_id: UUID
) -> list[Referral]:
    """Those with a yes that were asked on this very phone by this sender, by code.

    The phone's own requests only: another programme of the same organization has a phone of its
    own. For a walk-in nobody said yes to this person, until somebody does.
    """
    rows = await session.scalars(
        select(Referral)
        .where(
            Referral.requester_organization_id == sender_id,
            Referral.performer_organization_id == agency_id,
            Referral.status.in_(AFTER_YES),
            Referral.code.is_not(None),
        )
        .order_by(Referral.code)
        .execution_options(populate_existing=True)
    )
    return [
        referral
        for referral in rows
        if any(asked["id"] == str(channel_id) for asked in referral.asked_channels)
        and not (referral.how_to_start == WALK_IN and referral.answered_at is None)
    ]


@dataclass(frozen=True, slots=True)
class NamePhone:
    """Where staff may say a name: the agency's own voice number, or the phone that was texted."""

    voice: str | None
    endings: tuple[str, ...]


async def name_phone(session: AsyncSession, referral_id: UUID) -> NamePhone:
    """Never the place's public number: nobody there said that it is theirs alone.

    The voice number counts once the agency has claimed its listing and so looks after it.
    """
    referral = await session.get(Referral, referral_id)
    if referral is None:
        raise ReferralNotFound
    agency = await member_card(session, referral.performer_organization_id)
    endings = endings_of(referral)
    return NamePhone(
        voice=agency.voice_phone if agency is not None and agency.claimed else None,
        endings=tuple(endings[each] for each in phones_of(referral) if each in endings),
    )


@dataclass(frozen=True, slots=True)
class PhoneWithPin:
    """A phone of the agency; of its number the last two digits, if they are known.

    `pin_since` None: staff call it with the name.
    """

    id: UUID
    ending: str
    pin_since: datetime | None


@dataclass(frozen=True, slots=True)
class NameCallPage:
    """Whether the agency can hear names by phone. No patient is on it."""

    referral_id: UUID
    place: str
    # Their public number: it may be another phone than the one that was texted.
    place_phone: str | None
    # The number that they would call; None: it takes no calls.
    number: str | None
    phones: tuple[PhoneWithPin, ...]


async def name_call_page(session: AsyncSession, referral_id: UUID, sender_id: UUID) -> NameCallPage:
    """The page's facts; ReferralNotFound unless this organization sent the request."""
    referral = await session.get(Referral, referral_id)
    if referral is None or referral.requester_organization_id != sender_id:
        raise ReferralNotFound
    rows = await session.scalars(
        select(NameCallPin).where(
            NameCallPin.organization_id == sender_id, NameCallPin.pin_hash.is_not(None)
        )
    )
    since = {row.channel_id: row.made_at for row in rows}
    number, endings = await sender_number_of(session, sender_id), endings_of(referral)
    return NameCallPage(
        referral_id=referral.id,
        place=referral.performer_name,
        place_phone=referral.performer_phone,
        number=number if await takes_calls(session, sender_id) else None,
        phones=tuple(
            PhoneWithPin(each, endings.get(each, ""), since.get(each))
            for each in phones_of(referral)
        ),
    )
