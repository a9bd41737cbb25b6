"""Disaster mode: many closed at once, one added, a banner, and one undo (practice 5.10)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from sqlalchemy import text

from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown, today
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from builders.listings import Listed
    from shared.database import Database

ALWAYS = (("MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59"),)


def the_storm(**changes: Any) -> dict[str, Any]:
    return {
        "do": "start",
        "name": "Storm, power out",
        "reason": "weather",
        "ends": (today() + timedelta(days=3)).isoformat(),
        "words_en": "Storm: no power",
        "words_es": "Tormenta: no hay luz",
        **changes,
    }


COOLING = {
    "site_name_en": "Cooling center, Town Hall",
    "site_name_es": "Centro fresco, Ayuntamiento",
    "site_what_en": "A cool room and water for everybody.",
    "site_what_es": "Un salón fresco y agua para todos.",
    "site_need": "food",
    "site_street": "1 Main Street",
    "site_city": "Salisbury",
    "site_zip": "21801",
    "site_opens": "00:00",
    "site_closes": "23:59",
    "site_phone": "202-555-0177",
}


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def start(desk: StewardsDesk, *places: Listed, **changes: Any) -> httpx.Response:
    sites = [str(place.location_id) for place in places]
    return await desk.post("/steward/emergency", **the_storm(**changes), site=sites, listed=sites)


async def undo(desk: StewardsDesk) -> httpx.Response:
    found = await desk.rows("select id from emergency where undone_at is null")
    return await desk.post("/steward/emergency", do="undo", id=str(found[0][0]))


async def test_forty_places_close_at_once_and_one_undo_opens_them(desk: StewardsDesk) -> None:
    places = [await desk.lists(name=f"Pantry {number}", hours=ALWAYS) for number in range(40)]
    before = await desk.rows("select id, display, open from search_doc order by id")
    listed = await desk.post("/steward/emergency", **the_storm(do="check", zips="21801"))
    assert "40 places. Take the tick away to leave one open." in shown(listed)

    answer = await start(desk, *places)

    assert answer.status_code == 303, shown(answer)
    assert answer.headers["location"] == "/steward/emergency?started=1"
    assert await desk.rows("select count(*) from closure where withdrawn_at is null") == [(40,)]
    page = shown(await desk.browser.get(f"/services/{places[0].id}"))
    assert "Storm: no power" in page
    spanish = shown(await desk.browser.get(f"/services/{places[0].id}?lang=es"))
    assert "Tormenta: no hay luz" in spanish
    await desk.browser.get("/?lang=en")
    found = await desk.browser.get(
        "/search", params={"q": "pantry", "near": "21801", "open_now": "1"}
    )
    assert "Pantry 7 Inc" not in shown(found)
    assert "40 places closed" in shown(await desk.browser.get("/steward"))

    undone = await undo(desk)

    assert undone.headers["location"] == "/steward/emergency?undone=1&kept=0"
    assert "All of it is as it was." in shown(
        await desk.browser.get("/steward/emergency?undone=1&kept=0")
    )
    assert await desk.rows("select id, display, open from search_doc order by id") == before
    assert (await undo_again(desk)).status_code == 400


async def undo_again(desk: StewardsDesk) -> httpx.Response:
    found = await desk.rows("select id from emergency")
    answer = await desk.post("/steward/emergency", do="undo", id=str(found[0][0]))
    assert "This has been undone already." in shown(answer)
    return answer


async def test_the_undo_leaves_alone_what_was_edited_since(desk: StewardsDesk) -> None:
    one, two = [await desk.lists(name=name, hours=ALWAYS) for name in ("Grace House", "Elm Table")]
    await start(desk, one, two)
    closures = await desk.rows(
        f"select id from closure where location_id = '{one.location_id}'"  # noqa: S608 -- our id
    )
    async with desk.database.transaction(Context(desk.front_door)) as session:
        await session.execute(
            text("update closure set ends_on = ends_on + 10 where id = :id"),
            {"id": closures[0][0]},
        )

    undone = await undo(desk)

    assert undone.headers["location"].endswith("kept=1")
    standing = await desk.rows("select location_id from closure where withdrawn_at is null")
    assert standing == [(one.location_id,)]
    words = shown(await desk.browser.get("/steward/emergency"))
    assert "1 row had been edited since and stays as it is." in words


async def test_a_place_that_was_closed_before_stays_closed_after_the_undo(
    desk: StewardsDesk,
) -> None:
    place = await desk.lists(hours=ALWAYS)
    await start(desk, place, words_en="Mended roof", words_es="Se arregla el techo")
    await start(desk, place)
    checked = await desk.post("/steward/emergency", **the_storm(do="check", city="salisbury"))
    assert "Closed already" in shown(checked)
    newest = await desk.rows("select id from emergency order by made_at desc, id desc limit 1")

    await desk.post("/steward/emergency", do="undo", id=str(newest[0][0]))

    left = await desk.rows("select words_en from closure where withdrawn_at is null")
    assert left == [("Mended roof",)]


async def test_one_place_opens_again_before_the_others(desk: StewardsDesk) -> None:
    one, two = [await desk.lists(name=name, hours=ALWAYS) for name in ("Grace House", "Elm Table")]
    await start(desk, one, two)
    closures = await desk.rows(
        f"select id from closure where location_id = '{one.location_id}'"  # noqa: S608 -- our id
    )

    answer = await desk.post("/steward/emergency", do="reopen", id=str(closures[0][0]))

    assert answer.status_code == 303
    assert "Storm: no power" not in shown(await desk.browser.get(f"/services/{one.id}"))
    assert "Storm: no power" in shown(await desk.browser.get(f"/services/{two.id}"))
    assert "1 place closed" in shown(await desk.browser.get("/steward/emergency"))


async def test_a_cooling_center_is_found_at_once_and_gone_after_its_last_day(
    desk: StewardsDesk,
) -> None:
    answer = await start(desk, **COOLING)
    assert answer.status_code == 303, shown(answer)

    found = await desk.found("cooling center")
    assert "Cooling center, Town Hall" in found
    in_spanish = await desk.browser.get("/search", params={"q": "centro fresco", "lang": "es"})
    assert "Centro fresco, Ayuntamiento" in shown(in_spanish)
    await desk.browser.get("/?lang=en")
    place = (await desk.rows("select id from search_doc"))[0][0]
    assert "202-555-0177" in shown(await desk.browser.get(f"/services/{place}"))

    clock.set_offset(timedelta(days=5))

    assert (await desk.browser.get(f"/services/{place}")).status_code == 404


async def test_the_undo_takes_the_added_place_back(desk: StewardsDesk) -> None:
    await start(desk, **COOLING)
    assert await desk.rows("select count(*) from search_doc") == [(1,)]

    await undo(desk)

    assert await desk.rows("select count(*) from search_doc") == [(0,)]
    assert await desk.rows("select count(*) from service where withdrawn_at is null") == [(0,)]


async def test_an_added_place_that_was_corrected_stays_whole_after_the_undo(
    desk: StewardsDesk,
) -> None:
    await start(desk, **COOLING)
    service = (await desk.rows("select id from service"))[0][0]
    await desk.post(
        f"/steward/records/{service}",
        do="correct",
        row=str(service),
        field="wait_time",
        value="About 10 minutes",
        reason="Town Hall said so",
    )

    await undo(desk)

    assert await desk.rows("select count(*) from search_doc") == [(1,)]


async def test_the_banner_stands_on_every_public_page_until_the_undo(desk: StewardsDesk) -> None:
    place = await desk.lists()
    pages = ("/", "/search?q=food&near=21801", f"/services/{place.id}")
    for path in pages:
        assert "Town Hall is open and cool." not in shown(await desk.browser.get(path))

    await start(desk, banner_en="Town Hall is open and cool.", banner_es="El Ayuntamiento abre.")

    for path in pages:
        assert "Town Hall is open and cool." in shown(await desk.browser.get(path))
    assert "El Ayuntamiento abre." in shown(await desk.browser.get("/?lang=es"))
    await desk.browser.get("/?lang=en")
    await undo(desk)
    assert "Town Hall is open" not in shown(await desk.browser.get("/"))


async def test_what_is_missing_is_told_and_nothing_is_changed(desk: StewardsDesk) -> None:
    place = await desk.lists()
    for changes, words in (
        ({"name": ""}, "Write what happened."),
        ({"ends": ""}, "Choose the last day."),
        ({"ends": "soon"}, "Write the date like 1985-06-14."),
        ({"ends": (today() - timedelta(days=2)).isoformat()}, "These days are over."),
        ({"ends": (today() + timedelta(days=999)).isoformat()}, "a year at most"),
        ({"words_en": ""}, "Write why, in English."),
        ({"words_es": ""}, "Write why, in Spanish."),
        ({"banner_en": "Hello"}, "A banner needs both languages."),
        ({**COOLING, "site_zip": "99999"}, "Nobody knows this ZIP code."),
        ({**COOLING, "site_name_es": ""}, "Write its name, in Spanish."),
        ({**COOLING, "site_need": ""}, "Choose what it helps with."),
        ({**COOLING, "site_opens": ""}, "Write from when to when it is open."),
        ({**COOLING, "site_opens": "dawn"}, "Write the time like 10:30."),
        ({**COOLING, "site_phone": "12"}, "A phone number has 10 digits."),
    ):
        answer = await start(desk, place, **changes)
        assert answer.status_code == 400, changes
        assert words in shown(answer), changes
    assert await desk.rows("select * from emergency") == []
    assert await desk.rows("select * from closure") == []
    assert await desk.rows("select count(*) from service") == [(1,)]


async def test_the_list_is_looked_for_before_anything_happens(desk: StewardsDesk) -> None:
    await desk.lists()
    for changes, words in (
        ({"zips": "2180"}, "A ZIP code has 5 digits."),
        ({"organization": "100%_sure"}, "No place is found like this."),
        ({"organization": "%"}, "No place is found like this."),
        ({"city": "Nowhere"}, "No place is found like this."),
    ):
        answer = await desk.post("/steward/emergency", **the_storm(do="check", **changes))
        assert answer.status_code == 400
        assert words in shown(answer)
    for changes in ({"county": "wicomico"}, {"organization": "harbor"}, {"zips": "21801, 21804"}):
        answer = await desk.post("/steward/emergency", **the_storm(do="check", **changes))
        assert "1 place. Take the tick away" in shown(answer), changes
    nothing = await desk.post("/steward/emergency", **the_storm())
    assert "Choose places to close, a place to add, or a banner." in shown(nothing)
    assert await desk.rows("select * from closure") == []


async def test_a_confidential_place_shows_no_street_on_the_list(desk: StewardsDesk) -> None:
    await desk.lists(name="Safe House", confidential=True)

    answer = await desk.post("/steward/emergency", **the_storm(do="check", county="Wicomico"))

    assert "Safe House Inc" in shown(answer)
    assert "12 Elm Street" not in shown(answer)
