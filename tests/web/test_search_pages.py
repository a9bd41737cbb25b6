"""The public pages as a phone without JavaScript sees them, in both languages."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from builders.accounts import a_member, a_person
from builders.browsing import sign_in_as
from builders.listings import NOW, Listing, list_service
from directory.codes import HowToStart
from shared import clock
from shared.database import Context
from shared.i18n import catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from builders.listings import Listed
    from shared.database import Database

SPANISH = {"name": "Despensa del Puerto", "description": "Comida gratis para unos 3 días."}
NEAR = {"near": "38.3607,-75.5994"}


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
async def pantry(owner_database: Database) -> AsyncIterator[Listed]:
    """A pantry with Spanish words, and a line for everybody."""
    async with owner_database.transaction(Context()) as session:
        await list_service(
            session,
            Listing(
                name="Food line",
                miles_north=None,
                how_to_start=HowToStart.PATIENT_CALLS,
                languages=("en", "es"),
                spanish={"name": "Línea de comida"},
            ),
        )
        yield await list_service(
            session, Listing(spanish=SPANISH, flags={"no_id": True, "free": True})
        )


def words_of(page: str) -> str:
    """What a reader sees."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)))


async def test_home_offers_the_needs_that_somebody_helps_with(
    client: httpx.AsyncClient, pantry: Listed
) -> None:
    page = await client.get("/")

    assert page.status_code == 200
    assert 'href="/search?need=food"' in page.text
    assert "need=legal" not in page.text


async def test_a_search_shows_what_people_need_to_know(
    client: httpx.AsyncClient, pantry: Listed
) -> None:
    page = await client.get("/search", params={"q": "comida", **NEAR})

    words = words_of(page.text)
    assert "1 place within 5 miles" in words
    assert "Opens tomorrow, Thu 10 am" in words
    assert "8-minute walk" in words or "-minute walk" in words
    assert "To start Just walk in" in words
    assert "Papers No ID needed" in words
    assert "Checked 3 weeks ago" in words
    assert 'href="tel:+12025550144"' in page.text
    assert "You wrote “comida”. We looked for: Food." in words
    assert words.index("Harbor Pantry") < words.index("By phone or online")
    assert "Food line" in words


async def test_the_same_page_in_spanish_has_the_directory_in_spanish(
    client: httpx.AsyncClient, pantry: Listed
) -> None:
    page = await client.get("/search", params={"q": "comida", "lang": "es", **NEAR})

    words = words_of(page.text)
    assert "Despensa del Puerto" in words
    assert "Comida gratis para unos 3 días." in words
    assert "Abre mañana, jueves 10 a. m." in words
    assert "q=comida" in page.text  # the switch back keeps the question


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=comida&near=38.3607,-75.5994",
        "/search?q=he+hits+me&near=38.36,-75.6",
        "/search?q=food&near=40,-100&open_now=1&eligibility=no_id",
        "/search?near=00000",
        "/search?q=overdose",
        "/search?q=evicted+tomorrow",
        "/services/{id}",
    ],
)
async def test_no_spanish_page_holds_english_of_the_catalogue(
    client: httpx.AsyncClient, pantry: Listed, path: str
) -> None:
    page = await client.get(path.format(id=pantry.id), headers={"accept-language": "es"})

    words = words_of(page.text)
    english = {
        message
        for message in catalogue("es")
        if len(message) > 5 and "%" not in message and " " in message
    }
    assert not [message for message in english if message in words]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("he hits me", "tel:911"),
        ("mi esposo me pega", "tel:911"),
        ("i want to die", "tel:988"),
        ("he overdosed", "tel:911"),
        ("evicted tomorrow", "tel:211"),
    ],
)
async def test_danger_comes_before_places(
    client: httpx.AsyncClient, pantry: Listed, words: str, number: str
) -> None:
    page = await client.get("/search", params={"q": words, **NEAR})

    main = page.text.split('id="main"')[1]
    assert main.index(number) < main.index("<form")


