"""Sources with their licences: a change says what it hides, and holds everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown, today
from directory.importing.sources import SourceFacts, ensure_source
from directory.rights import may_leave_for_search_server
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from builders.listings import Listed
    from shared.database import Database

OPEN = {"may_show_public": "1", "may_republish": "1", "may_send_to_search_server": "1"}


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def source_of(desk: StewardsDesk, listed: Listed) -> str:
    asked = f"select source_id from service where id = '{listed.service_id}'"
    return str((await desk.rows(asked))[0][0])


async def change(desk: StewardsDesk, listed: Listed, **said: str) -> httpx.Response:
    return await desk.post("/steward/sources", source=await source_of(desk, listed), **said)


async def test_every_source_is_listed_with_its_rights(desk: StewardsDesk) -> None:
    await desk.lists()

    english = shown(await desk.browser.get("/steward/sources"))
    spanish = shown(await desk.browser.get("/steward/sources?lang=es"))

    assert "1 service License Not told" in english
    assert "The public may see its records Yes" in english
    assert "El público puede ver sus datos" in spanish
    assert "Sources and licenses" in shown(await desk.browser.get("/steward?lang=en"))


async def test_what_hides_services_is_said_before_it_is_done(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())

    asked = await change(desk, listed)

    assert asked.status_code == 200
    assert "1 service leaves the public pages, search and API at once." in shown(asked)
    assert (await desk.browser.get(f"/services/{listed.id}")).status_code == 200
    assert await desk.rows("select 1 from source_change") == []


async def test_a_source_that_is_not_public_any_more_is_gone_from_everywhere(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists(assured_date=today())
    assert "Harbor Pantry Inc" in await desk.found()

    done = await change(desk, listed, confirm="1")

    assert done.status_code == 303
    assert (await desk.browser.get(f"/services/{listed.id}")).status_code == 404
    assert "Harbor Pantry Inc" not in await desk.found()
    assert "Harbor Pantry Inc" in await desk.found(path="/find")
    assert await desk.rows("select 1 from search_doc") == []
    assert len(await desk.rows("select 1 from search_hidden_doc")) == 1
    async with desk.database.transaction(Context()) as session:
        assert await may_leave_for_search_server(session, [listed.id], today()) == set()
    page = shown(await desk.browser.get("/steward/sources"))
    assert "The public may see its records: Yes → No" in page
    assert "Nadia" in page
    events = await desk.rows("select action from audit_event where subject_kind = 'source'")
    assert ("source_rights_changed",) in events


async def test_given_back_it_is_everybodys_again(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())
    await change(desk, listed, confirm="1")

    assert (await change(desk, listed, **OPEN)).status_code == 303

    assert "Harbor Pantry Inc" in await desk.found()
    assert await desk.rows("select 1 from search_hidden_doc") == []


async def test_a_licence_that_ended_hides_and_one_that_ends_later_does_not(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists(assured_date=today())
    soon, gone = today() + timedelta(days=20), today() - timedelta(days=2)

    assert (await change(desk, listed, **OPEN, ends_on=soon.isoformat())).status_code == 303
    assert "Harbor Pantry Inc" in await desk.found()
    assert "A license ends" in shown(await desk.browser.get("/steward"))
    asked = await change(desk, listed, **OPEN, ends_on=gone.isoformat())
    assert "1 service leaves the public pages" in shown(asked)
    await change(desk, listed, **OPEN, ends_on=gone.isoformat(), confirm="1")

    assert "Harbor Pantry Inc" not in await desk.found()


async def test_the_name_beside_its_records_changes_at_once(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today())

    await change(desk, listed, **OPEN, attribution="County of Wicomico", licence="CC BY 4.0")

    page = shown(await desk.browser.get(f"/services/{listed.id}"))
    assert "Source: County of Wicomico (CC BY 4.0)." in page


async def test_a_feed_does_not_take_back_what_a_steward_set(
    desk: StewardsDesk, owner_database: Database
) -> None:
    listed = await desk.lists(assured_date=today())
    await change(desk, listed, confirm="1", may_show_public="1", attribution="The county")
    mine = f"from source where id = '{await source_of(desk, listed)}'"
    named = await desk.rows(f"select name {mine}")

    async def told(**more: Any) -> list[tuple[Any, ...]]:
        facts = SourceFacts(name=named[0][0], may_show_public=True, may_republish=True, **more)
        async with owner_database.transaction(Context()) as session:
            await ensure_source(session, facts)
        return await desk.rows(f"select may_republish, attribution {mine}")

    assert await told(attribution="Feed", licence="CC0") == [(False, "The county")]
    assert await desk.rows(f"select licence {mine}") == [("CC0",)]
    insisted = frozenset({"may_republish"})
    assert await told(attribution="Feed", insisted=insisted) == [(True, "The county")]


async def test_refusals_stand_beside_their_field_and_keep_what_was_typed(
    desk: StewardsDesk,
) -> None:
    listed = await desk.lists(assured_date=today())

    half = await change(desk, listed, may_republish="1", steward="Rosa")
    assert half.status_code == 400
    assert "What the public may not see can’t be handed on." in shown(half)
    assert 'value="Rosa"' in half.text
    script = await change(desk, listed, **OPEN, licence_url="javascript:alert(1)")
    assert "A web address begins with https://." in shown(script)
    assert "That is what it says already." in shown(await change(desk, listed, **OPEN))
    for nobody in (str(new_id()), "x"):
        answer = await desk.post("/steward/sources", source=nobody, **OPEN)
        assert answer.status_code == 404
