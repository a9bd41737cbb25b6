"""A sender, an agency and a patient, and requests between them, made by the product's actions."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from accounts.channels import NewChannel, add_answering_channel, preset_channel
from accounts.members import claim_listing
from accounts.rules import Actor, ActorKind, ChannelKind, MemberKind, Role
from builders.accounts import a_member
from referrals.actions import (
    AgencySays,
    AgencyWord,
    ConsentGiven,
    NewPatient,
    NewReferral,
    PatientWord,
    answer_as_agency,
    create_draft,
    create_patient,
    patient_answer,
    record_consent,
    send_referral,
)
from referrals.lifecycle import Party
from referrals.listing import ListingWords
from referrals.models import Referral
from referrals.overdue import Urgency
from referrals.words import Way, Word
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.transition import Outcome
    from shared.database import Database

# A Tuesday, 2:15 pm in New York.
TUESDAY = datetime(2023, 5, 9, 18, 15, tzinfo=UTC)
CLINIC_NUMBER = "+12025550100"
ANA_PHONE = "202-555-0137"


@dataclass
class Town:
    """A clinic, an agency with a phone that may be texted, and a patient."""

    database: Database
    clinic: UUID
    agency: UUID
    channels: list[UUID]
    patient_id: UUID
    consent_id: UUID
    listing: ListingWords
    keys: int = field(default=0)
    # Teams that the sender's people of this town are on, and the one its requests are kept to.
    teams: tuple[UUID, ...] = ()

    def key(self, kind: str = "page") -> str:
        """An event key that nobody used yet."""
        self.keys += 1
        return f"{kind}:{self.keys}"

    @property
    def rosa(self) -> Actor:
        """The navigator."""
        return Actor(
            ActorKind.PERSON,
            self.clinic,
            person_id=None,
            label="Rosa Medina",
            roles=frozenset({Role.NAVIGATOR}),
        )

    def sender(self, now: datetime = TUESDAY, key: str | None = None) -> Word:
        """A word of the sender's."""
        return Word(self.rosa, Party.SENDER, key or self.key(), now, Way.PAGE)

    def text(self, now: datetime = TUESDAY, key: str | None = None, name: str = "Denise") -> Word:
        """A word of the agency's, by text."""
        actor = Actor(ActorKind.AGENCY_TEXT, self.agency, label=name)
        channel = self.channels[0] if self.channels else None
        return Word(
            actor, Party.AGENCY, key or self.key("sms"), now, Way.TEXT, reply_channel_id=channel
        )

    def page(self, now: datetime = TUESDAY, name: str = "Denise") -> Word:
        """A word of the agency's, signed in."""
        actor = Actor(
            ActorKind.PERSON, self.agency, label=name, roles=frozenset({Role.AGENCY_WORKER})
        )
        return Word(actor, Party.AGENCY, self.key(), now, Way.PAGE)

    def patient(self, now: datetime = TUESDAY, key: str | None = None) -> Word:
        """A word of the patient's, by text."""
        actor = Actor(ActorKind.PATIENT_TEXT, self.clinic)
        return Word(actor, Party.PATIENT, key or self.key("sms"), now, Way.TEXT)

    @asynccontextmanager
    async def as_clinic(self, referral_id: UUID | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction of the sender's."""
        context = Context(self.clinic, referral_id, team_ids=self.teams)
        async with self.database.transaction(context) as session:
            yield session

    @asynccontextmanager
    async def as_agency(self, referral_id: UUID | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction of the agency's."""
        async with self.database.transaction(Context(self.agency, referral_id)) as session:
            yield session

    async def draft(self, **changes: Any) -> Referral:
        """A request that nobody outside sees."""
        how = changes.pop("how_to_start", self.listing.how_to_start)
        now = changes.pop("now", TUESDAY)
        values: dict[str, Any] = {
            "patient_id": self.patient_id,
            "need": "food",
            "consent_id": self.consent_id,
            "listing": replace(self.listing, how_to_start=how),
            "urgency": Urgency.THIS_WEEK,
            "restricted_team_id": self.teams[0] if self.teams else None,
            **changes,
        }
        async with self.as_clinic() as session:
            return await create_draft(session, NewReferral(**values), word=self.sender(now))

    async def sent(self, now: datetime = TUESDAY, **changes: Any) -> Referral:
        """A request that the agency has."""
        draft = await self.draft(now=now, **changes)
        async with self.as_clinic() as session:
            outcome = await send_referral(session, draft.id, word=self.sender(now))
        return outcome.referral

    async def says(
        self, referral_id: UUID, says: AgencySays, word: Word | None = None, **content: Any
    ) -> Outcome:
        """The agency says something, by text unless told otherwise."""
        async with self.as_agency(referral_id) as session:
            return await answer_as_agency(
                session, referral_id, word or self.text(), AgencyWord(says, **content)
            )

    async def answers(
        self, referral_id: UUID, digit: int, word: Word | None = None, **content: Any
    ) -> Outcome:
        """The patient answers with a digit."""
        async with self.as_clinic(referral_id) as session:
            return await patient_answer(
                session, referral_id, word or self.patient(), PatientWord(digit, **content)
            )

    async def read(self, referral_id: UUID) -> Referral:
        """The request as it stands, seen by the sender."""
        async with self.as_clinic() as session:
            found = await session.get(Referral, referral_id)
            assert found is not None
            return found


async def a_town(  # noqa: PLR0913 -- what tests vary
    database: Database,
    *,
    phones: tuple[str, ...] = ("+12025550144",),
    mailboxes: tuple[str, ...] = (),
    patient: NewPatient | None = None,
    consent: ConsentGiven | None = None,
    now: datetime = TUESDAY,
) -> Town:
    """The people of most tests."""
    clinic = await a_member(database, "Lincoln Clinic", now=now)
    agency = await a_member(database, "Harbor Pantry", kind=MemberKind.AGENCY, now=now)
    listing = ListingWords(
        service_at_location_id=new_id(),
        directory_organization_id=new_id(),
        organization="Harbor Pantry",
        name="Food boxes",
        how_to_start="agency_calls_patient",
        time_zone="America/New_York",
        address="12 Elm St",
        phone="+12025550144",
        when={"en": "Thu 10-12", "es": "jueves 10-12"},
    )
    channels = []
    async with database.transaction(Context(agency)) as session:
        await claim_listing(session, listing.directory_organization_id, now=now)
        for kind, addresses in ((ChannelKind.SMS, phones), (ChannelKind.EMAIL, mailboxes)):
            for address in addresses:
                channel_id = await add_answering_channel(
                    session, NewChannel(agency, kind, address), now=now
                )
                await preset_channel(session, channel_id, now=now)
                channels.append(channel_id)
    async with database.transaction(Context(clinic)) as session:
        ana = patient or NewPatient(
            name="Ana Flores",
            phone=ANA_PHONE,
            language="es",
            zip="20010",
            household_size=4,
            email="ana@mail.example",
            record_number="LC-20418",
        )
        row = await create_patient(session, ana, organization_id=clinic, now=now)
        actor = Actor(ActorKind.PERSON, clinic, label="Rosa")
        given = consent or ConsentGiven(
            share=True, hear_back=True, text=True, next_places=True, heard_by="Rosa Medina"
        )
        agreed = await record_consent(session, row.id, given, actor=actor, now=now)
    return Town(database, clinic, agency, channels, row.id, agreed.id, listing)
