"""One life of an index on each server that can be had: filled, changed, bent, repaired."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from builders.listings import NOW
from directory.search_server.drift import check_drift, repair_drift
from directory.search_server.faults import ServerRefused
from directory.search_server.filters import equal
from directory.search_server.keeping import send_changes
from directory.search_server.keys import examine_keys, refuse_master_key
from directory.search_server.rebuild import rebuild
from support.search_engines import ENGINES, FOOD, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from builders.listings import Listed
    from directory.search_server.client import SearchServer
    from support.search_engines import Engine

    List = Callable[..., Awaitable[Listed]]

# PostgreSQL has no index to keep.
pytestmark = pytest.mark.parametrize("engine", ENGINES[1:], indirect=True)


@pytest.fixture
def admin(engine: Engine) -> SearchServer:
    assert engine.admin is not None
    return engine.admin


async def test_an_index_is_filled_changed_bent_and_repaired(
    engine: Engine, admin: SearchServer, listed: List
) -> None:
    one, other = await listed(name="One", miles_north=0.1), await listed(name="Other")
    await engine.fill()
    await listed(name="Third", miles_north=0.2)
    assert await send_changes(engine.owner, admin, NOW) == 1
    assert await run(engine.owner, "select 1 from search_server_gap") == []
    assert (await engine.search(meanings=(FOOD,))).local_total == 3
    await admin.wait(await admin.delete_documents(admin.index, equal("id", str(other.id))))
    stray = {"id": "stray", "service_id": "nobody", "version": "0"}
    await admin.wait(await admin.add_documents(admin.index, [stray]))
    await admin.wait(
        await admin.add_documents(admin.index, [{"id": str(one.id), "service_id": "x"}])
    )
    drift = await check_drift(engine.owner, admin, NOW)
    assert (drift.missing, drift.different) == ([str(other.id)], [str(one.id)])
    assert drift.extra == ["stray"]
    await repair_drift(engine.owner, admin, NOW)
    assert not (await check_drift(engine.owner, admin, NOW)).found
    assert (await engine.search(meanings=(FOOD,))).local_total == 3


async def test_every_search_during_a_rebuild_finds_the_documents(
    engine: Engine, admin: SearchServer, listed: List
) -> None:
    for _ in range(3):
        await listed()
    await engine.fill()
    done = asyncio.Event()
    seen: list[int] = []

    async def keep_asking() -> None:
        while not done.is_set():
            (answer,) = await admin.search([{"indexUid": admin.index, "q": ""}])
            seen.append(len(answer["hits"]))

    async def refill() -> None:
        await rebuild(engine.owner, admin, NOW)
        await rebuild(engine.owner, admin, NOW)
        done.set()

    await asyncio.gather(keep_asking(), refill())
    assert len(seen) > 5
    assert set(seen) == {3}
    assert not await admin.index_exists(admin.next_index)


async def test_a_typo_is_forgiven_when_nothing_is_spelt_like_that(
    engine: Engine, admin: SearchServer, listed: List
) -> None:
    await listed(name="Bluebonnet Kitchen")
    await listed(name="Bluebannet Garage", miles_north=0.1)
    await engine.fill()
    assert admin is engine.admin

    async def found(words: str) -> list[str]:
        page = await engine.search(words=words)
        return [each.display["text"]["name"] for each in page.local]

    assert await found("bluebonnet") == [
        "Bluebonnet Kitchen"
    ]  # spelt right: nothing else is guessed
    assert await found("bluebinnet") == ["Bluebannet Garage", "Bluebonnet Kitchen"]
    assert await found("kitchem bluebonnet") == ["Bluebonnet Kitchen"]
    assert await found("bluebinnet -kitchen") == ["Bluebonnet Kitchen"]  # a dash shuts nothing out
    assert await found("blueb") == ["Bluebannet Garage", "Bluebonnet Kitchen"]


async def test_keys_are_told_apart(engine: Engine, admin: SearchServer) -> None:
    await engine.fill()
    searching = engine.engine._server  # type: ignore[attr-defined]
    await refuse_master_key(admin, "admin")
    await refuse_master_key(searching, "search")
    assert all(each.ok for each in await examine_keys(searching, admin))
    with pytest.raises(ServerRefused):
        await searching.create_index("not_allowed")
