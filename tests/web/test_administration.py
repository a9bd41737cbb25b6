"""People, teams, programs and agreements of one's own organization, on their pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import text

from accounts.agreements import NewAgreement, agreement_with, make_agreement
from accounts.api_keys import list_api_keys
from accounts.people import people_here
from accounts.rules import SIGN_IN_TRIES, MemberKind, Role
from accounts.teams import teams_here
from builders.accounts import PASSWORD, SomePerson, a_member, a_person
from builders.browsing import caller_of, post_form, sign_in_as, try_to_sign_in
from builders.navigator_office import a_navigators_office
from builders.referrals import Town, a_town
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from accounts.people import PersonCard
    from shared.database import Database

PEOPLE, TEAMS, KEYS, AGREEMENTS = (
    f"/administration/{name}" for name in ("people", "teams", "keys", "agreements")
)


@dataclass
class Office:
    """A coordinator's browser, a colleague, and the organization's rows."""

    browser: httpx.AsyncClient
    database: Database
    clinic: UUID
    keeper: SomePerson
    rosa: SomePerson

    async def becomes(self, person: SomePerson) -> None:
        self.browser.cookies.clear()
        await sign_in_as(self.browser, person)

    async def tries(self, email: str, password: str) -> httpx.Response:
        """Sign in from another browser."""
        kept = dict(self.browser.cookies)
        self.browser.cookies.clear()
        answer = await try_to_sign_in(self.browser, email, password)
        self.browser.cookies.clear()
        self.browser.cookies.update(kept)
        return answer

    async def people(self) -> dict[str, PersonCard]:
        async with self.database.transaction(Context(self.clinic)) as session:
            return {card.name: card for card in await people_here(session)}

    async def audited(self, action: str) -> int:
        async with self.database.transaction(Context(self.clinic)) as session:
            found = await session.execute(
                text("select count(*) from audit_event where action = :action"), {"action": action}
            )
            return int(found.scalar_one())


@pytest_asyncio.fixture
async def office(database: Database, client: httpx.AsyncClient) -> Office:
    clinic = await a_member(database)
    keeper = await a_person(database, clinic, Role.COORDINATOR, name="Carol")
    rosa = await a_person(database, clinic, name="Rosa")
    await sign_in_as(client, keeper)
    return Office(client, database, clinic, keeper, rosa)


@pytest.mark.parametrize("page", [PEOPLE, TEAMS, KEYS, AGREEMENTS, "/account"])
@pytest.mark.parametrize("lang", ["en", "es"])
async def test_every_page_opens_empty_and_says_what_it_is_for(
    office: Office, page: str, lang: str
) -> None:
    shown = await office.browser.get(page, params={"lang": lang})
    assert shown.status_code == 200
    assert "<h1>" in shown.text
    assert "%(" not in shown.text


async def test_a_navigator_may_not_open_them(office: Office) -> None:
    await office.becomes(office.rosa)
    for page in (PEOPLE, TEAMS, KEYS, AGREEMENTS):
        assert (await office.browser.get(page)).status_code == 403
    assert PEOPLE not in (await office.browser.get("/today")).text


async def test_somebody_added_signs_in_with_the_password_shown_once(office: Office) -> None:
    added = await post_form(
        office.browser, PEOPLE, name="Ines", email="ines@clinic.example", roles="navigator"
    )
    password = _told(added)
    assert password not in (await office.browser.get(PEOPLE)).text
    signed_in = await office.tries("ines@clinic.example", password)
    assert signed_in.headers["location"] == "/today"
    assert await office.audited("person_created") == 3


async def test_a_wrong_form_keeps_what_was_typed_and_names_the_field(office: Office) -> None:
    refused = await post_form(office.browser, PEOPLE, name="Ines", email="ines", roles="navigator")
    assert refused.status_code == 400
    assert 'value="Ines"' in refused.text
    assert 'id="email-error"' in refused.text
    assert set(await office.people()) == {"Carol", "Rosa"}


async def test_a_taken_address_is_a_conflict(office: Office) -> None:
    refused = await post_form(
        office.browser, PEOPLE, name="Ines", email=office.rosa.email, roles="navigator"
    )
    assert refused.status_code == 409


async def test_ended_access_ends_at_once_and_can_come_back(office: Office) -> None:
    path = f"{PEOPLE}/{office.rosa.id}"
    assert (await post_form(office.browser, path, do="disable")).status_code == 303
    assert (await office.people())["Rosa"].disabled
    refused = await office.tries(office.rosa.email, PASSWORD)
    assert refused.status_code == 401
    assert (await post_form(office.browser, path, do="enable")).status_code == 303
    assert not (await office.people())["Rosa"].disabled


async def test_nobody_shuts_themselves_out(office: Office) -> None:
    path = f"{PEOPLE}/{office.keeper.id}"
    assert (await post_form(office.browser, path, do="disable")).status_code == 409
    assert (await post_form(office.browser, path, do="roles", roles="navigator")).status_code == 409
    assert Role.COORDINATOR in (await office.people())["Carol"].roles


async def test_roles_given_by_the_operator_stay(office: Office, database: Database) -> None:
    steward = await a_person(
        database, office.clinic, Role.STEWARD, Role.NAVIGATOR, name="Sol", email="sol@c.example"
    )
    await post_form(office.browser, f"{PEOPLE}/{steward.id}", do="roles", roles="coordinator")
    assert (await office.people())["Sol"].roles == {Role.STEWARD, Role.COORDINATOR}
    await post_form(office.browser, f"{PEOPLE}/{office.rosa.id}", do="roles", roles="steward")
    assert (await office.people())["Rosa"].roles == {Role.NAVIGATOR}, "not given here"


async def test_a_stranger_of_another_organization_is_not_found(
    office: Office, database: Database
) -> None:
    other = await a_person(database, await a_member(database, "Other Clinic"), name="Olga")
    answer = await post_form(office.browser, f"{PEOPLE}/{other.id}", do="disable")
    assert answer.status_code == 404


async def test_a_new_password_replaces_the_old_one(office: Office) -> None:
    told = _told(await post_form(office.browser, f"{PEOPLE}/{office.rosa.id}", do="password"))
    assert (await office.tries(office.rosa.email, PASSWORD)).status_code == 401
    assert (await office.tries(office.rosa.email, told)).status_code == 303


async def test_one_chooses_ones_own_password_knowing_the_old(office: Office) -> None:
    await office.becomes(office.rosa)
    new = {"password": "a few new words", "again": "a few new words"}
    wrong = await post_form(office.browser, "/account", old="not it at all", **new)
    assert (wrong.status_code, "old-error" in wrong.text) == (400, True)
    unlike = await post_form(office.browser, "/account", old=PASSWORD, **{**new, "again": "x"})
    assert (unlike.status_code, "again-error" in unlike.text) == (400, True)
    done = await post_form(office.browser, "/account", old=PASSWORD, **new)
    assert done.headers["location"] == "/sign-in"
    assert (await office.browser.get("/today")).status_code in {302, 303, 401}, "signed out"
    assert (await office.tries(office.rosa.email, "a few new words")).status_code == 303


async def test_who_works_in_no_organization_chooses_a_password_too(office: Office) -> None:
    network = await a_member(office.database, "Network Office", kind=MemberKind.NETWORK)
    june = await a_person(office.database, network, Role.NETWORK_ADMINISTRATOR, name="June")
    await office.becomes(june)
    new = {"password": "a few new words", "again": "a few new words"}
    done = await post_form(office.browser, "/account", old=PASSWORD, **new)
    assert done.headers.get("location") == "/sign-in", done.text
    assert (await office.browser.get("/lists")).status_code in {401, 303, 403}


async def test_an_open_session_is_no_way_to_guess_the_password(office: Office) -> None:
    new = {"password": "a few new words", "again": "a few new words"}
    for _try in range(SIGN_IN_TRIES):
        await post_form(office.browser, "/account", old="not it at all", **new)
    right = await post_form(office.browser, "/account", old=PASSWORD, **new)
    assert right.status_code == 400
    assert "Too many tries" in right.text


async def test_a_team_needs_two_and_its_people_carry_it(office: Office) -> None:
    one = await post_form(office.browser, TEAMS, name="Quiet", people=str(office.rosa.id))
    assert (one.status_code, "people-error" in one.text) == (400, True)
    both = [str(office.rosa.id), str(office.keeper.id)]
    made = await post_form(office.browser, TEAMS, name="Quiet", people=both)  # type: ignore[arg-type]
    assert made.status_code == 303
    async with office.database.transaction(Context(office.clinic)) as session:
        [team] = await teams_here(session)
    assert team.people == {office.rosa.id, office.keeper.id}
    await office.becomes(office.rosa)
    assert (await caller_of(office.browser)).team_ids == (team.id,)


async def test_who_leaves_a_team_carries_it_no_more(office: Office, database: Database) -> None:
    third = await a_person(database, office.clinic, name="Tom")
    three = [str(each.id) for each in (office.rosa, office.keeper, third)]
    await post_form(office.browser, TEAMS, name="Quiet", people=three)  # type: ignore[arg-type]
    async with office.database.transaction(Context(office.clinic)) as session:
        [team] = await teams_here(session)
    done = await post_form(office.browser, f"{TEAMS}/{team.id}", people=three[1:])  # type: ignore[arg-type]
    assert done.status_code == 303
    await office.becomes(office.rosa)
    assert (await caller_of(office.browser)).team_ids == ()


async def test_a_key_is_shown_once_and_can_be_ended(office: Office) -> None:
    nothing = await post_form(office.browser, KEYS, name="EHR")
    assert (nothing.status_code, "scopes-error" in nothing.text) == (400, True)
    made = await post_form(office.browser, KEYS, name="EHR", scopes="referrals:read")
    key = re.search(r"<code>(hb_[\w-]+)</code>", made.text)
    assert key is not None
    program = {"authorization": f"Bearer {key[1]}"}
    assert (await office.browser.get("/api/referrals", headers=program)).status_code == 200
    assert key[1] not in (await office.browser.get(KEYS)).text
    async with office.database.transaction(Context(office.clinic)) as session:
        [fact] = await list_api_keys(session)
    await post_form(office.browser, f"{KEYS}/{fact.id}/revoke")
    assert (await office.browser.get("/api/referrals", headers=program)).status_code == 401


class TestAgreements:
    """What an agency needs, by when it answers."""

    @pytest_asyncio.fixture
    async def town(self, database: Database, client: httpx.AsyncClient) -> Town:
        town = await a_town(database, now=clock.now())
        keeper = await a_person(database, town.clinic, Role.COORDINATOR, name="Carol")
        await sign_in_as(client, keeper)
        await town.sent(now=clock.now())
        return town

    async def test_one_is_written_down_and_replaces_the_older(
        self, town: Town, client: httpx.AsyncClient
    ) -> None:
        given = {"member": str(town.agency), "agreed_with": "Denise, intake"}
        for needs in ("Household size", "Household size and ZIP"):
            done = await post_form(client, AGREEMENTS, needs=needs, answer_days="2", **given)
            assert done.status_code == 303, done.text
        async with town.as_clinic() as session:
            card = await agreement_with(session, town.agency)
        assert card is not None
        assert (card.needs, card.answer_days) == ("Household size and ZIP", 2)
        page = (await client.get(AGREEMENTS)).text
        assert "Household size and ZIP" in page
        assert page.count("Denise, intake") == 1

    async def test_a_wrong_number_of_days_is_named(
        self, town: Town, client: httpx.AsyncClient
    ) -> None:
        refused = await post_form(
            client,
            AGREEMENTS,
            member=str(town.agency),
            needs="ZIP",
            agreed_with="Denise",
            answer_days="90",
        )
        assert (refused.status_code, "answer_days-error" in refused.text) == (400, True)

    async def test_an_ended_one_stands_no_more(self, town: Town, client: httpx.AsyncClient) -> None:
        await post_form(
            client, AGREEMENTS, member=str(town.agency), needs="ZIP", agreed_with="Denise"
        )
        async with town.as_clinic() as session:
            card = await agreement_with(session, town.agency)
        assert card is not None
        await post_form(client, f"{AGREEMENTS}/{card.id}/end")
        async with town.as_clinic() as session:
            assert await agreement_with(session, town.agency) is None


def _told(answer: httpx.Response) -> str:
    found = re.search(r'<strong class="num">([\w-]{19})</strong>', answer.text)
    assert found is not None, answer.text
    return found[1]


async def test_an_agreement_stands_on_the_send_page(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> None:
    office = await a_navigators_office(client, database, owner_database)
    async with database.transaction(Context(office.clinic)) as session:
        new = NewAgreement(office.agency, "household size and ZIP", "Denise", clock.now().date(), 2)
        await make_agreement(session, office.clinic, new, now=clock.now())
    page = await client.get("/send", params={"place": str(office.pantry.id)})
    assert "they need household size and ZIP" in page.text
    assert "within 2 working days" in page.text
