"""The statements of search, one for each shape of question, made once and prepared by the driver.

Optional parts are left out of the text rather than switched by parameters: a generic plan can't see
through `:flag or …`, and planning (.5 ms) costs more than executing (.34 ms).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import text

from directory.search.port import REMOTE_SHOWN
from directory.search.tags import OURS_FROM

if TYPE_CHECKING:
    from sqlalchemy import TextClause

FEW_CELLS = 64

# Haversine of (lat, lon) of the row {0} to the asked point, in metres.
METRES = (
    "12742000 * asin(least(1, sqrt(power(sin(radians({0}.lat - :lat) / 2), 2)"
    " + cos(radians(:lat)) * cos(radians({0}.lat)) * power(sin(radians({0}.lon - :lon) / 2), 2))))"
)
MINUTE_OF = (
    "(floor(extract(epoch from (cast(:{0} as timestamptz) at time zone d.tz)) / 60)::bigint"
    " % 20160)::int"
)
MINUTE, MINUTE_ASKED = MINUTE_OF.format("now"), MINUTE_OF.format("at")
OPEN = (
    f"case when d.open is null or d.tz is null then 'unknown' when d.open @> {MINUTE} then 'open'"
    " else 'closed' end"
)
FRESHNESS = (
    "case when d.checked_on is null then .6 when d.checked_on < cast(:today as date) - 365 then .7"
    " else 1 end"
)
QUERY = (
    "(plainto_tsquery('simple', :words) || plainto_tsquery('english', :words)"
    " || plainto_tsquery('spanish', :words))"
)

NEEDS_WITH_HELP = text(
    "select tag from unnest(cast(:tags as int[])) tag"
    " where exists (select from search_doc where tags @> array[tag])"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of question it is; everything else is a parameter."""

    near: bool = False
    tags: int = 0  # 0 none, 1 one, 2 several
    words: bool = False
    cells: bool = False  # few enough to be listed
    filters: bool = False  # languages, flags, age, virtual
    open_at: bool = False
    without_sources: bool = False


@lru_cache(maxsize=128)
def search_statement(shape: Shape) -> TextClause:
    """Local hits, area-wide hits and their texts, in one round trip."""
    parts = [
        f"q as (select {QUERY} as q)" if shape.words else "",
        *(_near_parts(shape) if shape.near else _anywhere_parts(shape)),
    ]
    return text(f"with {', '.join(part for part in parts if part)} {_texts(shape)}")


@lru_cache(maxsize=128)
def count_statement(shape: Shape) -> TextClause:
    """How many local places such a question finds."""
    query = f"q as (select {QUERY} as q)," if shape.words else ""
    hits = _hits(shape) if shape.near else _found(shape)
    return text(f"with {query} {hits} select count(*) from hit")


@lru_cache(maxsize=128)
def nearest_statement(shape: Shape) -> TextClause:
    """The one nearest place, however far (GiST, nearest first)."""
    wanted = " and ".join(["d.kind = 'local'", *_conditions(shape), _matches(shape)])
    query = f"with q as (select {QUERY} as q)" if shape.words else ""
    source = "search_doc d, q" if shape.words else "search_doc d"
    return text(
        f"{query} select 'local' as block, 1::bigint as total,"
        f" {METRES.format('d')} as m, false as named, {_columns(shape)} from {source}"
        f" where {wanted} order by d.geog <-> st_point(:lon, :lat)::geography limit 1"
    )


@lru_cache(maxsize=128)
def facet_statement(shape: Shape) -> TextClause:
    """(tag, places) over all local hits; under 0 those that are open now."""
    query = f"q as (select {QUERY} as q)," if shape.words else ""
    hits = _hits(shape) if shape.near else _found(shape)
    return text(
        f"""with {query} {hits},
 doc as materialized (select d.tags, d.open @> {MINUTE} as is_open
   from hit {_document_of("hit")})
 select tag, count(*) as places from doc, unnest(doc.tags) tag where tag >= {OURS_FROM} group by tag
 union all select 0, count(*) from doc where is_open"""
    )


def _found(shape: Shape) -> str:
    """The CTE `hit` when no place was given."""
    source = "search_doc d, q" if shape.words else "search_doc d"
    where = " and ".join(["d.kind = 'local'", _matches(shape), *_conditions(shape)])
    return f"hit as (select d.id from {source} where {where})"


def _near_parts(shape: Shape) -> list[str]:
    return [
        _hits(shape),
        (
            "local as (select id, m, named, count(*) over () as total from hit"
            " order by named desc, m, id limit :limit offset :offset)"
        ),
        _covering(),
        _remote(shape),
    ]


