"""What the agency sees: one request by link or signed in, and the desk; never a patient row."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import or_, select

from referrals.errors import ReferralNotFound
from referrals.lifecycle import AFTER_YES, ON_HOLD, WAITING, BusinessStatus
from referrals.models import InternalNote, Referral, ReferralDisclosure, SharedNote
from referrals.models.records import DisclosureKind
from referrals.queries.lists import referrals_at_agency, summary_of
from referrals.words import Way
from shared import audit

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.queries.lists import ReferralSummary

S = BusinessStatus


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note both sides read."""

    author: str
    body: str = field(repr=False)
    written_at: datetime
    is_ours: bool


@dataclass(frozen=True, slots=True)
class AgencyView:
    """One request as the agency may see it. `identity` is set once it has been shown."""

    request: ReferralSummary
    requester_label: str
    requester_phone: str | None
    owner_name: str
    can_answer: bool
    answered_by: str | None
    answered_at: datetime | None
    answered_way: Way | None
    can_undo_until: datetime | None
    contact_due_at: datetime | None
    # The end of the opening that a walk-in was told of; None: not known.
    opening_ends: datetime | None
    they_call: bool
    is_walk_in: bool
    can_show_identity: bool
    identity: dict[str, Any] | None = field(repr=False)
    shown_at: datetime | None
    visit_note: str | None
    notes: tuple[NoteView, ...]
    # What this agency keeps to itself.
    own_notes: tuple[NoteView, ...] = ()


@dataclass(frozen=True, slots=True)
class AgencyDesk:
    """Everything open at the agency, by what there is to do."""

    new: tuple[AgencyView, ...]
    coming: tuple[AgencyView, ...]
    being_served: tuple[AgencyView, ...]
    wait_list: tuple[AgencyView, ...]
    reported: tuple[AgencyView, ...]


async def agency_link_page(
    session: AsyncSession, referral_id: UUID, reader: UUID, *, now: datetime
) -> AgencyView:
    """One request for its agency; noted as viewed and as read."""
    referral = await session.get(Referral, referral_id, populate_existing=True)
    if referral is None or referral.performer_organization_id != reader:
        raise ReferralNotFound
    await audit.record(
        session, "referral_read", subject_kind="referral", subject_id=referral_id, now=now
    )
    return await _view(session, referral, reader, now)


async def agency_desk(session: AsyncSession, reader: UUID, *, now: datetime) -> AgencyDesk:
    """The desk of the signed-in agency."""
    views = [
        await _view(session, referral, reader, now)
        for referral in await referrals_at_agency(session, reader)
    ]
    await audit.record(session, "desk_read", subject_kind="member", subject_id=reader, now=now)
    groups: dict[str, list[AgencyView]] = {name: [] for name in AgencyDesk.__slots__}
    for view in views:
        groups[_group(view)].append(view)
    return AgencyDesk(**{name: tuple(found) for name, found in groups.items()})


def _group(view: AgencyView) -> str:
    status = view.request.status
    if status in WAITING:
        return "new"
    if status in ON_HOLD:
        return "wait_list"
    if status in {S.SERVICE_REPORTED, S.ACCOUNTS_DIFFER}:
        return "reported"
    return "coming" if view.is_walk_in or status is S.SCHEDULED else "being_served"


async def _view(
    session: AsyncSession, referral: Referral, reader: UUID, now: datetime
) -> AgencyView:
    identity = await identity_shown(session, referral.id, now)
    held = referral.held
    way = Way(referral.answered_way) if referral.answered_way else None
    return AgencyView(
        request=summary_of(referral, reader),
        requester_label=referral.requester_label,
        requester_phone=referral.requester_phone,
        owner_name=referral.owner_name,
        can_answer=referral.status in WAITING and held is None,
        answered_by=referral.answered_by,
        answered_at=referral.answered_at,
        answered_way=way,
        can_undo_until=datetime.fromisoformat(held["until"]) if held else None,
        contact_due_at=referral.contact_due_at,
        opening_ends=_instant(referral.service.get("next_opening_ends")),
        they_call=referral.how_to_start == "agency_calls_patient",
        is_walk_in=referral.how_to_start == "walk_in",
        can_show_identity=referral.status in AFTER_YES,
        identity=identity,
        shown_at=referral.identity_shown_at if identity is not None else None,
        visit_note=referral.visit_note,
        notes=await shared_notes(session, referral.id, reader),
        own_notes=await _own_notes(session, referral.id, reader),
    )


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


async def _own_notes(
    session: AsyncSession, referral_id: UUID, reader: UUID
) -> tuple[NoteView, ...]:
    rows = await session.scalars(
        select(InternalNote)
        .where(InternalNote.referral_id == referral_id, InternalNote.organization_id == reader)
        .order_by(InternalNote.written_at, InternalNote.id)
    )
    return tuple(
        NoteView(row.author or "", row.body or "", row.written_at, is_ours=True) for row in rows
    )


async def identity_shown(
    session: AsyncSession, referral_id: UUID, now: datetime
) -> dict[str, Any] | None:
    """Name and phone, if *Show who this is* was pressed and the consent still stands."""
    row = await session.scalar(
        select(ReferralDisclosure)
        .where(
            ReferralDisclosure.referral_id == referral_id,
            ReferralDisclosure.kind == DisclosureKind.IDENTITY,
            ReferralDisclosure.shown_at.is_not(None),
            ReferralDisclosure.revoked_at.is_(None),
            or_(ReferralDisclosure.ends_at.is_(None), ReferralDisclosure.ends_at > now),
        )
        .execution_options(populate_existing=True)
    )
    return row.content if row is not None else None


async def shared_notes(
    session: AsyncSession, referral_id: UUID, reader: UUID
) -> tuple[NoteView, ...]:
    """Notes that both sides read, oldest first."""
    rows = await session.scalars(
        select(SharedNote)
        .where(SharedNote.referral_id == referral_id)
        .order_by(SharedNote.written_at, SharedNote.id)
    )
    return tuple(
        NoteView(row.author or "", row.body or "", row.written_at, row.by_organization_id == reader)
        for row in rows
    )
