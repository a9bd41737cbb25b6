"""Failure drills: the server is down, slow, broken, wrongly keyed; PostgreSQL answers, marked."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from builders.listings import NOW
from directory.search.engines import engine_of
from directory.search.port import SearchPage
from directory.search.postgres import PostgresSearch
from directory.search_server.client import Patience, SearchServer
from directory.search_server.engine import MeilisearchSearch
from directory.search_server.faults import ServerDown, ServerRefused, Unsuited
from directory.search_server.keys import MasterKey, examine_keys, refuse_master_key
from directory.search_server.rebuild import rebuild
from directory.search_server.spare import LEFT_ALONE_SECONDS, WithSpare
from fakes.meilisearch_server import ADMIN, MASTER, SEARCH
from shared.settings import Settings
from support.search_engines import FOOD, Engine, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from builders.listings import Listed
    from fakes.meilisearch_server import MeilisearchServer
    from shared.database import Database

    List = Callable[..., Awaitable[Listed]]


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def pair(
    searching: SearchServer, database: Database, owner_database: Database, watch: Watch
) -> Engine:
    """The server with PostgreSQL as its spare, as the web has them."""
    both = WithSpare(MeilisearchSearch(searching), PostgresSearch(), clock=watch)
    return Engine(both, database, owner_database, None)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ask(pair: Engine) -> SearchPage:
    page = await pair.search(meanings=(FOOD,))
    assert page.local_total == 1  # whoever answers
    return page


async def test_a_server_that_is_down_at_the_start_costs_no_answer(
    database: Database, owner_database: Database, listed: List, server: SearchServer
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    settings = Settings(
        meilisearch_url=f"http://127.0.0.1:{closed_port()}", meilisearch_key="some-key"
    )
    engine = engine_of(settings)
    assert engine.name == "meilisearch"
    page = await ask(Engine(engine, database, owner_database, None))
    assert (page.engine, page.degraded) == ("postgresql", True)


async def test_without_an_address_postgresql_is_the_only_engine_and_not_a_spare(
    database: Database, owner_database: Database, listed: List
) -> None:
    await listed()
    page = await ask(Engine(engine_of(Settings()), database, owner_database, None))
    assert (page.engine, page.degraded) == ("postgresql", False)


@pytest.mark.parametrize("fault", ["reset", 500, 503, 429, 403])
async def test_a_server_that_fails_between_two_searches_is_stood_in_for(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    pair: Engine,
    fault: str | int,
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    assert (await ask(pair)).engine == "meilisearch"
    fake.fault = fault
    page = await ask(pair)
    assert (page.engine, page.degraded) == ("postgresql", True)


async def test_a_server_that_failed_is_left_alone_for_a_while_and_then_tried_by_one(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    pair: Engine,
    watch: Watch,
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    fake.fault = 503
    assert (await ask(pair)).degraded
    asked = len(fake.exchanges)
    for _ in range(5):
        assert (await ask(pair)).degraded
    assert len(fake.exchanges) == asked
    watch.time += LEFT_ALONE_SECONDS + 1
    assert (await ask(pair)).degraded  # tried, and still down
    assert len(fake.exchanges) == asked + 1
    fake.fault = None
    assert (await ask(pair)).degraded  # left alone again
    watch.time += LEFT_ALONE_SECONDS + 1
    page = await ask(pair)
    assert (page.engine, page.degraded) == ("meilisearch", False)


async def test_going_and_coming_back_are_logged_once_each_and_without_words(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    pair: Engine,
    watch: Watch,
) -> None:
    await listed(name="Zanzibar")
    await rebuild(owner_database, server, NOW)
    with capture_logs() as logs:
        fake.fault = "reset"
        for _ in range(3):
            await pair.search(words="zanzibar")
            watch.time += LEFT_ALONE_SECONDS + 1
        fake.fault = None
        await pair.search(words="zanzibar")
    assert [each["event"] for each in logs] == ["search_server_down", "search_server_back"]
    assert "zanzibar" not in str(logs)


@pytest.mark.parametrize("known", [True, False])
async def test_a_silent_server_is_waited_for_no_longer_than_the_time_out(  # noqa: PLR0913, PLR0917 -- fixtures
    fake: MeilisearchServer,
    listed: List,
    database: Database,
    owner_database: Database,
    server: SearchServer,
    known: bool,  # noqa: FBT001 -- a parameter
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    hasty = MeilisearchSearch(SearchServer(fake.url, SEARCH, patience=Patience(search=0.3)))
    hasty._key_is_fit = known  # the very first search asks about the key before
    both = WithSpare(hasty, PostgresSearch())
    fake.fault = "silent"
    start = time.perf_counter()
    page = await ask(Engine(both, database, owner_database, None))
    assert (page.engine, page.degraded) == ("postgresql", True)
    assert time.perf_counter() - start < 5.0  # the other time-out is ten seconds


def test_searches_wait_two_seconds_and_writes_ten() -> None:
    assert Patience() == Patience(search=2.0, admin=10.0, task=900.0)


async def test_a_read_is_tried_twice_when_the_connection_breaks_and_a_write_never(
    fake: MeilisearchServer, server: SearchServer
) -> None:
    fake.fault, fake.faults_left = "reset", 1
    assert (await server.get("version"))["pkgVersion"]
    fake.fault, fake.faults_left = "reset", 1
    with pytest.raises(ServerDown):
        await server.create_index("one")
    assert fake.indexes == {}
    assert fake.asked("POST", "/indexes") == []


async def test_a_slow_read_is_not_tried_again(fake: MeilisearchServer) -> None:
    fake.fault, fake.faults_left = "silent", 1
    with pytest.raises(ServerDown):
        await SearchServer(fake.url, SEARCH, patience=Patience(search=0.1)).search(
            [{"indexUid": "x", "q": ""}]
        )
    assert fake.faults_left == 0


async def test_an_index_that_is_gone_is_stood_in_for(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    pair: Engine,
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    fake.indexes.clear()
    assert (await ask(pair)).degraded


async def test_a_question_that_suits_postgresql_better_is_not_called_a_failure(
    owner_database: Database, server: SearchServer, listed: List, pair: Engine
) -> None:
    await listed(description=" ".join(f"word{number}" for number in range(12)))
    await rebuild(owner_database, server, NOW)
    page = await pair.search(words=" ".join(f"word{number}" for number in range(12)))
    assert (page.engine, page.degraded, page.local_total) == ("postgresql", False, 1)


async def test_many_services_that_the_server_lacks_are_a_question_for_postgresql(
    owner_database: Database,
    server: SearchServer,
    searching: SearchServer,
    database: Database,
    listed: List,
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    await run(
        owner_database,
        "insert into search_server_gap (service_id)"
        " select gen_random_uuid() from generate_series(1, 2001)",
    )
    with pytest.raises(Unsuited):
        await Engine(MeilisearchSearch(searching), database, owner_database, None).search()


# ── keys


@pytest.mark.parametrize("key", ["wrong", None, ""])
async def test_a_wrong_key_is_stood_in_for(  # noqa: PLR0913, PLR0917 -- fixtures
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    database: Database,
    key: str | None,
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    engine = MeilisearchSearch(SearchServer(fake.url, key))
    with pytest.raises(ServerRefused):
        await Engine(engine, database, owner_database, None).search(meanings=(FOOD,))
    both = WithSpare(engine, PostgresSearch())
    assert (await ask(Engine(both, database, owner_database, None))).degraded


async def test_the_master_key_is_refused_whatever_it_is_given_for(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    database: Database,
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    master = SearchServer(fake.url, MASTER)
    with pytest.raises(MasterKey):
        await refuse_master_key(master, "HANDBACK_MEILISEARCH_ADMIN_KEY")
    both = WithSpare(MeilisearchSearch(master), PostgresSearch())
    assert (await ask(Engine(both, database, owner_database, None))).degraded
    assert fake.asked("POST", "/multi-search") == []
    await refuse_master_key(SearchServer(fake.url, ADMIN), "admin")
    await refuse_master_key(SearchServer(fake.url, SEARCH), "search")


async def test_the_doctor_tells_each_wrong_key_from_the_other(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer
) -> None:
    await rebuild(owner_database, server, NOW)

    async def findings(search: str, admin: str | None) -> list[tuple[bool, str]]:
        found = await examine_keys(
            SearchServer(fake.url, search), SearchServer(fake.url, admin) if admin else None
        )
        assert all(each.ok or each.remedy for each in found)
        return [(each.ok, each.what) for each in found]

    assert await findings(SEARCH, ADMIN) == [
        (True, "The search server is available."),
        (True, "The search key may search, and nothing else."),
        (True, "The admin key may fill the index."),
    ]
    too_much = (False, "HANDBACK_MEILISEARCH_KEY may do more than search.")
    assert (await findings(ADMIN, ADMIN))[1] == too_much
    assert (await findings("wrong", ADMIN))[1] == (False, "The search key may not search.")
    no_admin = (False, "HANDBACK_MEILISEARCH_ADMIN_KEY may not manage indexes.")
    assert (await findings(SEARCH, SEARCH))[2] == no_admin
    assert [ok for ok, _what in await findings(MASTER, MASTER)] == [True, False, False]
    assert (await findings(SEARCH, None))[2][0] is False
    fake.fault = "reset"
    assert await findings(SEARCH, ADMIN) == [(False, "The search server does not answer.")]
