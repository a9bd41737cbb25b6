"""A steward makes a place confidential: no page, list, map, text or print tells where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import text

from accounts.rules import Role
from builders.accounts import a_member, a_person
from builders.browsing import sign_in_as
from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown, today
from directory.api import service_at_location_card
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from builders.listings import Listed
    from shared.database import Database


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def hide(desk: StewardsDesk, listed: Listed, **more: str) -> httpx.Response:
    said = {"do": "hide_place", "place": str(listed.location_id), "reason": "They asked"} | more
    return await desk.post(f"/steward/records/{listed.service_id}", **said)


def tells(answer: httpx.Response) -> list[str]:
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return [secret for secret in ("12 Elm", "38.36", "-75.59") if secret in main]


async def test_every_page_that_told_the_address_tells_it_no_more(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())
    made = await desk.post("/lists/add", name="Food", place=str(listed.id))
    the_list = made.headers["location"]
    pages = (f"/services/{listed.id}", f"/find/services/{listed.id}", f"{the_list}/print")
    for page in pages:
        assert tells(await desk.browser.get(page)), page

    assert (await hide(desk, listed)).status_code == 303

    for page in (*pages, the_list, f"/steward/records/{listed.service_id}"):
        answer = await desk.browser.get(page)
        assert (answer.status_code, tells(answer)) == (200, []), page
    for path in ("/search", "/find"):
        found = await desk.browser.get(path, params={"q": "harbor", "near": "21801"})
        assert "Harbor Pantry" in shown(found)
        assert "Location private. Call" in shown(found)
        assert tells(found) == []
    async with desk.database.transaction(Context()) as session:
        card = await service_at_location_card(session, listed.id, "en")
    assert card is not None
    assert card.address_line is None


async def test_the_desk_says_by_whom_and_why_and_takes_it_back(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())
    record = f"/steward/records/{listed.service_id}"
    assert "Write how you know it." in shown(await hide(desk, listed, reason=""))
    await hide(desk, listed)
    page = shown(await desk.browser.get(record))
    assert "The public reads only its county." in page
    assert "They asked" in page
    assert "Nadia" in page

    done = await desk.post(record, do="show_place", place=str(listed.location_id))

    assert done.status_code == 303
    assert "12 Elm" in shown(await desk.browser.get(f"/services/{listed.id}"))


async def test_words_that_still_tell_the_street_are_listed(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today(), description="Come to 12 Elm St, back door.")

    await hide(desk, listed)

    page = shown(await desk.browser.get(f"/steward/records/{listed.service_id}"))
    assert "These words still tell where it is. Please correct them: Program: What it is" in page


async def test_a_place_of_another_agency_is_not_hidden_here(desk: StewardsDesk) -> None:
    listed, other = await desk.lists(), await desk.lists(name="Grace House")

    answer = await hide(desk, listed, place=str(other.location_id))

    assert answer.status_code == 404
    assert await desk.rows("select 1 from hidden_place") == []


async def test_another_organization_reads_nothing_of_hidden_places(
    desk: StewardsDesk, database: Database
) -> None:
    listed = await desk.lists()
    await hide(desk, listed)
    clinic = await a_member(database, "Lincoln Clinic", now=clock.now())

    async with database.transaction(Context(clinic)) as session:
        for table in ("hidden_place", "location_private"):
            assert (await session.execute(text(f"select 1 from {table}"))).all() == []
    desk.browser.cookies.clear()
    await sign_in_as(desk.browser, await a_person(database, clinic, Role.STEWARD, name="Sly"))
    assert (await hide(desk, listed)).status_code == 403