def _hits(shape: Shape) -> str:
    """CTEs ending in `hit(id, m, named)`: places within the radius."""
    if not shape.words and shape.tags == 1 and not _conditions(shape):
        return f"""k as materialized ({_by_tag(shape)}),
 hit as (select id, m, false as named from k where m <= :r)"""
    found = [f"select id, m, false as named from ({_by_tag(shape)}) t"] if shape.tags else []
    if shape.words:
        found.append(_by_words(shape))
    if not found:
        found.append(f"select id, m, false as named from ({_by_place('lo', 'hi')}) t")
    conditions = _conditions(shape)
    join = f" {_document_of('k')}" if conditions else ""
    where = " and ".join(["k.m <= :r", *conditions])
    many = len(found) > 1 or shape.tags > 1  # only then can one place come twice
    once = "id, min(m) as m, bool_or(named) as named" if many else "id, m, named"
    return f"""k as materialized (select {once}
 from ({" union all ".join(found)}) a{" group by id" if many else ""}),
 hit as (select k.id, k.m, k.named from k{join} where {where})"""


def _by_tag(shape: Shape) -> str:
    tag = "tag = cast(:tag as int)" if shape.tags == 1 else "tag = any(cast(:tags as int[]))"
    return f"""select t.id, {METRES.format("t")} as m
 from unnest(cast(:lo as int[]), cast(:hi as int[])) u(lo, hi)
 join lateral (select id, lat, lon from search_doc_term where {tag}
   and cell between u.lo and u.hi) t on true"""


def _by_place(low: str, high: str) -> str:
    return f"""select t.id, {METRES.format("t")} as m
 from unnest(cast(:{low} as int[]), cast(:{high} as int[])) u(lo, hi)
 join lateral (select id, lat, lon from search_doc where kind = 'local'
   and cell between u.lo and u.hi) t on true"""


def _by_words(shape: Shape) -> str:
    """In a small circle its documents are read one by one: a common word is in every town's."""
    if shape.cells:
        source = """q, unnest(cast(:lo as int[]), cast(:hi as int[])) u(lo, hi)
 join lateral (select id, lat, lon, head_tsv, tsv from search_doc where kind = 'local'
   and cell between u.lo and u.hi offset 0) d on true where"""
    else:
        source = "q, search_doc d where d.kind = 'local' and"
    return (
        f"select d.id, {METRES.format('d')} as m, d.head_tsv @@ q.q as named"
        f" from {source} d.tsv @@ q.q"
    )


def _document_of(hit: str) -> str:
    """Joins the document `d` of a hit by its id, one by one.

    A generic plan expects far more hits than there are and would rather read every document;
    a subquery with OFFSET can't be turned into such a join.
    """
    return f"join lateral (select * from search_doc one where one.id = {hit}.id offset 0) d on true"


AREAS = f"""select id, true as drawn from search_area
   where st_dwithin(geom, st_setsrid(st_point(:lon, :lat), 4326), :slack)
 union all select a.id, a.lat is not null or a.state is not null
   from search_area a where a.geom is null
   and (a.state is null or a.state = any(cast(:states as text[])))
   and (a.lat is null or {METRES.format("a")} <= a.reach_m)"""
AREA_QUERY = text(AREAS)
# Which of these tags lead to something around a place, by phone and online included.
TAGS_NEAR = text(f"""with area as ({AREAS})
select asked.tag from unnest(cast(:tags as int[])) asked(tag) where exists (
  select from unnest(cast(:lo as int[]), cast(:hi as int[])) u(lo, hi)
  join lateral (select lat, lon from search_doc_term s where s.tag = asked.tag
    and s.cell between u.lo and u.hi) t on true where {METRES.format("t")} <= :r)
 or exists (select from area join search_area_term w
   on w.area_id = area.id and w.tag = asked.tag)""")


def _covering() -> str:
    """Areas the asked point lies in; a ZIP's middle is given some slack."""
    return f"area as ({AREAS})"


