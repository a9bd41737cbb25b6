"""What the server's hits become: PostgreSQL judges distance, area, hours and order, and counts.

The server proposes ids; services it lacks (`search_server_gap`) are matched here. So an edit shows
in the next search, what may not be sent is found all the same, and a stale index can't claim that a
place is open, near or needs no ID. The order is that of the PostgreSQL engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from directory.search.port import REMOTE_SHOWN, Facets, facets_of
from directory.search.sql import FRESHNESS, METRES, MINUTE, MINUTE_ASKED, QUERY
from directory.search.tags import OURS_FROM

if TYPE_CHECKING:
    from sqlalchemy import TextClause
    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.covering import CoveringArea
    from directory.search.port import SearchQuery

OPEN_NOW = 0


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of question it is."""

    near: bool
    words: bool
    tags: bool
    must: bool
    open_at: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question with what the server proposed for it."""

    query: SearchQuery
    ids: Sequence[UUID]
    areas: Sequence[CoveringArea] = ()

    @property
    def shape(self) -> Shape:
        """What kind of question it is."""
        query = self.query
        return Shape(
            near=query.near is not None,
            words=bool(query.words),
            tags=bool(query.tags),
            must=bool(query.must),
            open_at=query.open_at is not None,
        )

    def bound(self, statement: TextClause) -> dict[str, Any]:
        """The values that a statement takes."""
        query, near = self.query, self.query.near
        values = {
            "ids": list(self.ids),
            "words": query.words,
            "tags": list(query.tags),
            "must": list(query.must),
            "lat": near.lat if near else None,
            "lon": near.lon if near else None,
            "r": query.radius_m,
            "areas": [area.id for area in self.areas],
            "drawn": [area.id for area in self.areas if area.drawn],
            "now": query.now,
            "at": query.open_at or query.now,
            "today": query.now.date(),
            "limit": query.limit,
            "offset": query.offset,
        }
        return {name: values[name] for name in _names_of(statement)}


@dataclass(frozen=True, slots=True)
class Settled:
    """Ids in order, with the totals beyond this page."""

    local: tuple[UUID, ...] = ()
    local_total: int = 0
    remote: tuple[UUID, ...] = ()
    remote_total: int = 0
    named: frozenset[UUID] = frozenset()


async def settle(connection: AsyncConnection, proposal: Proposal) -> Settled:
    """One page of both blocks."""
    statement = _page(proposal.shape)
    rows = (await connection.execute(statement, proposal.bound(statement))).all()
    local = [row for row in rows if row.block == "local"]
    remote = [row for row in rows if row.block == "remote"]
    return Settled(
        local=tuple(row.id for row in local),
        local_total=local[0].total if local else 0,
        remote=tuple(row.id for row in remote),
        remote_total=remote[0].total if remote else 0,
        named=frozenset(row.id for row in rows if row.named),
    )


async def count(connection: AsyncConnection, proposal: Proposal) -> int:
    """How many local places."""
    statement = _count(proposal.shape)
    return int((await connection.execute(statement, proposal.bound(statement))).scalar_one())


async def facets(connection: AsyncConnection, proposal: Proposal) -> Facets:
    """Over all local places."""
    statement = _facets(proposal.shape)
    rows = await connection.execute(statement, proposal.bound(statement))
    counts = {row.tag: row.places for row in rows}
    return facets_of(counts, counts.pop(OPEN_NOW, 0))


@lru_cache(maxsize=32)
def _page(shape: Shape) -> TextClause:
    blocks = _near_blocks() if shape.near else _anywhere_blocks()
    return text(
        f"{_candidates(shape)}, {_hits(shape)}, {blocks}"
        " select 'local' as block, id, named, total, place from local"
        " union all select 'remote', id, named, total, place from remote order by block, place"
    )


@lru_cache(maxsize=32)
def _count(shape: Shape) -> TextClause:
    return text(f"{_candidates(shape)}, {_hits(shape)} select count(*) from hit")


@lru_cache(maxsize=32)
def _facets(shape: Shape) -> TextClause:
    return text(
        f"{_candidates(shape)}, {_hits(shape)},"
        f" doc as materialized (select d.tags, d.open @> {MINUTE} as is_open"
        " from hit join search_doc d on d.id = hit.id)"
        f" select tag, count(*) as places from doc, unnest(doc.tags) tag where tag >= {OURS_FROM}"
        " group by tag union all select 0, count(*) from doc where is_open"
    )


def _candidates(shape: Shape) -> str:
    """CTEs ending in `candidate`: what the server proposed and what it can't know, filtered."""
    matches = [
        part
        for part in (
            "e.tags && cast(:tags as int[])" if shape.tags else "",
            "e.tsv @@ q.q" if shape.words else "",
        )
        if part
    ]
    where = []
    if shape.must:
        where.append("d.tags @> cast(:must as int[])")
    if shape.open_at:
        where.append(f"d.open @> {MINUTE_ASKED}")
    query = f"q as (select {QUERY} as q), " if shape.words else ""
    with_q = ", q" if shape.words else ""
    named = "d.head_tsv @@ q.q" if shape.words else "false"
    metres = METRES.format("d") if shape.near else "null::float8"
    return f"""with {query}known as (
   select d.id from unnest(cast(:ids as uuid[])) as s(id) join search_doc d on d.id = s.id
   where not exists (select from search_server_gap g where g.service_id = d.service_id)
   union select e.id from search_server_gap g join search_doc e on e.service_id = g.service_id
   {with_q} where {f"({' or '.join(matches)})" if matches else "true"}),
 candidate as materialized (select d.id, d.service_id, d.kind, d.checked_on, d.area_ids,
   {named} as named, {metres} as m, {_rank(shape)} as rank
   from known k join search_doc d on d.id = k.id{with_q}
   where {" and ".join(where) or "true"})"""


def _rank(shape: Shape) -> str:
    """Only without a place; the formula of the PostgreSQL engine."""
    if shape.near:
        return "0"
    parts = ["0.1"]
    if shape.words:
        parts.append("ts_rank(d.head_tsv, q.q)")
    if shape.tags:
        parts.append("case when d.tags && cast(:tags as int[]) then .5 else 0 end")
    return f"({' + '.join(parts)}) * {FRESHNESS}"


def _hits(shape: Shape) -> str:
    within = " and m <= :r" if shape.near else ""
    return f"hit as (select * from candidate where kind = 'local'{within})"


def _near_blocks() -> str:
    return f"""local as (select id, named, count(*) over () as total,
   row_number() over (order by named desc, m, id) as place from hit
   order by place limit :limit offset :offset),
 remote as (select id, named, count(*) over () as total,
   row_number() over (order by named desc, drawn desc, checked_on desc nulls last, id) as place
   from (select distinct on (service_id) id, named, drawn, checked_on
     from (select *, area_ids && cast(:drawn as int[]) as drawn from candidate c
       where area_ids && cast(:areas as int[])
         and not exists (select from hit where hit.id = c.id)) x
     order by service_id, drawn desc, id) y
   order by place limit {REMOTE_SHOWN})"""


def _anywhere_blocks() -> str:
    return f"""local as (select id, named, count(*) over () as total,
   row_number() over (order by named desc, rank desc, id) as place from hit
   order by rank desc, id limit :limit offset :offset),
 remote as (select id, named, count(*) over () as total,
   row_number() over (order by rank desc, id) as place from candidate where kind <> 'local'
   order by place limit {REMOTE_SHOWN})"""


@lru_cache(maxsize=128)
def _names_of(statement: TextClause) -> tuple[str, ...]:
    return tuple(statement.compile().params)
