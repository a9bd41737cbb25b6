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
from support.search_engines import (
    ENGINES,
    REAL_ADMIN_KEY,
    REAL_SEARCH_KEY,
    REAL_URL,
    Engine,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shared.database import Database

# Long enough for a busy machine; the tests of a silent server bring a short one.
PATIENCE = Patience(search=10.0, admin=10.0, task=60.0)
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
    if document.is_file():  # test_contract_document skips, with the reason, when it is not
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
    index = f"test_{new_id().hex}"
    admin, searching = (
        SearchServer(str(REAL_URL), key, index=index, patience=PATIENCE)
        for key in (REAL_ADMIN_KEY, REAL_SEARCH_KEY)
    )
    return admin, searching
