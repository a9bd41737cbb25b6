"""The worker's part of the search server: tell it what changed, fill it when it is empty."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import text

from directory.search_server.client import SearchServer
from directory.search_server.faults import SearchServerFault
from directory.search_server.keeping import catch_up, is_behind
from directory.search_server.keys import ADMIN_KEY, refuse_master_key
from shared.database import Context
from shared.due import set_due
from shared.jobs import Job, defer
from shared.settings import get_settings

if TYPE_CHECKING:
    from notify.worker import Sender
    from shared.settings import Settings

log = structlog.get_logger()
NOBODY = UUID(int=0)
THE_INDEX = UUID(int=2)  # the one subject of that kind; it belongs to no organization
KIND = "search_server"
# However many workers there are, and however long the server is down: one job in this time.
ASKED_EVERY = timedelta(seconds=10)
DUE_AT = text("select due_at from due where kind = :kind and subject_id = :subject for update")


async def queue_catching_up(sender: Sender) -> None:
    """A step of the worker's tick: queue the job when the server lacks something."""
    if admin_server(get_settings()) is None:
        return
    now = sender.clock()
    if not await is_behind(sender.database, now):
        return
    async with sender.database.transaction(Context(actor="worker")) as session:
        found = await session.execute(DUE_AT, {"kind": KIND, "subject": THE_INDEX})
        due_at = found.scalar_one_or_none()
        if due_at is not None and due_at > now:
            return
        await set_due(session, NOBODY, KIND, THE_INDEX, now + ASKED_EVERY)
        await defer(session, Job.SEARCH_SERVER, NOBODY, THE_INDEX)


async def tell_search_server(sender: Sender, organization_id: UUID, subject_id: UUID) -> None:  # noqa: ARG001 -- as every job
    """The job. A server that is away is no fault of the job's: the next tick asks again."""
    server = admin_server(get_settings())
    if server is None:
        return
    try:
        await refuse_master_key(server, ADMIN_KEY)
        await catch_up(sender.database, server, sender.clock())
    except SearchServerFault as fault:
        log.warning("search_server_not_told", fault=type(fault).__name__, **fault.values)


def admin_server(settings: Settings) -> SearchServer | None:
    """The server under the admin key; None when none is set."""
    if not settings.meilisearch_url or not settings.meilisearch_admin_key:
        return None
    return SearchServer(
        settings.meilisearch_url, settings.meilisearch_admin_key, index=settings.meilisearch_index
    )
