"""Rosa's browser at Lincoln Clinic, and the places she may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from accounts.api import LinkPurpose, create_link
from accounts.channels import NewChannel, add_answering_channel, preset_channel
from accounts.members import claim_listing
from accounts.rules import Actor, ActorKind, ChannelKind, MemberKind, Role
from builders.accounts import a_member, a_person
from builders.browsing import OURS, csrf_of, nonce_of, sign_in_as
from builders.holding_links import Holder
from builders.listings import Listed, Listing, list_service
from directory.codes import HowToStart
from referrals.actions import AgencySays, AgencyWord, answer_as_agency
from referrals.lifecycle import BusinessStatus as S
from referrals.lifecycle import Party
from referrals.models import Referral
from referrals.words import Way, Word
from shared import clock
from shared.crypto import link_token
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

FIELDS = {
    "do": "send",
    "name": "Ana Flores",
    "phone": "202-555-0137",
    "language": "es",
    "zip": "21801",
    "household_size": "4",
    "need": "food",
    "urgency": "this_week",
    "way": "own_phone",
    "naming_level": "need",
    "consent_share": "1",
    "consent_hear_back": "1",
    "consent_text": "1",
    "consent_next_places": "1",
    "heard_by": "Rosa Medina",
    "facts": ["no_car"],
}


@dataclass
class Office:
    """Rosa's browser, and the places she may ask."""

    browser: httpx.AsyncClient
    database: Database
    owner: Database
    clinic: UUID
    agency: UUID
    pantry: Listed
    person_id: UUID

    async def fields(self, place: Listed | None = None, **changes: Any) -> dict[str, Any]:
        """The form as Rosa fills it in."""
        base = {
            "csrf": await csrf_of(self.browser),
            "nonce": await nonce_of(self.browser),
            "place": str((place or self.pantry).id),
            **FIELDS,
        }
        return {name: value for name, value in {**base, **changes}.items() if value is not None}

    async def send(self, place: Listed | None = None, **changes: Any) -> httpx.Response:
        return await self.browser.post(
            "/send", data=await self.fields(place, **changes), headers=OURS
        )

    async def sent(self, place: Listed | None = None, **changes: Any) -> str:
        """The address of a new request's page."""
        answer = await self.send(place, **changes)
        assert answer.status_code == 303, shown(answer)
        return answer.headers["location"].partition("?")[0]

    async def step(self, address: str, step: str, **fields: Any) -> httpx.Response:
        """Press a button of the request's page."""
        base = {"csrf": await csrf_of(self.browser), "nonce": await nonce_of(self.browser)}
        return await self.browser.post(f"{address}/{step}", data={**base, **fields}, headers=OURS)

    async def sign_in_elsewhere(
        self, role: Role = Role.NAVIGATOR, member: UUID | None = None
    ) -> None:
        """The same browser, now of somebody of another organization."""
        other = member or await a_member(self.database, "Oak School", now=clock.now())
        self.browser.cookies.clear()
        await sign_in_as(self.browser, await a_person(self.database, other, role, name="Maya"))

    async def agency_link(self, address: str) -> Holder:
        """The page of the place that was asked."""
        referral_id, now = UUID(address.rpartition("/")[2]), clock.now()
        async with self.database.transaction(Context(self.agency)) as session:
            link_id = await create_link(
                session,
                organization_id=self.agency,
                referral_id=referral_id,
                purpose=LinkPurpose.AGENCY,
                expires_at=now + timedelta(days=7),
                now=now,
            )
        return Holder(self.browser, f"/r/{link_token(link_id)}", link_id)

    async def audited(self) -> set[str]:
        async with self.owner.transaction(Context(self.clinic)) as session:
            found = await session.execute(text("select action from audit_event"))
            return set(found.scalars())

    async def count(self, table: str) -> int:
        async with self.database.transaction(Context(self.clinic)) as session:
            found = await session.execute(text(f"select count(*) from {table}"))
            return int(found.scalar_one())


def shown(answer: httpx.Response) -> str:
    """The words of a page's main part, for messages and searching."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


async def a_listing(owner: Database, **changes: Any) -> Listed:
    async with owner.transaction(Context()) as session:
        return await list_service(session, Listing(**changes))


async def a_navigators_office(
    client: httpx.AsyncClient,
    database: Database,
    owner_database: Database,
    role: Role = Role.NAVIGATOR,
) -> Office:
    """A clinic with Rosa signed in, an agency with a phone that may be texted, its listing."""
    clinic = await a_member(database, "Lincoln Clinic", now=clock.now())
    agency = await a_member(database, "Harbor Pantry", kind=MemberKind.AGENCY, now=clock.now())
    pantry = await a_listing(owner_database, how_to_start=HowToStart.AGENCY_CALLS_PATIENT)
    async with database.transaction(Context(agency)) as session:
        await claim_listing(session, pantry.organization_id, now=clock.now())
        channel = NewChannel(agency, ChannelKind.SMS, "+12025550144")
        channel_id = await add_answering_channel(session, channel, now=clock.now())
        await preset_channel(session, channel_id, now=clock.now())
    rosa = await a_person(database, clinic, role, name="Rosa Medina", email="rosa@lincoln.example")
    await sign_in_as(client, rosa)
    return Office(client, database, owner_database, clinic, agency, pantry, rosa.id)


def id_of(address: str) -> UUID:
    return UUID(address.rpartition("/")[2])


async def says(office: Office, address: str, what: AgencySays, **content: Any) -> None:
    """Somebody signed in at the agency says it."""
    actor = Actor(ActorKind.PERSON, office.agency, label="Denise")
    word = Word(actor, Party.AGENCY, f"test:{new_id()}", clock.now(), Way.PAGE)
    async with office.database.transaction(Context(office.agency)) as session:
        await answer_as_agency(session, id_of(address), word, AgencyWord(what, **content))


async def row(office: Office, referral_id: UUID) -> Referral:
    async with office.database.transaction(Context(office.clinic)) as session:
        found = await session.get(Referral, referral_id)
        assert found is not None
        return found


async def status(office: Office, address: str) -> S:
    return (await row(office, id_of(address))).status


async def page(office: Office, address: str, language: str = "en") -> httpx.Response:
    return await office.browser.get(address, params={"lang": language})


async def second_place(owner: Database, name: str = "St Mary's Table") -> Listed:
    return await a_listing(owner, name=name, how_to_start=HowToStart.AGENCY_CALLS_PATIENT)


async def as_coordinator(office: Office) -> None:
    lead = await a_person(
        office.database,
        office.clinic,
        Role.COORDINATOR,
        name="Carla Ruiz",
        email="carla@lincoln.example",
    )
    office.browser.cookies.clear()
    await sign_in_as(office.browser, lead)
