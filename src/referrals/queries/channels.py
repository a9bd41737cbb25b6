"""What waits for an agency's first yes, and how it stands with its phones and mailboxes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from accounts.api import ChannelState, known_channels
from referrals.consequences import HOTLINE
from referrals.errors import ReferralNotFound
from referrals.lifecycle import WAITING, BusinessStatus
from referrals.models import Referral
from referrals.params import values_for

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import KnownChannel


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """The sender's page about where a request's agency may be asked. No patient is on it."""

    referral_id: UUID
    performer_name: str
    performer_phone: str | None
    # Whether a yes would let this request go out.
    waits: bool
    waiting: int
    channels: tuple[KnownChannel, ...]
    # The values of A0, by language.
    values: dict[str, dict[str, str]]

    @property
    def in_use(self) -> bool:
        """Whether requests go somewhere already."""
        return any(each.state is ChannelState.IN_USE for each in self.channels)


async def requests_waiting(session: AsyncSession, sender_id: UUID, member_id: UUID) -> list[UUID]:
    """This sender's requests that still wait for that agency's first word."""
    found = await session.scalars(
        select(Referral.id)
        .where(
            Referral.requester_organization_id == sender_id,
            Referral.performer_organization_id == member_id,
            Referral.status == BusinessStatus.SENT,
        )
        .order_by(Referral.id)
    )
    return list(found)


async def senders_waiting(session: AsyncSession, member_id: UUID) -> list[UUID]:
    """Whose requests wait there (in the agency's context)."""
    found = await session.scalars(
        select(Referral.requester_organization_id)
        .where(
            Referral.performer_organization_id == member_id,
            Referral.status == BusinessStatus.SENT,
        )
        .distinct()
    )
    return sorted(found)


async def last_sent_to(session: AsyncSession, member_id: UUID) -> tuple[UUID, UUID] | None:
    """(sender, request) of the newest (in the agency's context)."""
    found = await session.execute(
        select(Referral.requester_organization_id, Referral.id)
        .where(
            Referral.performer_organization_id == member_id,
            Referral.sent_at.is_not(None),
        )
        .order_by(Referral.sent_at.desc(), Referral.id)
        .limit(1)
    )
    row = found.one_or_none()
    return (row[0], row[1]) if row is not None else None


async def channel_page(
    session: AsyncSession, referral_id: UUID, sender_id: UUID, *, now: datetime
) -> ChannelPage:
    """The page's facts; ReferralNotFound unless this organization sent the request."""
    referral = await session.get(Referral, referral_id)
    if referral is None or referral.requester_organization_id != sender_id:
        raise ReferralNotFound
    member_id = referral.performer_organization_id
    return ChannelPage(
        referral_id=referral.id,
        performer_name=referral.performer_name,
        performer_phone=referral.performer_phone,
        waits=referral.status in WAITING and referral.how_to_start != HOTLINE,
        waiting=len(await requests_waiting(session, sender_id, member_id)),
        channels=tuple(await known_channels(session, member_id, now=now)),
        values={code: values_for("A0", code, referral, None, {}, now) for code in ("en", "es")},
    )
