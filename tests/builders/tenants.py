"""A network of several organizations, each request with words that nobody else may ever read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from accounts.channels import NewChannel, add_answering_channel, preset_channel
from accounts.links import create_link
from accounts.members import claim_listing
from accounts.rules import ChannelKind, LinkPurpose, MemberKind
from builders.accounts import a_member
from builders.kept_team import make_team
from builders.listings import Listing, list_service
from builders.referrals import Town
from directory.codes import HowToStart
from referrals.actions import (
    AgencySays,
    ConsentGiven,
    NewPatient,
    add_note,
    create_patient,
    record_consent,
    revoke_consent,
    show_identity,
)
from referrals.listing import ListingWords, listing_words
from referrals.reasons import Reason
from shared import clock
from shared.crypto import link_token
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from referrals.models import Referral
    from shared.database import Database

# What *Show who this is* discloses.
IDENTITY = frozenset({"name", "name_to_use", "phone", "birth_date", "best_times"})
MONTHS = {
    3: ("March", "Mar", "marzo"),
    4: ("April", "Apr", "abril"),
    7: ("July", "Jul", "julio"),
}


@dataclass(frozen=True)
class Canaries:
    """Words that stand nowhere else, by what they are."""

    word: str
    number: int

    @property
    def born(self) -> date:
        return date(1930 + self.number, (3, 4, 7)[self.number % 3], 11 + self.number)

    @property
    def phone(self) -> str:
        return f"202-555-01{50 + self.number}"

    @property
    def said(self) -> dict[str, str]:
        """What is put in."""
        return {
            "name": f"Quetz{self.word}",
            "name_to_use": f"Zumi{self.word}",
            "email": f"post.{self.word}@mail.example",
            "record_number": f"RQ-{self.word.upper()}-77",
            "patient_note": f"Notiz{self.word}",
            "best_times": f"Zeit{self.word}",
            "internal_note": f"Internum{self.word}",
            "shared_note": f"Sharedum{self.word}",
            "patient_words": f"Mundwort{self.word}",
            "decline_note": f"Absage{self.word}",
        }

    def patterns(self) -> dict[str, re.Pattern[str]]:
        """What to look for; numbers and dates in every form that a page might give them."""
        day, month, year = self.born.day, self.born.month, self.born.year
        dates = [
            self.born.isoformat(),
            rf"0?{month}/{day}/{year}",
            *(rf"{name}\.? {day},? {year}" for name in MONTHS[month]),
            rf"{day} de {MONTHS[month][2]} de {year}",
        ]
        found = {name: re.escape(text) for name, text in self.said.items()}
        found["phone"] = rf"202[^0-9a-z]{{0,8}}555[^0-9a-z]{{0,6}}{self.phone[-4:]}"
        found["birth_date"] = "|".join(dates)
        return {name: re.compile(text, re.IGNORECASE) for name, text in found.items()}

    def in_text(self, text: str, already_said: str = "") -> frozenset[str]:
        """Which of them a text holds, those left out that the asker wrote himself."""
        small = text.lower()
        # One of these is in every pattern; most answers hold none and need no closer look.
        if not any(own in small for own in (self.word, self.phone[-4:], str(self.born.year))):
            return frozenset()
        return frozenset(
            name
            for name, pattern in self._compiled().items()
            if pattern.search(text) and not pattern.search(already_said)
        )

    @cache  # noqa: B019 -- nine of them
    def _compiled(self) -> dict[str, re.Pattern[str]]:
        return self.patterns()


@dataclass
class Case:
    """One request, the two organizations it belongs to, and who may read what of it."""

    name: str
    town: Town
    canaries: Canaries
    referral_id: UUID
    is_sent: bool
    is_shown: bool
    tokens: dict[str, str] = field(default_factory=dict)
    gone_tokens: dict[str, str] = field(default_factory=dict)
    other_ids: dict[str, UUID] = field(default_factory=dict)
    # Only a team of the sender's sees it.
    is_kept: bool = False

    def every_token(self) -> dict[str, str]:
        """Of links that open and of those that do no more."""
        return {**self.tokens, **self.gone_tokens}

    def may_read(
        self, organization_id: UUID | None, *, on_team: bool = False
    ) -> frozenset[str] | None:
        """Fields that an organization's own people may read; None: it does not exist for them."""
        if organization_id == self.town.clinic and self.is_kept and not on_team:
            return None
        if organization_id == self.town.clinic:
            return frozenset(self.canaries.patterns())
        if organization_id == self.town.agency and self.is_sent:
            own = frozenset({"shared_note", "decline_note"})
            return own | IDENTITY if self.is_shown else own
        return None


