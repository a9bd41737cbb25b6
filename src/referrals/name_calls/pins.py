"""The PIN that a sender agrees with an agency's phone: made by staff, kept as a hash, one a pair.

Each sender has its own with the same phone, as each has its own codes: whoever learns it opens
what that sender's staff see anyway (docs/decisions/0019).
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, text

from accounts.api import CHANNEL_KEEPERS
from referrals.errors import ReferralNotFound
from referrals.models.name_calls import NameCallPin
from referrals.name_calls.steps import new_pin
from referrals.transition import lock_referral
from shared import audit
from shared.crypto import routing_hash
from shared.errors import Conflict, NotAllowed
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor
    from referrals.models import Referral

# Of an entry of `asked_channels`.
ENDING = "ends"


async def number_to_call(
    session: AsyncSession, sender_id: UUID, channel_id: UUID | None
) -> str | None:
    """The number at which this phone hears names; None while staff have to call."""
    if channel_id is None:
        return None
    found = await session.execute(
        text("select name_call_number(:sender, :channel)"),
        {"sender": sender_id, "channel": channel_id},
    )
    number: str | None = found.scalar_one()
    return number


async def takes_calls(session: AsyncSession, sender_id: UUID) -> bool:
    """Whether this sender's number answers calls at all."""
    found = await session.execute(text("select takes_calls(:sender)"), {"sender": sender_id})
    return bool(found.scalar_one())


async def make_pin(
    session: AsyncSession, referral_id: UUID, channel_id: UUID, *, actor: Actor, now: datetime
) -> str:
    """A new PIN for a phone that this request was sent to; the one before ends. Said once only."""
    referral = await _own_referral(session, referral_id, actor)
    if channel_id not in phones_of(referral):
        raise ReferralNotFound
    if not await takes_calls(session, referral.requester_organization_id):
        raise Conflict(
            _("Our number takes no calls yet, so a PIN would open nothing."), code="no_calls"
        )
    sender_id, pin = referral.requester_organization_id, new_pin()
    row = await _row(session, sender_id, channel_id)
    if row is None:
        row = NameCallPin(organization_id=sender_id, channel_id=channel_id, made_at=now)
        session.add(row)
    row.pin_hash, row.made_at, row.made_by = _hash(row, pin), now, actor.person_id
    await audit.record(
        session,
        "name_call_pin_made",
        subject_kind="answering_channel",
        subject_id=channel_id,
        now=now,
    )
    return pin


async def withdraw_pin(
    session: AsyncSession, sender_id: UUID, channel_id: UUID, now: datetime
) -> None:
    """Nobody hears a name by it any more. In the sender's context."""
    row = await _row(session, sender_id, channel_id)
    if row is None or row.pin_hash is None:
        return
    row.pin_hash = None
    await audit.record(
        session,
        "name_call_pin_withdrawn",
        subject_kind="answering_channel",
        subject_id=channel_id,
        now=now,
    )


async def is_pin(session: AsyncSession, sender_id: UUID, channel_id: UUID, pin: str) -> bool:
    """Whether this is what was agreed. In the sender's context."""
    row = await _row(session, sender_id, channel_id)
    if row is None or row.pin_hash is None:
        return False
    return hmac.compare_digest(row.pin_hash, _hash(row, pin))


def phones_of(referral: Referral) -> list[UUID]:
    """The agency's phones that this request was sent to."""
    return [UUID(asked["id"]) for asked in referral.asked_channels if asked["kind"] == "sms"]


async def note_ending(
    session: AsyncSession, referral_id: UUID, channel_id: UUID, number: str
) -> None:
    """Keep the last two digits of a phone that was texted, all that staff ever see of it.

    They tell it from the place's public number, where a PIN must not be said. Worker role, in the
    sender's context.
    """
    referral = await lock_referral(session, referral_id)
    asked = [
        {**each, ENDING: number[-2:]} if each["id"] == str(channel_id) else each
        for each in referral.asked_channels
    ]
    if asked != referral.asked_channels:
        referral.asked_channels = asked


def endings_of(referral: Referral) -> dict[UUID, str]:
    """The last two digits of the phones that were texted, as far as they are known."""
    return {
        UUID(asked["id"]): asked[ENDING]
        for asked in referral.asked_channels
        if asked["kind"] == "sms" and ENDING in asked
    }


async def _own_referral(session: AsyncSession, referral_id: UUID, actor: Actor) -> Referral:
    if not actor.has_role(*CHANNEL_KEEPERS):
        raise NotAllowed(_("Your account may not do this."), code="role_missing")
    referral = await lock_referral(session, referral_id)
    if referral.requester_organization_id != actor.organization_id:
        raise ReferralNotFound
    return referral


async def _row(session: AsyncSession, sender_id: UUID, channel_id: UUID) -> NameCallPin | None:
    found: NameCallPin | None = await session.scalar(
        select(NameCallPin).where(
            NameCallPin.organization_id == sender_id, NameCallPin.channel_id == channel_id
        )
    )
    return found


def _hash(row: NameCallPin, pin: str) -> bytes:
    """Keyed: four digits have no strength of their own, the key has."""
    return routing_hash("name_call_pin", f"{row.organization_id}:{row.channel_id}:{pin}")
