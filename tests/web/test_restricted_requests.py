"""A request that only one team may see: through Send, the API, lists, counts, and by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import text

from accounts.api import LinkPurpose, create_link
from accounts.rules import Role
from accounts.teams import change_team, create_team
from builders.accounts import a_person
from builders.browsing import OURS, csrf_of, nonce_of, sign_in_as
from builders.navigator_office import Office, a_navigators_office, id_of, says, shown
from builders.programs import Network, a_network, create
from referrals.actions import AgencySays
from referrals.models import Referral
from shared import clock
from shared.crypto import link_token
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from builders.accounts import SomePerson
    from shared.database import Database

KEPT = "Only the team Quiet sees this request."


@dataclass
class Quiet:
    """Rosa and Ines are the team; Tom leads the house and is not on it."""

    office: Office
    team: UUID
    rosa: SomePerson
    ines: SomePerson
    tom: SomePerson

    async def becomes(self, person: SomePerson) -> None:
        self.office.browser.cookies.clear()
        await sign_in_as(self.office.browser, person)

    async def sees(self, path: str, **params: str) -> str:
        return shown(await self.office.browser.get(path, params=params))


@pytest.fixture
async def quiet(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Quiet:
    office = await a_navigators_office(client, database, owner_database)
    both = Role.NAVIGATOR, Role.COORDINATOR
    rosa, ines, tom = [
        await a_person(
            database, office.clinic, *both, name=name, email=f"{name[:3]}@clinic.example"
        )
        for name in ("Rosa Medina", "Ines Soto", "Tom Okafor")
    ]
    async with database.transaction(Context(office.clinic)) as session:
        team = await create_team(
            session, office.clinic, "Quiet", frozenset({rosa.id, ines.id}), now=clock.now()
        )
    found = Quiet(office, team, rosa, ines, tom)
    await found.becomes(rosa)
    return found


async def test_send_offers_the_teams_that_one_is_on_and_everybody(quiet: Quiet) -> None:
    place = str(quiet.office.pantry.id)

    offered = await quiet.sees("/send", place=place)
    await quiet.becomes(quiet.tom)
    toms = await quiet.sees("/send", place=place)

    assert "Who in our organization may see this request?" in offered
    assert "Everybody who works with requests Only the team Quiet" in offered
    assert "may see this request" not in toms


async def test_a_team_of_one_is_not_offered(quiet: Quiet) -> None:
    async with quiet.office.owner.transaction(Context(quiet.office.clinic)) as session:
        await session.execute(
            text("update person set disabled_at = now() where id = :id"), {"id": quiet.ines.id}
        )

    assert "Only the team" not in await quiet.sees("/send")


async def test_a_team_that_one_is_not_on_is_refused(quiet: Quiet) -> None:
    await quiet.becomes(quiet.tom)

    refused = await quiet.office.send(team=str(quiet.team))

    assert refused.status_code == 400
    assert "Choose a team that you are on." in refused.text
    assert await quiet.office.count("referral") == 0


async def test_a_colleague_who_is_not_on_the_team_finds_no_trace(quiet: Quiet) -> None:
    office = quiet.office
    before = {}
    await quiet.becomes(quiet.tom)
    for path in ("/today", "/team", "/patients", "/today/version"):
        before[path] = shown(await office.browser.get(path))
    await quiet.becomes(quiet.rosa)
    address = await office.sent(team=str(quiet.team), note="Please ring the back door")

    assert KEPT in await quiet.sees(address)
    assert KEPT in await quiet.sees(f"{address}/print")
    assert "Ana Flores" in await quiet.sees("/today")

    await quiet.becomes(quiet.tom)
    for path in ("", "/print", "/slip", "/takeaway", "/version", "/channel", "/another-place"):
        answer = await office.browser.get(f"{address}{path}")
        assert answer.status_code in {400, 404}, path
        assert "Ana" not in answer.text
    assert {path: shown(await office.browser.get(path)) for path in before} == before
    for words in ("Ana Flores", "202-555-0137"):
        assert "Ana Flores, born" not in await quiet.sees("/patients", words=words)
        found = await office.send(do="find", patient_words=words, name="")
        assert "Choose this patient" not in found.text
    async with office.database.transaction(Context(office.clinic)) as session:
        for table in ("patient", "consent", "staff_task", "message", "referral_event"):
            left = await session.execute(text(f"select count(*) from {table}"))
            assert left.scalar_one() == 0, table


async def test_a_teammate_covers_and_sees_it(quiet: Quiet) -> None:
    address = await quiet.office.sent(team=str(quiet.team))

    await quiet.becomes(quiet.ines)

    assert KEPT in await quiet.sees(address)
    assert "Rosa Medina 1" in await quiet.sees("/team")


async def test_it_is_handed_over_within_the_team_only(quiet: Quiet) -> None:
    address = await quiet.office.sent(team=str(quiet.team))
    request = str(id_of(address))
    base = await quiet.office.fields(do=None)
    given = {"csrf": base["csrf"], "nonce": base["nonce"], "request": request}

    path = f"/team/hand-over/{quiet.rosa.id}"
    refused = await quiet.office.browser.post(
        path, data={**given, "to": str(quiet.tom.id)}, headers=OURS
    )
    taken = await quiet.office.browser.post(
        path, data={**given, "to": str(quiet.ines.id)}, headers=OURS
    )

    assert refused.status_code == 400
    assert "kept to a team that this person is not on" in refused.text
    assert taken.status_code == 303, shown(taken)
    assert await owner_of(quiet, request) == quiet.ines.id


async def test_whoever_leaves_the_team_owns_none_of_it_any_more(quiet: Quiet) -> None:
    from referrals.teams import keep_in_team

    request = str(id_of(await quiet.office.sent(team=str(quiet.team))))
    people = frozenset({quiet.ines.id, quiet.tom.id})
    async with quiet.office.database.transaction(Context(quiet.office.clinic)) as session:
        await change_team(session, quiet.team, people, now=clock.now())
        await keep_in_team(session, quiet.team)

    assert await owner_of(quiet, request) is None


async def test_a_draft_can_be_kept_to_a_team_later_with_all_that_was_noted(quiet: Quiet) -> None:
    office = quiet.office
    saved = await office.send(do="draft", note="Please ring the back door")
    draft = saved.headers["location"].partition("?")[0]
    await quiet.becomes(quiet.tom)
    assert "Ana Flores" in await quiet.sees(draft)
    await quiet.becomes(quiet.rosa)

    kept = await office.send(do="draft", draft=str(id_of(draft)), team=str(quiet.team))

    assert kept.status_code == 303, shown(kept)
    address = kept.headers["location"].partition("?")[0]
    again = await office.browser.get("/send", params={"draft": str(id_of(address))})
    assert f'value="{quiet.team}" checked' in again.text
    await quiet.becomes(quiet.tom)
    assert (await office.browser.get(draft)).status_code == 404
    async with office.database.transaction(Context(office.clinic)) as session:
        for table in ("referral", "referral_event", "shared_note", "patient"):
            left = await session.execute(text(f"select count(*) from {table}"))
            assert left.scalar_one() == 0, table


async def test_the_patients_link_opens_it(quiet: Quiet) -> None:
    office = quiet.office
    address = await office.sent(team=str(quiet.team))
    ours = Context(office.clinic, team_ids=(quiet.team,))
    async with office.database.transaction(ours) as session:
        link_id = await create_link(
            session,
            organization_id=office.clinic,
            referral_id=id_of(address),
            purpose=LinkPurpose.PATIENT,
            expires_at=clock.now() + timedelta(days=1),
            now=clock.now(),
        )
    office.browser.cookies.clear()

    page = await office.browser.get(f"/r/{link_token(link_id)}")

    assert page.status_code == 200
    assert "Hola, A" in shown(page)


async def test_a_program_hands_one_in_and_reads_it_no_more(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> None:
    network: Network = await a_network(database, owner_database)
    people = [await a_person(database, network.clinic, name=name) for name in ("Rosa", "Ines")]
    async with database.transaction(Context(network.clinic)) as session:
        both = frozenset(each.id for each in people)
        team = await create_team(session, network.clinic, "Quiet", both, now=clock.now())

    made = await create(client, network, key="k-1", restricted_team_id=str(team))
    again = await create(client, network, key="k-1", restricted_team_id=str(team))
    nobodys = await create(client, network, restricted_team_id=str(network.agency))

    assert made.status_code == 201, made.text
    assert (again.status_code, again.json()["id"]) == (201, made.json()["id"])
    assert (nobodys.status_code, nobodys.json()["field"]) == (400, "restricted_team_id")
    one = await client.get(f"/api/referrals/{made.json()['id']}", headers=network.clinic_key)
    every = await client.get("/api/referrals", headers=network.clinic_key)
    theirs = await client.get("/api/referrals", headers=network.agency_key)
    assert one.status_code == 404
    assert every.json()["referrals"] == []
    assert [each["id"] for each in theirs.json()["referrals"]] == [made.json()["id"]]
    assert "team" not in theirs.text


async def owner_of(quiet: Quiet, referral_id: str) -> UUID | None:
    ours = Context(quiet.office.clinic, team_ids=(quiet.team,))
    async with quiet.office.database.transaction(ours) as session:
        return (await session.get_one(Referral, UUID(referral_id))).owner_person_id


async def test_who_covers_and_is_not_on_the_team_finds_nothing_of_it(quiet: Quiet) -> None:
    today = clock.now().date()
    address = await quiet.office.sent(team=str(quiet.team))
    browser = quiet.office.browser
    fields = {
        "do": "start", "starts": str(today), "ends": str(today + timedelta(days=5)),
        "by": str(quiet.tom.id), "csrf": await csrf_of(browser), "nonce": await nonce_of(browser),
    }  # fmt: skip
    assert (await browser.post("/today/cover", data=fields, headers=OURS)).status_code == 303

    await quiet.becomes(quiet.tom)
    for path in ("/today", "/team", "/delivery"):
        assert "Ana" not in await quiet.sees(path), path
    assert (await quiet.office.browser.get(address)).status_code == 404


async def test_the_agencys_sheet_lists_it_like_any_other_without_a_name(quiet: Quiet) -> None:
    office = quiet.office
    address = await office.sent(team=str(quiet.team))
    await says(office, address, AgencySays.YES)
    worker = await a_person(
        office.database, office.agency, Role.AGENCY_WORKER, name="Denise",
        email="denise@harbor.example",
    )  # fmt: skip

    await quiet.becomes(worker)
    sheet = await office.browser.get("/desk/today.csv")
    await quiet.becomes(quiet.tom)
    refused = await office.browser.get("/desk/today.csv")

    assert sheet.status_code == 200
    assert "Ana" not in sheet.text
    assert "Quiet" not in sheet.text
    assert refused.status_code == 403