@dataclass
class Tenants:
    """Four members, the network's own, and their requests."""

    database: Database
    now: datetime
    members: dict[str, UUID]
    places: dict[str, UUID]
    listings: dict[str, ListingWords]
    cases: dict[str, Case] = field(default_factory=dict)
    # A team of lincoln's.
    team_id: UUID = field(default_factory=new_id)


async def some_tenants(database: Database, owner_database: Database) -> Tenants:
    """lincoln sends to harbor, other_clinic to other_agency and to lincoln."""
    now = clock.now().replace(microsecond=0) - timedelta(hours=2)
    world = Tenants(database, now, {}, {}, {})
    for name, kind in (
        ("lincoln", MemberKind.CLINIC),
        ("harbor", MemberKind.AGENCY),
        ("other_clinic", MemberKind.CLINIC),
        ("other_agency", MemberKind.AGENCY),
        ("front_door", MemberKind.FRONT_DOOR),
        ("network", MemberKind.NETWORK),
    ):
        world.members[name] = await a_member(database, name.replace("_", " ").title(), kind=kind)
    channels = {}
    for name in ("harbor", "other_agency", "lincoln"):
        await _listed(world, owner_database, name)
        channels[name] = await _channel(world, name, f"202-555-019{len(channels)}")
    maker = _Maker(world, channels)
    await maker.asked("before_yes")
    await maker.accepted("after_yes", shown=False)
    await maker.accepted("shown", shown=True)
    await maker.declined("declined")
    await maker.told("told")
    await maker.thanked("thanked")
    await maker.draft("draft")
    await maker.revoked("revoked")
    await maker.accepted("foreign", "other_clinic", "other_agency", shown=True)
    await maker.accepted("asked_of_lincoln", "other_clinic", "lincoln", shown=False)
    await make_team(world)
    await maker.told("kept", teams=(world.team_id,))
    return world


async def _listed(world: Tenants, owner_database: Database, name: str) -> None:
    async with owner_database.transaction(Context()) as session:
        listed = await list_service(
            session,
            Listing(name=f"{name.title()} Boxes", how_to_start=HowToStart.AGENCY_CALLS_PATIENT),
        )
        found = await listing_words(session, listed.id, world.now)
    assert found is not None
    world.listings[name], world.places[name] = found, listed.id
    async with world.database.transaction(Context(world.members[name])) as session:
        await claim_listing(session, listed.organization_id, now=world.now)


async def _channel(world: Tenants, name: str, number: str) -> UUID:
    member = world.members[name]
    async with world.database.transaction(Context(member)) as session:
        new = NewChannel(member, ChannelKind.SMS, number)
        channel_id = await add_answering_channel(session, new, now=world.now)
        await preset_channel(session, channel_id, now=world.now)
        return channel_id


# The index is a case's number.
WORDS = (
    "albin",
    "brume",
    "cedro",
    "dolme",
    "ervig",
    "fostu",
    "gralk",
    "hompi",
    "ixtul",
    "jarmo",
    "kumbo",
)


