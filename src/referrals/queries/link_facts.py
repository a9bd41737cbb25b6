"""What pages by link know beside the request itself: the last word, the place, who has seen it.

Reads rows that the caller's policies show; the birth year never leaves this module, it is compared.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from accounts.api import member_card
from referrals.consent import NamingLevel
from referrals.errors import ReferralNotFound
from referrals.lifecycle import BusinessStatus, Party
from referrals.models import Patient, Referral, ReferralDisclosure, ReferralEvent
from referrals.models.records import DisclosureKind
from referrals.queries.agencies import NoteView, shared_notes
from referrals.words import EventKind, Way
from shared import audit

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import MemberCard

# Entries that are a party's word, not what the product noted about it.
AGENCY_WORDS = (
    EventKind.MOVED,
    EventKind.ANSWER_GIVEN,
    EventKind.ANSWER_UNDONE,
    EventKind.AGENCY_WROTE,
    EventKind.CALL_WANTED,
    EventKind.LATE_WORD,
)


@dataclass(frozen=True, slots=True)
class LastWord:
    """The agency's last word, as its log entry keeps it."""

    kind: EventKind
    to: BusinessStatus | None
    words: dict[str, str] = field(repr=False)
    who: str
    way: Way
    at: datetime

    @property
    def said(self) -> str:
        """What was said when it moved nothing: an AgencySays value."""
        return self.words.get("said", "")


@dataclass(frozen=True, slots=True)
class AgencyFacts:
    """What the agency's page needs beside AgencyView."""

    zone: ZoneInfo
    sender_id: UUID
    asked_channels: tuple[tuple[UUID, str], ...]
    when: dict[str, str]
    identity_shown_at: datetime | None
    shown_to: str
    last: LastWord | None
    service_at_location_id: UUID
    service_name: str


@dataclass(frozen=True, slots=True)
class PatientAnswered:
    """The patient's last answer to one of our questions."""

    question: str
    digit: int
    status_then: BusinessStatus | None
    at: datetime
    # The agency has moved since: the answer is no longer the news.
    is_old: bool


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What the patient's page needs beside PatientLinkPage; nothing that names the place."""

    level: NamingLevel
    zone: ZoneInfo
    requester_zone: ZoneInfo
    requester_name: str
    can_prove: bool
    has_mailbox: bool
    may_text: bool
    visit_at: datetime | None
    is_walk_in: bool
    sender: MemberCard | None
    last: PatientAnswered | None
    asked_for: frozenset[str]


@dataclass(frozen=True, slots=True)
class SeenBy:
    """Somebody who has read the request, what of it, and when."""

    who: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PatientReveal:
    """What is told after the birth year."""

    place: str
    service: str
    address: str
    phone: str | None
    when: dict[str, str]
    papers: dict[str, str]
    seen_by: tuple[SeenBy, ...]
    notes: tuple[NoteView, ...]


async def agency_facts(session: AsyncSession, referral_id: UUID) -> AgencyFacts:
    """Of a request that the agency may read."""
    referral = await _referral(session, referral_id)
    shown = await _last_event(session, referral_id, (EventKind.IDENTITY_SHOWN,))
    spoken = await _last_event(session, referral_id, AGENCY_WORDS, Party.AGENCY)
    return AgencyFacts(
        zone=ZoneInfo(referral.performer_time_zone),
        sender_id=referral.requester_organization_id,
        asked_channels=tuple(
            (UUID(channel["id"]), channel["kind"]) for channel in referral.asked_channels
        ),
        when=dict(referral.service.get("when") or {}),
        identity_shown_at=referral.identity_shown_at,
        shown_to=(shown.said_by or "") if shown is not None else "",
        last=_last_word(spoken),
        service_at_location_id=referral.service_at_location_id,
        service_name=str(referral.service.get("name") or referral.performer_name),
    )


async def asked_again_id(session: AsyncSession, referral_id: UUID) -> UUID | None:
    """The request that took this one's place at the same agency after an answer by mistake."""
    first = await _referral(session, referral_id)
    found: UUID | None = await session.scalar(
        select(Referral.id)
        .where(
            Referral.part_of_id == referral_id,
            Referral.performer_organization_id == first.performer_organization_id,
        )
        .order_by(Referral.created_at)
        .limit(1)
    )
    return found


async def patient_facts(session: AsyncSession, referral_id: UUID) -> PatientFacts:
    """Of the patient's own request, in the sender's context."""
    referral = await _referral(session, referral_id)
    patient = await _patient(session, referral)
    return PatientFacts(
        level=patient.naming_level,
        zone=ZoneInfo(patient.time_zone or referral.patient_time_zone),
        requester_zone=ZoneInfo(referral.requester_time_zone),
        requester_name=referral.requester_name,
        can_prove=patient.born is not None,
        has_mailbox=bool(patient.email),
        may_text=referral.may_text and patient.may_text,
        visit_at=referral.visit_at,
        is_walk_in=referral.how_to_start == "walk_in",
        sender=await member_card(session, referral.requester_organization_id),
        last=await _last_answer(session, referral_id),
        asked_for=await _asked_for(session, referral_id),
    )


