"""The pump of one worker: claims in batches, sends many at once, records in batches.

It sleeps until somebody says that there is work (a NOTIFY at commit), a number is free again, or
two seconds are over; it never waits busily, and no organization waits for another's queue.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from notify.pace import HORIZON
from notify.worker import (
    BATCH,
    claim_some,
    end_leases,
    open_lanes,
    record_some,
    send_claimed,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from uuid import UUID

    from notify.claiming import Claimed, Lane
    from notify.delivery import SendResult
    from notify.progress import Attempt
    from notify.worker import OpenLane, Sender

log = structlog.get_logger()
SENT_AT_ONCE = 20
# Claimed and not yet recorded. A batch is worded while another is on its way; more would only be
# more doubts when this worker is killed.
HELD_AT_ONCE = SENT_AT_ONCE + BATCH // 2
LANES_AT_ONCE = 4
LOOK_AT_LEAST_EVERY_S = 2.0
AFTER_A_FAULT_S = 1.0
# Smaller claims are not worth their transaction while others are still on their way.
SMALLEST_CLAIM = 8
RECORDED_AT_ONCE = 50
# With many on their way, results are gathered for so long.
GATHERED_S = 0.02
SHORTEST_WAIT_S = 0.005


class Pump:
    """One worker's. `wake` may be called from anywhere in the loop."""

    def __init__(self, sender: Sender, *, look_every_s: float = LOOK_AT_LEAST_EVERY_S) -> None:
        self._sender = sender
        self._look_every_s = look_every_s
        self._woken = asyncio.Event()
        self._free = HELD_AT_ONCE
        self._sending = asyncio.Semaphore(SENT_AT_ONCE)
        self._lanes: dict[Lane, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._results: asyncio.Queue[tuple[Attempt, SendResult]] = asyncio.Queue()
        self._last: Lane | None = None
        self._starved = False
        self._look_for_dead_at = 0.0

    def wake(self) -> None:
        """There is work."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Pump until `stop` is set; what was claimed by then is sent and recorded first."""
        recorder = asyncio.create_task(self._record_for_ever())
        stopper = asyncio.create_task(self._wake_at(stop))
        try:
            while not stop.is_set():
                self._woken.clear()
                await self._wait(await self._calm_round())
        finally:
            stopper.cancel()
            while self._tasks:
                await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._results.join()
            recorder.cancel()

    async def _calm_round(self) -> float:
        try:
            return await self._round()
        except Exception as fault:  # noqa: BLE001 -- the database was away: look again soon
            kind = type(fault).__name__
            log.error("pump_interrupted", fault=kind)  # noqa: TRY400 -- the kind only
            return AFTER_A_FAULT_S

    async def _round(self) -> float:
        """Start a claim for each lane that may go; how long there is nothing else to do."""
        wait_s = self._look_every_s
        await self._look_for_dead()
        lanes = await open_lanes(self._sender)
        now = self._sender.clock()
        for each in self._in_turn(lanes):
            if each.lane in self._lanes:
                continue
            if each.free_at is not None and each.free_at - now > HORIZON:
                left = (each.free_at - HORIZON - now).total_seconds()
                wait_s = max(SHORTEST_WAIT_S, min(wait_s, left))
                continue
            if self._free < SMALLEST_CLAIM or len(self._lanes) >= LANES_AT_ONCE:
                self._starved = True
                break  # the end of a claim or of a sending wakes us
            self._last = each.lane
            self._lanes[each.lane] = self._start(self._claim(each.lane))
        return wait_s

    async def _look_for_dead(self) -> None:
        moment = asyncio.get_running_loop().time()
        if moment >= self._look_for_dead_at:
            self._look_for_dead_at = moment + self._look_every_s
            await end_leases(self._sender)

    def _in_turn(self, lanes: list[OpenLane]) -> list[OpenLane]:
        """Those after the one that was served last come first."""
        last = next((n for n, each in enumerate(lanes) if each.lane == self._last), -1)
        return lanes[last + 1 :] + lanes[: last + 1]

    async def _claim(self, lane: Lane) -> None:
        """Claim of one lane as long as it fills the batch and there is room."""
        try:
            more = True
            while more:
                more = await self._claim_batch(lane) and self._free >= SMALLEST_CLAIM
        except Exception as fault:  # noqa: BLE001 -- this lane's turn comes again
            kind = type(fault).__name__
            log.error("claim_failed", fault=kind)  # noqa: TRY400 -- the kind only
        finally:
            del self._lanes[lane]

    async def _claim_batch(self, lane: Lane) -> bool:
        """One batch; whether it was full and nobody else waits for the room."""
        most = min(BATCH, self._free)
        self._free -= most
        used = 0
        try:
            claimed, seen = await claim_some(self._sender, lane, most=most)
            used = len(claimed)
        finally:
            self._free += most - used
        for each in claimed:
            self._start(self._send(each))
        if seen or self._starved:
            self._starved = False
            self.wake()
        return len(seen) == most and len(self._lanes) == 1

    async def _send(self, claimed: Claimed) -> None:
        async with self._sending:
            result = await send_claimed(self._sender, claimed)
        self._results.put_nowait((claimed.attempt, result))

    async def _record_for_ever(self) -> None:
        while True:
            results = [await self._results.get()]
            if HELD_AT_ONCE - self._free > SMALLEST_CLAIM:
                await asyncio.sleep(GATHERED_S)
            while not self._results.empty() and len(results) < RECORDED_AT_ONCE:
                results.append(self._results.get_nowait())
            by_organization: dict[UUID, list[tuple[Attempt, SendResult]]] = {}
            for each in results:
                by_organization.setdefault(each[0].organization_id, []).append(each)
            for organization_id, some in by_organization.items():
                await self._record(organization_id, some)
            for _ in results:
                self._results.task_done()
            self._free += len(results)
            if self._starved and self._free >= SMALLEST_CLAIM:
                self._starved = False
                self.wake()

    async def _record(self, organization_id: UUID, some: list[tuple[Attempt, SendResult]]) -> None:
        try:
            await record_some(self._sender, organization_id, some)
        except Exception as fault:  # noqa: BLE001 -- the lease ends, and the provider is asked
            kind = type(fault).__name__
            log.error("results_not_recorded", messages=len(some), fault=kind)  # noqa: TRY400

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.wake()
