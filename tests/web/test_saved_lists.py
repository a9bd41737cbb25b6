"""Lists that staff keep: their own or the team's, in order, printed as one page."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from builders.accounts import a_member, a_person
from builders.browsing import post_form, sign_in_as
from builders.listings import NOW, Listing, list_service
from shared import clock
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from builders.listings import Listed
    from shared.database import Database


@pytest.fixture(autouse=True)
def _on_a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
async def clinic(database: Database) -> UUID:
    return await a_member(database)


@pytest.fixture
async def rosa(client: httpx.AsyncClient, database: Database, clinic: UUID) -> httpx.AsyncClient:
    """The client, signed in as Rosa."""
    await sign_in_as(client, await a_person(database, clinic))
    return client


@pytest.fixture
async def places(owner_database: Database) -> list[Listed]:
    async with owner_database.transaction(Context()) as session:
        return [await list_service(session, Listing(name=name)) for name in ("Alpha", "Beta")]


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


async def a_list(rosa: httpx.AsyncClient, places: list[Listed], **said: str) -> str:
    """Made while adding the first place; gives its address."""
    form = {"name": "Food near us", "shared": "1", **said}
    answer = await post_form(rosa, "/lists/add", place=str(places[0].id), **form)
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    for place in places[1:]:
        await post_form(rosa, "/lists/add", place=str(place.id), list=path.rsplit("/", 1)[1])
    return str(path)


def names_in(page: str) -> list[str]:
    return re.findall(r">(Alpha|Beta)[^<]*</a></h2>", page.replace("Alpha Inc: ", ""))


def items_in(page: str) -> list[str]:
    return re.findall(r'<li id="i-([^"]+)"', page)


async def other_person(
    client: httpx.AsyncClient, database: Database, organization_id: UUID
) -> httpx.AsyncClient:
    client.cookies.clear()
    await sign_in_as(client, await a_person(database, organization_id, name="Sam"))
    return client


async def test_a_list_is_made_while_adding_a_place(
    rosa: httpx.AsyncClient, places: list[Listed]
) -> None:
    path = await a_list(rosa, places)

    assert names_in((await rosa.get(path)).text) == ["Alpha", "Beta"]
    assert "Food near us" in words_of((await rosa.get("/lists")).text)
    add = await rosa.get("/lists/add", params={"place": str(places[0].id)})
    assert "Food near us" in words_of(add.text)


async def test_a_place_stands_in_a_list_once(rosa: httpx.AsyncClient, places: list[Listed]) -> None:
    path = await a_list(rosa, places)

    await post_form(rosa, "/lists/add", place=str(places[0].id), list=path.rsplit("/", 1)[1])

    assert names_in((await rosa.get(path)).text) == ["Alpha", "Beta"]


async def test_the_order_is_the_teams_own(rosa: httpx.AsyncClient, places: list[Listed]) -> None:
    path = await a_list(rosa, places)
    first, second = items_in((await rosa.get(path)).text)

    await post_form(rosa, path, do=f"up:{second}")
    assert items_in((await rosa.get(path)).text) == [second, first]
    await post_form(rosa, path, do=f"up:{second}")  # the top stays the top
    assert items_in((await rosa.get(path)).text) == [second, first]
    await post_form(rosa, path, do=f"down:{second}")
    assert items_in((await rosa.get(path)).text) == [first, second]


async def test_a_place_is_taken_out_again(rosa: httpx.AsyncClient, places: list[Listed]) -> None:
    path = await a_list(rosa, places)
    first, _second = items_in((await rosa.get(path)).text)

    await post_form(rosa, path, do=f"remove:{first}")

    assert names_in((await rosa.get(path)).text) == ["Beta"]


async def test_the_printed_page_has_what_people_need(
    rosa: httpx.AsyncClient, places: list[Listed]
) -> None:
    path = await a_list(rosa, places)
    first, _second = items_in((await rosa.get(path)).text)
    await post_form(rosa, path, do=f"note:{first}", note="Ask for Denise")
    await post_form(rosa, path, do="describe", name="Food", note="For families", shared="1")

    words = words_of((await rosa.get(f"{path}/print")).text)

    for said in ("Food", "For families", "Ask for Denise", "12 Elm Street", "Every Thursday"):
        assert said in words
    assert "202-555-0144" in words
    spanish = words_of((await rosa.get(f"{path}/print", params={"lang": "es"})).text)
    assert "jueves" in spanish.casefold()


async def test_what_has_gone_from_the_directory_is_not_printed(
    rosa: httpx.AsyncClient, places: list[Listed], owner_database: Database
) -> None:
    path = await a_list(rosa, places)
    async with owner_database.transaction(Context()) as session:
        await session.execute(text("delete from search_doc where id = :id"), {"id": places[0].id})

    assert "No longer in the directory" in words_of((await rosa.get(path)).text)
    printed = words_of((await rosa.get(f"{path}/print")).text)
    assert "Alpha" not in printed
    assert "Beta" in printed


async def test_ones_own_list_is_seen_by_nobody_else(
    rosa: httpx.AsyncClient, places: list[Listed], database: Database, clinic: UUID
) -> None:
    path = await a_list(rosa, places, name="Mine", shared="")
    await post_form(rosa, path, do="describe", name="Mine", note="")

    sam = await other_person(rosa, database, clinic)

    assert "Mine" not in words_of((await sam.get("/lists")).text)
    for answer in (
        await sam.get(path),
        await sam.get(f"{path}/print"),
        await post_form(sam, path, do="describe", name="Taken"),
        await post_form(sam, "/lists/add", place=str(places[0].id), list=path.rsplit("/", 1)[1]),
    ):
        assert answer.status_code == 404


async def test_the_team_changes_a_shared_list_but_only_its_maker_deletes_it(
    rosa: httpx.AsyncClient, places: list[Listed], database: Database, clinic: UUID
) -> None:
    path = await a_list(rosa, places)

    sam = await other_person(rosa, database, clinic)
    await post_form(sam, path, do="describe", name="Food and more", note="")

    assert "Food and more" in words_of((await sam.get("/lists")).text)
    # not taken back from the team by somebody who did not make it
    assert (await sam.get(path)).status_code == 200
    assert (await post_form(sam, path, do="delete")).status_code == 403


async def test_its_maker_deletes_a_list_with_all_in_it(
    rosa: httpx.AsyncClient, places: list[Listed]
) -> None:
    path = await a_list(rosa, places)

    answer = await post_form(rosa, path, do="delete")

    assert answer.headers["location"] == "/lists"
    assert (await rosa.get(path)).status_code == 404


async def test_no_other_organization_sees_a_list(
    rosa: httpx.AsyncClient, places: list[Listed], database: Database
) -> None:
    path = await a_list(rosa, places)

    other = await other_person(rosa, database, await a_member(database, "Other Clinic"))

    assert "Food near us" not in words_of((await other.get("/lists")).text)
    for answer in (
        await other.get(path),
        await other.get(f"{path}/print"),
        await post_form(other, path, do="delete"),
    ):
        assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/lists", "/lists/add"])
async def test_a_list_needs_a_name(
    rosa: httpx.AsyncClient, places: list[Listed], path: str
) -> None:
    answer = await post_form(rosa, path, name="  ", place=str(places[0].id))

    assert answer.status_code == 400
    assert "Give the list a name." in words_of(answer.text)


async def test_a_service_nobody_knows_can_not_be_added(rosa: httpx.AsyncClient) -> None:
    for place in (str(new_id()), "nonsense"):
        assert (await post_form(rosa, "/lists/add", name="A", place=place)).status_code == 404


async def test_a_button_that_is_none_is_refused(
    rosa: httpx.AsyncClient, places: list[Listed]
) -> None:
    path = await a_list(rosa, places)
    item = items_in((await rosa.get(path)).text)[0]

    for does in ("fly", f"fly:{item}", "up:nobody"):
        assert (await post_form(rosa, path, do=does)).status_code == 400


async def test_each_change_is_audited_without_words(
    rosa: httpx.AsyncClient, places: list[Listed], database: Database, clinic: UUID
) -> None:
    path = await a_list(rosa, places)
    await post_form(rosa, path, do="delete")

    async with database.transaction(Context(clinic)) as session:
        rows = await session.execute(
            text(
                "select action, a::text as row from audit_event a where subject_kind = 'saved_list'"
            )
        )
        kept = rows.all()
    assert {row.action for row in kept} == {
        "saved_list_made",
        "saved_list_changed",
        "saved_list_deleted",
    }
    assert not any("Food" in row.row for row in kept)


async def test_an_empty_list_is_made_and_can_be_filled_later(
    rosa: httpx.AsyncClient, places: list[Listed]
) -> None:
    answer = await post_form(rosa, "/lists", name="Beds tonight")

    assert answer.status_code == 303, answer.text
    assert "Nothing in it yet." in words_of((await rosa.get(answer.headers["location"])).text)
    assert "Beds tonight" in words_of((await rosa.get("/lists")).text)