async def test_nothing_near_says_what_to_change(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        await list_service(session, Listing(miles_north=12))

    page = await client.get("/search", params={"q": "food", **NEAR})

    words = words_of(page.text)
    assert "Nothing within 5 miles" in words
    assert "Show 1 place within 15 miles" in words
    assert "radius_m=24140" in unescape(page.text)
    assert "Call 211" in words
    assert "The nearest one" in words


async def test_a_place_at_the_other_end_of_the_country_is_no_nearest_one(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        await list_service(session, Listing(miles_north=500))

    page = await client.get("/search", params={"q": "food", **NEAR})

    words = words_of(page.text)
    assert "The nearest one" not in words
    assert "Call 211" in words


async def test_a_place_nobody_knows_is_told_beside_the_form(client: httpx.AsyncClient) -> None:
    page = await client.get("/search", params={"q": "food", "near": "00000"})

    assert page.status_code == 400
    assert "We do not know the place “00000”." in words_of(page.text)
    assert "Write a ZIP code" in words_of(page.text)


async def test_a_service_page_says_how_to_start_and_when(
    client: httpx.AsyncClient, pantry: Listed
) -> None:
    for page_id in (pantry.id, pantry.service_id):
        words = words_of((await client.get(f"/services/{page_id}")).text)
        assert "Every Thursday , 10 am to noon." in words
        assert "Thu May 11, 10 am to noon (tomorrow)" in words
        assert "12 Elm Street" in words
        assert "Not needed ID" in words
        assert "Checked 3 weeks ago, on April 19." in words


async def test_a_confidential_service_page_hides_where(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        house = await list_service(session, Listing(name="Bay House", confidential=True))

    page = await client.get(f"/services/{house.id}")

    assert "Location private. Call" in words_of(page.text)
    spanish = await client.get(page.url, params={"lang": "es"})
    assert "Condado de Wicomico. " in words_of(spanish.text)
    for clue in ("Elm", "Side door", "38.3", "75.59", "geo:", "map-data"):
        assert clue not in page.text


async def test_an_unknown_service_is_a_404_page(client: httpx.AsyncClient) -> None:
    page = await client.get("/services/01890000-0000-7000-8000-000000000000")

    assert page.status_code == 404


async def test_the_json_has_distance_hours_and_reasons(
    client: httpx.AsyncClient, pantry: Listed
) -> None:
    answer = (await client.get("/api/search", params={"q": "fod", **NEAR})).json()

    (result,) = answer["results"]
    assert result["id"] == str(pantry.id)
    assert 700 < result["distance_m"] < 900
    assert result["open"] == "closed"
    assert result["match"]["needs"] == ["food"]
    assert answer["needs"] == ["food"]
    assert answer["corrected"] == "food"
    assert [each["name"] for each in answer["remote"]] == ["Food line"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("radius_m", "far"),
        ("radius_m", "nan"),
        ("radius_m", "-1"),
        ("radius_m", "1e9"),
        ("near", "95,0"),
        ("near", "nowhere at all"),
        ("need", "gold"),
        ("open_now", "maybe"),
        ("language", "e5"),
        ("eligibility", "rich"),
        ("age", "old"),
        ("limit", "0"),
        ("cursor", "-2"),
        ("q", "x" * 501),
        ("near", "x" * 201),
        ("free", "2"),
    ],
)
async def test_bad_input_is_refused_by_name(
    client: httpx.AsyncClient, field: str, value: str
) -> None:
    answer = await client.get("/api/search", params={"q": "food", **NEAR, field: value})

    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["field"] == field
    assert answer.json()["remedy"]


async def test_a_null_byte_is_harmless(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/search?q=fo%00od&near=38.36,-75.6")

    assert answer.status_code == 200


async def test_typing_is_completed(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/api/suggest", params={"q": "foo"})).json()

    assert "food" in [phrase.lower() for phrase in answer["suggestions"]]


async def test_the_map_gets_its_markers_as_data(client: httpx.AsyncClient, pantry: Listed) -> None:
    page = await client.get("/search", params={"q": "food", **NEAR})

    data = re.search(r'<script type="application/json" id="map-data">(.*?)</script>', page.text)
    assert data is not None
    content = json.loads(data[1])
    assert [marker["id"] for marker in content["markers"]] == [str(pantry.id)]
    assert content["states"] == ["md"]
    scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))", page.text)
    assert scripts == []


async def test_words_of_the_directory_are_escaped(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        await list_service(session, Listing(name="</script><b>Bold</b>"))
        await session.execute(text("select 1"))

    page = await client.get("/search", params={"q": "food", **NEAR})

    assert "<b>Bold" not in page.text


async def test_staff_search_asks_to_sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/find", params={"q": "food"})

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_staff_can_send_from_what_they_find(
    client: httpx.AsyncClient, database: Database, pantry: Listed
) -> None:
    person = await a_person(database, await a_member(database))
    await sign_in_as(client, person)

    page = await client.get("/find", params={"q": "food", **NEAR})

    assert page.status_code == 200
    assert f'href="/send?place={pantry.id}"' in page.text
    assert "Harbor Pantry" in words_of(page.text)


async def test_typed_words_replace_the_need_that_was_tapped(
    client: httpx.AsyncClient, pantry: Listed
) -> None:
    tapped = await client.get("/search", params={"need": "food", **NEAR})
    typed = await client.get("/search", params={"need": "food", "q": "quilting", **NEAR})

    assert "Harbor Pantry" in words_of(tapped.text)
    assert "Nothing within 5 miles" in words_of(typed.text)
