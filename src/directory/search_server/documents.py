"""Reads what the server may know, page by page or by service, and keeps the books about it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from directory.search_server.faults import SearchServerFault
from directory.search_server.index import IndexRow, document_of
from shared.database import Context

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Database

PAGE = 1000
FIRST = UUID(int=0)
WORKER = Context(actor="search server")
LOCK = 7_070_009  # advisory: one process at a time writes to the server
# Every source that a document is made of must allow it, and its licence must not have ended.
ROWS = """
select d.id, d.service_id, d.kind, d.lat, d.lon, d.tags, d.area_ids,
  tsvector_to_array(d.tsv) as words,
  not exists (select from source c
    where c.id in (s.source_id, o.source_id, p.source_id, l.source_id)
      and not (c.may_send_to_search_server and (c.ends_on is null or c.ends_on >= :today))
  ) as may_send
from search_doc d
join service s on s.id = d.service_id
join organization o on o.id = d.organization_id
left join service_at_location p on p.id = d.id
left join location l on l.id = p.location_id
"""
AFTER = text(f"{ROWS} where d.id > :after order by d.id limit {PAGE}")
OF_SERVICES = text(f"{ROWS} where d.service_id = any(cast(:services as uuid[])) order by d.id")
TRY_LOCK = text("select pg_try_advisory_xact_lock(:key)")
UNTOLD = text("select service_id, change from search_server_gap where not told order by change")
SOME_UNTOLD = text(
    "select service_id, change from search_server_gap where not told order by change limit :most"
)
# What changed again meanwhile has another number by now, and stays.
TOLD = text(
    "delete from search_server_gap g"
    " using unnest(cast(:services as uuid[]), cast(:changes as bigint[])) as t(service_id, change)"
    " where g.service_id = t.service_id and g.change = t.change"
)
KEPT_BACK = text(
    "update search_server_gap g set told = true"
    " from unnest(cast(:services as uuid[]), cast(:changes as bigint[])) as t(service_id, change)"
    " where g.service_id = t.service_id and g.change = t.change"
)
KEEP_BACK = text(
    "insert into search_server_gap (service_id, told)"
    " select id, true from unnest(cast(:services as uuid[])) as s(id) order by id"
    " on conflict (service_id) do nothing"
)


class Busy(SearchServerFault):
    """Another process is writing to the server."""


@dataclass(slots=True)
class Selection:
    """Documents to send, and services of which nothing may be sent."""

    documents: list[dict[str, Any]]
    kept_back: set[UUID]


@asynccontextmanager
async def only_writer(database: Database) -> AsyncIterator[None]:
    """Nobody else writes to the server meanwhile. Raises Busy instead of waiting."""
    async with database.transaction(WORKER) as session:
        if not (await session.execute(TRY_LOCK, {"key": LOCK})).scalar_one():
            raise Busy(
                "Another process is writing to the search server.", remedy="Try again later."
            )
        yield


async def pages(database: Database, now: datetime) -> AsyncIterator[Selection]:
    """All documents by id, a thousand at a time, each page in a transaction of its own."""
    after = FIRST
    while True:
        async with database.transaction(WORKER) as session:
            keys = {"after": after, "today": now.date()}
            rows = (await session.execute(AFTER, keys)).all()
        if not rows:
            return
        after = rows[-1].id
        yield _selection(rows)


async def of_services(session: AsyncSession, services: Sequence[UUID], now: datetime) -> Selection:
    """The documents of these services as they are now."""
    keys = {"services": list(services), "today": now.date()}
    return _selection((await session.execute(OF_SERVICES, keys)).all())


async def untold(session: AsyncSession, most: int | None = None) -> dict[UUID, int]:
    """Services that changed since the server was told → the number of their last change."""
    rows = await session.execute(*((UNTOLD,) if most is None else (SOME_UNTOLD, {"most": most})))
    return {row.service_id: row.change for row in rows}


async def mark_told(
    session: AsyncSession, changes: Mapping[UUID, int], kept_back: set[UUID]
) -> None:
    """The server knows these, except what it may not know: PostgreSQL answers for that."""
    for statement, services in (
        (TOLD, changes.keys() - kept_back),
        (KEPT_BACK, changes.keys() & kept_back),
    ):
        ordered = sorted(services)
        keys = {"services": ordered, "changes": [changes[service] for service in ordered]}
        await session.execute(statement, keys)


def _selection(rows: Sequence[Row[Any]]) -> Selection:
    found = Selection([], set())
    for row in rows:
        read = IndexRow(
            id=row.id,
            service_id=row.service_id,
            kind=row.kind,
            lat=row.lat,
            lon=row.lon,
            tags=row.tags,
            area_ids=row.area_ids,
            words=row.words,
            may_send=row.may_send,
        )
        if read.may_send:
            found.documents.append(document_of(read))
        else:
            found.kept_back.add(read.service_id)
    return found
