"""Requests as rows: by organization, by patient, for the API's list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Select, or_, select, tuple_

from referrals.lifecycle import OPEN, BusinessStatus, people_see
from referrals.models import Referral

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.ext.asyncio import AsyncSession

LIST_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class ReferralSummary:
    """A request without a patient's name, as both sides may list it. Labels are message ids."""

    id: UUID
    version: int
    status: BusinessStatus
    task_status: str
    people_see: str
    reason: str | None
    need: str
    urgency: str
    household_size: int | None
    household_ages: tuple[int, ...]
    language: str
    zip: str | None
    facts: tuple[str, ...]
    code: int | None
    how_to_start: str
    service_at_location_id: UUID
    service_name: str
    requester_organization_id: UUID
    requester_name: str
    performer_organization_id: UUID
    performer_name: str
    patient_id: UUID | None
    sent_at: datetime | None
    answer_due_at: datetime | None
    held_until: datetime | None
    held_answer: str | None
    visit_at: datetime | None
    next_action_at: datetime | None
    ended_at: datetime | None
    part_of_id: UUID | None
    follow_up_of_id: UUID | None
    created_at: datetime
    changed_at: datetime


def summary_of(referral: Referral, reader: UUID | None) -> ReferralSummary:
    """As this organization may read it: the agency sees only its own reasons, and no patient."""
    sender_reads = reader == referral.requester_organization_id
    held = referral.held or {}
    reason = referral.reason if sender_reads or _agency_reason(referral) else None
    return ReferralSummary(
        id=referral.id,
        version=referral.version,
        status=referral.status,
        task_status=referral.task_status.value,
        people_see=people_see(referral.status, reason),
        reason=reason,
        need=referral.need,
        urgency=referral.urgency.value,
        household_size=referral.household_size,
        household_ages=tuple(referral.household_ages or ()),
        language=referral.language,
        zip=referral.zip,
        facts=tuple(referral.facts),
        code=referral.code,
        how_to_start=referral.how_to_start,
        service_at_location_id=referral.service_at_location_id,
        service_name=str(referral.service.get("name") or ""),
        requester_organization_id=referral.requester_organization_id,
        requester_name=referral.requester_name,
        performer_organization_id=referral.performer_organization_id,
        performer_name=referral.performer_name,
        patient_id=referral.patient_id if sender_reads else None,
        sent_at=referral.sent_at,
        answer_due_at=referral.answer_due_at,
        held_until=datetime.fromisoformat(held["until"]) if held else None,
        held_answer=str(held["to"]) if held else None,
        visit_at=referral.visit_at,
        next_action_at=referral.next_action_at if sender_reads else None,
        ended_at=referral.ended_at,
        part_of_id=referral.part_of_id if sender_reads else None,
        follow_up_of_id=referral.follow_up_of_id if sender_reads else None,
        created_at=referral.created_at,
        changed_at=referral.changed_at,
    )


def _agency_reason(referral: Referral) -> bool:
    return referral.status in {BusinessStatus.DECLINED, BusinessStatus.UNABLE}


async def referral_summary(
    session: AsyncSession, referral_id: UUID, reader: UUID | None
) -> ReferralSummary | None:
    """One request, if this organization may see it."""
    referral = await session.get(Referral, referral_id, populate_existing=True)
    return summary_of(referral, reader) if referral is not None else None


