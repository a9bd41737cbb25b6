"""Search engines under test, questions to them, and statements beside them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from builders.listings import NOW, SALISBURY
from directory.geography import Near
from directory.search.port import Meaning, SearchEngine, SearchPage, SearchQuery
from directory.search_server.rebuild import Rebuilt, rebuild
from shared.database import Context

if TYPE_CHECKING:
    from directory.search_server.client import SearchServer
    from shared.database import Database

HERE = Near(*SALISBURY)
# A real server is one more engine where these name it.
REAL_URL, REAL_ADMIN_KEY, REAL_SEARCH_KEY = (
    os.environ.get(f"MEILI_TEST_{name}")  # noqa: TID251
    for name in ("URL", "ADMIN_KEY", "SEARCH_KEY")
)
HAS_REAL = bool(REAL_URL and REAL_ADMIN_KEY and REAL_SEARCH_KEY)
ENGINES = (
    "postgresql",
    "meilisearch (fake)",
    *(("meilisearch (real)",) if HAS_REAL else ()),
)
FOOD, SHELTER = Meaning(1102, "food"), Meaning(1305, "shelter")


@dataclass
class Engine:
    """One engine under test, with the way to bring its index up to date."""

    engine: SearchEngine
    database: Database
    owner: Database
    admin: SearchServer | None

    @property
    def name(self) -> str:
        return self.engine.name

    async def fill(self) -> Rebuilt | None:
        """The index anew; nothing for the engine that has none."""
        return None if self.admin is None else await rebuild(self.owner, self.admin, NOW)

    async def search(self, **values: Any) -> SearchPage:
        """Around Salisbury unless told otherwise."""
        async with self.database.reading() as connection:
            return await self.engine.search(connection, query(**values))

    async def count(self, **values: Any) -> int:
        async with self.database.reading() as connection:
            return await self.engine.count(connection, query(**values))

    async def nearest(self, **values: Any) -> Any:
        async with self.database.reading() as connection:
            return await self.engine.nearest(connection, query(**values))


def query(**values: Any) -> SearchQuery:
    """A question as the front makes it."""
    return SearchQuery(**({"now": NOW, "near": HERE, "states": ("MD",)} | values))


async def run(database: Database, statement: str, **values: Any) -> list[Any]:
    """One statement in a transaction."""
    async with database.transaction(Context()) as session:
        result = await session.execute(text(statement), values)
        return list(result) if result.returns_rows else []
