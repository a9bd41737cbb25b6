"""Keeps the search tables true: `project` runs in the transaction of every edit of the directory.

Documents are computed in Python (hours, languages, confidentiality are rules, not SQL) and written
by one statement a table. Known words and towns are renewed by `renew_words`, never in an edit:
every edit would touch the same hot rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from directory.search.areas import EVERYWHERE, Area
from directory.search.documents import Document, documents_of
from directory.search.facts import TermFacts, load_facts, load_terms
from directory.search.hidden import in_hidden_tables

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
INSERT_DOCUMENTS = text("""
insert into search_doc (id, service_id, organization_id, kind, cell, lat, lon, geog, tags, area_ids,
  open, tz, hours_dated, checked_on, head_tsv, tsv, display, detail)
select d.id, d.service_id, d.organization_id, d.kind, d.cell, d.lat, d.lon,
  case when d.kind = 'local' then st_point(d.lon, d.lat)::geography end,
  array(select jsonb_array_elements_text(d.tags)::int),
  array(select jsonb_array_elements_text(d.area_ids)::int),
  d.open::int4multirange, d.tz, d.hours_dated, d.checked_on,
  to_tsvector('simple', d.head) || to_tsvector('english', d.head) || to_tsvector('spanish', d.head),
  to_tsvector('simple', d.words) || to_tsvector('english', d.words)
    || to_tsvector('spanish', d.words),
  d.display, d.detail
from jsonb_to_recordset(:rows) as d(id uuid, service_id uuid, organization_id uuid, kind text,
  cell int, lat float8, lon float8, tags jsonb, area_ids jsonb, open text, tz text,
  hours_dated boolean, checked_on date, head text, words text, display jsonb, detail jsonb)
""").bindparams(bindparam("rows", type_=JSONB))
INSERT_TERMS = (
    text("""insert into search_doc_term (tag, cell, id, lat, lon)
select tag, cell, id, lat, lon from search_doc, unnest(tags) tag
where service_id = any(:ids) and kind = 'local'"""),
    text("""insert into search_area_term (area_id, tag, id)
select area, tag, id from search_doc, unnest(area_ids) area, unnest(tags) tag
where service_id = any(:ids)"""),
)
# Areas are content-addressed, so two edits may bring the same one; the outline never changes.
INSERT_AREAS = text("""
insert into search_area (id, name, geom, lat, lon, reach_m, state)
select a.id, a.name,
  case when a.geojson is not null
    then st_multi(st_collectionextract(
      st_makevalid(st_setsrid(st_geomfromgeojson(a.geojson), 4326)), 3)) end,
  a.lat, a.lon, a.reach_m, a.state
from jsonb_to_recordset(:rows) as a(id int, name text, geojson text, lat float8, lon float8,
  reach_m float8, state text)
order by a.id on conflict (id) do nothing""").bindparams(bindparam("rows", type_=JSONB))
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
    return await _project(session, services, _today(now))


async def project_all(session: AsyncSession, now: datetime) -> int:
    """Make every document anew, and the known words and towns after them."""
    for table in ("search_doc_term", "search_area_term", "search_doc"):
        await session.execute(text(f"delete from {table}"))
        await in_hidden_tables(session).execute(text(f"delete from {table}"))
    await session.execute(text("delete from search_area"))
    services = list((await session.execute(ALL_SERVICES)).scalars())
    written = await _project(session, services, _today(now))
    await renew_words(session)
    return written


async def project_dated(session: AsyncSession, now: datetime) -> int:
    """Nightly: documents whose hours hang on dates (monthly, exceptions) get their next days."""
    found = await session.execute(DATED, {"count": DATED_BATCH, "start": 0})
    services = list(found.scalars())
    return await _project(session, services, _today(now))


async def project_ended(session: AsyncSession, now: datetime) -> int:
    """What a licence no longer lets us show leaves the public on the day after its last."""
    found = await session.execute(ENDED, {"today": _today(now)})
    return await _project(session, list(found.scalars()), _today(now))


async def renew_words(session: AsyncSession) -> None:
    """Known words, towns and areas from the documents; by job or after an import."""
    for statement in (*RENEW_LEXEMES, *RENEW_TOWNS, UNUSED_AREAS):
        await session.execute(statement)


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
    await _replace(session, services, documents)
    # What staff alone may see goes into tables of its own, which no public statement names.
    facts = await load_facts(session, services, today, shown="hidden")
    hidden = documents_of(facts, terms, today)
    for document in hidden:
        document.display["hidden"] = True
    await _replace(in_hidden_tables(session), services, hidden)
    return len(documents)


async def _replace(
    session: AsyncSession, services: Sequence[UUID], documents: Sequence[Document]
) -> None:
    ids = {"ids": list(services)}
    for statement in DELETE:
        await session.execute(statement, ids)
    if documents:
        await write_documents(session, documents)
        for statement in INSERT_TERMS:
            await session.execute(statement, ids)


async def write_documents(session: AsyncSession, documents: Sequence[Document]) -> None:
    """Areas, then documents; the rows by tag are made from these."""
    areas = {area.id: area for document in documents for area in document.areas}
    areas.setdefault(EVERYWHERE, Area(EVERYWHERE, ""))
    await session.execute(INSERT_AREAS, {"rows": [_area_row(area) for area in areas.values()]})
    if documents:
        await session.execute(
            INSERT_DOCUMENTS, {"rows": [_document_row(document) for document in documents]}
        )


def _area_row(area: Area) -> dict[str, Any]:
    return {
        "id": area.id,
        "name": area.name,
        "geojson": area.geojson,
        "lat": area.lat,
        "lon": area.lon,
        "reach_m": area.reach_m,
        "state": area.state,
    }


def _document_row(document: Document) -> dict[str, Any]:
    return {
        "id": str(document.id),
        "service_id": str(document.service_id),
        "organization_id": str(document.organization_id),
        "kind": document.kind,
        "cell": document.cell,
        "lat": document.lat,
        "lon": document.lon,
        "tags": document.tags,
        "area_ids": sorted({area.id for area in document.areas}),
        "open": multirange(document.open),
        "tz": document.tz,
        "hours_dated": document.hours_dated,
        "checked_on": document.checked_on.isoformat() if document.checked_on else None,
        "head": document.head,
        "words": document.words,
        "display": document.display,
        "detail": document.detail,
    }


def multirange(ranges: Iterable[tuple[int, int]] | None) -> str | None:
    """[(600, 720)] → '{[600,720)}'; None (hours unknown) stays None."""
    if ranges is None:
        return None
    return "{" + ",".join(f"[{low},{high})" for low, high in ranges) + "}"


def _today(now: datetime) -> date:
    # The cycle begins yesterday, so the few hours between UTC and a US zone don't matter.
    return (now - timedelta(hours=6)).date()
