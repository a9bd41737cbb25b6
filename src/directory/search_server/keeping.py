"""Tells the server what changed, after the commit that changed it.

Nothing but ids is queued: what is sent is what stands in PostgreSQL when it is sent, by one writer
at a time, so a late job can't bring back an old state.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from directory.search_server import documents
from directory.search_server.documents import WORKER, mark_told, only_writer, untold
from directory.search_server.drift import repair_drift
from directory.search_server.filters import both, none_of, one_of
from directory.search_server.index import SHAPE
from directory.search_server.rebuild import rebuild

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from directory.search_server.client import SearchServer
    from directory.search_server.documents import Selection
    from shared.database import Database

SERVICES_AT_ONCE = 500
CHECKED_EVERY = timedelta(days=1)
STATE = text(
    "select filled_at is not null and shape = :shape as filled, checked_at from search_server"
)
# Whether there is anything to do: asked every few seconds, so it reads next to nothing.
BEHIND = text(
    "select not coalesce((select filled_at is not null and shape = :shape"
    "   and checked_at > :checked_after from search_server), false)"
    " or exists (select from search_server_gap where not told)"
)


async def is_behind(database: Database, now: datetime) -> bool:
    """Whether the server lacks something, or has not been compared for a day."""
    keys = {"shape": SHAPE, "checked_after": now - CHECKED_EVERY}
    async with database.transaction(WORKER) as session:
        return bool((await session.execute(BEHIND, keys)).scalar_one())


async def catch_up(database: Database, server: SearchServer, now: datetime) -> None:
    """Whatever it takes: fill it, tell it what changed, compare it once a day."""
    async with database.transaction(WORKER) as session:
        state = (await session.execute(STATE, {"shape": SHAPE})).one_or_none()
    if state is None or not state.filled:
        await rebuild(database, server, now)
        return
    await send_changes(database, server, now)
    if state.checked_at is None or state.checked_at <= now - CHECKED_EVERY:
        await repair_drift(database, server, now)


async def send_changes(database: Database, server: SearchServer, now: datetime) -> int:
    """Services that the server was told about. Raises SearchServerFault; then they stay noted."""
    told = 0
    while True:
        async with only_writer(database):
            async with database.transaction(WORKER) as session:
                changes = await untold(session, SERVICES_AT_ONCE)
                services = sorted(changes)
                found = await documents.of_services(session, services, now)
            if not changes:
                return told
            await _send(server, services, found)
            async with database.transaction(WORKER) as session:
                await mark_told(session, changes, found.kept_back)
        told += len(changes)


async def _send(server: SearchServer, services: Sequence[UUID], found: Selection) -> None:
    """Documents that are gone first, so that a service never stands there twice."""
    ids = [str(document["id"]) for document in found.documents]
    gone = both(
        one_of("service_id", (str(service) for service in services)),
        none_of("id", ids) if ids else "",
    )
    tasks = [await server.delete_documents(server.index, gone)]
    if found.documents:
        tasks.append(await server.add_documents(server.index, found.documents))
    await server.wait(*tasks)
