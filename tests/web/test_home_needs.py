"""The big needs of the first page: none of them leads to nothing."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from builders.listings import NOW, SALISBURY, Listing, list_service
from directory.codes import HowToStart
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

HERE = f"{SALISBURY[0]},{SALISBURY[1]}"
FAR_AWAY = "39.9526,-75.1652"  # Philadelphia


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


async def _list(database: Database, *listings: Listing) -> None:
    async with database.transaction(Context()) as session:
        for listing in listings:
            await list_service(session, listing)


def offered(page: str) -> list[str]:
    """The needs of the tiles."""
    return re.findall(r'href="/search\?need=(\w+)', page)


def words_of(page: str) -> str:
    """What a reader sees."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
async def _some(owner_database: Database) -> None:
    """Food close by, a bed too far off, legal help by phone for the state."""
    await _list(
        owner_database,
        Listing(),
        Listing(name="Shelter", miles_north=12, terms=("1121",)),
        Listing(
            name="Law line",
            miles_north=None,
            terms=("1111",),
            area="Maryland, statewide",
            how_to_start=HowToStart.PATIENT_CALLS,
        ),
    )


@pytest.mark.usefixtures("_some")
async def test_only_needs_that_lead_to_something_at_the_place_are_offered(
    client: httpx.AsyncClient,
) -> None:
    anywhere = await client.get("/")
    here = await client.get("/", params={"near": HERE})
    zip_code = await client.get("/", params={"near": "21801"})

    assert offered(anywhere.text) == ["food", "bed", "legal"]
    assert offered(here.text) == offered(zip_code.text) == ["food", "legal"]
    assert "What people ask for most near 21801" in words_of(zip_code.text)


@pytest.mark.usefixtures("_some")
async def test_every_need_that_is_offered_shows_a_place_or_a_line(
    client: httpx.AsyncClient,
) -> None:
    home = await client.get("/", params={"near": "21801"})

    for link in re.findall(r'href="(/search\?need=[^"]+)"', home.text):
        page = await client.get(unescape(link))
        assert 'href="/services/' in page.text, link


@pytest.mark.parametrize(
    ("language", "said", "way_on"),
    [
        ("en", "We know no places near 19103 yet", "Look in another place"),
        ("es", "Todavía no conocemos lugares cerca de 19103", "Buscar en otro lugar"),
    ],
)
@pytest.mark.usefixtures("_some")
async def test_a_place_that_has_nothing_explains_and_gives_211(
    client: httpx.AsyncClient, language: str, said: str, way_on: str
) -> None:
    page = await client.get("/", params={"near": "19103", "lang": language})

    assert page.status_code == 200
    assert offered(page.text) == []
    assert said in words_of(page.text)
    assert way_on in words_of(page.text)
    assert 'href="tel:211"' in page.text.split('id="main"')[1]


@pytest.mark.usefixtures("_some")
async def test_a_place_nobody_knows_is_told_and_the_needs_of_all_are_offered(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/", params={"near": "00000"})

    assert page.status_code == 400
    assert "We do not know the place “00000”." in words_of(page.text)
    assert offered(page.text) == ["food", "bed", "legal"]
    assert "near=00000" not in page.text.split('id="main"')[1]


@pytest.mark.usefixtures("_some")
async def test_a_search_for_a_place_alone_offers_its_needs_and_others_lead_back(
    client: httpx.AsyncClient,
) -> None:
    place = await client.get("/search", params={"near": "21801"})
    need = await client.get("/search", params={"near": "21801", "need": "food"})

    assert offered(place.text) == ["food", "legal"]
    assert offered(need.text) == []
    assert 'href="/?near=21801"' in need.text


@pytest.mark.usefixtures("_some")
async def test_a_pantry_that_was_just_added_is_offered_at_once(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    assert offered((await client.get("/", params={"near": FAR_AWAY})).text) == []

    await _list(owner_database, Listing(name="Far pantry", miles_north=112.6))

    north = f"{SALISBURY[0] + 112.6 * 1609.344 / 111_195.0},{SALISBURY[1]}"
    assert offered((await client.get("/", params={"near": north})).text) == ["food"]
