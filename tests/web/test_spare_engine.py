"""With a search server: the same pages; without it, the same pages and a word to staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders.accounts import a_member, a_person
from builders.browsing import client_of, sign_in_as
from builders.listings import NOW, Listing, list_service
from builders.trial_routes import app_with_trials
from directory.search_server.client import SearchServer
from directory.search_server.rebuild import rebuild
from fakes.meilisearch_server import ADMIN, SEARCH, MeilisearchServer, meilisearch_server
from shared import clock
from shared.database import Context
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from shared.database import Database

NEAR = {"near": "38.3607,-75.5994", "q": "food"}
BANNER = {
    "en": "The faster search does not answer.",
    "es": "La búsqueda rápida no responde.",
}


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
async def fake(owner_database: Database) -> AsyncIterator[MeilisearchServer]:
    with meilisearch_server() as server:
        async with owner_database.transaction(Context()) as session:
            await list_service(session, Listing())
        await rebuild(owner_database, SearchServer(server.url, ADMIN), NOW)
        yield server


@pytest.fixture
async def browser(fake: MeilisearchServer, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(meilisearch_url=fake.url, meilisearch_key=SEARCH)
    async with client_of(app_with_trials(database, settings)) as client:
        yield client


async def test_the_api_says_which_engine_answered(
    browser: httpx.AsyncClient, fake: MeilisearchServer
) -> None:
    answer = (await browser.get("/api/search", params=NEAR)).json()
    assert (answer["engine"], answer["degraded"], answer["total"]) == ("meilisearch", False, 1)
    fake.fault = "reset"
    spare = (await browser.get("/api/search", params=NEAR)).json()
    assert (spare.pop("engine"), spare.pop("degraded")) == ("postgresql", True)
    del answer["engine"], answer["degraded"]
    assert spare == answer


async def test_the_public_sees_results_and_no_word_of_engines(
    browser: httpx.AsyncClient, fake: MeilisearchServer
) -> None:
    before = (await browser.get("/search", params=NEAR)).text
    fake.fault = "reset"
    page = await browser.get("/search", params=NEAR)
    assert page.status_code == 200
    assert "Harbor Pantry" in page.text
    assert "Harbor Pantry" in before
    assert not any(words in page.text for words in BANNER.values())


@pytest.mark.parametrize("language", ["en", "es"])
async def test_staff_are_told_in_their_language_while_the_spare_answers(
    browser: httpx.AsyncClient, fake: MeilisearchServer, database: Database, language: str
) -> None:
    member = await a_member(database)
    await sign_in_as(browser, await a_person(database, member))
    asked = NEAR | {"lang": language}
    assert BANNER[language] not in (await browser.get("/find", params=asked)).text
    fake.fault = 503
    page = (await browser.get("/find", params=asked)).text
    assert BANNER[language] in page
    assert "Harbor Pantry" in page
