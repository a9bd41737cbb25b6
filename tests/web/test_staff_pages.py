"""The navigator's pages: send, referral, today, patients, take-away (practice 5.3 to 5.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest_asyncio
from builders.accounts import a_member, a_person
from builders.browsing import OURS, csrf_of, hidden, nonce_of, sign_in_as
from builders.listings import Listed, Listing, list_service
from sqlalchemy import text

from accounts.channels import NewChannel, add_answering_channel, preset_channel
from accounts.members import claim_listing
from accounts.rules import ChannelKind, MemberKind, Role
from directory.codes import HowToStart
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

FIELDS = {
    "do": "send", "name": "Ana Flores", "phone": "202-555-0137", "language": "es",
    "zip": "21801", "household_size": "4", "need": "food", "urgency": "this_week",
    "way": "own_phone", "naming_level": "need", "consent_share": "1", "consent_hear_back": "1",
    "consent_text": "1", "consent_next_places": "1", "heard_by": "Rosa Medina",
    "facts": ["no_car"],
}


@dataclass
class Office:
    """Rosa's browser, and the places she may ask."""

    browser: httpx.AsyncClient
    database: Database
    clinic: UUID
    agency: UUID
    pantry: Listed
    person_id: UUID

    async def fields(self, place: Listed | None = None, **changes: Any) -> dict[str, Any]:
        """The form as Rosa fills it in."""
        base = {
            "csrf": await csrf_of(self.browser), "nonce": await nonce_of(self.browser),
            "place": str((place or self.pantry).id), **FIELDS,
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


@pytest_asyncio.fixture
async def office(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> Office:
    clinic = await a_member(database, "Lincoln Clinic", now=clock.now())
    agency = await a_member(
        database, "Harbor Pantry", kind=MemberKind.AGENCY, now=clock.now()
    )
    pantry = await a_listing(owner_database, how_to_start=HowToStart.AGENCY_CALLS_PATIENT)
    async with database.transaction(Context(agency)) as session:
        await claim_listing(session, pantry.organization_id, now=clock.now())
        channel = NewChannel(agency, ChannelKind.SMS, "+12025550144")
        channel_id = await add_answering_channel(session, channel, now=clock.now())
        await preset_channel(session, channel_id, now=clock.now())
    rosa = await a_person(database, clinic, Role.NAVIGATOR, name="Rosa Medina",
                          email="rosa@lincoln.example")
    await sign_in_as(client, rosa)
    return Office(client, database, clinic, agency, pantry, rosa.id)


async def test_the_send_page_shows_the_place_and_both_texts(office: Office) -> None:
    page = await office.browser.get("/send", params={"place": str(office.pantry.id)})

    assert page.status_code == 200, shown(page)
    assert "Harbor Pantry" in shown(page)
    assert "Lincoln Clinic 27: can you help with FOOD" in shown(page)
    assert page.headers["cache-control"] == "no-store"


async def test_a_sent_request_has_its_page(office: Office) -> None:
    address = await office.sent()

    page = await office.browser.get(address)

    assert page.status_code == 200
    assert "Ana Flores" in shown(page)
    assert "Waiting for their answer" in shown(page)
