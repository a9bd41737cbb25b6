"""The search engine that is always there: one read-only statement on bare tables, then its rows.

Order: distance within what matches; a name that fits comes first; area-wide, virtual and private
services in a block of their own that no radius hides.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from directory.geography import cell_ranges
from directory.search.cells import cells_of_circle
from directory.search.covering import area_keys
from directory.search.hydrate import hours_of, open_then, opening_of, result_of, zone
from directory.search.port import Facets, Result, SearchPage, facets_of
from directory.search.sql import (
    FEW_CELLS,
    WIDE_FACETS,
    Shape,
    count_statement,
    facet_statement,
    nearest_statement,
    search_statement,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import TextClause
    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.port import SearchQuery

__all__ = ["PostgresSearch", "hours_of", "names_of", "opening_of", "zone"]
OPEN_NOW = 0  # the "tag" under which the facets' statement counts places open now


class PostgresSearch:
    """A directory.search.port.SearchEngine on search_doc and its tables."""

    name = "postgresql"

    def __init__(self, *, counted: bool = True) -> None:
        # Whether search_cell_tag tells of the documents that this engine searches.
        self._counted = counted

    async def search(self, connection: AsyncConnection, query: SearchQuery) -> SearchPage:
        """One statement; the facets are a second one, when asked for."""
        rows = (await connection.execute(*_question(query, search_statement))).all()
        local = [row for row in rows if row.block == "local"]
        remote = [row for row in rows if row.block == "remote"]
        page = SearchPage(
            local=[result_of(row, query, named=bool(row.named)) for row in local],
            local_total=local[0].total if local else 0,
            remote=[result_of(row, query, named=bool(row.named)) for row in remote],
            remote_total=remote[0].total if remote else 0,
        )
        if query.open_at is not None:
            _check_again(page, query)
        if query.facets:
            page.facets = await self._facets(connection, query)
        return page

    async def count(self, connection: AsyncConnection, query: SearchQuery) -> int:
        """How many local places."""
        return int((await connection.execute(*_question(query, count_statement))).scalar_one())

    async def nearest(self, connection: AsyncConnection, query: SearchQuery) -> Result | None:
        """The nearest place that matches, however far."""
        if query.near is None:
            return None
        row = (await connection.execute(*_question(query, nearest_statement))).first()
        return None if row is None else result_of(row, query, named=False)

    async def _facets(self, connection: AsyncConnection, query: SearchQuery) -> Facets:
        rows = await connection.execute(*self._facet_question(query))
        counts = {row.tag: row.places for row in rows}
        return facets_of(counts, counts.pop(OPEN_NOW, 0))

    def _facet_question(self, query: SearchQuery) -> tuple[TextClause, dict[str, Any]]:
        """Counts of whole cells can be used when nothing but the place was asked for."""
        if self._counted and query.near is not None and not _narrowed(query):
            cells = cells_of_circle(query.near.lat, query.near.lon, query.radius_m)
            if cells.inner_lo:
                keys = _parameters(query) | asdict(cells)
                return WIDE_FACETS, {name: keys[name] for name in names_of(WIDE_FACETS)}
        return _question(query, facet_statement)


def _narrowed(query: SearchQuery) -> bool:
    return bool(query.tags or query.words or query.must or query.open_at or query.without_sources)


def _check_again(page: SearchPage, query: SearchQuery) -> None:
    """The projection knows two weeks; what hangs on dates is asked of the schedules themselves."""
    instant = query.open_at
    if instant is None:
        return
    kept = [result for result in page.local if open_then(result, instant)]
    page.local_total -= len(page.local) - len(kept)
    page.local = kept
    kept = [result for result in page.remote if open_then(result, instant)]
    page.remote_total -= len(page.remote) - len(kept)
    page.remote = kept


def _question(
    query: SearchQuery, make: Callable[[Shape], TextClause]
) -> tuple[TextClause, dict[str, Any]]:
    parameters = _parameters(query)
    shape = Shape(
        near=query.near is not None,
        tags=min(len(parameters["tags"]), 2),
        words=bool(query.words),
        cells=0 < parameters["cells"] <= FEW_CELLS,
        filters=bool(query.must),
        open_at=query.open_at is not None,
        without_sources=bool(query.without_sources),
    )
    if shape.cells and make is nearest_statement:
        shape = replace(shape, cells=False)
    statement = make(shape)
    return statement, {name: parameters[name] for name in names_of(statement)}


def _parameters(query: SearchQuery) -> dict[str, Any]:
    near, tags = query.near, list(query.tags)
    low, high = cell_ranges(near.lat, near.lon, query.radius_m) if near else ([], [])
    return {
        **area_keys(query),
        "r": query.radius_m,
        "lo": low,
        "hi": high,
        "cells": sum(last - first + 1 for first, last in zip(low, high, strict=True)),
        "tag": tags[0] if tags else None,
        "tags": tags,
        "must": list(query.must),
        "without_sources": list(query.without_sources),
        "words": query.words,
        "now": query.now,
        "at": query.open_at or query.now,
        "today": query.now.date(),
        "limit": query.limit,
        "offset": query.offset,
    }


@lru_cache(maxsize=256)
def names_of(statement: TextClause) -> tuple[str, ...]:
    """The parameters that a statement takes."""
    return tuple(statement.compile().params)
