"""A fake search server, a real one when MEILI_TEST_URL names it, and listings to put on them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from builders.listings import Listed, Listing, list_service
from directory.search.postgres import PostgresSearch
from directory.search_server.client import Patience, SearchServer
from directory.search_server.engine import MeilisearchSearch
from fakes.meilisearch_contract import contract_at
from fakes.meilisearch_server import ADMIN, SEARCH, MeilisearchServer, meilisearch_server
from shared.database import Context
from shared.identifiers import new_id
from support.search_engines import Engine

if TYPE_CHECKING:
    from pathlib import Path

    from shared.database import Database

# Short, so that a silent server costs a test little.
PATIENCE = Patience(search=0.25, admin=2.0, task=20.0)
REAL_URL = os.environ.get("MEILI_TEST_URL")  # noqa: TID251
REAL_KEY = os.environ.get("MEILI_TEST_ADMIN_KEY")  # noqa: TID251
REAL_SEARCH_KEY = os.environ.get("MEILI_TEST_SEARCH_KEY")  # noqa: TID251
REAL_PATIENCE = Patience(search=5.0, admin=10.0, task=60.0)
List = Callable[..., Awaitable[Listed]]


@pytest.fixture
def fake(request: pytest.FixtureRequest) -> Iterator[MeilisearchServer]:
    """A fake server; what was said is held against the published document afterwards."""
    with meilisearch_server() as server:
        yield server
    document: Path = request.config.rootpath.parent / "shared/standards/meilisearch/openapi.json"
    shared = os.environ.get("HANDBACK_SHARED")  # noqa: TID251
    if shared:
        document = request.config.rootpath / shared / "standards/meilisearch/openapi.json"
    if document.is_file():  # test_what_is_said_keeps_to_the_contract says so when it is absent
        assert contract_at(document).violations(server.exchanges) == []


@pytest.fixture
def server(fake: MeilisearchServer) -> SearchServer:
    """The fake under the admin key."""
    return SearchServer(fake.url, ADMIN, patience=PATIENCE)


@pytest.fixture
def searching(fake: MeilisearchServer) -> SearchServer:
    """The fake under the search key."""
    return SearchServer(fake.url, SEARCH, patience=PATIENCE)


@pytest.fixture
def listed(owner_database: Database) -> List:
    """Make a listing: `await listed(name=…, miles_north=…)`."""

    async def make(**values: Any) -> Listed:
        async with owner_database.transaction(Context()) as session:
            return await list_service(session, Listing(**values))

    return make


ENGINES = ("postgresql", "meilisearch (fake)", "meilisearch (real)")


@pytest_asyncio.fixture(params=ENGINES)
async def engine(
    request: pytest.FixtureRequest, database: Database, owner_database: Database
) -> AsyncIterator[Engine]:
    """Each engine that can be had here."""
    if request.param == "postgresql":
        yield Engine(PostgresSearch(), database, owner_database, None)
        return
    if request.param == "meilisearch (fake)":
        admin, searching = (request.getfixturevalue(name) for name in ("server", "searching"))
        yield Engine(MeilisearchSearch(searching), database, owner_database, admin)
        return
    admin, searching = real_servers()
    yield Engine(MeilisearchSearch(searching), database, owner_database, admin)
    for index in (admin.index, admin.next_index):
        if await admin.index_exists(index):
            await admin.wait(await admin.delete_index(index))


def real_servers() -> tuple[SearchServer, SearchServer]:
    """Under both keys, with an index of one's own."""
    if not (REAL_URL and REAL_KEY and REAL_SEARCH_KEY):
        pytest.skip("No Meilisearch: set MEILI_TEST_URL, …_ADMIN_KEY and …_SEARCH_KEY.")
    index = f"test_{new_id().hex}"
    admin, searching = (
        SearchServer(REAL_URL, key, index=index, patience=REAL_PATIENCE)
        for key in (REAL_KEY, REAL_SEARCH_KEY)
    )
    return admin, searching
