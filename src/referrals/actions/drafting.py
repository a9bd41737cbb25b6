"""Before sending: the patient and how to reach them, their consent, the draft of a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, text

from accounts.api import ensure_member_for_listing, member_card
from referrals import overdue
from referrals.actions.patients import get_patient
from referrals.clockwork import after_draft
from referrals.consent import (
    ConsentForm,
    NamingLevel,
    level_allowed,
)
from referrals.errors import ReferralNotFound
from referrals.lifecycle import BusinessStatus, Party
from referrals.models import (
    Consent,
    Patient,
    Referral,
    ReferralEvent,
)
from referrals.need_words import is_need
from referrals.overdue import CONSENT_LASTS, Urgency
from referrals.transition import DUE_KIND
from referrals.words import Audience, EventKind, Word
from shared import audit, due
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor, MemberCard
    from referrals.listing import ListingWords

S = BusinessStatus
OLDEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The four ticks, the level chosen from shown examples, and who heard it."""

    share: bool
    hear_back: bool
    text: bool
    next_places: bool
    heard_by: str
    naming_level: NamingLevel = NamingLevel.NEED
    form: ConsentForm = ConsentForm.VERBAL
    given_by: str = ""
    places: tuple[str, ...] = ()
    language: str = "en"
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewReferral:
    """One need at one place for one patient."""

    patient_id: UUID
    need: str
    listing: ListingWords
    urgency: Urgency = Urgency.ROUTINE
    facts: tuple[str, ...] = ()
    consent_id: UUID | None = None
    owner_person_id: UUID | None = None
    owner_name: str = ""
    follow_up_of_id: UUID | None = None
    part_of_id: UUID | None = None
    restricted_team_id: UUID | None = None


async def record_consent(
    session: AsyncSession, patient_id: UUID, given: ConsentGiven, *, actor: Actor, now: datetime
) -> Consent:
    """Write down what was read aloud and agreed to."""
    patient = await get_patient(session, patient_id)
    if given.share and not given.heard_by.strip():
        raise InvalidInput(_("Write who heard the consent."), field="heard_by")
    consent = Consent(
        organization_id=patient.organization_id,
        patient_id=patient.id,
        share=given.share,
        hear_back=given.hear_back,
        text=given.text,
        next_places=given.next_places,
        naming_level=given.naming_level,
        form=given.form,
        heard_by_person_id=actor.person_id,
        heard_by=given.heard_by.strip(),
        given_by=given.given_by.strip() or patient.name,
        places=list(given.places),
        language=given.language,
        given_at=now,
        ends_at=given.ends_at or now + CONSENT_LASTS,
    )
    patient.naming_level = given.naming_level
    session.add(consent)
    await session.flush()
    await audit.record(
        session, "consent_recorded", subject_kind="patient", subject_id=patient.id, now=now
    )
    return consent


async def create_draft(session: AsyncSession, new: NewReferral, *, word: Word) -> Referral:
    """A request that nobody outside sees. An event key seen before gives the first draft."""
    requester = word.actor.organization_id
    if requester is None:
        raise ReferralNotFound
    # Two presses of one button wait for each other, so that the second finds the first one's draft.
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 1))"),
        {"key": f"{requester}:{word.event_key}"},
    )
    known = await _draft_of(session, requester, word.event_key)
    if known is not None:
        return known
    patient = await get_patient(session, new.patient_id)
    _check(new, patient)
    performer_id = await ensure_member_for_listing(
        session,
        new.listing.directory_organization_id,
        new.listing.organization,
        time_zone=new.listing.time_zone,
    )
    sender, agency = await _cards(session, requester, performer_id)
    referral = _draft(new, patient, sender, agency, word)
    referral.requester_organization_id = requester
    referral.performer_organization_id = performer_id
    session.add(referral)
    await session.flush()
    session.add(_created(referral, word))
    await due.set_due(session, requester, DUE_KIND, referral.id, word.now + overdue.DRAFT_KEPT)
    await session.flush()
    await audit.record(
        session, "referral_drafted", subject_kind="referral", subject_id=referral.id, now=word.now
    )
    return referral


async def _draft_of(session: AsyncSession, requester: UUID, event_key: str) -> Referral | None:
    referral_id = await session.scalar(
        select(ReferralEvent.referral_id).where(
            ReferralEvent.requester_organization_id == requester,
            ReferralEvent.event_key == event_key,
            ReferralEvent.kind == EventKind.CREATED,
        )
    )
    return await session.get(Referral, referral_id) if referral_id else None


def _check(new: NewReferral, patient: Patient) -> None:
    if not is_need(new.need):
        raise InvalidInput(_("Choose what is needed."), field="need")
    if new.listing.how_to_start == "no_referrals":
        raise InvalidInput(
            _("This place takes no requests."),
            field="service_at_location_id",
            remedy=_("Give the patient its number and hours instead."),
        )
    if not level_allowed(patient.naming_level, sensitive=new.listing.sensitive):
        raise InvalidInput(_("Texts about this place may name nothing."), field="naming_level")


async def _cards(
    session: AsyncSession, requester: UUID, performer: UUID
) -> tuple[MemberCard, MemberCard]:
    sender, agency = await member_card(session, requester), await member_card(session, performer)
    if sender is None or agency is None:
        raise ReferralNotFound
    return sender, agency


def _draft(
    new: NewReferral, patient: Patient, sender: MemberCard, agency: MemberCard, word: Word
) -> Referral:
    listing = new.listing
    referral = Referral(
        requester_organization_id=sender.id,
        performer_organization_id=agency.id,
        restricted_team_id=new.restricted_team_id,
        patient_id=patient.id,
        consent_id=new.consent_id,
        owner_person_id=new.owner_person_id or word.actor.person_id,
        owner_name=(new.owner_name or word.actor.label).split(" ")[0][:40],
        version=1,
        need=new.need,
        urgency=new.urgency,
        how_to_start=listing.how_to_start,
        household_size=patient.household_size,
        household_ages=list(patient.household_ages or ()),
        language=patient.language,
        zip=patient.zip,
        facts=list(new.facts),
        service_at_location_id=listing.service_at_location_id,
        service=listing.snapshot(),
        requester_name=sender.name,
        requester_label=sender.sender_label,
        requester_phone=sender.voice_phone,
        requester_time_zone=sender.time_zone,
        performer_name=listing.organization,
        performer_phone=listing.phone or agency.voice_phone,
        performer_time_zone=agency.time_zone or listing.time_zone,
        patient_time_zone=patient.time_zone or sender.time_zone,
        naming_level=patient.naming_level,
        text_language=patient.text_language,
        may_text=False,
        places_left=0,
        asked_channels=[],
        patient_asks=0,
        clocks={},
        part_of_id=new.part_of_id,
        follow_up_of_id=new.follow_up_of_id,
        created_at=word.now,
        changed_at=word.now,
    )
    referral.stand_at(S.DRAFT)
    referral.set_clocks(after_draft(word.now))
    return referral


def _created(referral: Referral, word: Word) -> ReferralEvent:
    return ReferralEvent(
        requester_organization_id=referral.requester_organization_id,
        performer_organization_id=referral.performer_organization_id,
        restricted_team_id=referral.restricted_team_id,
        referral_id=referral.id,
        version=1,
        event_key=word.event_key,
        audience=Audience.SENDER,
        kind=EventKind.CREATED,
        party=Party.SENDER,
        way=word.way,
        status_to=S.DRAFT,
        actor=word.actor.word,
        said_by=word.name or None,
        said_at=word.now,
        recorded_at=word.now,
    )