class _Maker:
    """Makes requests by the product's own actions, in every situation the table names."""

    def __init__(self, world: Tenants, channels: dict[str, UUID]) -> None:
        self.world, self.channels = world, channels

    async def asked(
        self,
        name: str,
        sender: str = "lincoln",
        agency: str = "harbor",
        *,
        sent: bool = True,
        teams: tuple[UUID, ...] = (),
    ) -> Case:
        """Drafted with both kinds of notes and, unless told otherwise, sent."""
        canaries = Canaries(WORDS[len(self.world.cases)], len(self.world.cases))
        town = replace(await self._town(canaries, sender, agency), teams=teams)
        made = await town.draft(now=self.world.now)
        if sent:
            made = await self._send(town, made)
        case = Case(
            name, town, canaries, made.id, is_sent=sent, is_shown=False, is_kept=bool(teams)
        )
        self.world.cases[name] = case
        async with town.as_clinic() as session:
            for body, shared in (("shared_note", True), ("internal_note", False)):
                await add_note(
                    session,
                    made.id,
                    word=town.sender(self.world.now),
                    body=canaries.said[body],
                    shared=shared,
                )
        await self._links(case)
        return case

    async def draft(self, name: str) -> Case:
        return await self.asked(name, sent=False)

    async def accepted(
        self,
        name: str,
        sender: str = "lincoln",
        agency: str = "harbor",
        *,
        shown: bool,
        teams: tuple[UUID, ...] = (),
    ) -> Case:
        case = await self.asked(name, sender, agency, teams=teams)
        await case.town.says(case.referral_id, AgencySays.YES, self._text(case))
        if shown:
            async with case.town.as_agency(case.referral_id) as session:
                await show_identity(session, case.referral_id, case.town.page(self.world.now))
            case.is_shown = True
        return case

    async def declined(self, name: str) -> Case:
        case = await self.asked(name)
        await case.town.says(
            case.referral_id,
            AgencySays.NO,
            case.town.page(self.world.now),
            reason=Reason.SAFETY_CONFLICT,
            note=case.canaries.said["decline_note"],
        )
        return case

    async def told(self, name: str, teams: tuple[UUID, ...] = ()) -> Case:
        """Reported as helped; the patient says otherwise, in their own words."""
        return await self._reported(name, 3, teams)

    async def thanked(self, name: str) -> Case:
        """Reported as helped, and the patient says so too: the agency hears that, not the words."""
        return await self._reported(name, 1)

    async def _reported(self, name: str, digit: int, teams: tuple[UUID, ...] = ()) -> Case:
        case = await self.accepted(name, shown=False, teams=teams)
        await case.town.says(case.referral_id, AgencySays.HELPED, case.town.page(self.world.now))
        await case.town.answers(
            case.referral_id,
            digit,
            case.town.patient(self.world.now),
            own_words=case.canaries.said["patient_words"],
        )
        return case

    async def revoked(self, name: str) -> Case:
        case = await self.accepted(name, shown=True)
        async with case.town.as_clinic() as session:
            await revoke_consent(session, case.referral_id, word=case.town.sender(self.world.now))
        case.is_shown = False
        return case

    async def _town(self, canaries: Canaries, sender: str, agency: str) -> Town:
        world, said = self.world, canaries.said
        clinic = world.members[sender]
        new = NewPatient(
            name=f"Anna {said['name']}",
            name_to_use=said["name_to_use"],
            phone=canaries.phone,
            email=said["email"],
            birth_date=canaries.born,
            record_number=said["record_number"],
            note=said["patient_note"],
            best_times=said["best_times"],
            zip="21801",
            household_size=4,
        )
        given = ConsentGiven(
            share=True, hear_back=True, text=True, next_places=True, heard_by="Rosa Medina"
        )
        town = Town(
            world.database,
            clinic,
            world.members[agency],
            [self.channels[agency]],
            patient_id=clinic,
            consent_id=clinic,
            listing=world.listings[agency],
        )
        async with world.database.transaction(Context(clinic)) as session:
            patient = await create_patient(session, new, organization_id=clinic, now=world.now)
            consent = await record_consent(
                session, patient.id, given, actor=town.rosa, now=world.now
            )
        # Event keys count once per organization, whatever the request.
        first_key = canaries.number * 1000
        return replace(town, patient_id=patient.id, consent_id=consent.id, keys=first_key)

    async def _send(self, town: Town, draft: Referral) -> Referral:
        from referrals.actions import send_referral

        async with town.as_clinic() as session:
            outcome = await send_referral(session, draft.id, word=town.sender(self.world.now))
        return outcome.referral

    async def _links(self, case: Case) -> None:
        """Links of both parties: good, too old, and taken back."""
        holders = {LinkPurpose.AGENCY: case.town.agency, LinkPurpose.PATIENT: case.town.clinic}
        for purpose, holder in holders.items():
            case.tokens[purpose.value] = await self._link(case, purpose, holder, timedelta(days=6))
            case.gone_tokens[f"{purpose.value}_too_old"] = await self._link(
                case, purpose, holder, timedelta(hours=1)
            )

    async def _link(self, case: Case, purpose: LinkPurpose, holder: UUID, lasts: timedelta) -> str:
        async with case.town.as_clinic() as session:
            link_id = await create_link(
                session,
                organization_id=holder,
                referral_id=case.referral_id,
                purpose=purpose,
                expires_at=self.world.now + lasts,
                now=self.world.now,
            )
        return link_token(link_id)

    def _text(self, case: Case) -> Any:
        return case.town.text(self.world.now)
