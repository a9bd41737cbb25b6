"""Addresses that must not be written to: STOP in any words, a carrier's block, a wrong number.

Kept per organization, because each clinic texts from a number of its own: STOP stops that clinic.
Only hashes are stored. All of it goes through definer functions: the app can't read the table.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import text

from shared.crypto import routing_hash
from shared.identifiers import new_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


class SuppressionReason(StrEnum):
    """Why nothing is sent any more."""

    CARRIER_STOP = "carrier_stop"  # the carrier answered it and blocks us itself
    OWN_WORDS = "own_words"  # ALTO, "please stop": confirmed once by us
    WRONG_NUMBER = "wrong_number"
    BOUNCED = "bounced"
    COMPLAINED = "complained"  # they marked a mail of ours as unwanted


def phone_hash(e164: str) -> bytes:
    """The network-wide hash of a phone number in E.164."""
    return routing_hash("phone", e164)


def email_hash(address: str) -> bytes:
    """The network-wide hash of a mailbox."""
    return routing_hash("email", address.strip().lower())


async def suppress(
    session: AsyncSession, organization_id: UUID, phone_hash: bytes, reason: str, now: datetime
) -> bool:
    """Send nothing more to this address; False when it was suppressed before."""
    row = await session.execute(
        text("select suppress_address(:id, :organization, :hash, :reason, :now)"),
        {
            "id": new_id(),
            "organization": organization_id,
            "hash": phone_hash,
            "reason": str(reason),
            "now": now,
        },
    )
    return bool(row.scalar_one())


async def unsuppress(session: AsyncSession, organization_id: UUID, phone_hash: bytes) -> bool:
    """START: write again; False when it was not suppressed."""
    row = await session.execute(
        text("select unsuppress_address(:organization, :hash)"),
        {"organization": organization_id, "hash": phone_hash},
    )
    return bool(row.scalar_one())


async def suppression_reason(
    session: AsyncSession, organization_id: UUID, phone_hash: bytes
) -> str | None:
    """Why nothing is sent to this address; None when it may be written to."""
    row = await session.execute(
        text("select suppression_of(:organization, :hash)"),
        {"organization": organization_id, "hash": phone_hash},
    )
    reason: str | None = row.scalar_one()
    return reason


async def is_suppressed(session: AsyncSession, organization_id: UUID, phone_hash: bytes) -> bool:
    """Whether nothing may be sent to this address ("cannot text")."""
    return await suppression_reason(session, organization_id, phone_hash) is not None
