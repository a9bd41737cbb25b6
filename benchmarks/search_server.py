"""words + radius and need + radius: PostgreSQL beside a real search server, interleaved.

Only where MEILI_TEST_URL, MEILI_TEST_ADMIN_KEY and MEILI_TEST_SEARCH_KEY name one; printed, not
judged. Both engines in this process, without HTTP of ours: what differs is what they do.
Repeat: `.venv/bin/python -m benchmarks.search_server [services] [questions]`.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg

from benchmarks.scratch import Scratch, scratch_database
from benchmarks.search import say
from benchmarks.search_load import p50, p95
from directory.geography import Near
from directory.search.port import SearchEngine, SearchQuery
from directory.search.postgres import PostgresSearch
from directory.search.vocabulary import need_meaning
from directory.search_server.client import SearchServer
from directory.search_server.engine import MeilisearchSearch
from directory.search_server.faults import Unsuited
from directory.search_server.rebuild import rebuild
from shared import clock
from shared.database import Database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

SERVICES, QUESTIONS, WARM_UP = 20_000, 300, 50
NAMES = ("MEILI_TEST_URL", "MEILI_TEST_ADMIN_KEY", "MEILI_TEST_SEARCH_KEY")
INDEX = "handback_bench"
NEEDS = ("food", "bed", "bills", "health", "work", "legal")
RADII_M = (3000.0, 8000.0, 16_000.0)


def main(services: int = SERVICES, questions: int = QUESTIONS) -> None:
    """Print a table, or that there is no server."""
    given = [os.environ.get(name) for name in NAMES]  # noqa: TID251 -- not a setting of ours
    if not all(given):
        say("second engine: not measured (set MEILI_TEST_URL, …_ADMIN_KEY, …_SEARCH_KEY)")
        return
    url, admin, searching = (str(each) for each in given)
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_database("handback_bench_second", services, say))
        _allow(scratch)
        asyncio.run(
            _run(
                scratch,
                SearchServer(url, admin, index=INDEX),
                MeilisearchSearch(SearchServer(url, searching, index=INDEX)),
                questions,
            )
        )
    say("Repeat: .venv/bin/python -m benchmarks.search_server")


def _allow(scratch: Scratch) -> None:
    with psycopg.connect(scratch.owner) as connection:
        connection.execute("update source set may_send_to_search_server = true")


async def _run(scratch: Scratch, admin: SearchServer, second: SearchEngine, questions: int) -> None:
    owner, app = Database(scratch.owner, pool_size=4), Database(scratch.app, pool_size=2)
    try:
        start = time.perf_counter()
        rebuilt = await rebuild(owner, admin, clock.now())
        seconds = time.perf_counter() - start
        say(f"filled with {rebuilt.documents} documents and swapped in {seconds:.1f} s")
        asked = _questions(scratch, questions + WARM_UP)
        async with app.reading() as connection:
            times, unsuited = await _measure(connection, asked, second)
        _print(times, unsuited)
    finally:
        await admin.wait(await admin.delete_index(INDEX))
        await owner.dispose()
        await app.dispose()


def _questions(scratch: Scratch, count: int) -> list[tuple[str, SearchQuery]]:
    with psycopg.connect(scratch.app) as connection:
        rows = connection.execute(
            "select lat, lon from search_doc where kind = 'local' order by id limit 2000"
        ).fetchall()
    dice = random.Random(7)  # noqa: S311 -- repeatable, not secret
    found: list[tuple[str, SearchQuery]] = []
    for _ in range(count):
        near = Near(*dice.choice(rows))
        plain = SearchQuery(clock.now(), near=near, radius_m=dice.choice(RADII_M))
        words = dice.choice(("people ages", f"help number {dice.randrange(1, 99)}"))
        found.append(("words + radius", plain.with_changes(words=words)))
        need = need_meaning(dice.choice(NEEDS))
        found.append(("need + radius", plain.with_changes(meanings=(need,))))
    return found


async def _measure(
    connection: AsyncConnection, asked: list[tuple[str, SearchQuery]], second: SearchEngine
) -> tuple[dict[tuple[str, str], list[float]], int]:
    times: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    unsuited = 0
    for number, (kind, query) in enumerate(asked):
        for engine in (PostgresSearch(), second):
            start = time.perf_counter()
            try:
                await engine.search(connection, query)
            except Unsuited:
                unsuited += 1
                continue
            if number >= 2 * WARM_UP:
                times[kind, engine.name].append((time.perf_counter() - start) * 1000)
    return times, unsuited


def _print(times: dict[tuple[str, str], list[float]], unsuited: int) -> None:
    for kind in ("need + radius", "words + radius"):
        first, second = times[kind, "postgresql"], times[kind, "meilisearch"]
        if not second:
            say(f"{kind:15} the second engine left all of it to PostgreSQL")
            continue
        say(
            f"{kind:15} PostgreSQL p50 {p50(first):6.2f} p95 {p95(first):6.2f} ms,"
            f" Meilisearch p50 {p50(second):6.2f} p95 {p95(second):6.2f} ms,"
            f" ratio {p50(second) / p50(first):.2f}"
        )
    say(f"questions left to PostgreSQL: {unsuited}")


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:]))
