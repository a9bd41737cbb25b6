"""The agency's desk for signed-in workers (practice 5.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from accounts.rules import MemberKind, Role
from builders.accounts import a_member, a_person
from builders.agency_office import NAMES_ANA, Office, an_office
from builders.browsing import OURS, csrf_of, hidden, nonce_of, sign_in_as
from builders.holding_links import said_on, without_secrets
from notify.api import give_sender_number
from referrals.actions import AgencySays
from referrals.lifecycle import BusinessStatus
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

S = BusinessStatus


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database) -> Office:
    return await an_office(database, client)


@pytest_asyncio.fixture
async def denise(office: Office) -> Office:
    """Somebody of the agency who is signed in."""
    await sign_in_as(
        office.browser,
        await a_person(office.database, office.town.agency, Role.AGENCY_WORKER, name="Denise"),
    )
    return office


async def act(office: Office, path: str, **fields: Any) -> httpx.Response:
    """A form of the desk, sent by whoever is signed in."""
    data = {
        "csrf": await csrf_of(office.browser),
        "nonce": await nonce_of(office.browser),
        **fields,
    }
    return await office.browser.post(path, data=data, headers=OURS)


async def test_the_desk_asks_who_you_are_and_is_for_agency_workers(office: Office) -> None:
    for path in ("/desk", "/desk/print"):
        assert (await office.browser.get(path)).status_code == 303
    await sign_in_as(
        office.browser, await a_person(office.database, office.town.clinic, Role.NAVIGATOR)
    )
    assert (await office.browser.get("/desk")).status_code == 403


async def test_an_empty_desk_says_so(denise: Office) -> None:
    page = said_on((await denise.browser.get("/desk")).text)

    assert "Today at Harbor Pantry" in page
    assert "No requests" in page


async def test_the_desk_lists_new_coming_served_and_waiting(denise: Office) -> None:
    new = await denise.asked()
    coming = await denise.asked(how_to_start="walk_in")
    served, waiting = await denise.asked(), await denise.asked()
    await denise.answers_by_page(served, AgencySays.YES)
    await denise.answers_by_page(waiting, AgencySays.WAIT_LIST)

    page = (await denise.browser.get("/desk")).text

    parts = {
        name: page.partition(f'id="{name}"')[2].partition("</section>")[0]
        for name in ("today", "new", "served", "wait")
    }
    for name, referral in (("today", coming), ("new", new), ("served", served), ("wait", waiting)):
        assert str(referral.id) in parts[name], name
    assert "Comes with the code" in parts["today"]
    assert "4 people, Spanish, ZIP 20010" in said_on(parts["new"])
    assert all(canary not in without_secrets(page) for canary in NAMES_ANA)


async def test_a_signed_in_no_is_final_at_once(denise: Office) -> None:
    referral = await denise.asked()
    refused = await act(denise, f"/desk/{referral.id}", do="no", back="desk")
    assert refused.status_code == 400
    assert "Choose why not." in said_on(refused.text)

    answer = await act(denise, f"/desk/{referral.id}", do="no", why="no_capacity", back="desk")

    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert await denise.status(referral) is S.DECLINED


async def test_a_desk_that_comes_second_reads_who_was_first(denise: Office) -> None:
    referral = await denise.asked()
    await denise.answers_by_page(referral, AgencySays.YES)

    answer = await act(denise, f"/desk/{referral.id}", do="no", why="no_capacity", back="desk")

    assert answer.status_code == 409
    assert "Maria already said “yes”" in said_on(answer.text)


async def test_one_save_keeps_what_it_can_and_names_what_was_lost(denise: Office) -> None:
    people = [await denise.asked(how_to_start="walk_in") for _ in range(5)]
    lost = people[1:3]
    for referral in lost:
        await denise.answers_by_page(referral, AgencySays.HELPED)

    answer = await act(denise, "/desk/helped", helped=[str(each.id) for each in people])

    words = said_on(answer.text)
    assert "2 of 5 were not saved: someone answered them first" in words
    for referral in lost:
        assert re.search(rf"{referral.code}: Maria already said “helped”", words), words
    assert "3 saved." in words
    assert {await denise.status(each) for each in people} == {S.SERVICE_REPORTED}


async def test_nothing_ticked_saves_nothing(denise: Office) -> None:
    await denise.asked(how_to_start="walk_in")

    answer = await act(denise, "/desk/helped")

    assert answer.status_code == 400
    assert "Tick who was helped, then save." in said_on(answer.text)


async def test_signed_in_who_this_is_is_shown_on_its_own_page(denise: Office) -> None:
    referral = await denise.asked()
    path = f"/desk/{referral.id}"
    await act(denise, path, do="yes")
    assert "Ana" not in without_secrets((await denise.browser.get(path)).text)

    await act(denise, path, do="show")

    assert "Ana Flores" in (await denise.browser.get(path)).text
    assert "Ana Flores" in (await denise.browser.get("/desk")).text
    page = (await denise.browser.get("/desk/print")).text
    assert hidden(page, "csrf")


async def test_another_agency_sees_nothing_of_it(office: Office) -> None:
    referral = await office.asked()
    other = await a_member(office.database, "Other Pantry", kind=MemberKind.AGENCY)
    await sign_in_as(
        office.browser, await a_person(office.database, other, Role.AGENCY_WORKER, name="Olga")
    )

    assert "No requests" in said_on((await office.browser.get("/desk")).text)
    assert (await office.browser.get(f"/desk/{referral.id}")).status_code == 404
    assert (await act(office, f"/desk/{referral.id}", do="yes")).status_code == 404
    ticked = await act(office, "/desk/helped", helped=[str(referral.id)])
    assert "1 of 1 were not saved" in said_on(ticked.text)
    assert await office.status(referral) is S.SENT


async def test_the_printed_sheet_has_codes_and_boxes(denise: Office) -> None:
    referral = await denise.asked(how_to_start="walk_in")

    page = (await denise.browser.get("/desk/print")).text

    assert f"code {referral.code}" in page
    assert "1 person or family expected" in page
    assert page.count("box to tick") == 2 * 3


async def test_the_printed_sheet_is_by_sender_with_the_number_to_text(
    denise: Office, owner_database: Database
) -> None:
    await denise.asked(how_to_start="walk_in")
    number, clinic = "+12025550190", denise.town.clinic
    async with owner_database.transaction(Context()) as session:
        await give_sender_number(session, clinic, number)

    page = (await denise.browser.get("/desk/print")).text

    assert re.search(r"<caption>[^<]+<br>.*202-555-0190", page)
    assert re.search(r"Printed .* by Denise", page)


async def test_an_empty_sheet_says_that_nobody_is_expected(denise: Office) -> None:
    page = (await denise.browser.get("/desk/print")).text

    assert "Nobody is expected today." in page
    assert page.count("box to tick") == 2 * 2


async def test_the_desk_speaks_spanish_when_empty_full_on_paper_and_when_late(
    denise: Office,
) -> None:
    async def words(path: str) -> str:
        return said_on((await denise.browser.get(path, params={"lang": "es"})).text)

    assert "No hay pedidos" in await words("/desk")
    people = [await denise.asked(how_to_start="walk_in") for _ in range(5)]
    asked = await denise.asked()
    for referral in people[1:3]:
        await denise.answers_by_page(referral, AgencySays.HELPED)
    titles = {"/desk": "Hoy en Harbor Pantry", "/desk/print": "Harbor Pantry: las personas de hoy"}
    for path, title in titles.items():
        page = await words(path)
        assert title in page
        assert not re.search(r"\b(people|code|expected|Today|the|with)\b", page), page
    assert "Sí" in await words(f"/desk/{asked.id}")

    late = await act(denise, "/desk/helped?lang=es", helped=[str(each.id) for each in people])
    refused = await act(denise, f"/desk/{asked.id}?lang=es", do="no")
    await act(denise, f"/desk/{asked.id}", do="yes")

    assert "2 de 5 no se guardaron: alguien contestó antes" in said_on(late.text)
    assert refused.status_code == 400
    assert "Mostrar quién es" in await words(f"/desk/{asked.id}")
