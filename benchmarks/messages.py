"""Messages a second with one worker: claim (commit) → simulator → record (commit).

Beside a floor sender in the same run and with as many at once: two bare transactions over asyncpg
and one HTTP POST of the same form. The product's share also holds the checks at claim (consent,
state, suppression, quiet hours), the words, encryption, and the provider's status callbacks.
Repeat: `make bench`, or `.venv/bin/python -m benchmarks messages`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx

from benchmarks.stage import Stage
from benchmarks.table import Line
from notify.api import NewMessage, queue_message
from shared import clock

if TYPE_CHECKING:
    from builders.referrals import Town

# What the worker runs at once (web/jobs.py).
AT_ONCE = 20
# With those of moves.py fewer than the 90 codes of one pair of numbers.
REFERRALS = 8
PATIENCE_S = 120
REPEAT = ".venv/bin/python -m benchmarks messages"
FLOOR_TABLE = """
drop table if exists bench_message;
create table bench_message (id int primary key, state text not null, sid text);
insert into bench_message select n, 'queued' from generate_series(1, %d) n;
"""


def measure(stage: Stage, *, quick: bool) -> list[Line]:
    """The worker's rate and the floor's."""
    count = 150 if quick else 600
    system = stage.system
    system.start_one("simulator")
    system.start_one("serve")
    system.wait_until_ready()
    floor = asyncio.run(_floor(stage, count))
    stage.rows("delete from message returning id")
    stage.with_town(lambda town: _queue(town, count))
    system.start_one("worker")
    figure = _wait(stage, count)
    for name in ("worker", "serve", "simulator"):
        system.end_one(name)
    return [Line("messages, one worker", "messages/s", figure, floor, REPEAT)]


async def _queue(town: Town, count: int) -> None:
    """About many requests; as replies, so that the hour of the run does not matter."""
    now = clock.now()
    referrals = [await town.sent(now=now) for _ in range(REFERRALS)]
    async with town.as_clinic() as session:
        for number in range(count):
            new = NewMessage(
                organization_id=town.clinic, source="referrals",
                subject_id=referrals[number % REFERRALS].id,
                template="A1", language="en", channel="sms", recipient_kind="channel",
                recipient_id=town.channels[0], deduplication_key=f"bench:{number}",
                is_reply=True,
            )  # fmt: skip
            await queue_message(session, new, now)


def _wait(stage: Stage, count: int) -> float:
    """From the first recorded send to the last, by the rows themselves."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        sent, first, last = stage.rows(
            "select count(*), min(sent_at), max(sent_at) from message"
            " where deduplication_key like 'bench:%%' and sent_at is not null"
        )[0]
        if sent >= count:
            return float((sent - 1) / (last - first).total_seconds())
        time.sleep(0.2)
    msg = f"not sent within {PATIENCE_S} s:\n{stage.system.log_of('worker')}"
    raise RuntimeError(msg)


async def _floor(stage: Stage, count: int) -> float:
    system = stage.system
    account = system.environment()["HANDBACK_TWILIO_ACCOUNT_SID"]
    token = system.environment()["HANDBACK_TWILIO_AUTH_TOKEN"]
    path = f"http://127.0.0.1:{system.port + 1}/2010-04-01/Accounts/{account}/Messages.json"
    form = {"From": "+12025550100", "To": "+12025550169", "Body": "x" * 140}
    pool = await asyncpg.create_pool(system.urls["owner"], min_size=AT_ONCE, max_size=AT_ONCE)
    await pool.execute(FLOOR_TABLE % count)
    places = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(auth=(account, token), timeout=30) as client:

        async def send(number: int) -> None:
            async with places:
                await _change(pool, number, "claimed")
                answer = await client.post(path, data=form)
                answer.raise_for_status()
                await _change(pool, number, "sent", answer.json()["sid"])

        started = time.perf_counter()
        await asyncio.gather(*(send(number) for number in range(1, count + 1)))
        spent = time.perf_counter() - started
    await pool.close()
    return count / spent


async def _change(pool: Any, number: int, state: str, sid: str | None = None) -> None:  # noqa: ANN401
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetch("select * from bench_message where id = $1 for update", number)
        await connection.execute(
            "update bench_message set state = $2, sid = $3 where id = $1", number, state, sid
        )
