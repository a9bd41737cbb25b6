"""Fills the server anew beside the index that serves, then swaps the two.

Until the swap everybody searches the old index; what changes meanwhile is in `search_server_gap`.
A rebuild that dies leaves a half-filled second index, which the next one throws away first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from directory.search_server import documents
from directory.search_server.documents import KEEP_BACK, WORKER, mark_told, only_writer, untold
from directory.search_server.faults import SearchServerFault
from directory.search_server.index import SETTINGS, SHAPE

if TYPE_CHECKING:
    from directory.search_server.client import SearchServer
    from shared.database import Database

AHEAD = 4  # pages that may wait in the server's queue
# From here on the triggers note changes, whether or not anything is filled yet.
BEGIN = text(
    "insert into search_server (id, shape, documents) values (1, :shape, 0)"
    " on conflict (id) do nothing"
)
# Writers that began before that must have ended before anything is read.
WRITERS_END = (
    text("set local lock_timeout = '10s'"),
    text("lock table search_doc in share mode"),
)
ALLOWED_AGAIN = text(
    "delete from search_server_gap where told and service_id <> all(cast(:kept as uuid[]))"
)
FILLED = text(
    "update search_server set filled_at = :now, checked_at = :now, shape = :shape,"
    " documents = :documents"
)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What the server now holds, and how many services PostgreSQL keeps to itself."""

    documents: int
    kept_back: int


class CountsDiffer(SearchServerFault):
    """The new index does not hold what was sent: it is not put into service."""


def no_progress(done: int) -> None:
    """Tells nobody."""


async def rebuild(
    database: Database, server: SearchServer, now: datetime, progress: Progress = no_progress
) -> Rebuilt:
    """All documents into a new index, then into service. Raises SearchServerFault."""
    async with only_writer(database):
        changes = await _begin(database)
        await _empty_next(server)
        sent, kept_back = await _fill(database, server, now, progress)
        await _check(server, sent)
        await _into_service(server)
        await _keep_books(database, changes, kept_back, now, sent)
        await server.wait(await server.delete_index(server.next_index))
    return Rebuilt(sent, len(kept_back))


async def _begin(database: Database) -> dict[UUID, int]:
    async with database.transaction(WORKER) as session:
        await session.execute(BEGIN, {"shape": SHAPE})
    async with database.transaction(WORKER) as session:
        for statement in WRITERS_END:
            await session.execute(statement)
    async with database.transaction(WORKER) as session:
        return await untold(session)


async def _empty_next(server: SearchServer) -> None:
    if await server.index_exists(server.next_index):
        await server.wait(await server.delete_index(server.next_index))
    await server.wait(
        await server.create_index(server.next_index),
        await server.update_settings(server.next_index, SETTINGS),
    )


async def _fill(
    database: Database, server: SearchServer, now: datetime, progress: Progress
) -> tuple[int, set[UUID]]:
    sent, kept_back, waiting = 0, set[UUID](), list[int]()
    async for page in documents.pages(database, now):
        kept_back |= page.kept_back
        if page.documents:
            waiting.append(await server.add_documents(server.next_index, page.documents))
            sent += len(page.documents)
        if len(waiting) > AHEAD:
            await server.wait(waiting.pop(0))
        progress(sent)
    await server.wait(*waiting)
    return sent, kept_back


async def _check(server: SearchServer, sent: int) -> None:
    held = (await server.get(f"indexes/{server.next_index}/stats"))["numberOfDocuments"]
    if held != sent:
        raise CountsDiffer(
            "The new index holds %(held)s documents of %(sent)s that were sent.",
            values={"held": str(held), "sent": str(sent)},
            remedy="The old index goes on serving. Run `handback reindex` again.",
        )


async def _into_service(server: SearchServer) -> None:
    if not await server.index_exists(server.index):  # a swap needs two
        await server.wait(await server.create_index(server.index))
    await server.wait(await server.swap(server.index, server.next_index))


async def _keep_books(
    database: Database,
    changes: dict[UUID, int],
    kept_back: set[UUID],
    now: datetime,
    sent: int,
) -> None:
    kept = sorted(kept_back)
    async with database.transaction(WORKER) as session:
        await mark_told(session, changes, kept_back)
        await session.execute(ALLOWED_AGAIN, {"kept": kept})
        await session.execute(KEEP_BACK, {"services": kept})
        await session.execute(FILLED, {"now": now, "shape": SHAPE, "documents": sent})
