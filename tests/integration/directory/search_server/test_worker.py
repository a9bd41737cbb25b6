"""The worker keeps the search server true: one job at a time, whatever the server does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from builders.listings import NOW
from directory.search_server.rebuild import rebuild
from fakes.meilisearch_server import ADMIN, MASTER
from shared.settings import get_settings
from support.search_engines import run
from web.search_server_jobs import NOBODY, THE_INDEX, queue_catching_up, tell_search_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from builders.listings import Listed
    from directory.search_server.client import SearchServer
    from fakes.meilisearch_server import MeilisearchServer
    from shared.database import Database

    List = Callable[..., Awaitable[Listed]]

QUEUED = "select convert_from(payload, 'UTF8') from pgqueuer where entrypoint = 'search_server'"


class WorkerAt:
    """What the tick and the jobs are handed."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database, self.now = database, now

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
def worker(worker_database: Database) -> Any:
    return WorkerAt(worker_database, NOW)


@pytest.fixture
def configured(fake: MeilisearchServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings with the fake's address and admin key."""
    monkeypatch.setenv("HANDBACK_MEILISEARCH_URL", fake.url)
    monkeypatch.setenv("HANDBACK_MEILISEARCH_ADMIN_KEY", ADMIN)
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


async def test_without_a_server_the_tick_queues_nothing(
    worker: Any, owner_database: Database
) -> None:
    await queue_catching_up(worker)
    await tell_search_server(worker, NOBODY, THE_INDEX)
    assert await run(owner_database, QUEUED) == []


@pytest.mark.usefixtures("configured")
async def test_a_change_becomes_one_job_of_ids_only_and_the_job_sends_it(
    worker: Any, owner_database: Database, fake: MeilisearchServer, listed: List
) -> None:
    one = await listed(name="Zanzibar")
    for _ in range(3):
        await queue_catching_up(worker)
    ((payload,),) = await run(owner_database, QUEUED)
    assert payload == f'{{"organization": "{NOBODY}", "id": "{THE_INDEX}"}}'
    await tell_search_server(worker, NOBODY, THE_INDEX)
    assert set(fake.indexes["handback"].documents) == {str(one.id)}
    worker.now += timedelta(seconds=11)
    await queue_catching_up(worker)
    assert len(await run(owner_database, QUEUED)) == 1  # nothing is left to do
    await listed()
    await queue_catching_up(worker)
    assert len(await run(owner_database, QUEUED)) == 2


@pytest.mark.usefixtures("configured")
async def test_a_server_that_is_away_does_not_fail_the_job_and_is_asked_again(
    worker: Any, owner_database: Database, fake: MeilisearchServer, listed: List
) -> None:
    await listed()
    fake.fault = "reset"
    await tell_search_server(worker, NOBODY, THE_INDEX)
    fake.fault = None
    await queue_catching_up(worker)
    assert len(await run(owner_database, QUEUED)) == 1
    await tell_search_server(worker, NOBODY, THE_INDEX)
    assert len(fake.indexes["handback"].documents) == 1


@pytest.mark.usefixtures("configured")
async def test_the_worker_writes_nothing_under_the_master_key(
    worker: Any, fake: MeilisearchServer, listed: List, monkeypatch: pytest.MonkeyPatch
) -> None:
    await listed()
    monkeypatch.setenv("HANDBACK_MEILISEARCH_ADMIN_KEY", MASTER)
    get_settings.cache_clear()
    await tell_search_server(worker, NOBODY, THE_INDEX)
    assert fake.indexes == {}


async def test_the_worker_may_do_all_that_a_rebuild_needs(
    worker_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    await listed()
    rebuilt = await rebuild(worker_database, server, NOW)
    assert rebuilt.documents == 1


async def test_two_processes_do_not_write_at_once(committed: dict[str, Database]) -> None:
    from directory.search_server.documents import Busy, only_writer

    async with only_writer(committed["worker"]):
        with pytest.raises(Busy):
            async with only_writer(committed["owner"]):
                pytest.fail("both write")
    async with only_writer(committed["owner"]):
        pass
