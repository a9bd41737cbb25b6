"""What may be shown but not handed on stands on our pages and in no JSON that others may keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from builders.browsing import client_of
from builders.listings import NOW, Listing, list_service
from builders.trial_routes import app_with_trials
from directory.search.command import search_directory
from directory.search_server.client import SearchServer
from directory.search_server.rebuild import rebuild
from fakes.meilisearch_server import ADMIN, SEARCH, meilisearch_server
from shared import clock
from shared.database import Context
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from builders.listings import Listed
    from shared.database import Database

NEAR = {"near": "38.3607,-75.5994"}
# Every way of asking that takes another statement.
QUESTIONS: tuple[dict[str, str], ...] = (
    NEAR,
    {"need": "food"},
    {"need": "food", **NEAR},
    {"need": "food", "language": "en", **NEAR},
    {"need": "food", "near": "38.9,-75.5", "radius_m": "80000"},
    {"q": "borrowed"},
    {"q": "borrowed kitchen", **NEAR},
    {"q": "borrowed kitchen", "need": "food", **NEAR},
    {"q": "borrowed line", **NEAR},
)


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
async def pantry(owner_database: Database) -> AsyncIterator[Listed]:
    """A pantry that everybody may have."""
    async with owner_database.transaction(Context()) as session:
        yield await list_service(session, Listing())


@pytest.fixture
async def kitchen(owner_database: Database, pantry: Listed) -> AsyncIterator[Listed]:
    """A place and a line that we may show and not hand on."""
    del pantry
    lent = {"may_republish": False}
    async with owner_database.transaction(Context()) as session:
        await list_service(session, Listing(name="Borrowed line", miles_north=None, **lent))
        yield await list_service(session, Listing(name="Borrowed kitchen", miles_north=1, **lent))


async def asked(client: httpx.AsyncClient, **given: str) -> dict[str, Any]:
    answer = await client.get("/api/search", params=given)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("given", QUESTIONS)
async def test_the_api_hands_none_of_it_on(
    client: httpx.AsyncClient, kitchen: Listed, given: dict[str, str]
) -> None:
    answer = await client.get("/api/search", params={**given, "facets": "1"})
    assert answer.status_code == 200
    assert "Borrowed" not in answer.text
    assert str(kitchen.service_id) not in answer.text


async def test_the_api_says_how_much_more_the_page_shows(
    client: httpx.AsyncClient, kitchen: Listed
) -> None:
    del kitchen
    found = await asked(client, need="food", facets="1", **NEAR)
    assert [each["name"] for each in found["results"]] == ["Harbor Pantry"]
    assert (found["total"], found["remote_total"], found["only_on_page"]) == (1, 0, 2)
    assert found["facets"]["need"]["food"] == 1


async def test_filters_and_pages_count_without_it(
    client: httpx.AsyncClient, kitchen: Listed
) -> None:
    del kitchen
    found = await asked(client, need="food", limit="1", **NEAR)
    assert (found["total"], found["cursor"]) == (1, None)
    beyond = await asked(client, need="food", cursor="1", **NEAR)
    assert beyond["results"] == []


async def test_the_page_shows_it(client: httpx.AsyncClient, kitchen: Listed) -> None:
    page = await client.get("/search", params={"need": "food", **NEAR})
    assert "Borrowed kitchen" in page.text
    assert "2 places within 5 miles" in page.text
    assert (await client.get(f"/services/{kitchen.id}")).status_code == 200


async def test_without_such_a_source_nothing_is_kept_back(
    client: httpx.AsyncClient, pantry: Listed
) -> None:
    found = await asked(client, need="food", **NEAR)
    assert [each["id"] for each in found["results"]] == [str(pantry.id)]
    assert found["only_on_page"] == 0


async def test_a_right_that_changes_counts_at_once(
    client: httpx.AsyncClient, owner_database: Database, kitchen: Listed
) -> None:
    del kitchen
    async with owner_database.transaction(Context()) as session:
        await session.execute(text("update source set may_republish = true"))
    found = await asked(client, need="food", **NEAR)
    assert (found["total"], found["only_on_page"]) == (2, 0)


async def test_the_terminal_prints_none_of_it(
    database: Database, owner_database: Database, kitchen: Listed
) -> None:
    del owner_database, kitchen
    found = await search_directory(database, {"need": "food", **NEAR}, now=NOW)
    assert [each["name"] for each in found["results"]] == ["Harbor Pantry"]
    assert found["only_on_page"] == 2


async def test_a_search_server_hands_none_of_it_on(
    owner_database: Database, database: Database, kitchen: Listed
) -> None:
    del kitchen
    with meilisearch_server() as server:
        await rebuild(owner_database, SearchServer(server.url, ADMIN), NOW)
        settings = Settings(meilisearch_url=server.url, meilisearch_key=SEARCH)
        async with client_of(app_with_trials(database, settings)) as client:
            found = await asked(client, need="food", **NEAR)
            assert [each["name"] for each in found["results"]] == ["Harbor Pantry"]
            assert (found["only_on_page"], found["degraded"]) == (2, False)
            page = await client.get("/search", params={"need": "food", **NEAR})
            assert "Borrowed kitchen" in page.text
