"""Finding a patient by phone, record number or name; and the patient's own page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from referrals.errors import ReferralNotFound
from referrals.lifecycle import OPEN, BusinessStatus, people_see
from referrals.models import Patient, PatientName, Referral
from referrals.names import words_of
from referrals.queries.lists import ReferralSummary, referrals_of_patient
from shared import audit
from shared.crypto import blind_index
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

HITS_AT_MOST = 20
SHORTEST_WORD = 3


@dataclass(frozen=True, slots=True)
class PatientHit:
    """A patient as a search shows them."""

    id: UUID
    name: str = field(repr=False)
    born: int | None
    phone: str | None = field(repr=False)
    record_number: str | None = field(repr=False)
    language: str
    zip: str | None
    household_size: int | None
    open_referrals: tuple[ReferralSummary, ...]


@dataclass(frozen=True, slots=True)
class PatientLinkPage:
    """What the holder of the patient's link sees before the birth year: no place, no name."""

    referral_id: UUID
    version: int
    initial: str
    need: str
    requester_label: str
    requester_phone: str | None
    owner_name: str
    asked_at: datetime
    status: BusinessStatus
    people_see: str
    by: datetime | None
    they_call: bool
    phone: str | None
    code: int | None
    is_open: bool
    text_language: str
    seen_by_agency_at: datetime | None


async def find_patients(
    session: AsyncSession, organization_id: UUID, words: str, *, now: datetime
) -> list[PatientHit]:
    """By phone, record number, or names (whole or from 3 letters); most recent first."""
    ids = await _matching_ids(session, organization_id, words)
    if not ids:
        return []
    rows = await session.scalars(
        select(Patient)
        .where(Patient.id.in_(ids), Patient.organization_id == organization_id)
        .order_by(Patient.created_at.desc())
        .limit(HITS_AT_MOST)
    )
    hits = [await _hit(session, row) for row in rows.all()]
    await audit.record(
        session,
        "patients_searched",
        subject_kind="patient",
        subject_id=None,
        now=now,
        detail={"found": [str(hit.id) for hit in hits]},
    )
    return hits


async def _matching_ids(session: AsyncSession, tenant: UUID, words: str) -> list[UUID]:
    phone = to_e164(words) if any(sign.isdigit() for sign in words) else None
    query = select(Patient.id).where(Patient.organization_id == tenant)
    if phone is not None:
        index = blind_index(tenant, "phone", phone)
        found = list(await session.scalars(query.where(Patient.phone_index == index)))
        if found:
            return found
    record = blind_index(tenant, "record", words.strip().upper())
    found = list(await session.scalars(query.where(Patient.record_index == record)))
    return found or await _named(session, tenant, words)


async def _named(session: AsyncSession, tenant: UUID, words: str) -> list[UUID]:
    """Everybody whose names hold all of the words."""
    tokens = [
        blind_index(tenant, "name", word) for word in words_of(words) if len(word) >= SHORTEST_WORD
    ]
    if not tokens:
        return []
    rows = await session.scalars(
        select(PatientName.patient_id)
        .where(PatientName.organization_id == tenant, PatientName.token.in_(tokens))
        .group_by(PatientName.patient_id)
        .having(func.count() == len(set(tokens)))
        .limit(HITS_AT_MOST)
    )
    return list(rows)


async def _hit(session: AsyncSession, patient: Patient) -> PatientHit:
    every = await referrals_of_patient(session, patient.id)
    return PatientHit(
        id=patient.id,
        name=patient.name or "",
        born=patient.born.year if patient.born else None,
        phone=patient.phone,
        record_number=patient.record_number,
        language=patient.language,
        zip=patient.zip,
        household_size=patient.household_size,
        open_referrals=tuple(each for each in every if each.status in OPEN),
    )


async def patient_link_page(
    session: AsyncSession, referral_id: UUID, *, now: datetime
) -> PatientLinkPage:
    """The patient's page of one request (sender's context, this referral)."""
    referral = await session.get(Referral, referral_id, populate_existing=True)
    patient = await session.get(Patient, referral.patient_id) if referral is not None else None
    if referral is None or patient is None:
        raise ReferralNotFound
    await audit.record(
        session, "referral_read", subject_kind="referral", subject_id=referral_id, now=now
    )
    return PatientLinkPage(
        referral_id=referral.id,
        version=referral.version,
        initial=patient.first_name[:1].upper(),
        need=referral.need,
        requester_label=referral.requester_label,
        requester_phone=referral.requester_phone,
        owner_name=referral.owner_name,
        asked_at=referral.sent_at or referral.created_at,
        status=referral.status,
        people_see=people_see(referral.status, referral.reason),
        by=referral.contact_due_at or referral.answer_due_at,
        they_call=referral.how_to_start == "agency_calls_patient",
        phone=referral.performer_phone,
        code=referral.code,
        is_open=referral.status in OPEN,
        text_language=referral.text_language,
        seen_by_agency_at=referral.identity_shown_at,
    )
