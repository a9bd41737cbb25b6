"""What a steward adds to a feed's record stays until the feed brings the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from builders.feeds import hsds3_location, hsds3_organization, hsds3_service
from directory.actions.additions import Addition, add_row
from directory.actions.corrections import correct, hide_row
from directory.actions.edited import Correction, Editor
from directory.api import service_at_location_card
from directory.importing.checked import row_id
from integration.directory.importing.conftest import NOW
from shared.errors import InvalidInput, NotAllowed, NotFound
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from integration.directory.importing.conftest import Bring, Edit, Rows

ROSA = Editor("Rosa Medina")
SERVICE = row_id("Test feed", "service", "food-bags")
PLACE = row_id("Test feed", "service_at_location", "food-at-door")
LOCATION = row_id("Test feed", "location", "pantry-door")
NEW_NUMBER = {"number": "202-555-0188", "type": "voice"}


async def added(edit: Edit, entity: str = "phone", **more: Any) -> UUID:
    links = more.pop("links", {"service_id": SERVICE})
    values = more.pop("values", NEW_NUMBER)
    found: UUID = await edit(add_row, Addition(entity, links, values, "They told us"), ROSA, NOW)
    return found


def without_phone() -> dict[str, Any]:
    return hsds3_organization(services=[hsds3_service(phones=[])])


async def test_an_added_phone_is_read_at_once_and_outlives_imports(
    bring: Bring, edit: Edit
) -> None:
    await bring(without_phone())
    await added(edit)
    card = await edit(service_at_location_card, PLACE, "en")
    assert card.phone == "+12025550188"
    again = await bring(without_phone())
    assert (again.written, again.withdrawn, again.agreed) == (0, 0, 0)
    card = await edit(service_at_location_card, PLACE, "en")
    assert card.phone == "+12025550188"


async def test_added_hours_are_read(bring: Bring, edit: Edit, rows: Rows) -> None:
    await bring(hsds3_organization(services=[hsds3_service(schedules=[])]))
    values = {"freq": "WEEKLY", "byday": "TU", "opens_at": "9 am", "closes_at": "11:00"}
    await added(edit, "schedule", values=values)
    ((display,),) = await rows("select display->'hours' from search_doc")
    assert display[0][:4] == ["WEEKLY", "TU", "09:00:00", "11:00:00"]


async def test_it_drops_away_when_the_feed_brings_the_same(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(without_phone())
    own = await added(edit)
    told = [{"id": "theirs", "number": "(202) 555-0188", "type": "voice"}]
    result = await bring(hsds3_organization(services=[hsds3_service(phones=told)]))
    assert result.agreed == 1
    assert await rows("select withdrawn_at from phone where id = :id", id=own) == [(NOW,)]
    assert await rows("select external_id from phone where withdrawn_at is null") == [("theirs",)]


async def test_it_is_recorded_with_who_and_what(bring: Bring, edit: Edit, rows: Rows) -> None:
    await bring(without_phone())
    own = await added(edit)
    assert await rows(
        "select field_name, previous_value, replacement_value, updated_by, last_action_type"
        " from metadata where resource_id = :id order by field_name",
        id=own,
    ) == [
        ("number", "", "+12025550188", "Rosa Medina", "create"),
        ("type", "", "voice", "Rosa Medina", "create"),
    ]
    assert await rows(
        "select subject_id from audit_event where action = 'directory.row_added'"
    ) == [(own,)]


async def test_an_added_row_is_edited_and_hidden_without_a_correction_of_any_feed(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(without_phone())
    own = await added(edit)
    await edit(correct, Correction("phone", own, "number", "202-555-0189"), ROSA, NOW)
    assert await rows("select number from phone") == [("+12025550189",)]
    await edit(hide_row, "phone", own, "wrong", ROSA, NOW)
    card = await edit(service_at_location_card, PLACE, "en")
    assert card.phone is None
    assert await rows("select 1 from overlay") == []


@pytest.mark.parametrize(
    ("entity", "more"),
    [
        ("phone", {"values": {"number": "call us"}}),
        ("phone", {"values": {}}),
        ("phone", {"values": {"number": "202-555-0188", "source_id": "x"}}),
        ("phone", {"links": {}}),
        ("phone", {"links": {"source_id": SERVICE}}),
        ("service", {}),
        ("person", {}),
        ("phone; drop table phone", {}),
    ],
)
async def test_what_cannot_be_is_refused(
    bring: Bring, edit: Edit, rows: Rows, entity: str, more: dict[str, Any]
) -> None:
    await bring(without_phone())
    with pytest.raises(InvalidInput):
        await added(edit, entity, **more)
    assert await rows("select 1 from phone") == []


async def test_nothing_is_added_to_a_record_that_is_not_there(bring: Bring, edit: Edit) -> None:
    await bring(without_phone())
    with pytest.raises(NotFound):
        await added(edit, links={"service_id": new_id()})


async def test_no_address_is_added_to_a_confidential_place(bring: Bring, edit: Edit) -> None:
    shelter = hsds3_location(handback={"confidential": True})
    await bring(hsds3_organization(locations=[shelter]))
    values = {"address_1": "12 Elm Street", "city": "Salisbury"}
    with pytest.raises(NotAllowed):
        await added(edit, "address", links={"location_id": LOCATION}, values=values)
