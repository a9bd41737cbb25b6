"""Documents for staff's eyes alone: of sources that are not public, or whose licence has ended.

They live in twins of the search tables, so that whatever reads `search_doc` (the public's pages,
API and search server) can't meet them. The same statements run on the twins with other names.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import TextClause, text

from directory.search.port import REMOTE_SHOWN, SearchPage
from directory.search.postgres import PostgresSearch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

    from directory.search.port import Facets, Result, SearchEngine, SearchQuery

NAMES = re.compile(r"\bsearch_(doc_term|area_term|doc)\b")
SOME = text("select exists (select from search_hidden_doc)")


@lru_cache(maxsize=512)
def on_hidden(statement: TextClause) -> TextClause:
    """The same statement on the twins."""
    twin = text(NAMES.sub(r"search_hidden_\1", statement.text))
    return twin.bindparams(*statement._bindparams.values())  # noqa: SLF001 -- their types


class InHiddenTables:
    """A session or connection on which the search's own statements meet the twins."""

    def __init__(self, inner: AsyncSession | AsyncConnection) -> None:
        self._inner = inner

    async def execute(self, statement: Any, parameters: Any = None) -> Any:  # noqa: ANN401
        """As the inner one does."""
        if isinstance(statement, TextClause):
            statement = on_hidden(statement)
        return await self._inner.execute(statement, parameters)


def in_hidden_tables(session: AsyncSession) -> AsyncSession:
    """For the projection, which only executes."""
    return InHiddenTables(session)  # type: ignore[return-value]


class StaffSearch:
    """A directory.search.port.SearchEngine for signed-in staff: what the public finds, and more."""

    def __init__(self, public: SearchEngine) -> None:
        self._public, self._hidden = public, PostgresSearch(counted=False)

    @property
    def name(self) -> str:
        """Of the engine that answers the public."""
        return self._public.name

    async def search(self, connection: AsyncConnection, query: SearchQuery) -> SearchPage:
        """Both, in one order."""
        if not (await connection.execute(SOME)).scalar_one():
            return await self._public.search(connection, query)
        whole = query.with_changes(offset=0, limit=query.offset + query.limit)
        public = await self._public.search(connection, whole)
        hidden = await self._hidden.search(_twins(connection), whole)
        local = _ordered([*public.local, *hidden.local], near=query.near is not None)
        return SearchPage(
            local=local[query.offset : query.offset + query.limit],
            local_total=public.local_total + hidden.local_total,
            remote=_remote(public.remote, hidden.remote),
            remote_total=public.remote_total + hidden.remote_total,
            facets=_added(public.facets, hidden.facets),
            engine=public.engine,
            degraded=public.degraded,
        )

    async def count(self, connection: AsyncConnection, query: SearchQuery) -> int:
        """Of both."""
        public = await self._public.count(connection, query)
        return public + await self._hidden.count(_twins(connection), query)

    async def nearest(self, connection: AsyncConnection, query: SearchQuery) -> Result | None:
        """The nearer of both."""
        found = (
            await self._public.nearest(connection, query),
            await self._hidden.nearest(_twins(connection), query),
        )
        return next(iter(_ordered([each for each in found if each], near=True)), None)


def _twins(connection: AsyncConnection) -> AsyncConnection:
    return InHiddenTables(connection)  # type: ignore[return-value]  # it executes, no more


def _ordered(results: Iterable[Result], *, near: bool) -> list[Result]:
    """As the engines order: names first, then distance. Without a place, each kept its order."""
    if not near:
        return sorted(results, key=lambda each: not each.match.by_name)
    return sorted(results, key=lambda each: (not each.match.by_name, each.distance_m or 0, each.id))


def _remote(public: list[Result], hidden: list[Result]) -> list[Result]:
    """Some of each, the public's first, however many there are."""
    half = REMOTE_SHOWN // 2
    first = public[: max(half, REMOTE_SHOWN - len(hidden))]
    return [*first, *hidden[: REMOTE_SHOWN - len(first)]]


def _added(public: Facets, hidden: Facets) -> Facets:
    found: Facets = {name: dict(counts) for name, counts in public.items()}
    for name, counts in hidden.items():
        of_facet = found.setdefault(name, {})
        for value, count in counts.items():
            of_facet[value] = of_facet.get(value, 0) + count
    return found
