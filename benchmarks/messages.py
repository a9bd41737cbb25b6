"""Messages a second with one and two workers: claim (commit) → simulator → record (commit).

Beside a floor sender in the same run and with as many at once: two bare transactions over asyncpg
and one HTTP POST of the same form. The product's share also holds the checks at claim (consent,
state, suppression, quiet hours), the words, encryption and each message's history. Neither gets
status callbacks: taking those in is the web server's work. A line without a goal shows the worker
with them. Last: how long a yes takes until the provider has the text to the patient.
Repeat: `make bench`, or `.venv/bin/python -m benchmarks messages`.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx

from benchmarks.stage import Stage
from benchmarks.table import Line
from notify.api import NewMessage, queue_message
from referrals.actions import AgencySays
from shared import clock

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from builders.referrals import Town


@dataclass(frozen=True)
class Wait(Line):
    """Seconds beside the most they may be."""

    @property
    def ratio(self) -> float:
        """The share of what is allowed."""
        return self.figure / self.floor


# What a worker sends at once (notify/pump.py).
AT_ONCE = 20
# With those of moves.py fewer than the 90 codes of one pair of numbers.
REFERRALS = 8
ACCEPTED = 40
PATIENCE_S = 180
WARM_UP = 60
# The worker's rate, of the floor's; what a yes may take.
GOAL = 1 / 0.6
GOAL_P50_S, GOAL_P95_S = 1.0, 3.0
REPEAT = ".venv/bin/python -m benchmarks messages"
FLOOR_TABLE = """
drop table if exists bench_message;
create table bench_message (id int primary key, state text not null, sid text);
insert into bench_message select n, 'queued' from generate_series(1, %d) n;
"""
SENT = (
    "select count(*), min(sent_at), max(sent_at) from message"
    " where deduplication_key like 'bench:%%' and sent_at is not null"
)


def measure(stage: Stage, *, quick: bool) -> list[Line]:
    """The workers' rates beside the floor's, and how long a yes takes."""
    count = 200 if quick else 1000
    system = stage.system
    for name in ("simulator", "serve"):
        system.start_one(name)
    system.wait_until_ready()
    system.turn_clock_to_tuesday(15)  # day in every zone that the patient may live in
    lines = [_rate(stage, count, workers) for workers in (1, 2)]
    lines.append(_rate(stage, count // 2, 1, callbacks=True))
    lines += _waits(stage)
    for name in ("serve", "simulator"):
        system.end_one(name)
    return lines


def _rate(stage: Stage, count: int, workers: int, *, callbacks: bool = False) -> Line:
    """One figure: floor and workers one after the other, on the same database and simulator."""
    _faults(stage, lose=not callbacks)
    floor = asyncio.run(_floor(stage, count, workers))
    stage.rows("delete from message returning id")
    names = _start_workers(stage, workers)
    stage.with_town(lambda town: _queue(town, "warm", WARM_UP))
    _wait(stage, "select count(*) from message where sent_at is not null", WARM_UP)
    stage.with_town(lambda town: _queue(town, "bench", count))
    _wait(stage, SENT, count)
    sent, first, last = stage.rows(SENT)[0]
    for name in names:
        stage.system.end_one(name)
    figure = float((sent - 1) / (last - first).total_seconds())
    what = f"messages, {workers} worker{'s' if workers > 1 else ''}"
    if callbacks:
        return Line("… with callbacks", "messages/s", figure, floor, REPEAT)
    return Line(what, "messages/s", figure, floor, REPEAT, at_most=GOAL)


def _start_workers(stage: Stage, workers: int) -> list[str]:
    system = stage.system
    names = ["worker"]
    system.start_one("worker")
    for number in range(1, workers):
        names.append(f"worker {number + 1}")
        first = system.processes.pop("worker")
        system.start_one("worker")
        system.processes[names[-1]] = first
    return names


def _waits(stage: Stage) -> list[Line]:
    """From the agency's yes (before its transaction) to the provider's answer."""
    _faults(stage, lose=True)
    stage.rows("delete from message returning id")
    stage.rows("delete from reply_code returning id")  # room for more requests of this pair
    stage.system.start_one("worker")
    stage.with_town(lambda town: _queue(town, "warm", 1))
    _wait(stage, "select count(*) from message where sent_at is not null", 1)
    asked = stage.with_town(_accept)
    waits = []
    for referral_id, said_at in asked:
        query = (
            "select min(sent_at) from message where subject_id = %s and template like 'P2%%'"
            " and sent_at is not null"
        )
        end = time.monotonic() + PATIENCE_S
        while (sent_at := stage.rows(query, referral_id)[0][0]) is None:
            if time.monotonic() > end:
                raise RuntimeError(stage.system.log_of("worker"))
            time.sleep(0.2)
        waits.append((sent_at - said_at).total_seconds())
    stage.system.end_one("worker")
    waits.sort()
    middle, late = waits[len(waits) // 2], waits[int(len(waits) * 0.95) - 1]
    return [
        Wait("yes → text sent, p50", "s (goal beside)", middle, GOAL_P50_S, REPEAT, at_most=1.0),
        Wait("yes → text sent, p95", "s (goal beside)", late, GOAL_P95_S, REPEAT, at_most=1.0),
    ]


async def _accept(town: Town) -> list[tuple[UUID, datetime]]:
    """One yes after the other; the worker has nothing else to do."""
    told = []
    for _ in range(ACCEPTED):
        referral = await town.sent(now=clock.now())
        await asyncio.sleep(0.3)
        said_at = clock.now()
        await town.says(referral.id, AgencySays.YES, town.text(said_at))
        told.append((referral.id, said_at))
        await asyncio.sleep(0.3)
    return told


def _faults(stage: Stage, *, lose: bool) -> None:
    rules = [{"fault": "lose_callbacks", "times": None}] if lose else []
    address = f"http://127.0.0.1:{stage.system.port + 1}/simulator/api/faults"
    stage.system.client.post(address, json={"rules": rules}).raise_for_status()


async def _queue(town: Town, key: str, count: int) -> None:
    """About many requests; as replies, so that the hour of the run does not matter."""
    now = clock.now()
    if not _REFERRALS:
        _REFERRALS.extend([(await town.sent(now=now)).id for _ in range(REFERRALS)])
    async with town.as_clinic() as session:
        for number in range(count):
            new = NewMessage(
                organization_id=town.clinic, source="referrals",
                subject_id=_REFERRALS[number % REFERRALS],
                template="A1", language="en", channel="sms", recipient_kind="channel",
                recipient_id=town.channels[0], deduplication_key=f"{key}:{number}",
                is_reply=True,
            )  # fmt: skip
            await queue_message(session, new, now)


_REFERRALS: list[UUID] = []


def _wait(stage: Stage, query: str, count: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while stage.rows(query)[0][0] < count:
        if time.monotonic() > end:
            msg = f"not sent within {PATIENCE_S} s:\n{stage.system.log_of('worker')}"
            raise RuntimeError(msg)
        time.sleep(0.2)


async def _floor(stage: Stage, count: int, workers: int) -> float:
    """As many senders at once as the workers have, in one process."""
    system = stage.system
    account = system.environment()["HANDBACK_TWILIO_ACCOUNT_SID"]
    token = system.environment()["HANDBACK_TWILIO_AUTH_TOKEN"]
    path = f"http://127.0.0.1:{system.port + 1}/2010-04-01/Accounts/{account}/Messages.json"
    form = {"From": "+12025550100", "To": "+12025550169", "Body": "x" * 140}
    at_once = AT_ONCE * workers
    pool = await asyncpg.create_pool(system.urls["owner"], min_size=at_once, max_size=at_once)
    await pool.execute(FLOOR_TABLE % count)
    places = asyncio.Semaphore(at_once)
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
