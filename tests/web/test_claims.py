"""Claiming a listing: a public form, a call, a decision of the network's office."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import text

from accounts.claims import FIRST_ROLES, MOST_A_DAY
from accounts.members import member_of_listing
from accounts.people import people_here
from accounts.rules import MemberKind, Role
from builders.accounts import a_member, a_person
from builders.browsing import OURS, hidden, post_form, sign_in_as, try_to_sign_in
from builders.listings import Listing, list_service
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from builders.accounts import SomePerson
    from shared.database import Database

SAID = {
    "name": "Denise Ward",
    "job": "intake lead",
    "email": "denise@harbor.example",
    "phone": "202-555-0177",
}


@dataclass
class Network:
    """The office, a listed organization nobody has claimed, and a browser."""

    browser: httpx.AsyncClient
    database: Database
    june: SomePerson
    listing: UUID
    service_page: UUID

    async def claims(self, **fields: str) -> httpx.Response:
        """Somebody without an account fills the form."""
        self.browser.cookies.clear()
        path = f"/claim/{self.listing}"
        nonce = hidden((await self.browser.get(path)).text, "nonce")
        return await self.browser.post(path, data={**SAID, **fields, "nonce": nonce}, headers=OURS)

    async def office(self) -> str:
        self.browser.cookies.clear()
        await sign_in_as(self.browser, self.june)
        return (await self.browser.get("/network/claims")).text

    async def member(self) -> UUID | None:
        async with self.database.transaction(Context()) as session:
            return await member_of_listing(session, self.listing)


@pytest_asyncio.fixture
async def network(
    database: Database, owner_database: Database, client: httpx.AsyncClient
) -> Network:
    office = await a_member(database, "Network Office", kind=MemberKind.NETWORK)
    june = await a_person(database, office, Role.NETWORK_ADMINISTRATOR, name="June")
    async with owner_database.transaction(Context()) as session:
        listed = await list_service(session, Listing())
    return Network(client, database, june, listed.organization_id, listed.id)


@pytest.mark.parametrize("lang", ["en", "es"])
async def test_anybody_may_ask_and_the_office_sees_it_with_the_public_number(
    network: Network, lang: str
) -> None:
    page = await network.browser.get(f"/claim/{network.listing}", params={"lang": lang})
    assert page.status_code == 200
    assert (await network.claims()).status_code == 200
    shown = await network.office()
    assert "Denise Ward, intake lead" in shown
    assert "202-555-0177" in shown
    assert await network.member() is None, "asking makes nobody a member"


async def test_an_agreed_claim_lets_its_person_in_with_the_password_shown_once(
    network: Network,
) -> None:
    await network.claims()
    page = await network.office()
    claim = re.search(r'action="(/network/claims/[0-9a-f-]+)"', page)
    assert claim is not None
    agreed = await post_form(network.browser, claim[1], do="agree")
    password = re.search(r'<strong class="num">([\w-]{19})</strong>', agreed.text)
    assert password is not None, agreed.text
    member = await network.member()
    assert member is not None
    async with network.database.transaction(Context(member)) as session:
        [person] = await people_here(session)
    assert person.roles == FIRST_ROLES
    again = await post_form(network.browser, claim[1], do="agree")
    assert again.status_code == 409
    assert password[1] not in await network.office()
    network.browser.cookies.clear()
    signed_in = await try_to_sign_in(network.browser, SAID["email"], password[1])
    assert signed_in.status_code == 303


async def test_the_service_page_leads_to_the_form(network: Network) -> None:
    page = (await network.browser.get(f"/services/{network.service_page}")).text
    link = re.search(r'href="(/claim/[0-9a-f-]+)"', page)
    assert link is not None
    form = (await network.browser.get(link[1])).text
    assert f'action="/claim/{network.listing}"' in form


async def test_a_refused_claim_makes_nobody_a_member(network: Network) -> None:
    await network.claims()
    claim = re.search(r'action="(/network/claims/[0-9a-f-]+)"', await network.office())
    assert claim is not None
    assert (await post_form(network.browser, claim[1], do="refuse")).status_code == 303
    assert "Denise Ward" not in await network.office()
    assert await network.member() is None


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("job", " "), ("email", "denise"), ("phone", "12")]
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(
    network: Network, field: str, value: str
) -> None:
    refused = await network.claims(**{field: value})
    assert (refused.status_code, f'id="{field}-error"' in refused.text) == (400, True)
    assert "Denise Ward" not in await network.office()


async def test_one_place_is_not_claimed_without_end(network: Network) -> None:
    for _ in range(MOST_A_DAY):
        assert (await network.claims()).status_code == 200
    assert (await network.claims()).status_code == 429


async def test_other_roles_see_no_claims(network: Network, database: Database) -> None:
    await network.claims()
    clinic = await a_member(database)
    keeper = await a_person(database, clinic, Role.COORDINATOR, name="Carol")
    network.browser.cookies.clear()
    await sign_in_as(network.browser, keeper)
    assert (await network.browser.get("/network/claims")).status_code == 403


async def test_an_unlisted_organization_can_not_be_claimed(network: Network) -> None:
    unknown = network.june.id
    assert (await network.browser.get(f"/claim/{unknown}")).status_code == 404


async def test_names_of_claims_are_sealed(network: Network, owner_database: Database) -> None:
    await network.claims()
    async with owner_database.transaction(Context()) as session:
        found = await session.execute(text("select to_jsonb(c)::text from claim c"))
        rows = "".join(found.scalars())
    assert rows
    assert "Denise" not in rows
    assert "harbor.example" not in rows