async def list_referrals(  # noqa: PLR0913 -- the list's filters
    session: AsyncSession,
    reader: UUID,
    *,
    statuses: Iterable[BusinessStatus] = (),
    role: str = "either",
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[ReferralSummary]:
    """Newest change first. `role`: requester, performer or either; `after` is the last one seen."""
    query = _of(reader, role).order_by(Referral.changed_at.desc(), Referral.id.desc())
    wanted = list(statuses)
    if wanted:
        query = query.where(Referral.status.in_(wanted))
    if after is not None:
        query = query.where(tuple_(Referral.changed_at, Referral.id) < tuple_(*after))
    rows = await session.scalars(query.limit(min(limit, LIST_AT_MOST)))
    return [summary_of(row, reader) for row in rows]


def _of(reader: UUID, role: str) -> Select[Referral]:
    sends = Referral.requester_organization_id == reader
    answers = (Referral.performer_organization_id == reader) & Referral.sent_at.is_not(None)
    query = select(Referral)
    if role == "requester":
        return query.where(sends)
    return query.where(answers) if role == "performer" else query.where(or_(sends, answers))


async def open_referrals(
    session: AsyncSession, organization_id: UUID, people: Collection[UUID] | None
) -> list[Referral]:
    """What has not ended, of these people or nobody, or (None) of the whole team."""
    query = select(Referral).where(
        Referral.requester_organization_id == organization_id, Referral.status.in_(OPEN)
    )
    if people is not None:
        query = query.where(
            or_(Referral.owner_person_id.in_(people), Referral.owner_person_id.is_(None))
        )
    return list(await session.scalars(query))


async def referrals_of_owner(
    session: AsyncSession, organization_id: UUID, person_id: UUID | None
) -> list[Referral]:
    """What somebody (None: nobody) still has to do with: open, or ended and not answered yet."""
    owner = Referral.owner_person_id
    rows = await session.scalars(
        select(Referral)
        .where(
            Referral.requester_organization_id == organization_id,
            owner.is_(None) if person_id is None else owner == person_id,
            or_(
                Referral.status.in_(OPEN),
                Referral.acknowledged_at.is_(None) & Referral.ended_at.is_not(None),
            ),
        )
        .order_by(Referral.created_at, Referral.id)
    )
    return list(rows)


async def referrals_by_id(session: AsyncSession, ids: Iterable[UUID]) -> list[Referral]:
    """These requests, as far as they may be seen."""
    wanted = list(ids)
    if not wanted:
        return []
    return list(await session.scalars(select(Referral).where(Referral.id.in_(wanted))))


async def referrals_at_agency(session: AsyncSession, organization_id: UUID) -> list[Referral]:
    """Open requests that this agency was sent."""
    return list(
        await session.scalars(
            select(Referral)
            .where(
                Referral.performer_organization_id == organization_id,
                Referral.sent_at.is_not(None),
                Referral.status.in_(OPEN),
            )
            .order_by(Referral.sent_at, Referral.id)
        )
    )


async def open_referral_ids_of_patient(session: AsyncSession, patient_id: UUID) -> list[UUID]:
    """A patient's requests that have not ended."""
    return list(
        await session.scalars(
            select(Referral.id)
            .where(Referral.patient_id == patient_id, Referral.status.in_(OPEN))
            .order_by(Referral.created_at, Referral.id)
        )
    )


async def referral_ids_on_consent(session: AsyncSession, consent_id: UUID) -> list[UUID]:
    """Every request that stands on this consent."""
    return list(
        await session.scalars(
            select(Referral.id).where(Referral.consent_id == consent_id).order_by(Referral.id)
        )
    )


async def referrals_of_patient(session: AsyncSession, patient_id: UUID) -> list[ReferralSummary]:
    """All of a patient's requests, newest first, for the sender."""
    rows = await session.scalars(
        select(Referral)
        .where(Referral.patient_id == patient_id)
        .order_by(Referral.created_at.desc(), Referral.id.desc())
    )
    return [summary_of(row, row.requester_organization_id) for row in rows]


async def linked_referrals(session: AsyncSession, referral_id: UUID) -> list[ReferralSummary]:
    """Requests that took this one's place or came after it."""
    rows = await session.scalars(
        select(Referral)
        .where(or_(Referral.part_of_id == referral_id, Referral.follow_up_of_id == referral_id))
        .order_by(Referral.created_at)
    )
    return [summary_of(row, row.requester_organization_id) for row in rows]