async def born_in(session: AsyncSession, referral_id: UUID, year: str) -> bool:
    """Whether the patient of this request was born in that year."""
    patient = await _patient(session, await _referral(session, referral_id))
    if patient.born is None:
        return False
    return hmac.compare_digest(str(patient.born.year).encode(), year.strip().encode())


async def patient_reveal(
    session: AsyncSession, referral_id: UUID, *, now: datetime
) -> PatientReveal:
    """The place and who has seen the request; noted as read."""
    referral = await _referral(session, referral_id)
    await audit.record(
        session, "patient_saw_place", subject_kind="referral", subject_id=referral_id, now=now
    )
    service = referral.service
    reader = referral.requester_organization_id
    return PatientReveal(
        place=referral.performer_name,
        service=str(service.get("name") or ""),
        address=str(service.get("address") or ""),
        phone=referral.performer_phone,
        when=dict(service.get("when") or {}),
        papers=dict(service.get("papers") or {}),
        seen_by=await _seen_by(session, referral),
        notes=await shared_notes(session, referral_id, reader),
    )


async def _referral(session: AsyncSession, referral_id: UUID) -> Referral:
    referral = await session.get(Referral, referral_id)
    if referral is None:
        raise ReferralNotFound
    return referral


async def _patient(session: AsyncSession, referral: Referral) -> Patient:
    patient = await session.get(Patient, referral.patient_id)
    if patient is None:
        raise ReferralNotFound
    return patient


async def _last_event(
    session: AsyncSession,
    referral_id: UUID,
    kinds: tuple[EventKind, ...],
    party: Party | None = None,
) -> ReferralEvent | None:
    query = (
        select(ReferralEvent)
        .where(ReferralEvent.referral_id == referral_id, ReferralEvent.kind.in_(kinds))
        .order_by(ReferralEvent.version.desc())
        .limit(1)
    )
    if party is not None:
        query = query.where(ReferralEvent.party == party)
    return await session.scalar(query)


def _last_word(event: ReferralEvent | None) -> LastWord | None:
    if event is None:
        return None
    return LastWord(
        kind=event.kind,
        to=event.status_to,
        words=event.words,
        who=event.said_by or "",
        way=event.way,
        at=event.said_at,
    )


async def _last_answer(session: AsyncSession, referral_id: UUID) -> PatientAnswered | None:
    event = await session.scalar(
        select(ReferralEvent)
        .where(ReferralEvent.referral_id == referral_id, ReferralEvent.digit.is_not(None))
        .order_by(ReferralEvent.version.desc())
        .limit(1)
    )
    if event is None or event.digit is None:
        return None
    since = await _last_event(session, referral_id, (EventKind.MOVED,), Party.AGENCY)
    return PatientAnswered(
        question=event.question or "",
        digit=event.digit,
        status_then=event.status_from,
        at=event.said_at,
        is_old=since is not None and since.version > event.version,
    )


async def _asked_for(session: AsyncSession, referral_id: UUID) -> frozenset[str]:
    """Wishes that the patient sent from their page: another place, a new number."""
    rows = await session.scalars(
        select(ReferralEvent).where(
            ReferralEvent.referral_id == referral_id,
            ReferralEvent.kind.in_((EventKind.PATIENT_WROTE, EventKind.CONSENT_REVOKED)),
            ReferralEvent.way == Way.LINK,
        )
    )
    return frozenset(
        "stop" if row.kind is EventKind.CONSENT_REVOKED else row.words.get("wish", "words")
        for row in rows
    )


async def _seen_by(session: AsyncSession, referral: Referral) -> tuple[SeenBy, ...]:
    """Oldest first. What an agency was sent counts as seen from that moment."""
    sender = " – ".join(part for part in (referral.owner_name, referral.requester_name) if part)
    found = [SeenBy(sender, "all", referral.created_at)]
    rows = await session.scalars(
        select(ReferralDisclosure).where(
            ReferralDisclosure.referral_id == referral.id,
            ReferralDisclosure.kind == DisclosureKind.FACTS,
        )
    )
    found += [SeenBy(referral.performer_name, "facts", row.created_at) for row in rows]
    events = await session.scalars(
        select(ReferralEvent)
        .where(
            ReferralEvent.referral_id == referral.id,
            ReferralEvent.kind == EventKind.IDENTITY_SHOWN,
        )
        .order_by(ReferralEvent.version)
    )
    for event in events:
        people = dict.fromkeys(part for part in (event.said_by, referral.performer_name) if part)
        found.append(SeenBy(" – ".join(people), "identity", event.said_at))
    return tuple(found)
