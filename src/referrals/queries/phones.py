"""Who is on a phone that a text came from: a clinic's patients, and the requests with its codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from referrals.lifecycle import NOT_SENT, BusinessStatus
from referrals.models import Patient, Referral
from shared.crypto import blind_index

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

AT_MOST = 20


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A two-digit code that this clinic gave to this phone, open or the last one closed."""

    code: int
    referral_id: UUID
    performer_id: UUID
    is_open: bool


async def referrals_of_phone(
    session: AsyncSession, organization_id: UUID, e164: str
) -> tuple[UUID, ...]:
    """The requests of everybody on this phone: open ones first, the latest word first."""
    index = blind_index(organization_id, "phone", e164)
    on_phone = select(Patient.id).where(
        Patient.organization_id == organization_id, Patient.phone_index == index
    )
    unsent = (*NOT_SENT, BusinessStatus.ENTERED_IN_ERROR)
    rows = await session.scalars(
        select(Referral.id)
        .where(
            Referral.requester_organization_id == organization_id,
            Referral.patient_id.in_(on_phone),
            Referral.status.not_in(unsent),
        )
        .order_by(Referral.ended_at.is_not(None), Referral.changed_at.desc())
        .limit(AT_MOST)
    )
    return tuple(rows)


async def codes_of_phone(
    session: AsyncSession, organization_id: UUID, phone_hash: bytes
) -> tuple[CodeRow, ...]:
    """Every code of this pair of numbers, with the request that it stands for or last stood for."""
    rows = await session.execute(
        text("select * from reply_codes_of(:sender, :hash)"),
        {"sender": organization_id, "hash": phone_hash},
    )
    return tuple(
        CodeRow(row.code, row.referral_id, row.performer_organization_id, row.closed_at is None)
        for row in rows
    )
