"""Filling the server anew: beside the index that serves, checked, then swapped in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from builders.listings import NOW
from directory.search_server.client import SearchServer
from directory.search_server.engine import MeilisearchSearch, NotFilled
from directory.search_server.faults import ServerDown, TaskFailed
from directory.search_server.index import SETTINGS
from directory.search_server.rebuild import CountsDiffer, rebuild
from fakes.meilisearch_server import ADMIN
from support.search_engines import FOOD, Engine, run

if TYPE_CHECKING:
    from builders.listings import Listed
    from fakes.meilisearch_server import MeilisearchServer
    from shared.database import Database

    List = Callable[..., Awaitable[Listed]]


@pytest.fixture
def asking(searching: SearchServer, database: Database, owner_database: Database) -> Engine:
    return Engine(MeilisearchSearch(searching), database, owner_database, None)


async def test_a_server_that_was_never_filled_does_not_answer(asking: Engine, listed: List) -> None:
    await listed()
    with pytest.raises(NotFilled):
        await asking.search(meanings=(FOOD,))


async def test_a_rebuild_sets_the_index_up_fills_it_and_leaves_no_second_one(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    await listed(name="One")
    await listed(name="Two")
    rebuilt = await rebuild(owner_database, server, NOW)
    assert (rebuilt.documents, rebuilt.kept_back) == (2, 0)
    assert set(fake.indexes) == {server.index}
    assert len(fake.indexes[server.index].documents) == 2
    assert fake.indexes[server.index].settings | SETTINGS == fake.indexes[server.index].settings


async def test_searches_go_on_while_the_new_index_is_filled(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    asking: Engine,
) -> None:
    await listed(name="Harbor Pantry")
    await rebuild(owner_database, server, NOW)
    seen: list[tuple[str, int]] = []

    def note(kind: str) -> None:
        seen.append((kind, len(fake.indexes[server.index].documents)))

    fake.before_task = note
    await rebuild(owner_database, server, NOW)
    assert [kind for kind, _held in seen][-2:] == ["indexSwap", "indexDeletion"]
    assert all(held == 1 for _kind, held in seen)  # the serving index is never empty
    assert (await asking.search(meanings=(FOOD,))).local_total == 1


class Edited(SearchServer):
    """While it is being filled, somebody edits the directory."""

    edit: Callable[[], Awaitable[Any]] | None = None

    async def add_documents(self, index: str, documents: Sequence[dict[str, Any]]) -> int:
        if self.edit is not None:
            edit, self.edit = self.edit, None
            await edit()
        return await super().add_documents(index, documents)


async def test_what_changes_while_the_new_index_is_filled_is_found_afterwards(
    owner_database: Database, server: SearchServer, listed: List, asking: Engine
) -> None:
    await listed(name="Before", miles_north=0.1)
    edited = Edited(server.url, ADMIN)
    edited.edit = lambda: listed(name="Meanwhile", miles_north=0.2)
    await rebuild(owner_database, edited, NOW)
    page = await asking.search(meanings=(FOOD,))
    assert [each.display["text"]["name"] for each in page.local] == ["Before", "Meanwhile"]
    # Read before it was written: PostgreSQL answers for it until the server is told.
    assert await run(owner_database, "select told from search_server_gap") == [(False,)]


@pytest.mark.parametrize("ends", ["failed", "canceled"])
@pytest.mark.parametrize("kind", ["documentAdditionOrUpdate", "settingsUpdate", "indexSwap"])
async def test_a_task_that_does_not_succeed_leaves_the_old_index_in_service(  # noqa: PLR0913, PLR0917 -- fixtures
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    asking: Engine,
    kind: str,
    ends: str,
) -> None:
    await listed(name="Old", miles_north=0.1)
    await rebuild(owner_database, server, NOW)
    await listed(name="New", miles_north=0.2)
    fake.failing = {kind: ends}
    with pytest.raises(TaskFailed) as failed:
        await rebuild(owner_database, server, NOW)
    assert (failed.value.kind, failed.value.status) == (kind, ends)
    assert len(fake.indexes[server.index].documents) == 1
    assert (await asking.search(meanings=(FOOD,))).local_total == 2
    fake.failing = {}
    await rebuild(owner_database, server, NOW)  # what was left behind is thrown away
    assert set(fake.indexes) == {server.index}
    assert len(fake.indexes[server.index].documents) == 2


async def test_a_swap_whose_answer_got_lost_costs_nothing(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    asking: Engine,
) -> None:
    await listed(name="Old", miles_north=0.1)
    await rebuild(owner_database, server, NOW)
    await listed(name="New", miles_north=0.2)

    def break_after(kind: str) -> None:
        if kind == "indexSwap":
            fake.fault = "reset"

    fake.before_task = break_after
    with pytest.raises(ServerDown):
        await rebuild(owner_database, server, NOW)
    fake.fault, fake.before_task = None, None
    assert len(fake.indexes[server.index].documents) == 2  # it had been swapped
    assert len(fake.indexes[server.next_index].documents) == 1  # and the old one not deleted
    assert (await asking.search(meanings=(FOOD,))).local_total == 2
    await rebuild(owner_database, server, NOW)
    assert set(fake.indexes) == {server.index}


async def test_an_index_that_holds_less_than_was_sent_does_not_go_into_service(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    await listed()
    fake.loses = True
    with pytest.raises(CountsDiffer):
        await rebuild(owner_database, server, NOW)
    assert server.index not in fake.indexes


async def test_an_index_made_by_another_version_is_not_asked(
    owner_database: Database, server: SearchServer, listed: List, asking: Engine
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    await run(owner_database, "update search_server set shape = 'of last year'")
    with pytest.raises(NotFilled):
        await asking.search(meanings=(FOOD,))


async def test_tables_that_took_the_place_of_others_call_for_a_rebuild(
    owner_database: Database, server: SearchServer, listed: List, asking: Engine
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    await run(owner_database, "select search_server_watch()")
    with pytest.raises(NotFilled):
        await asking.search(meanings=(FOOD,))
    await rebuild(owner_database, server, NOW)
    assert (await asking.search(meanings=(FOOD,))).local_total == 1
