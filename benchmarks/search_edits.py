"""Whether the very next question sees an edit: rename a service, commit, ask the running server."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import text

from benchmarks.search_load import get
from benchmarks.table import Goal
from directory.search.projection import project
from shared import clock
from shared.database import Context, Database

if TYPE_CHECKING:
    from uuid import UUID

    from benchmarks.search_load import Site

SOME = """select service_id, id, lat, lon from search_doc where kind = 'local'
order by md5(id::text) limit %s"""
RENAME = text("update service set name = :name where id = :id")
DIGITS = str.maketrans("0123456789", "bcdfghjkmn")


async def measure(site: Site, tries: int) -> Goal:
    """How many edits of all were seen."""
    with psycopg.connect(site.scratch.app) as connection:
        rows = connection.execute(SOME, [tries]).fetchall()
    database = Database(site.scratch.owner, pool_size=2)
    connections: dict[int, http.client.HTTPConnection] = {}
    seen = 0
    try:
        for number, (service_id, place_id, lat, lon) in enumerate(rows):
            word = f"quillow{str(number).translate(DIGITS)}"
            await _rename(database, service_id, word)
            path = f"/api/search?near={lat},{lon}&radius_m=3000&q={word}"
            answer = json.loads(get(connections, site.product, path))
            seen += str(place_id) in [each["id"] for each in answer["results"]]
    finally:
        await database.dispose()
    at = f"{site.services // 1000}k"
    return Goal(
        f"edits seen by the next question, {at} ({seen} of {tries})", tries / max(seen, 1), 1.0
    )


async def _rename(database: Database, service_id: UUID, word: str) -> None:
    async with database.transaction(Context(actor="benchmark")) as session:
        await session.execute(RENAME, {"name": f"{word} house", "id": service_id})
        await project(session, [service_id], clock.now())
