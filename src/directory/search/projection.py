"""Keeps the search tables true: `project` runs in the transaction of every edit of the directory.

Documents are computed in Python (hours, languages, confidentiality are rules, not SQL) and written
by one statement a table. Known words and towns are renewed by `renew_words`, never in an edit:
every edit would touch the same hot rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from directory.search.counts import renew_counts
from directory.search.documents import documents_of
from directory.search.facts import TermFacts, load_facts, load_terms
from directory.search.hidden import in_hidden_tables
from directory.search.packing import Packed, packed

BATCH = 500
DATED_BATCH = 5000

# Any id of the directory that an edit may touch → the services whose documents it changes.
AFFECTED = text("""
select id from service where id = any(:ids) or organization_id = any(:ids)
union select service_id from service_at_location where id = any(:ids) or location_id = any(:ids)
union select c.service_id from closure c where c.id = any(:ids) and c.service_id is not null
union select p.service_id from closure c join service_at_location p on p.location_id = c.location_id
  where c.id = any(:ids)
union select s.id from closure c join service s on s.organization_id = c.organization_id
  where c.id = any(:ids)
union select service_id from search_doc where id = any(:ids) or service_id = any(:ids)""")
DOCUMENTS_OF = "select id from search_doc where service_id = any(:ids)"
DELETE = (
    text(f"delete from search_doc_term where id in ({DOCUMENTS_OF})"),
    text(f"delete from search_area_term where id in ({DOCUMENTS_OF})"),
    text("delete from search_doc where service_id = any(:ids)"),
)
# `words` are plain words, each once: nothing asks where in a text they stand, so no positions are
# kept. PostgreSQL's parser takes only a number with an exponent apart (1e5).
INSERT_DOCUMENTS = text("""
insert into search_doc (id, service_id, organization_id, kind, cell, lat, lon, geog, tags, area_ids,
  open, tz, hours_dated, checked_on, head_tsv, tsv, display, detail)
select d.id, d.service_id, d.organization_id, d.kind, d.cell, d.lat, d.lon,
  case when d.kind = 'local' then st_point(d.lon, d.lat)::geography end,
  d.tags::int[], d.area_ids::int[], d.open::int4multirange, d.tz, d.hours_dated, d.checked_on,
  to_tsvector('simple', d.head) || to_tsvector('english', d.head) || to_tsvector('spanish', d.head),
  strip(case when d.words ~ '[0-9]e[0-9]' then to_tsvector('simple', d.words)
      else array_to_tsvector(string_to_array(d.words, ' ')) end
    || to_tsvector('english', d.words) || to_tsvector('spanish', d.words)),
  d.display, d.detail
from json_to_recordset(cast(cast(:rows as text) as json)) as d(id uuid, service_id uuid,
  organization_id uuid, kind text, cell int, lat float8, lon float8, tags text, area_ids text,
  open text, tz text, hours_dated boolean, checked_on date, head text, words text, display jsonb,
  detail jsonb)""")
# In the order of their index: a batch touches few of its pages.
INSERT_TERMS = (
    text("""insert into search_doc_term (tag, cell, id, lat, lon)
select tag, cell, id, lat, lon from search_doc, unnest(tags) tag
where service_id = any(:ids) and kind = 'local' order by tag, cell"""),
    text("""insert into search_area_term (area_id, tag, id)
select area, tag, id from search_doc, unnest(area_ids) area, unnest(tags) tag
where service_id = any(:ids) order by area, tag"""),
)
# Areas are content-addressed, so two edits may bring the same one; the outline never changes.
INSERT_AREAS = text("""
insert into search_area (id, name, geom, lat, lon, reach_m, state)
select a.id, a.name,
  case when a.geojson is not null
    then st_multi(st_collectionextract(
      st_makevalid(st_setsrid(st_geomfromgeojson(a.geojson), 4326)), 3)) end,
  a.lat, a.lon, a.reach_m, a.state
from json_to_recordset(cast(cast(:rows as text) as json)) as a(id int, name text, geojson text,
  lat float8, lon float8, reach_m float8, state text)
order by a.id on conflict (id) do nothing""")
ALL_SERVICES = text("select id from service where withdrawn_at is null order by id")
DATED = text(
    "select service_id from search_doc_of_staff where hours_dated group by service_id"
    " order by service_id limit :count offset :start"
)
# Few sources end; those that ended long ago have left already.
ENDED = text("""
select distinct d.service_id from source c join service s on s.source_id = c.id
join search_doc d on d.service_id = s.id
where c.ends_on < :today and c.ends_on >= cast(:today as date) - 30""")
UNUSED_AREAS = text(
    "delete from search_area a where not exists"
    " (select from search_area_term t where t.area_id = a.id)"
    " and not exists (select from search_hidden_area_term t where t.area_id = a.id)"
)
RENEW_LEXEMES = (
    text("delete from search_lexeme"),
    text("""insert into search_lexeme (word, places)
