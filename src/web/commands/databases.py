"""Opens the database for one command. Imports late: `--help` and `handback demo` need none."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

from shared.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shared.database import Database

POOL_SIZE = 2


@asynccontextmanager
async def open_database(role: Literal["app", "owner"] = "app") -> AsyncIterator[Database]:
    """The database of the settings as this role, closed at the end."""
    from shared.provision import database_urls

    urls = database_urls(get_settings())
    async with database_at(urls.owner if role == "owner" else urls.app) as database:
        yield database


@asynccontextmanager
async def database_at(url: str) -> AsyncIterator[Database]:
    """The database at this address, closed at the end."""
    from shared.database import Database

    database = Database(url, pool_size=POOL_SIZE)
    try:
        yield database
    finally:
        await database.dispose()
