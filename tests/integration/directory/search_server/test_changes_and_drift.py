"""The server is told what changed, and compared with the directory; what may not be sent is not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders.listings import NOW
from directory.search.projection import project
from directory.search_server.drift import check_drift, repair_drift
from directory.search_server.engine import MeilisearchSearch
from directory.search_server.faults import ServerDown, TaskFailed
from directory.search_server.keeping import catch_up, is_behind, send_changes
from directory.search_server.rebuild import rebuild
from shared.database import Context
from support.search_engines import FOOD, SHELTER, Engine, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from builders.listings import Listed
    from directory.search_server.client import SearchServer
    from fakes.meilisearch_server import MeilisearchServer
    from shared.database import Database

    List = Callable[..., Awaitable[Listed]]

GAP = "select service_id, told from search_server_gap"
SOURCE_OF = "(select source_id from service where id = :id)"


@pytest.fixture
def asking(searching: SearchServer, database: Database, owner_database: Database) -> Engine:
    return Engine(MeilisearchSearch(searching), database, owner_database, None)


async def edit(database: Database, statement: str, service_id: UUID) -> None:
    """A change with its projection, in one transaction."""
    from sqlalchemy import text

    async with database.transaction(Context()) as session:
        await session.execute(text(statement), {"id": service_id})
        await project(session, [service_id], NOW)


async def test_without_a_search_server_nothing_is_noted(
    owner_database: Database, listed: List
) -> None:
    await listed()
    assert await run(owner_database, GAP) == []


async def test_a_change_is_sent_once_and_then_no_longer_noted(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    one = await listed(name="Harbor Pantry")
    await rebuild(owner_database, server, NOW)
    assert await run(owner_database, GAP) == []
    await edit(owner_database, "update service set name = 'Lantern' where id = :id", one.service_id)
    assert await run(owner_database, GAP) == [(one.service_id, False)]
    assert await send_changes(owner_database, server, NOW) == 1
    assert await run(owner_database, GAP) == []
    assert "lantern" in fake.indexes[server.index].documents[str(one.id)]["words"]
    before = len(fake.exchanges)
    assert await send_changes(owner_database, server, NOW) == 0
    assert len(fake.exchanges) == before


async def test_what_is_withdrawn_leaves_the_server(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    one, other = await listed(), await listed()
    await rebuild(owner_database, server, NOW)
    await edit(
        owner_database, "update service set withdrawn_at = now() where id = :id", one.service_id
    )
    await send_changes(owner_database, server, NOW)
    assert set(fake.indexes[server.index].documents) == {str(other.id)}


async def test_a_change_made_while_sending_stays_noted(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    one = await listed()
    await rebuild(owner_database, server, NOW)
    await edit(owner_database, "update service set name = 'B' where id = :id", one.service_id)
    from directory.search_server.documents import mark_told, untold

    async with owner_database.transaction(Context()) as session:
        seen = await untold(session)
    await edit(owner_database, "update service set name = 'C' where id = :id", one.service_id)
    async with owner_database.transaction(Context()) as session:
        await mark_told(session, seen, set())
    assert await run(owner_database, GAP) == [(one.service_id, False)]


async def test_a_failed_task_keeps_the_change_noted_and_searches_right(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    asking: Engine,
) -> None:
    await rebuild(owner_database, server, NOW)
    one = await listed(name="New")
    fake.failing = {"documentAdditionOrUpdate": "failed"}
    with pytest.raises(TaskFailed):
        await send_changes(owner_database, server, NOW)
    assert await run(owner_database, GAP) == [(one.service_id, False)]
    assert (await asking.search(meanings=(FOOD,))).local_total == 1


async def test_a_source_that_may_not_be_sent_is_never_sent_and_found_all_the_same(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    asking: Engine,
) -> None:
    kept = await listed(name="Zanzibar Pantry", miles_north=0.2)
    await listed(name="Free to send", miles_north=0.1)
    await run(
        owner_database,
        f"update source set may_send_to_search_server = false where id = {SOURCE_OF}",
        id=kept.service_id,
    )
    rebuilt = await rebuild(owner_database, server, NOW)
    assert (rebuilt.documents, rebuilt.kept_back) == (1, 1)
    await edit(owner_database, "update service set fees = '0' where id = :id", kept.service_id)
    await send_changes(owner_database, server, NOW)
    await repair_drift(owner_database, server, NOW)
    assert "zanzibar" not in fake.sent.lower()
    assert str(kept.id) not in fake.sent
    assert await run(owner_database, GAP) == [(kept.service_id, True)]
    assert (await asking.search(meanings=(FOOD,))).local_total == 2
    assert (await asking.search(words="zanzibar")).local_total == 1


async def test_a_right_that_is_taken_back_takes_the_documents_back(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    one = await listed()
    await rebuild(owner_database, server, NOW)
    sending = f"update source set may_send_to_search_server = :may where id = {SOURCE_OF}"
    await run(owner_database, sending, id=one.service_id, may=False)
    await send_changes(owner_database, server, NOW)
    assert fake.indexes[server.index].documents == {}
    await run(owner_database, sending, id=one.service_id, may=True)
    await send_changes(owner_database, server, NOW)
    assert set(fake.indexes[server.index].documents) == {str(one.id)}
    assert await run(owner_database, GAP) == []


async def test_a_licence_that_ended_overnight_is_found_by_the_daily_comparison(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    asking: Engine,
) -> None:
    one = await listed()
    ends = f"update source set ends_on = :day where id = {SOURCE_OF}"
    await run(owner_database, ends, id=one.service_id, day=NOW.date())
    await rebuild(owner_database, server, NOW)
    assert len(fake.indexes[server.index].documents) == 1
    tomorrow = NOW + timedelta(days=1, minutes=1)
    assert await is_behind(owner_database, tomorrow)
    await catch_up(owner_database, server, tomorrow)
    assert fake.indexes[server.index].documents == {}
    assert await run(owner_database, GAP) == [(one.service_id, True)]
    assert not await is_behind(owner_database, tomorrow)
    assert (await asking.search(meanings=(FOOD,))).local_total == 1  # still public here


async def test_nothing_confidential_or_personal_reaches_the_server(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    house = await listed(
        name="Safe house", confidential=True, terms=("1305",), phone="+12025550177"
    )
    await listed(name="Pantry", phone="+12025550178")
    await rebuild(owner_database, server, NOW)
    await repair_drift(owner_database, server, NOW)
    documents = fake.indexes[server.index].documents
    assert set(documents[str(house.id)]) == {
        "id",
        "service_id",
        "kind",
        "tags",
        "area_ids",
        "words",
        "version",
    }
    assert {name for each in documents.values() for name in each} == {
        "id",
        "service_id",
        "kind",
        "tags",
        "area_ids",
        "words",
        "version",
        "_geo",
    }
    assert "55501" not in fake.sent
    assert "elm" not in documents[str(house.id)]["words"].split()
    assert "wicomico" not in documents[str(house.id)]["words"]


async def test_drift_is_told_apart_and_only_what_differs_is_sent(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    right, lost, bent = await listed(), await listed(), await listed(terms=("1305",))
    await rebuild(owner_database, server, NOW)
    documents = fake.indexes[server.index].documents
    del documents[str(lost.id)]
    documents[str(bent.id)] |= {"tags": [1102], "version": "bent"}
    documents["00000000-0000-7000-8000-000000000001"] = {
        "id": "00000000-0000-7000-8000-000000000001",
        "service_id": "00000000-0000-7000-8000-000000000002",
    }
    drift = await check_drift(owner_database, server, NOW)
    assert (drift.compared, drift.found) == (3, True)
    assert drift.missing == [str(lost.id)]
    assert drift.different == [str(bent.id)]
    assert drift.extra == ["00000000-0000-7000-8000-000000000001"]
    before = len(fake.asked("POST", f"/indexes/{server.index}/documents"))
    await repair_drift(owner_database, server, NOW)
    (sent,) = fake.asked("POST", f"/indexes/{server.index}/documents")[before:]
    assert {each["id"] for each in sent.body} == {str(lost.id), str(bent.id)}
    assert set(documents) == {str(each.id) for each in (right, lost, bent)}
    assert not (await check_drift(owner_database, server, NOW)).found


async def test_a_bent_index_can_not_put_a_wrong_claim_on_a_page(
    owner_database: Database,
    server: SearchServer,
    fake: MeilisearchServer,
    listed: List,
    asking: Engine,
) -> None:
    from directory.search.tags import flag_tag

    beds = await listed(terms=("1305",), miles_north=0.1)
    far = await listed(miles_north=40.0)
    await rebuild(owner_database, server, NOW)
    documents = fake.indexes[server.index].documents
    documents[str(beds.id)]["tags"].append(flag_tag("no_id"))
    documents[str(far.id)]["_geo"] = documents[str(beds.id)]["_geo"]
    assert (await asking.search(meanings=(SHELTER,), must=(flag_tag("no_id"),))).local == []
    assert (await asking.search(meanings=(FOOD,))).local == []


async def test_changes_that_wait_are_no_drift(
    owner_database: Database, server: SearchServer, listed: List
) -> None:
    one = await listed()
    await rebuild(owner_database, server, NOW)
    await edit(owner_database, "update service set name = 'B' where id = :id", one.service_id)
    drift = await check_drift(owner_database, server, NOW)
    assert (drift.found, drift.waiting) == (False, 1)


async def test_catching_up_fills_an_empty_server_and_then_sends_changes_only(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    await listed()
    assert await is_behind(owner_database, NOW)
    await catch_up(owner_database, server, NOW)
    assert not await is_behind(owner_database, NOW)
    await listed()
    assert await is_behind(owner_database, NOW)
    await catch_up(owner_database, server, NOW)
    assert len(fake.asked("POST", "/swap-indexes")) == 1
    assert len(fake.indexes[server.index].documents) == 2
    assert not await is_behind(owner_database, NOW)


async def test_a_server_that_is_away_loses_no_change(
    owner_database: Database, server: SearchServer, fake: MeilisearchServer, listed: List
) -> None:
    await rebuild(owner_database, server, NOW)
    one = await listed()
    fake.fault = "reset"
    with pytest.raises(ServerDown):
        await catch_up(owner_database, server, NOW)
    fake.fault = None
    await catch_up(owner_database, server, NOW)
    assert set(fake.indexes[server.index].documents) == {str(one.id)}
