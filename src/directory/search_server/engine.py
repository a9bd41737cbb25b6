"""The second engine: the server finds what the words and filters fit, PostgreSQL does the rest.

Words are asked for exactly as PostgreSQL would match them (the stems of its three dictionaries, in
quotes: a quoted word is neither a prefix nor a typo). Only when that finds nothing are they asked
for as the server likes to read them, with its typo tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from directory.search.covering import covering_areas
from directory.search.hydrate import open_then, results_of
from directory.search.port import Result, SearchPage
from directory.search_server import settle
from directory.search_server.faults import SearchServerFault, Unsuited
from directory.search_server.filters import both, either, equal, one_of, within
from directory.search_server.index import MOST_HITS, SHAPE
from directory.search_server.keys import SEARCH_KEY, refuse_master_key
from directory.search_server.settle import Proposal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.covering import CoveringArea
    from directory.search.port import SearchQuery
    from directory.search_server.client import SearchServer

# Services that PostgreSQL must match by itself; with more of them it does so faster alone.
MOST_IN_GAP = 2000
MOST_WORDS = 10  # the server reads no further
NEAREST_LOOKED_AT = 200
READ = text(
    "select (select filled_at is not null and shape = :shape from search_server) as filled,"
    f" (select count(*) from (select from search_server_gap limit {MOST_IN_GAP + 1}) g) as gap,"
    " tsvector_to_array(to_tsvector('simple', :words)) as simple,"
    " tsvector_to_array(to_tsvector('english', :words)) as english,"
    " tsvector_to_array(to_tsvector('spanish', :words)) as spanish"
)


class NotFilled(SearchServerFault):
    """The server is set, but its index is not there or not of this version."""


@dataclass(frozen=True, slots=True)
class Words:
    """The question's words: the sets of stems of which one must be there in full."""

    plain: str = ""
    stems: tuple[tuple[str, ...], ...] = ()

    def exactly(self) -> list[str]:
        """As the PostgreSQL engine matches."""
        return [" ".join(f'"{stem}"' for stem in stems) for stems in self.stems]

    def tolerantly(self) -> list[str]:
        """As the server does. A leading '-' would shut a word out, a quote would bind it."""
        cleaned = (word.lstrip("-") for word in self.plain.replace('"', " ").split())
        return [" ".join(word for word in cleaned if word)]


class MeilisearchSearch:
    """A directory.search.port.SearchEngine. Raises SearchServerFault, or Unsuited."""

    name = "meilisearch"

    def __init__(self, server: SearchServer) -> None:
        self._server = server
        self._key_is_fit = False

    async def search(self, connection: AsyncConnection, query: SearchQuery) -> SearchPage:
        """One page, in the order of the PostgreSQL engine."""
        proposal = await self._propose(connection, query)
        found = await settle.settle(connection, proposal)
        page = SearchPage(
            local=await results_of(connection, query, found.local, found.named),
            local_total=found.local_total,
            remote=await results_of(connection, query, found.remote, found.named),
            remote_total=found.remote_total,
            engine=self.name,
        )
        if query.open_at is not None:
            page.local, page.local_total = _open_ones(page.local, page.local_total, query)
            page.remote, page.remote_total = _open_ones(page.remote, page.remote_total, query)
        if query.facets:
            page.facets = await settle.facets(connection, proposal)
        return page

    async def count(self, connection: AsyncConnection, query: SearchQuery) -> int:
        """How many local places."""
        return await settle.count(connection, await self._propose(connection, query))

    async def nearest(self, connection: AsyncConnection, query: SearchQuery) -> Result | None:
        """The nearest place that matches, however far."""
        near = query.near
        if near is None:
            return None
        words = await self._read(connection, query)
        local = equal("kind", "local")
        sort = [f"_geoPoint({near.lat:.7f}, {near.lon:.7f}):asc", "id:asc"]
        hits = await self._ask(query, words.exactly(), local, sort=sort, limit=NEAREST_LOOKED_AT)
        everywhere = query.with_changes(radius_m=1e9, limit=1, offset=0, facets=False)
        found = await settle.settle(connection, Proposal(everywhere, hits))
        if not found.local and len(hits) >= NEAREST_LOOKED_AT:
            raise Unsuited  # none of the first two hundred is open: PostgreSQL looks further
        results = await results_of(connection, query, found.local, ())
        return results[0] if results else None

    async def _propose(self, connection: AsyncConnection, query: SearchQuery) -> Proposal:
        words = await self._read(connection, query)
        areas = await covering_areas(connection, query)
        where = _where(query, areas)
        hits = await self._ask(query, words.exactly(), where)
        if not hits and words.plain:
            hits = await self._ask(query, words.tolerantly(), where)
        if len(hits) > MOST_HITS:
            raise Unsuited
        return Proposal(query, hits, areas)

    async def _read(self, connection: AsyncConnection, query: SearchQuery) -> Words:
        if query.without_sources:
            raise Unsuited  # the index knows no sources
        keys = {"words": query.words, "shape": SHAPE}
        row = (await connection.execute(READ, keys)).one()
        if not row.filled:
            raise NotFilled(
                "The search server's index has not been filled.", remedy="Run `handback reindex`."
            )
        stems = tuple(
            dict.fromkeys(tuple(each) for each in (row.simple, row.english, row.spanish) if each)
        )
        if row.gap > MOST_IN_GAP or any(len(each) > MOST_WORDS for each in stems):
            raise Unsuited
        return Words(query.words, stems)

    async def _ask(
        self,
        query: SearchQuery,
        words: Sequence[str],
        where: str,
        *,
        sort: Sequence[str] = (),
        limit: int = MOST_HITS + 1,
    ) -> list[UUID]:
        """Ids that carry one of the tags or hold one of the wordings, each once."""
        if not self._key_is_fit:  # once for each process
            await refuse_master_key(self._server, SEARCH_KEY)
            self._key_is_fit = True
        must = both(*(equal("tags", tag) for tag in query.must))
        asked: list[dict[str, Any]] = []
        if query.tags or not query.words:
            tags = one_of("tags", query.tags) if query.tags else ""
            asked.append({"q": "", "filter": both(where, must, tags)})
        asked += [{"q": wording, "filter": both(where, must)} for wording in words]
        common = {
            "indexUid": self._server.index,
            "attributesToRetrieve": ["id"],
            "matchingStrategy": "all",
            "limit": limit,
        } | ({"sort": list(sort)} if sort else {})
        answers = await self._server.search([{**common, **each} for each in asked])
        found = (UUID(hit["id"]) for answer in answers for hit in answer["hits"])
        return list(dict.fromkeys(found))


def _where(query: SearchQuery, areas: Sequence[CoveringArea]) -> str:
    """Local places within the radius, and whatever serves the people of the asked point."""
    if query.near is None:
        return ""
    local = both(equal("kind", "local"), within(query.near, query.radius_m))
    return either(local, one_of("area_ids", [area.id for area in areas]))


def _open_ones(results: list[Result], total: int, query: SearchQuery) -> tuple[list[Result], int]:
    """What hangs on dates is asked of the schedules themselves, as in the PostgreSQL engine."""
    kept = [result for result in results if query.open_at and open_then(result, query.open_at)]
    return kept, total - (len(results) - len(kept))
