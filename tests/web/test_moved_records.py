"""What moves in the directory: a place, a program's page, the agency behind a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest_asyncio

from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown

if TYPE_CHECKING:
    import httpx

    from builders.listings import Listed
    from shared.database import Database

NOW_AT = {
    "address_1": "9 Oak Street",
    "address_2": "",
    "city": "Salisbury",
    "state_province": "MD",
    "postal_code": "21801",
}


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def do(desk: StewardsDesk, listed: Listed, does: str, **fields: Any) -> httpx.Response:
    told = {"reason": "They told me", **fields}
    return await desk.post(f"/steward/records/{listed.service_id}", do=does, **told)


async def test_a_place_that_moved_is_found_at_its_new_address(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    spot = "38.4000, -75.5994"

    saved = await do(
        desk, listed, "move_place", place=str(listed.location_id), point=spot, **NOW_AT
    )

    assert saved.status_code == 303
    assert await desk.rows("select round(lat::numeric, 4)::text from search_doc") == [("38.4000",)]
    assert "9 Oak Street" in shown(await desk.browser.get(f"/services/{listed.id}"))
    fields = await desk.rows("select field from overlay where ended_at is null order by field")
    assert fields == [("address_1",), ("point",)]


async def test_without_a_point_a_moved_place_is_in_the_middle_of_its_zip(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists()
    there = NOW_AT | {"postal_code": "21804"}

    await do(desk, listed, "move_place", place=str(listed.location_id), **there)

    middle = "select d.kind from search_doc d, zip_centroid z where z.zip = '21804'"
    assert await desk.rows(f"{middle} and d.lat = z.lat and d.lon = z.lon") == [("local",)]
    assert "9 Oak Street" in shown(await desk.browser.get(f"/services/{listed.id}"))


async def test_a_zip_that_nobody_knows_asks_for_the_point(desk: StewardsDesk) -> None:
    listed = await desk.lists()
    there = NOW_AT | {"postal_code": "00001"}

    answer = await do(desk, listed, "move_place", place=str(listed.location_id), **there)

    assert answer.status_code == 400
    assert "Nobody knows this ZIP code. Write the map point, too." in shown(answer)
    assert await desk.rows("select address_1 from address") == [("12 Elm Street",)]


async def test_a_place_does_not_move_without_a_reason_or_to_where_it_is(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists()
    place = str(listed.location_id)
    page = await desk.browser.get(f"/steward/records/{listed.service_id}")
    assert 'value="12 Elm Street"' in page.text

    unreasoned = await do(desk, listed, "move_place", place=place, **NOW_AT | {"reason": ""})
    same = await do(
        desk, listed, "move_place", place=place, **NOW_AT | {"address_1": "12 Elm Street"}
    )

    assert (unreasoned.status_code, same.status_code) == (400, 400)
    assert "Write how you know it." in unreasoned.text
    assert "That is what it says already." in same.text
    assert await desk.rows("select 1 from overlay") == []


async def test_a_confidential_place_is_moved_by_nobody(desk: StewardsDesk) -> None:
    listed = await desk.lists(confidential=True)

    answer = await do(desk, listed, "move_place", place=str(listed.location_id), **NOW_AT)

    assert answer.status_code == 404
    assert "It moved" not in shown(await desk.browser.get(f"/steward/records/{listed.service_id}"))


async def test_a_program_runs_under_the_agency_that_took_it_over(desk: StewardsDesk) -> None:
    pantry = await desk.lists()
    await desk.lists(name="St. Mary’s", miles_north=3)

    wrong = await do(desk, pantry, "run_by", row=str(pantry.service_id), agency="mary")
    right = await do(desk, pantry, "run_by", row=str(pantry.service_id), agency="st. mary’s inc")

    assert "No agency has this name. Alike: St. Mary’s Inc" in shown(wrong)
    assert right.status_code == 303
    assert "St. Mary’s Inc" in shown(await desk.browser.get(f"/services/{pantry.id}"))
    record = shown(await desk.browser.get(right.headers["location"]))
    assert "Run by : St. Mary’s Inc" in record
    assert "The feed says: Harbor Pantry Inc" in record
    [(overlay,)] = await desk.rows("select id::text from overlay where ended_at is null")
    await do(desk, pantry, "undo", overlay=overlay)
    assert "Harbor Pantry Inc" in shown(await desk.browser.get(f"/services/{pantry.id}"))


async def test_an_agency_is_named_by_one_of_its_pages_too(desk: StewardsDesk) -> None:
    pantry = await desk.lists()
    other = await desk.lists(name="St. Mary’s", miles_north=3)
    page = f"https://help.example/services/{other.id}?lang=es"

    await do(desk, pantry, "run_by", row=str(pantry.service_id), agency=page)

    owners = await desk.rows("select distinct organization_id from service")
    assert owners == [(other.organization_id,)]


async def test_an_old_page_leads_to_the_new_one_and_search_finds_one_of_them(
    desk: StewardsDesk,
) -> None:
    old = await desk.lists()
    new = await desk.lists(name="Harbor Pantry at the mall", miles_north=2)

    moved = await do(
        desk, old, "move_page", row=str(old.service_id), new_page=f"/services/{new.id}"
    )

    assert moved.headers["location"] == f"/steward/records/{new.id}?done=1"
    for page in (old.id, old.service_id):
        led = await desk.browser.get(f"/services/{page}")
        assert led.headers["location"].partition("?")[0].endswith(f"/services/{new.id}")
    assert await desk.rows("select id from search_doc") == [(new.id,)]
    assert "Old pages that lead here" in shown(
        await desk.browser.get(f"/steward/records/{new.service_id}")
    )

    back = await do(desk, new, "move_back", old=str(old.service_id))

    assert back.status_code == 303
    assert (await desk.browser.get(f"/services/{old.id}")).status_code == 200
    assert len(await desk.rows("select id from search_doc")) == 2


async def test_a_page_moves_only_to_another_page_of_the_directory(desk: StewardsDesk) -> None:
    pantry = await desk.lists()
    row = {"row": str(pantry.service_id)}

    nowhere = await do(desk, pantry, "move_page", new_page="https://elsewhere.example/", **row)
    itself = await do(desk, pantry, "move_page", new_page=f"/services/{pantry.id}", **row)
    never = await do(desk, pantry, "move_back", old=str(pantry.service_id))

    assert "Paste the address of a page that is in this directory." in shown(nowhere)
    assert "That is a page of this very program." in shown(itself)
    assert never.status_code == 404
    assert await desk.rows("select 1 from service_moved") == []
