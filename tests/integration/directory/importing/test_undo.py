"""Undoing an import puts back what it changed and keeps what came after it, field by field."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from builders.feeds import hsds3_location, hsds3_organization, hsds3_service
from directory.actions.corrections import correct, hide_row
from directory.actions.edited import Correction, Editor
from directory.importing.checked import row_id
from directory.importing.undo import UndoResult, Why, undo_import
from integration.directory.importing.conftest import NOW
from shared.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from integration.directory.importing.conftest import Bring, Edit, Rows
    from shared.database import Database

    Undo = Callable[..., Awaitable[UndoResult]]

ROSA = Editor("Rosa Medina")
LATER = NOW + timedelta(hours=3)
SERVICE = row_id("Test feed", "service", "food-bags")
PHONE = row_id("Test feed", "phone", "food-phone")
LOCATION = row_id("Test feed", "location", "pantry-door")
EVERYTHING = (
    "organization",
    "service",
    "location",
    "service_at_location",
    "address",
    "phone",
    "schedule",
    "overlay",
)


@pytest.fixture
def undo(owner_database: Database) -> Undo:
    async def act(number: int | None, **more: Any) -> UndoResult:
        assert number is not None
        return await undo_import(owner_database, number, by="Rosa", now=LATER, **more)

    return act


@pytest.fixture
def everything(rows: Rows) -> Callable[[], Awaitable[dict[str, list[Any]]]]:
    """All that readers see of the directory, in one comparable value."""

    async def read() -> dict[str, list[Any]]:
        found = {
            table: [
                row[0]
                for row in await rows(
                    f"select to_jsonb(t) - 'fetched_at' from {table} t order by id"
                )
            ]
            for table in EVERYTHING
        }
        found["search_doc"] = [
            row[0] for row in await rows("select to_jsonb(t) from search_doc t order by id")
        ]
        return found

    return read


def feed(name: str = "Food bags", **more: Any) -> dict[str, Any]:
    return hsds3_organization(services=[hsds3_service(name=name, **more)])


def two_services(**more: Any) -> dict[str, Any]:
    other = hsds3_service(id="meals", name="Hot meals", phones=[], schedules=[],
                          service_at_locations=[])  # fmt: skip
    return hsds3_organization(services=[hsds3_service(**more), other])


async def test_undoing_puts_everything_back_as_it_was(
    bring: Bring, undo: Undo, everything: Any
) -> None:
    await bring(feed())
    before = await everything()
    moved = hsds3_location(latitude=38.37, longitude=-75.61)
    changed = hsds3_organization(
        name="Harbour Pantry",
        locations=[moved],
        services=[hsds3_service(name="Food boxes", minimum_age=18, phones=[])],
    )
    run = await bring(changed, confirm_deletes=True)
    assert await everything() != before
    result = await undo(run.number)
    assert (result.put_back, result.restored, result.withdrawn) == (3, 1, 0)
    assert result.conflicts == []
    assert await everything() == before


async def test_the_same_feed_after_undoing_comes_in_again(
    bring: Bring, undo: Undo, everything: Any
) -> None:
    await bring(feed())
    run = await bring(feed("Food boxes"))
    changed = await everything()
    await undo(run.number)
    again = await bring(feed("Food boxes"))
    assert again.written == 1
    assert await everything() == changed


async def test_the_old_feed_after_undoing_changes_nothing(bring: Bring, undo: Undo) -> None:
    await bring(feed())
    run = await bring(feed("Food boxes"))
    await undo(run.number)
    assert (await bring(feed())).written == 0


async def test_what_an_import_added_is_withdrawn_and_leaves_the_search(
    bring: Bring, undo: Undo, rows: Rows
) -> None:
    await bring(feed())
    run = await bring(two_services())
    assert run.added == 2
    assert len(await rows("select 1 from search_doc")) == 2
    result = await undo(run.number)
    assert result.withdrawn == 2
    assert len(await rows("select 1 from search_doc")) == 1
    assert len(await rows("select 1 from service")) == 2  # referrals point at it: never deleted


async def test_undoing_the_first_import_leaves_an_empty_directory_and_its_rows(
    bring: Bring, undo: Undo, rows: Rows
) -> None:
    run = await bring(feed())
    result = await undo(run.number)
    assert result.withdrawn == 7
    assert await rows("select 1 from search_doc") == []
    again = await bring(feed())
    assert (again.written, again.added) == (7, 0)
    assert len(await rows("select 1 from search_doc")) == 1


async def test_what_came_back_goes_again(bring: Bring, undo: Undo, rows: Rows) -> None:
    await bring(two_services())
    await bring(feed(), confirm_deletes=True)
    ((gone,),) = await rows("select withdrawn_at from service where name = 'Hot meals'")
    run = await bring(two_services(), now=NOW + timedelta(hours=1))
    await undo(run.number)
    assert await rows("select withdrawn_at from service where name = 'Hot meals'") == [(gone,)]


async def test_a_later_correction_stays_and_is_listed(
    bring: Bring, undo: Undo, edit: Edit, rows: Rows
) -> None:
    await bring(feed())
    run = await bring(feed("Food boxes", description="New words."))
    await edit(correct, Correction("service", SERVICE, "name", "Sacks"), ROSA, NOW)
    result = await undo(run.number)
    assert await rows("select name, description from service") == [("Sacks", None)]
    (kept,) = result.conflicts
    assert (kept.entity, kept.entity_id, kept.field, kept.why) == (
        "service", SERVICE, "name", Why.STEWARD,
    )  # fmt: skip
    assert (kept.before, kept.written, kept.now) == ("Food bags", "Food boxes", "Sacks")
    # underneath, the feed says again what it said before the import
    assert await rows("select feed_value, conflict_at from overlay") == [("Food bags", None)]
    assert (await bring(feed())).conflicts == 0


async def test_a_later_import_stays_and_is_listed(bring: Bring, undo: Undo, rows: Rows) -> None:
    await bring(feed())
    run = await bring(feed("Food boxes", description="New words."))
    await bring(feed("Food crates", description="New words."))
    result = await undo(run.number)
    assert await rows("select name, description from service") == [("Food crates", None)]
    assert [(kept.field, kept.why) for kept in result.conflicts] == [("name", Why.LATER_RUN)]
    # the next import compares the row anew and brings what its feed says
    await bring(feed("Food crates", description="New words."))
    assert await rows("select name, description from service") == [("Food crates", "New words.")]


async def test_a_row_added_by_the_import_and_edited_since_stays(
    bring: Bring, undo: Undo, edit: Edit, rows: Rows
) -> None:
    run = await bring(feed())
    await edit(correct, Correction("phone", PHONE, "number", "202-555-0199"), ROSA, NOW)
    result = await undo(run.number)
    kept = {(each.entity, each.why) for each in result.conflicts}
    assert ("phone", Why.STEWARD) in kept
    assert ("service", Why.IN_USE) in kept  # the phone belongs to it
    assert ("organization", Why.IN_USE) in kept
    assert await rows("select withdrawn_at from phone") == [(None,)]
    assert len(await rows("select 1 from search_doc")) == 0  # its place was taken out


async def test_a_row_hidden_since_stays_hidden(
    bring: Bring, undo: Undo, edit: Edit, rows: Rows
) -> None:
    await bring(feed())
    new_number = [{"id": "food-phone", "number": "202-555-0177"}]
    run = await bring(feed(phones=new_number))
    await edit(hide_row, "phone", PHONE, "wrong", ROSA, NOW)
    await undo(run.number)
    ((number, gone),) = await rows("select number, withdrawn_at from phone")
    assert (number, gone) == ("+12025550144", NOW)


async def test_a_conflict_that_the_import_made_is_gone_with_it(
    bring: Bring, undo: Undo, edit: Edit, rows: Rows
) -> None:
    await bring(feed())
    await edit(correct, Correction("service", SERVICE, "name", "Sacks"), ROSA, NOW)
    run = await bring(feed("Food boxes"))
    assert run.conflicts == 1
    await undo(run.number)
    assert await rows("select value, feed_value, conflict_at from overlay") == [
        ("Sacks", "Food bags", None)
    ]
    assert await rows("select name from service") == [("Sacks",)]


async def test_a_correction_that_the_import_had_taken_over_stands_again(
    bring: Bring, undo: Undo, edit: Edit, rows: Rows
) -> None:
    await bring(feed())
    await edit(correct, Correction("service", SERVICE, "name", "Sacks"), ROSA, NOW)
    run = await bring(feed("Sacks"))
    assert run.agreed == 1
    await undo(run.number)
    assert await rows("select feed_value, ended_at from overlay") == [("Food bags", None)]
    assert await rows("select name from service") == [("Sacks",)]
    await bring(feed())
    assert await rows("select name from service") == [("Sacks",)]


async def test_undoing_twice_says_so(bring: Bring, undo: Undo) -> None:
    run = await bring(feed())
    await undo(run.number)
    with pytest.raises(Conflict) as refused:
        await undo(run.number)
    assert "undone already" in refused.value.message


async def test_an_import_that_never_was_cannot_be_undone(undo: Undo) -> None:
    with pytest.raises(NotFound):
        await undo(4711)


async def test_a_trial_tells_and_writes_nothing(bring: Bring, undo: Undo, everything: Any) -> None:
    await bring(feed())
    run = await bring(feed("Food boxes"))
    before = await everything()
    result = await undo(run.number, dry_run=True)
    assert (result.dry_run, result.put_back) == (True, 1)
    assert await everything() == before
    assert (await undo(run.number)).put_back == 1


async def test_undoing_is_recorded_with_who_and_what_stayed(
    bring: Bring, undo: Undo, edit: Edit, rows: Rows
) -> None:
    await bring(feed())
    run = await bring(feed("Food boxes"))
    await edit(correct, Correction("service", SERVICE, "name", "Sacks"), ROSA, NOW)
    await undo(run.number)
    ((at, by, kept),) = await rows(
        "select undone_at, undone_by, kept from import_run where number = :n", n=run.number
    )
    assert (at, by) == (LATER, "Rosa")
    assert kept == [{"entity": "service", "id": str(SERVICE), "field": "name", "why": "steward"}]
    assert (
        len(await rows("select 1 from audit_event where action = 'directory.import_undone'")) == 1
    )


async def test_undoing_never_shows_where_a_confidential_place_is(
    bring: Bring, undo: Undo, rows: Rows, front_door: UUID
) -> None:
    del front_door
    await bring(hsds3_organization())
    shelter = hsds3_location(handback={"confidential": True})
    run = await bring(hsds3_organization(locations=[shelter]))
    result = await undo(run.number)
    assert [(each.field, each.why) for each in result.conflicts] == [
        ("confidential", Why.CONFIDENTIAL)
    ]
    for table in ("location", "address", "search_doc", "import_change"):
        told = json.dumps([row[0] for row in await rows(f"select to_jsonb(t) from {table} t")])
        assert "Elm Street" not in told
        assert "38.36" not in told
    assert await rows("select confidential, point from location") == [(True, None)]


async def test_a_place_shown_by_mistake_is_hidden_again_by_undoing(
    bring: Bring, undo: Undo, rows: Rows, front_door: UUID
) -> None:
    del front_door
    shelter = hsds3_location(handback={"confidential": True})
    await bring(hsds3_organization(locations=[shelter]))
    run = await bring(hsds3_organization(), confirm_deletes=True)
    assert await rows("select kind from search_doc") == [("local",)]
    await undo(run.number)
    assert await rows("select confidential, point from location") == [(True, None)]
    assert await rows("select 1 from address") == []
    assert await rows("select kind from search_doc") == [("private",)]
    assert await rows("select address_1, withdrawn_at from location_private") == [
        ("12 Elm Street", None)
    ]
