"""The worker process: sends messages, takes jobs, and every few seconds does what time must do.

Any number of workers may run. Each has one connection of its own for the queue, as handback_worker,
and comes back by itself when the database was away.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg  # type: ignore[import-untyped]
import structlog
from pgqueuer import QueueManager
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job as QueuedJob
from pgqueuer.queries import Queries

from notify.channels import Channels
from notify.outbox import WAKE_CHANNEL
from notify.pump import Pump
from notify.restores import pause_after_restore
from notify.worker import Sender
from shared.database import Database
from shared.jobs import Job, read_payload
from shared.provision import database_urls
from web.jobs import JOBS, JobKind, tick
from web.wiring import register_sources

if TYPE_CHECKING:
    from shared.settings import Settings

log = structlog.get_logger()
# Someone who turned the demo's clock is looking at the screen; elsewhere minutes are enough.
TICK_SIMULATED_S = 2.0
TICK_S = 15.0
COME_BACK_AFTER_S = 1.0
# A lost notification costs at most this much.
LOOK_AT_LEAST_EVERY = timedelta(seconds=5)
JOBS_AT_ONCE = 20
POOL_SIZE = 20


class JobFailed(Exception):  # noqa: N818 -- what happened
    """A job's fault without its words: the queue keeps the traceback, and words may name people."""


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; running jobs are finished first."""
    asyncio.run(_until_signal(settings))


async def work(settings: Settings, stop: asyncio.Event, worker_url: str | None = None) -> None:
    """Work until `stop` is set."""
    url = worker_url or database_urls(settings).worker
    register_sources()
    database = Database(url, pool_size=POOL_SIZE)
    channels = Channels.from_settings(settings)
    sender = Sender(database, channels)
    every_s = TICK_SIMULATED_S if settings.simulated else TICK_S
    pump = Pump(sender)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_keep(lambda: _take_jobs(url, sender, stop), stop))
            tasks.create_task(_keep(lambda: _send(url, pump, sender, stop), stop))
            tasks.create_task(_keep(lambda: _tick_for_ever(sender, every_s, stop), stop))
    finally:
        await channels.close()
        await database.dispose()


async def _until_signal(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    log.info("worker_started")
    await work(settings, stop)
    log.info("worker_stopped")


async def _keep(run: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run again after a fault (the database was away), until told to stop."""
    while not stop.is_set():
        try:
            await run()
        except Exception as fault:  # noqa: BLE001 -- logged by kind; the next run starts afresh
            kind = type(fault).__name__
            log.error("worker_interrupted", fault=kind)  # noqa: TRY400 -- the kind only
            await _pause(COME_BACK_AFTER_S, stop)


async def _send(url: str, pump: Pump, sender: Sender, stop: asyncio.Event) -> None:
    """Send what is due, woken by whoever queues a message; again from the start when cut off.

    A database that was put back from a backup is noticed before the first message leaves.
    """
    await pause_after_restore(sender.database, sender.clock())
    connection = await asyncpg.connect(url)
    over = asyncio.Event()
    connection.add_termination_listener(lambda *_: over.set())
    try:
        await connection.add_listener(WAKE_CHANNEL, lambda *_: pump.wake())
        stopping = asyncio.create_task(_either(stop, over))
        try:
            await pump.run(over)
        finally:
            stopping.cancel()
    finally:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            await connection.close(timeout=5)
    if not stop.is_set():
        raise ConnectionError


async def _either(stop: asyncio.Event, over: asyncio.Event) -> None:
    await stop.wait()
    over.set()


async def _take_jobs(url: str, sender: Sender, stop: asyncio.Event) -> None:
    """Take jobs on a connection of our own."""
    connection = await asyncpg.connect(url)
    try:
        manager = QueueManager(Queries(AsyncpgDriver(connection)))
        for name, kind in JOBS.items():
            _register(manager, name, kind, sender)
        stopping = asyncio.create_task(_shut_down(manager, stop))
        try:
            await manager.run(
                dequeue_timeout=LOOK_AT_LEAST_EVERY,
                max_concurrent_tasks=JOBS_AT_ONCE,
                shutdown_on_listener_failure=True,
            )
        finally:
            stopping.cancel()
    finally:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            await connection.close(timeout=5)


def _register(manager: QueueManager, name: Job, kind: JobKind, sender: Sender) -> None:
    # 'hold': the default deletes a failed job; ours stays to be seen, and the sweep does its work.
    @manager.entrypoint(str(name), concurrency_limit=kind.at_once, on_failure="hold")
    async def run(job: QueuedJob) -> None:
        organization_id, subject_id = read_payload(job.payload)
        if organization_id is None:
            return
        failed: str | None = None
        try:
            await kind.work(sender, organization_id, subject_id)
        except Exception as fault:  # noqa: BLE001 -- told on as JobFailed, by kind only
            failed = type(fault).__name__
        if failed is not None:
            log.error("job_failed", job=str(name), subject_id=str(subject_id), fault=failed)
            raise JobFailed(f"{name}: {failed}")


async def _shut_down(manager: QueueManager, stop: asyncio.Event) -> None:
    await stop.wait()
    manager.shutdown.set()


async def _tick_for_ever(sender: Sender, every_s: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await tick(sender)
        await _pause(every_s, stop)


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