select word, count(*) from search_doc,
  lateral (select distinct word from unnest(regexp_split_to_array(display->'text'->>'name', '\\W+'))
    word) words
where length(word) between 3 and 24 and word ~ '^[a-zA-Z]+$' group by word
on conflict (word) do nothing"""),
)
RENEW_TOWNS = (
    text("delete from search_town"),
    text("""insert into search_town (key, state, name, lat, lon, places)
select lower(unaccent(display->'text'->>'city')), coalesce(detail->'text'->>'state', ''),
  min(display->'text'->>'city'), avg(lat), avg(lon), count(*)
from search_doc where kind = 'local' and display->'text'->>'city' is not null group by 1, 2"""),
)


async def project(session: AsyncSession, ids: Collection[UUID], now: datetime) -> int:
    """Make anew the documents of these services, organizations, locations or places.

    Runs in the caller's transaction, so an edit and its search result are one. Returns the number
    of documents written.
    """
    rows = await session.execute(AFFECTED, {"ids": list(ids)})
    services = sorted(rows.scalars())
    return await _project(session, services, day_of(now))


async def project_all(session: AsyncSession, now: datetime) -> int:
    """Make every document anew, and the known words and towns after them."""
    for table in ("search_doc_term", "search_area_term", "search_doc"):
        await session.execute(text(f"delete from {table}"))
        await in_hidden_tables(session).execute(text(f"delete from {table}"))
    await session.execute(text("delete from search_area"))
    services = list((await session.execute(ALL_SERVICES)).scalars())
    written = await _project(session, services, day_of(now))
    await renew_words(session)
    return written


async def project_dated(session: AsyncSession, now: datetime) -> int:
    """Nightly: documents whose hours hang on dates (monthly, exceptions) get their next days."""
    found = await session.execute(DATED, {"count": DATED_BATCH, "start": 0})
    services = list(found.scalars())
    return await _project(session, services, day_of(now))


async def project_ended(session: AsyncSession, now: datetime) -> int:
    """What a licence no longer lets us show leaves the public on the day after its last."""
    found = await session.execute(ENDED, {"today": day_of(now)})
    return await _project(session, list(found.scalars()), day_of(now))


async def renew_words(session: AsyncSession) -> None:
    """Known words, towns, areas and counts from the documents; by job or after an import."""
    for statement in (*RENEW_LEXEMES, *RENEW_TOWNS, UNUSED_AREAS):
        await session.execute(statement)
    await renew_counts(session)


async def _project(session: AsyncSession, services: Sequence[UUID], today: date) -> int:
    terms = await load_terms(session) if services else {}
    written = 0
    for start in range(0, len(services), BATCH):
        written += await _project_batch(session, services[start : start + BATCH], terms, today)
    return written


async def _project_batch(
    session: AsyncSession,
    services: Sequence[UUID],
    terms: dict[UUID, TermFacts],
    today: date,
) -> int:
    facts = await load_facts(session, services, today)
    documents = documents_of(facts, terms, today)
    await replace(session, services, packed(documents))
    # What staff alone may see goes into tables of its own, which no public statement names.
    facts = await load_facts(session, services, today, shown="hidden")
    hidden = documents_of(facts, terms, today)
    for document in hidden:
        document.display["hidden"] = True
    await replace(in_hidden_tables(session), services, packed(hidden))
    return len(documents)


async def replace(
    session: AsyncSession, services: Sequence[UUID], documents: Packed, *, first: bool = False
) -> None:
    """Take the documents of these services out, and put these in; at first there are none."""
    ids = {"ids": list(services)}
    for statement in () if first else DELETE:
        await session.execute(statement, ids)
    if documents.number:
        await _write_documents(session, documents)
        for statement in INSERT_TERMS:
            await session.execute(statement, ids)


async def _write_documents(session: AsyncSession, documents: Packed) -> None:
    """Areas, then documents; the rows by tag are made from these."""
    await session.execute(INSERT_AREAS, {"rows": documents.areas})
    await session.execute(INSERT_DOCUMENTS, {"rows": documents.documents})


def day_of(now: datetime) -> date:
    """The day that hours are counted from."""
    # The cycle begins yesterday, so the few hours between UTC and a US zone don't matter.
    return (now - timedelta(hours=6)).date()
