"""What a batch of messages speaks of, read in three statements instead of three a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from referrals.models import Consent, Patient, Referral

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


async def read_ahead(
    session: AsyncSession, referral_ids: Collection[UUID], patient_ids: Collection[UUID]
) -> list[object]:
    """Requests with their consents, and patients: `session.get` finds them while they are kept."""
    referrals = (await session.scalars(select(Referral).where(Referral.id.in_(referral_ids)))).all()
    agreed = {each.consent_id for each in referrals if each.consent_id is not None}
    consents = (await session.scalars(select(Consent).where(Consent.id.in_(agreed)))).all()
    patients: list[object] = []
    if patient_ids:
        patients += await session.scalars(select(Patient).where(Patient.id.in_(patient_ids)))
    return [*referrals, *consents, *patients]
