"""What a source keeps from the public is found by signed-in staff, marked, and by nobody else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from builders.accounts import a_member, a_person
from builders.browsing import sign_in_as
from builders.listings import NOW, Listing, list_service
from directory.api import service_at_location_card
from directory.rights import (
    credit_of,
    may_leave_for_search_server,
    shown_to_public,
)
from directory.search.projection import project, project_all, project_ended
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from builders.listings import Listed
    from shared.database import Database

NEAR = {"near": "38.3607,-75.5994"}
# Every way the public can ask, and the words that would betray the hidden ones.
PUBLIC_WAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/", {}),
    ("/search", {}),
    ("/search", NEAR),
    ("/search", {"need": "food", **NEAR}),
    ("/search", {"need": "food"}),
    ("/search", {"q": "licensed kitchen", **NEAR}),
    ("/search", {"q": "licensed"}),
    ("/search", {"q": "food", "radius_m": "100", "near": "39.5,-75.5"}),
    ("/search", {"need": "food", "open_now": "1", "near": "39.5,-75.5"}),
    ("/api/search", NEAR),
    ("/api/search", {"need": "food", **NEAR}),
    ("/api/search", {"q": "licensed kitchen", **NEAR}),
    ("/api/search", {"q": "licensed line"}),
    ("/api/search", {"need": "food", "language": "en", **NEAR}),
    ("/api/search", {"need": "food", "near": "38.9,-75.5", "radius_m": "80000"}),
    ("/api/suggest", {"q": "lic"}),
    ("/api/suggest", {"q": "licensed"}),
)
BETRAYS = re.compile("licensed|secretville", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
async def pantry(owner_database: Database) -> AsyncIterator[Listed]:
    """A pantry for everybody."""
    async with owner_database.transaction(Context()) as session:
        yield await list_service(session, Listing())


@pytest.fixture
async def kitchen(owner_database: Database, pantry: Listed) -> AsyncIterator[Listed]:
    """A place and a line that their source keeps from the public."""
    del pantry
    async with owner_database.transaction(Context()) as session:
        await list_service(
            session,
            Listing(name="Licensed line", miles_north=None, may_show_public=False),
        )
        yield await list_service(
            session,
            Listing(
                name="Licensed kitchen", city="Secretville", miles_north=1, may_show_public=False
            ),
        )


@pytest.fixture
async def staff(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    """The same browser, signed in as a navigator."""
    member = await a_member(database)
    person = await a_person(database, member)
    await sign_in_as(client, person)
    return client


async def rows(database: Database, statement: str, **values: Any) -> list[Any]:
    async with database.transaction(Context()) as session:
        return list((await session.execute(text(statement), values)).all())


@pytest.mark.parametrize(("path", "asked"), PUBLIC_WAYS)
async def test_no_public_way_leads_to_it(
    client: httpx.AsyncClient, kitchen: Listed, path: str, asked: dict[str, str]
) -> None:
    del kitchen
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200
    said = answer.text
    for own in " ".join(asked.values()).split():  # the question itself is repeated in the form
        said = said.replace(own, "")
    assert not BETRAYS.search(said), BETRAYS.findall(said)


async def test_its_public_page_is_not_there(client: httpx.AsyncClient, kitchen: Listed) -> None:
    for own in (kitchen.id, kitchen.service_id):
        answer = await client.get(f"/services/{own}")
        assert answer.status_code == 404
        assert not BETRAYS.search(answer.text)


async def test_no_table_that_public_statements_read_holds_it(
    database: Database, kitchen: Listed
) -> None:
    for table in ("search_doc", "search_town", "search_lexeme"):
        held = await rows(database, f"select to_jsonb(t)::text from {table} t")
        assert not BETRAYS.search(str(held)), table
    for table in ("search_doc", "search_doc_term", "search_area_term"):
        assert await rows(database, f"select 1 from {table} where id = :id", id=kitchen.id) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"need": "food", **NEAR},
        {"q": "licensed kitchen", **NEAR},
        {"q": "licensed kitchen"},
        {"need": "food"},
        dict(NEAR),
    ],
)
async def test_staff_find_it_marked(
    staff: httpx.AsyncClient, kitchen: Listed, asked: dict[str, str]
) -> None:
    page = await staff.get("/find", params=asked)
    assert f"/find/services/{kitchen.id}" in page.text
    assert "For staff only." in page.text
    assert f"place={kitchen.id}" in page.text  # and can send there


async def test_staff_find_both_in_order_of_distance_and_counted(
    staff: httpx.AsyncClient, pantry: Listed, kitchen: Listed
) -> None:
    page = await staff.get("/find", params={"need": "food", **NEAR})
    assert page.text.index(str(pantry.id)) < page.text.index(str(kitchen.id))
    assert "2 places within 5 miles" in page.text
    assert "Licensed line" in page.text
    assert page.text.count("For staff only.") == 2


async def test_staff_open_its_page_marked(staff: httpx.AsyncClient, kitchen: Listed) -> None:
    page = await staff.get(f"/find/services/{kitchen.id}")
    assert page.status_code == 200
    assert "Licensed kitchen" in page.text
    assert "For staff only." in page.text
    # Nothing on it leads to the public's page, which isn't there.
    for leads in ("qr-box", "sms:", f'href="/services/{kitchen.id}'):
        assert leads not in page.text


async def test_what_everybody_may_see_is_not_marked(
    staff: httpx.AsyncClient, pantry: Listed
) -> None:
    for path in ("/find?need=food&near=38.3607,-75.5994", f"/find/services/{pantry.id}"):
        page = await staff.get(path)
        assert "Harbor Pantry" in page.text
        assert "For staff only." not in page.text


async def test_a_request_can_be_sent_there(database: Database, kitchen: Listed) -> None:
    async with database.transaction(Context()) as session:
        card = await service_at_location_card(session, kitchen.id, "en")
    assert card is not None
    assert card.service_name == "Licensed kitchen"


async def test_rights_that_change_move_it_at_once(
    client: httpx.AsyncClient, owner_database: Database, kitchen: Listed
) -> None:
    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text(
                "update source set may_show_public = true"
                " where id = (select source_id from service where id = :id)"
            ),
            {"id": kitchen.service_id},
        )
        await project(session, [kitchen.service_id], NOW)
    assert (await client.get(f"/services/{kitchen.id}")).status_code == 200
    assert await rows(
        owner_database, "select 1 from search_hidden_doc where id = :id", id=kitchen.id
    ) == []  # fmt: skip


async def test_everything_made_anew_keeps_it_hidden(
    client: httpx.AsyncClient, owner_database: Database, kitchen: Listed
) -> None:
    async with owner_database.transaction(Context()) as session:
        await project_all(session, NOW)
    assert (await client.get(f"/services/{kitchen.id}")).status_code == 404
    assert len(await rows(owner_database, "select 1 from search_hidden_doc")) == 2
    areas = "select 1 from search_hidden_area_term t join search_area a on a.id = t.area_id"
    assert await rows(owner_database, areas) != []


async def test_a_licence_counts_to_its_last_day_and_then_leaves_the_public(
    client: httpx.AsyncClient,
    owner_database: Database,
    pantry: Listed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with owner_database.transaction(Context()) as session:
        await session.execute(text("update source set ends_on = :day"), {"day": NOW.date()})
        assert await project_ended(session, NOW) == 0
    assert (await client.get(f"/services/{pantry.id}")).status_code == 200

    tomorrow = NOW + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert (await client.get(f"/services/{pantry.id}")).status_code == 404  # before any job ran
    async with owner_database.transaction(Context()) as session:
        await project_ended(session, tomorrow)
    found = await client.get("/api/search", params={"need": "food", **NEAR})
    assert found.json()["results"] == []
    assert len(await rows(owner_database, "select 1 from search_hidden_doc")) == 1


@pytest.mark.parametrize(
    ("rights", "may"),
    [
        ({}, (True, True)),
        ({"may_republish": False}, (True, True)),
        ({"may_send_to_search_server": False}, (True, False)),
        ({"may_show_public": False}, (False, False)),
        ({"ends_on": NOW.date() - timedelta(days=1)}, (False, False)),
        ({"ends_on": NOW.date()}, (True, True)),
    ],
)
async def test_every_way_out_asks_for_its_right(
    owner_database: Database, pantry: Listed, rights: dict[str, Any], may: tuple[bool, ...]
) -> None:
    async with owner_database.transaction(Context()) as session:
        for column, value in rights.items():
            await session.execute(text(f"update source set {column} = :value"), {"value": value})
        for own in (pantry.id, pantry.service_id):
            asked = [
                await each(session, [own], NOW.date())
                for each in (shown_to_public, may_leave_for_search_server)
            ]
            assert tuple(own in each for each in asked) == may


async def test_whoever_gave_the_record_is_named(owner_database: Database, pantry: Listed) -> None:
    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text(
                "update source set name = 'Shore 211', licence = 'CC BY 4.0', attribution = 'S211'"
                " where name like 'test %'"
            )
        )
        for own in (pantry.id, pantry.service_id):
            credit = await credit_of(session, own)
            assert credit is not None
            assert (credit.name, credit.licence, credit.attribution) == (
                "Shore 211", "CC BY 4.0", "S211",
            )  # fmt: skip


async def test_the_twins_are_built_like_the_publics_tables(database: Database) -> None:
    """A column that only one of them has would break the staff's search alone, unseen."""
    for table in ("search_doc", "search_doc_term", "search_area_term"):
        twin = table.replace("search_", "search_hidden_")
        columns = [
            await rows(
                database,
                "select column_name, data_type, is_nullable from information_schema.columns"
                " where table_name = :name order by ordinal_position",
                name=name,
            )
            for name in (table, twin)
        ]
        assert columns[0] == columns[1]
        assert columns[0]