def _remote(shape: Shape) -> str:
    """Area-wide, virtual and private services: never hidden by the radius."""
    found = []
    if shape.tags:
        tag = (
            "t.tag = cast(:tag as int)"
            if shape.tags == 1
            else ("t.tag = any(cast(:tags as int[]))")
        )
        found.append(
            f"select t.id, false as named, area.drawn from area"
            f" join search_area_term t on t.area_id = area.id and {tag}"
        )
    if shape.words or not shape.tags:
        source = "search_doc d, q" if shape.words else "search_doc d"
        named = "d.head_tsv @@ q.q" if shape.words else "false"
        match = "d.tsv @@ q.q and " if shape.words else ""
        # Areas and words in one index, which holds only what has an area.
        found.append(
            f"select d.id, {named} as named, exists (select from area"
            " where area.drawn and area.id = any(d.area_ids)) as drawn"
            f" from {source} where {match}d.area_ids <> '{{}}'"
            " and d.area_ids && array(select id from area)"
        )
    # NOT IN, because it is hashed whatever the plan expects; NOT EXISTS may go through all hits.
    where = " and ".join(["x.id not in (select id from hit)", *_conditions(shape)])
    # One line for a service that has several such documents.
    return f"""remote as (select id, named, count(*) over () as total,
   row_number() over (order by named desc, drawn desc, checked_on desc nulls last, id) as place
 from (select distinct on (d.service_id) x.id, x.named, x.drawn, d.checked_on
   from (select id, bool_or(named) as named, bool_or(drawn) as drawn
     from ({" union all ".join(found)}) f group by id) x
   {_document_of("x")} where {where} order by d.service_id, x.drawn desc, x.id) y
 order by place limit {REMOTE_SHOWN})"""


def _anywhere_parts(shape: Shape) -> list[str]:
    """No place was given: by how well the name fits and how fresh it is."""
    rank = ["0.1"]
    if shape.words:
        rank.append("ts_rank(d.head_tsv, q.q)")
    if shape.tags:
        rank.append("case when d.tags && cast(:tags as int[]) then .5 else 0 end")
    source = "search_doc d, q" if shape.words else "search_doc d"
    where = " and ".join([_matches(shape), *_conditions(shape)])
    named = "d.head_tsv @@ q.q" if shape.words else "false"
    return [
        (
            f"found as (select d.id, d.kind, {named} as named,"
            f" ({' + '.join(rank)}) * {FRESHNESS} as rank from {source} where {where})"
        ),
        (
            "local as (select id, null::float8 as m, named, count(*) over () as total,"
            " rank from found where kind = 'local' order by rank desc, id"
            " limit :limit offset :offset)"
        ),
        (
            "remote as (select id, named, count(*) over () as total,"
            " row_number() over (order by rank desc, id) as place from found where kind <> 'local'"
            f" order by place limit {REMOTE_SHOWN})"
        ),
    ]


def _matches(shape: Shape) -> str:
    either = []
    if shape.tags:
        either.append("d.tags && cast(:tags as int[])")
    if shape.words:
        either.append("d.tsv @@ q.q")
    return f"({' or '.join(either)})" if either else "true"


def _conditions(shape: Shape) -> list[str]:
    found = []
    if shape.filters:
        found.append("d.tags @> cast(:must as int[])")
    if shape.open_at:
        found.append(f"d.open @> {MINUTE_ASKED}")
    if shape.without_sources:
        found.append(
            "not exists (select from service s where s.id = d.service_id"
            " and s.source_id = any(cast(:without_sources as uuid[])))"
        )
    return found


def _columns(shape: Shape) -> str:
    matched = "d.tags & cast(:tags as int[])" if shape.tags else "null::int[]"
    return (
        f"d.id, d.service_id, d.kind, d.lat, d.lon, d.tz, {OPEN} as open, d.hours_dated,"
        f" d.checked_on, {matched} as matched, d.display"
    )


def _texts(shape: Shape) -> str:
    rank = "b.m" if shape.near else "-b.rank"
    remote_rank = "b.place"
    return f"""select 'local' as block, b.total, b.m, b.named, {_columns(shape)},
   row_number() over (order by b.named desc, {rank}, b.id) as place
 from local b join search_doc d on d.id = b.id
 union all select 'remote', b.total, null, b.named, {_columns(shape)}, {remote_rank}
 from remote b join search_doc d on d.id = b.id order by block, place"""


# (tag, places) around a place, asked with no need and no words: cells that lie wholly within the
# circle are counted already; the rest, and what is open, place by place.
WIDE_FACETS = text(
    f"""with k as materialized ({_by_place("edge_lo", "edge_hi")}),
 doc as materialized (select d.tags, d.open @> {MINUTE} as is_open
   from k {_document_of("k")} where k.m <= :r)
 select tag, sum(places)::bigint as places from (
   select tag, count(*) as places from doc, unnest(doc.tags) tag where tag >= {OURS_FROM}
   group by tag
   union all select c.tag, c.places from unnest(cast(:inner_lo as int[]), cast(:inner_hi as int[]))
     u(lo, hi) join lateral (select tag, places from search_cell_tag
       where cell between u.lo and u.hi and tag >= {OURS_FROM}) c on true) a group by tag
 union all select 0, (select count(*) from doc where is_open) + (select count(*)
   from unnest(cast(:inner_lo as int[]), cast(:inner_hi as int[])) u(lo, hi)
   join lateral (select open, tz from search_doc where kind = 'local'
     and cell between u.lo and u.hi offset 0) d on true where d.open @> {MINUTE})"""
)
