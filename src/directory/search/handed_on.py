"""What may be handed on as data: /api/search and the command line, by each source's rights.

A page may show what its source lets us show; JSON that somebody else stores may hold less. Sources
that forbid it are few or none, so the condition is added only when there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from directory.rights import MAY_REPUBLISH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.port import Result, SearchEngine, SearchPage, SearchQuery

KEPT_BACK = text(f"select c.id from source c where not {MAY_REPUBLISH} order by c.id")


class HandedOnSearch:
    """A directory.search.port.SearchEngine over another: without what stays on our pages."""

    def __init__(self, whole: SearchEngine) -> None:
        self._whole = whole

    @property
    def name(self) -> str:
        """Of the engine that answers."""
        return self._whole.name

    async def search(self, connection: AsyncConnection, query: SearchQuery) -> SearchPage:
        """One page; how many more the pages show is told beside it."""
        kept = await _kept_back(connection, query)
        page = await self._whole.search(connection, query.with_changes(without_sources=kept))
        if kept:
            everything = await self._whole.search(connection, query.with_changes(facets=False))
            more = _total(everything) - _total(page)
            page.only_on_page = max(0, more)
        return page

    async def count(self, connection: AsyncConnection, query: SearchQuery) -> int:
        """How many local places."""
        kept = await _kept_back(connection, query)
        return await self._whole.count(connection, query.with_changes(without_sources=kept))

    async def nearest(self, connection: AsyncConnection, query: SearchQuery) -> Result | None:
        """The nearest place that matches."""
        kept = await _kept_back(connection, query)
        return await self._whole.nearest(connection, query.with_changes(without_sources=kept))


async def _kept_back(connection: AsyncConnection, query: SearchQuery) -> tuple[UUID, ...]:
    found: Sequence[UUID] = (
        (await connection.execute(KEPT_BACK, {"today": query.now.date()})).scalars().all()
    )
    return tuple(found)


def _total(page: SearchPage) -> int:
    return page.local_total + page.remote_total
