"""Compares the index with PostgreSQL by (id, version), and sends only what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from directory.search_server import documents
from directory.search_server.documents import KEEP_BACK, WORKER, only_writer, untold
from directory.search_server.filters import one_of

if TYPE_CHECKING:
    from directory.search_server.client import SearchServer
    from shared.database import Database

PAGE = 1000
CHECKED = text("update search_server set checked_at = :now, documents = :documents")


@dataclass(slots=True)
class Drift:
    """How index and directory differ. Services that are noted as changed are no drift."""

    compared: int = 0
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    waiting: int = 0

    @property
    def found(self) -> bool:
        """Whether there is any."""
        return bool(self.missing or self.different or self.extra)


async def check_drift(database: Database, server: SearchServer, now: datetime) -> Drift:
    """Look, and change nothing."""
    async with only_writer(database):
        return await _compare(database, server, now, repair=False)


async def repair_drift(database: Database, server: SearchServer, now: datetime) -> Drift:
    """Look, send what is missing or different, delete what should not be there."""
    async with only_writer(database):
        drift = await _compare(database, server, now, repair=True)
        for start in range(0, len(drift.extra), PAGE):
            away = one_of("id", drift.extra[start : start + PAGE])
            await server.wait(await server.delete_documents(server.index, away))
        async with database.transaction(WORKER) as session:
            await session.execute(CHECKED, {"now": now, "documents": drift.compared})
        return drift


async def _compare(
    database: Database, server: SearchServer, now: datetime, *, repair: bool
) -> Drift:
    async with database.transaction(WORKER) as session:
        waiting = {str(service) for service in await untold(session)}
    drift = Drift(waiting=len(waiting))
    there = await _versions(server, waiting)
    async for page in documents.pages(database, now):
        wanted = [each for each in page.documents if each["service_id"] not in waiting]
        drift.compared += len(wanted)
        differing = _differing(wanted, there, drift)
        if repair:
            await _repair(database, server, differing, page.kept_back)
    drift.extra = sorted(there)
    return drift


async def _versions(server: SearchServer, without: set[str]) -> dict[str, str]:
    """id → version of what lies in the index; nobody else writes meanwhile."""
    found: dict[str, str] = {}
    offset = 0
    while True:
        rows = await server.fetch_documents(
            server.index, offset=offset, limit=PAGE, fields=("id", "service_id", "version")
        )
        for row in rows:
            if row.get("service_id") not in without:
                found[str(row["id"])] = str(row.get("version"))
        offset += len(rows)
        if len(rows) < PAGE:
            return found


def _differing(
    wanted: Sequence[dict[str, Any]], there: dict[str, str], drift: Drift
) -> list[dict[str, Any]]:
    differing = []
    for document in wanted:
        version = there.pop(document["id"], None)
        if version == document["version"]:
            continue
        differing.append(document)
        (drift.missing if version is None else drift.different).append(document["id"])
    return differing


async def _repair(
    database: Database,
    server: SearchServer,
    differing: Sequence[dict[str, Any]],
    kept_back: set[UUID],
) -> None:
    if differing:
        await server.wait(await server.add_documents(server.index, differing))
    if kept_back:  # a licence ended: PostgreSQL answers for it from now on
        async with database.transaction(WORKER) as session:
            await session.execute(KEEP_BACK, {"services": sorted(kept_back)})
