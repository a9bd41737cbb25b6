"""A clinic, a place, and a patient for each story; what every phone showed, by the text's id."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from accounts.channels import NewChannel, add_answering_channel, preset_channel
from accounts.rules import ChannelKind
from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY, Town, a_town
from notify.models import Message
from referrals.actions import ConsentGiven, NewPatient, create_patient, record_consent
from referrals.consent import NamingLevel
from shared.database import Context
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from uuid import UUID

    from referrals.models import Referral
    from shared.database import Database

DENISE, MARIA = "+12025550161", "+12025550162"
PAPERS = {"en": "proof of address. No ID needed", "es": "prueba de domicilio. No piden ID"}


@dataclass
class Ana:
    """One patient, with the phone in the hand."""

    id: UUID
    consent_id: UUID
    phone: str


@dataclass
class Stage:
    """One town in one language and at one naming level.

    `shown`: what the phone that got a text first showed, by the text's id, and by which path.
    """

    town: Town
    phones: Phones
    language: str
    level: str
    shown: dict[str, tuple[str, str]] = field(default_factory=dict)
    patients: int = 0

    async def ana(self) -> Ana:
        """Another Ana: own phone, this language, this level."""
        self.patients += 1
        number = f"202-555-01{69 + self.patients:02}"
        level, now = NamingLevel(self.level), self.phones.clock.now
        new = NewPatient(
            name="Ana Flores", phone=number, language="es", text_language=self.language,
            zip="20010", household_size=4, naming_level=level,
        )  # fmt: skip
        given = ConsentGiven(
            share=True, hear_back=True, text=True, next_places=True, heard_by="Rosa Medina",
            naming_level=level,
        )  # fmt: skip
        clinic, rosa = self.town.clinic, self.town.rosa
        async with self.town.as_clinic() as session:
            row = await create_patient(session, new, organization_id=clinic, now=now)
            agreed = await record_consent(session, row.id, given, actor=rosa, now=now)
        return Ana(row.id, agreed.id, to_e164(number) or "")

    async def sends(self, ana: Ana, **changes: Any) -> Referral:
        """Rosa sends, and what goes out arrives; `phone` changes the place's own number."""
        listing = self.town.listing
        if "phone" in changes:
            self.town.listing = replace(listing, phone=changes.pop("phone"))
        sent = await self.town.sent(
            self.phones.clock.now, patient_id=ana.id, consent_id=ana.consent_id, **changes
        )
        self.town.listing = listing
        await self.phones.deliver()
        return sent

    async def days_later(self, days: int) -> None:
        """Turn the clock on to the same afternoon hour, in steps, as the worker's rounds do.

        At that hour every zone that a patient without a known address may live in is awake.
        """
        wanted = self.phones.clock.now + timedelta(days=days)
        while self.phones.clock.now < wanted:
            await self.phones.turn(hours=6)

    async def note(self, path: str) -> None:
        """Write down which texts came to a phone since the last note, and by which path."""
        async with self.town.as_clinic() as session:
            rows = await session.execute(select(Message.id, Message.template))
            templates = {row.id: row.template for row in rows}
        for sent in self.phones.carrier.sent:
            self.shown.setdefault(templates[sent.message_id], (sent.body, path))


async def a_stage(
    database: Database, worker_database: Database, language: str, level: str
) -> Stage:
    """The clinic and the place, whose two phones read this language."""
    town = await a_town(database, phones=())
    town.listing = replace(town.listing, papers=PAPERS, organization="St Mary's Kitchen")
    async with database.transaction(Context(town.agency)) as session:
        for phone in (DENISE, MARIA):
            new = NewChannel(town.agency, ChannelKind.SMS, phone, language=language)
            town.channels.append(await add_answering_channel(session, new, now=TUESDAY))
            await preset_channel(session, town.channels[-1], now=TUESDAY)
    return Stage(town, await some_phones(town, worker_database), language, level)
