"""The invented network of `seeds/network.json`: members, their people and answering channels.

For the demonstration and tests. Loads twice without change: identities come from the file's keys.
"""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.channels import NewChannel, add_answering_channel, preset_channel
from accounts.members import NewMember, claim_listing, create_member
from accounts.models import Member, Person
from accounts.passwords import hash_password
from accounts.people import NewPerson, insert_person
from accounts.rules import ChannelKind, MemberKind, Role
from shared import clock
from shared.database import Context, Database
from shared.identifiers import source_id

NETWORK = "Handback demo network"
# The source under which the directory imports seeds/organizations: the listings' identities.
SEED = "Handback demo seed"

# Whose people a newcomer plays first.
SHOWN = (MemberKind.CLINIC, MemberKind.AGENCY, MemberKind.FRONT_DOOR, MemberKind.NETWORK)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class SeedAnswers(_Part):
    """When people answer, Monday to Friday."""

    opens_at: time
    closes_at: time


class SeedChannel(_Part):
    """An answering channel that the network set beforehand."""

    kind: ChannelKind
    address: str
    language: str = "en"
    all_hours: bool = False


class SeedPerson(_Part):
    """Somebody who can sign in."""

    name: str
    email: str
    roles: frozenset[Role]
    language: str = "en"
    demo_password: str = Field(repr=False)


class SeedMember(_Part):
    """A member with all that is its own."""

    key: str
    kind: MemberKind
    name: str
    sender_label: str
    listings: list[str] = []
    sms_number: str | None = None
    voice_phone: str | None = None
    time_zone: str
    language: Literal["en", "es"] = "en"
    answers: SeedAnswers | None = None
    answering_channels: list[SeedChannel] = []
    people: list[SeedPerson] = []

    @property
    def id(self) -> UUID:
        """The member's identity, which is also its tenant."""
        return member_id(self.key)


class SeedPatient(_Part):
    """An invented patient; accounts itself only names the phone on the simulator's desk."""

    name: str
    phone: str | None = None
    language: str = "en"
    zip: str = ""
    birth_date: date | None = None
    record_number: str = ""
    shared_phone: bool = False
    household_size: int | None = None


class SeedPatients(_Part):
    """One member's patients."""

    member: str
    people: list[SeedPatient]


class SeedNetwork(_Part):
    """The whole file."""

    members: list[SeedMember]
    patients: SeedPatients | None = None


def member_id(key: str) -> UUID:
    """The identity of a member of the invented network, such as "lincoln-clinic"."""
    return source_id(NETWORK, f"member:{key}")


def listing_id(organization: str) -> UUID:
    """The directory's id of an organization of seeds/organizations."""
    return source_id(SEED, f"organization:{organization}")


def read_network(path: Path) -> SeedNetwork:
    """The file, checked."""
    return SeedNetwork.model_validate_json(path.read_text(encoding="utf-8"))


async def load_network(database: Database, path: Path) -> None:
    """Add what is not there yet, each member in its own context; nothing else changes."""
    hashes: dict[str, str] = {}
    for member in read_network(path).members:
        for person in member.people:
            # Hashing is slow on purpose, and the invented people share their password.
            if person.demo_password not in hashes:
                hashes[person.demo_password] = await hash_password(person.demo_password)
        context = Context(organization_id=member.id, actor="set-up")
        async with database.transaction(context) as session:
            await _load_member(session, member, hashes, clock.now())


def names_of_addresses(path: Path) -> dict[str, Any]:
    """Phone or mailbox → whose it is, for the simulator's desk."""
    network = read_network(path)
    names: dict[str, Any] = {}
    for member in network.members:
        for channel in member.answering_channels:
            names[channel.address] = member.name
        for person in member.people:
            names[person.email] = f"{person.name}, {member.name}"
        if member.sms_number:
            names[member.sms_number] = {"label": member.sender_label, "is_sender": True}
    for patient in network.patients.people if network.patients else []:
        if patient.phone:
            names[patient.phone] = patient.name
    return names


def demo_sign_ins(path: Path) -> list[tuple[str, str, str]]:
    """(who, e-mail, password): one person for each role and kind of member."""
    chosen: dict[tuple[str, ...], tuple[str, str, str]] = {}
    for member in sorted(read_network(path).members, key=lambda each: SHOWN.index(each.kind)):
        for person in member.people:
            roles = sorted(role.value.replace("_", " ") for role in person.roles)
            who = f"{person.name}, {' and '.join(roles)}, {member.name}"
            chosen.setdefault(tuple(roles), (who, person.email, person.demo_password))
    return list(chosen.values())


async def _load_member(
    session: AsyncSession, member: SeedMember, hashes: dict[str, str], now: datetime
) -> None:
    if await session.get(Member, member.id) is None:
        await _add_member(session, member, now)
    for listing in member.listings:
        await claim_listing(session, listing_id(listing), now=now)
    for seed in member.people:
        person_id = source_id(NETWORK, f"person:{seed.email}")
        if await session.get(Person, person_id) is None:
            new = NewPerson(
                name=seed.name,
                email=seed.email,
                password=seed.demo_password,
                roles=seed.roles,
                language=seed.language,
                id=person_id,
            )
            await insert_person(session, member.id, new, hashes[seed.demo_password], now=now)


async def _add_member(session: AsyncSession, member: SeedMember, now: datetime) -> None:
    new = NewMember(
        id=member.id,
        name=member.name,
        kind=member.kind,
        sender_label=member.sender_label,
        voice_phone=member.voice_phone,
        time_zone=member.time_zone,
        language=member.language,
    )
    await create_member(session, new, now=now)
    if member.answers is not None:
        row = await session.get_one(Member, member.id)
        row.answers_from, row.answers_until = member.answers.opens_at, member.answers.closes_at
    for seed in member.answering_channels:
        channel = NewChannel(
            member_id=member.id,
            kind=seed.kind,
            address=seed.address,
            language=seed.language,
            all_hours=seed.all_hours,
        )
        # Fresh at each first start: an assent is good for 12 months.
        channel_id = await add_answering_channel(session, channel, now=now)
        await preset_channel(session, channel_id, now=now)
