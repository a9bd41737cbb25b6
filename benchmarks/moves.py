"""Full moves a second: lock, event, clocks, message, job and audit in one committed transaction.

Once through the actions and once through the JSON API, beside a floor: one bare transaction over
asyncpg that locks a row, changes it and adds the rows that a move adds. Printed, not judged.
Repeat: `make bench`, or `.venv/bin/python -m benchmarks moves`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import asyncpg
import httpx

from benchmarks.stage import Stage
from benchmarks.table import Line
from referrals.actions import AgencySays
from shared import clock

if TYPE_CHECKING:
    from builders.referrals import Town

AT_ONCE = 8
# What each request goes through after it was sent.
STEPS = (
    ("accept", AgencySays.YES), ("contact", AgencySays.CONTACTING),
    ("serve", AgencySays.SERVING), ("report_served", AgencySays.HELPED),
)  # fmt: skip
REPEAT = ".venv/bin/python -m benchmarks moves"
FLOOR_TABLES = """
drop table if exists bench_row, bench_entry;
create table bench_row (id int primary key, version int not null, status text not null);
create table bench_entry (id bigserial primary key, row_id int not null, content text not null);
insert into bench_row select n, 1, 'sent' from generate_series(1, 64) n;
"""
# A move writes its event, a message, a job, a due row and an audit row.
ENTRIES = 5


def measure(stage: Stage, *, quick: bool) -> list[Line]:
    """Three figures: through the actions, through the API, and the floor."""
    count = 16 if quick else 40
    floor = asyncio.run(_floor(stage, count * len(STEPS)))
    actions = stage.with_town(lambda town: _by_actions(town, count))
    requests = stage.with_town(lambda town: _sent(town, count))
    stage.system.start_one("serve")
    stage.system.wait_until_served()
    by_api = asyncio.run(_by_api(stage, requests))
    stage.system.end_one("serve")
    return [
        Line("moves through the actions", "moves/s", actions, floor, REPEAT),
        Line("moves through the JSON API", "moves/s", by_api, floor, REPEAT),
    ]


async def _sent(town: Town, count: int) -> list[str]:
    return [str((await town.sent(now=clock.now())).id) for _ in range(count)]


async def _by_actions(town: Town, count: int) -> float:
    requests = [await town.sent(now=clock.now()) for _ in range(count)]

    async def through(number: int) -> None:
        for _verb, says in STEPS:
            await town.says(requests[number].id, says, town.page(clock.now()))

    return await _rate(through, count)


async def _by_api(stage: Stage, requests: Sequence[str]) -> float:
    headers = {"authorization": f"Bearer {stage.agency_key}"}
    async with httpx.AsyncClient(
        base_url=stage.system.address, headers=headers, timeout=30
    ) as client:

        async def through(number: int) -> None:
            for verb, _says in STEPS:
                path = f"/api/referrals/{requests[number]}/moves"
                answer = await client.post(path, json={"move": verb})
                answer.raise_for_status()

        return await _rate(through, len(requests))


async def _floor(stage: Stage, count: int) -> float:
    pool = await asyncpg.create_pool(stage.system.urls["owner"], min_size=AT_ONCE)
    await pool.execute(FLOOR_TABLES)

    async def through(number: int) -> None:
        row = number % 64 + 1
        for _step in STEPS:
            async with pool.acquire() as connection, connection.transaction():
                await connection.fetch("select * from bench_row where id = $1 for update", row)
                await connection.execute(
                    "update bench_row set version = version + 1 where id = $1", row
                )
                for _ in range(ENTRIES):
                    await connection.execute(
                        "insert into bench_entry (row_id, content) values ($1, $2)", row, "x" * 200
                    )

    try:
        return await _rate(through, count // len(STEPS))
    finally:
        await pool.close()


async def _rate(through: Callable[[int], Awaitable[None]], count: int) -> float:
    """Moves a second, eight requests at a time, each through all its steps."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with places:
            await through(number)

    started = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(count)))
    return count * len(STEPS) / (time.perf_counter() - started)
