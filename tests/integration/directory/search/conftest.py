"""Listings in the database and questions to them, in one transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from builders.listings import NOW, SALISBURY, Listed, Listing, list_service
from directory.geography import Near
from directory.search.front import Searcher
from directory.search.query import SearchAnswer, SearchRequest
from shared.database import Context

if TYPE_CHECKING:
    from shared.database import Database

Ask = Callable[..., Awaitable[SearchAnswer]]
List = Callable[..., Awaitable[Listed]]


@pytest.fixture
def searcher() -> Searcher:
    """A process's search, its vocabulary not read yet."""
    return Searcher()


@pytest.fixture
def listed(owner_database: Database) -> List:
    """Make a listing: `await listed(name=…, miles_north=…)`."""

    async def make(**values: Any) -> Listed:  # noqa: ANN401 -- Listing's own fields
        async with owner_database.transaction(Context()) as session:
            return await list_service(session, Listing(**values))

    return make


@pytest.fixture
def ask(database: Database, searcher: Searcher) -> Ask:
    """Search as the public does, around Salisbury unless told otherwise."""

    async def search(words: str = "", **values: Any) -> SearchAnswer:  # noqa: ANN401
        values.setdefault("near", Near(*SALISBURY))
        now = values.pop("now", NOW)
        async with database.reading() as connection:
            return await searcher.search(connection, SearchRequest(words=words, **values), now)

    return search
