"""Filters with counts, why a place is listed, danger, a spare engine, and a search that is down."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from builders.accounts import a_member, a_person
from builders.browsing import client_of, sign_in_as
from builders.listings import NOW, Listing, list_service
from builders.trial_routes import app_with_trials
from directory.search.front import Searcher
from directory.search.port import SearchPage
from directory.search.postgres import PostgresSearch
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx
    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.port import SearchQuery
    from shared.database import Database

NEAR = {"near": "38.3607,-75.5994"}


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


class Spare(PostgresSearch):
    """Answers in place of another engine."""

    async def search(self, connection: AsyncConnection, query: SearchQuery) -> SearchPage:
        page = await super().search(connection, query)
        page.degraded = True
        return page


class Down(PostgresSearch):
    """Has lost its database."""

    async def search(self, connection: AsyncConnection, query: SearchQuery) -> SearchPage:  # noqa: ARG002
        raise OperationalError("select", {}, OSError("gone"))


async def _list(database: Database, *listings: Listing) -> None:
    async with database.transaction(Context()) as session:
        for listing in listings:
            await list_service(session, listing)


def words_of(page: str) -> str:
    """What a reader sees."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)))


async def test_the_public_page_has_four_filters_with_their_counts(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    await _list(
        owner_database,
        Listing(flags={"no_id": True}, languages=("en", "es")),
        Listing(name="Other", miles_north=2),
    )

    page = await client.get("/search", params={"q": "food", **NEAR})

    ticks = re.findall(r'<input type="checkbox" name="(\w+)"', page.text)
    assert ticks == ["open_now", "eligibility", "language", "radius_m"]
    words = words_of(page.text)
    assert "Open now (0)" in words
    assert "No ID (1)" in words
    assert "In Spanish (1)" in words


async def test_staff_filter_by_everything(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> None:
    await _list(owner_database, Listing(flags={"free": True}), Listing(name="Other"))
    clinic = await a_member(database)
    await sign_in_as(client, await a_person(database, clinic))

    asked = {
        "q": "food",
        "eligibility": "free",
        "open_at": "2023-05-11T10:30",
        "language": "en",
        "age": "65",
        **NEAR,
    }
    page = await client.get("/find", params=asked)

    words = words_of(page.text)
    for words_of_filter in ("Walk-in (1)", "Free (1)", "Wheelchairs can get in (0)"):
        assert words_of_filter in words
    assert 'value="2023-05-11T10:30"' in page.text
    assert '<option value="65" selected>' in page.text
    assert "Harbor Pantry" in words
    assert "Other" not in words.replace("Other languages", "")
    assert "/lists/add?place=" in page.text


async def test_a_card_says_why_it_is_there(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    await _list(owner_database, Listing(terms=("1130",)))

    found = await client.get("/search", params={"q": "food pantry", **NEAR})
    named = await client.get("/search", params={"q": "harbor", "lang": "es", **NEAR})

    assert "Fits: Food Pantry" in words_of(found.text)
    assert "Sus palabras están en el nombre" in words_of(named.text)


async def test_beneath_the_numbers_stands_help_in_that_danger_or_nothing(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    await _list(owner_database, Listing(name="Yoga", description="Quiero vivir mejor"))

    page = await client.get("/search", params={"q": "quiero matarme", "lang": "es", **NEAR})

    assert "988" in page.text
    words = words_of(page.text)
    assert "Yoga" not in words
    assert "Nada" not in words.split("988", 1)[1].split("¿")[0]
    assert 'class="rows results"' not in page.text


async def test_the_api_gives_facets_when_asked_and_names_its_engine(
    client: httpx.AsyncClient, owner_database: Database
) -> None:
    await _list(owner_database, Listing(flags={"no_id": True}))

    answer = (
        await client.get("/api/search", params={"q": "food", "facets": "true", **NEAR})
    ).json()
    plain = (await client.get("/api/search", params={"q": "food", **NEAR})).json()

    assert answer["facets"]["eligibility"] == {"no_id": 1, "walk_in": 1}
    assert answer["terms"][0] == "1130"
    assert plain["facets"] == {}
    assert (plain["engine"], plain["degraded"]) == ("postgresql", False)


async def test_a_spare_engine_answers_the_public_without_a_word_about_engines(
    database: Database, owner_database: Database
) -> None:
    await _list(owner_database, Listing())
    app = app_with_trials(database)
    app.state["searcher"] = Searcher(Spare())
    async with client_of(app) as browser:
        page = await browser.get("/search", params={"q": "food", **NEAR})

    assert "The faster search does not answer" not in words_of(page.text)  # staff are told
    assert "Harbor Pantry" in page.text


async def test_a_search_that_is_down_gives_numbers_that_work(database: Database) -> None:
    app = app_with_trials(database)
    app.state["searcher"] = Searcher(Down())
    async with client_of(app) as browser:
        page = await browser.get("/search", params={"q": "food", **NEAR})

    assert page.status_code == 503
    assert page.headers["retry-after"] == "10"
    for number in ("tel:211", "tel:911", "tel:988", "tel:+18007997233"):
        assert number in page.text


async def test_a_time_that_cannot_be_read_is_told_beside_the_form(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/api/search", params={"q": "food", "open_at": "tomorrow"})

    assert answer.status_code == 400
    assert "2026-05-14T18:30" in answer.text
