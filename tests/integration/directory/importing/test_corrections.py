"""A steward's correction shows at once, outlives every import, and ends when the feed agrees."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from builders.feeds import hsds3_location, hsds3_organization, hsds3_service
from directory.actions.corrections import (
    correct,
    hide_row,
    keep_ours,
    run_by,
    take_theirs,
    undo_correction,
)
from directory.actions.edited import Correction, Editor
from directory.api import service_at_location_card
from directory.importing.checked import row_id
from directory.models import Overlay
from integration.directory.importing.conftest import NOW
from shared.errors import Conflict, InvalidInput, NotAllowed

if TYPE_CHECKING:
    from uuid import UUID

    from integration.directory.importing.conftest import Bring, Edit, Rows

ROSA = Editor("Rosa Medina")
SERVICE = row_id("Test feed", "service", "food-bags")
PLACE = row_id("Test feed", "service_at_location", "food-at-door")
PHONE = row_id("Test feed", "phone", "food-phone")
HOURS = row_id("Test feed", "schedule", "food-hours")
LOCATION = row_id("Test feed", "location", "pantry-door")


def named(name: str, **more: Any) -> dict[str, Any]:
    return hsds3_organization(services=[hsds3_service(name=name, **more)])


async def corrected(edit: Edit, value: object, field: str = "name", **more: Any) -> None:
    more = {"entity": "service", "entity_id": SERVICE, "reason": "They told us"} | more
    await edit(correct, Correction(field=field, value=value, **more), ROSA, NOW)


async def standing(edit: Edit) -> list[Overlay]:
    async def find(session: Any) -> list[Overlay]:
        return list(await session.scalars(select(Overlay).where(Overlay.ended_at.is_(None))))

    found: list[Overlay] = await edit(find)
    return found


async def service_name(rows: Rows) -> str:
    ((name,),) = await rows("select name from service where id = :id", id=SERVICE)
    return str(name)


async def test_a_correction_is_read_everywhere_at_once(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    assert await service_name(rows) == "Bags of food"
    ((display, head),) = await rows(
        "select display->'text'->>'name', head_tsv::text from search_doc"
    )
    assert display == "Bags of food"
    assert "'bags'" in head
    card = await edit(service_at_location_card, PLACE, "en")
    assert card.service_name == "Bags of food"


async def test_a_correction_says_who_when_why_and_what_the_feed_says(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    (overlay,) = await standing(edit)
    assert (overlay.value, overlay.feed_value, overlay.base_value) == (
        "Bags of food",
        "Food bags",
        "Food bags",
    )
    assert (overlay.made_by, overlay.made_at, overlay.reason) == (
        "Rosa Medina",
        NOW,
        "They told us",
    )
    assert await rows(
        "select resource_type, resource_id, field_name, previous_value, replacement_value,"
        " updated_by, last_action_date, last_action_type from metadata"
    ) == [
        (
            "service",
            SERVICE,
            "name",
            "Food bags",
            "Bags of food",
            "Rosa Medina",
            NOW.date(),
            "update",
        )
    ]
    assert await rows(
        "select action, subject_id, detail from audit_event where action like 'directory.%'"
    ) == [("directory.corrected", SERVICE, {"field": "name"})]


async def test_the_same_feed_again_leaves_a_correction_alone(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    again = await bring(hsds3_organization())
    assert (again.written, again.conflicts) == (0, 0)
    assert await service_name(rows) == "Bags of food"


async def test_a_feed_that_changes_another_field_leaves_a_correction_alone(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    result = await bring(named("Food bags", description="Every Monday."))
    assert (result.written, result.agreed, result.conflicts) == (1, 0, 0)
    assert await rows("select name, description from service") == [
        ("Bags of food", "Every Monday.")
    ]
    ((name,),) = await rows("select display->'text'->>'name' from search_doc")
    assert name == "Bags of food"


async def test_a_correction_drops_away_when_the_feed_agrees(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    result = await bring(named("Bags of food"))
    assert (result.agreed, result.conflicts) == (1, 0)
    assert await standing(edit) == []
    await bring(named("Food boxes"))
    assert await service_name(rows) == "Food boxes"


async def test_a_third_value_of_the_feed_is_a_conflict_and_ours_still_shows(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    result = await bring(named("Food boxes"), now=NOW + timedelta(days=1))
    assert (result.agreed, result.conflicts) == (0, 1)
    assert await service_name(rows) == "Bags of food"
    (overlay,) = await standing(edit)
    assert overlay.conflict_at == NOW + timedelta(days=1)
    assert (overlay.base_value, overlay.value, overlay.feed_value) == (
        "Food bags",
        "Bags of food",
        "Food boxes",
    )


async def test_a_conflict_that_the_feed_takes_back_is_none_any_more(
    bring: Bring, edit: Edit
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    await bring(named("Food boxes"))
    await bring(named("Food bags"))
    (overlay,) = await standing(edit)
    assert overlay.conflict_at is None


async def test_keeping_ours_settles_it_until_the_feed_says_yet_another_thing(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    await bring(named("Food boxes"))
    (overlay,) = await standing(edit)
    await edit(keep_ours, overlay.id, ROSA, NOW)
    again = await bring(named("Food boxes", description="New."))
    assert again.conflicts == 0
    assert await service_name(rows) == "Bags of food"
    third = await bring(named("Food crates"))
    assert third.conflicts == 1
    with_values = await rows(
        "select previous_value, replacement_value from metadata order by external_id"
    )
    assert with_values[-1] == ("Food boxes", "Bags of food")


async def test_taking_theirs_shows_the_feeds_value_at_once(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    await bring(named("Food boxes"))
    (overlay,) = await standing(edit)
    await edit(take_theirs, overlay.id, ROSA, NOW)
    assert await service_name(rows) == "Food boxes"
    ((name,),) = await rows("select display->'text'->>'name' from search_doc")
    assert name == "Food boxes"
    assert await standing(edit) == []
    with pytest.raises(Conflict):
        await edit(take_theirs, overlay.id, ROSA, NOW)


async def test_a_correction_without_conflict_cannot_be_answered(bring: Bring, edit: Edit) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    (overlay,) = await standing(edit)
    with pytest.raises(Conflict):
        await edit(keep_ours, overlay.id, ROSA, NOW)


async def test_an_undone_correction_shows_what_the_feed_says_now(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    await bring(named("Food boxes"))
    (overlay,) = await standing(edit)
    await edit(undo_correction, overlay.id, ROSA, NOW)
    assert await service_name(rows) == "Food boxes"


async def test_correcting_twice_keeps_what_the_feed_says(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "Bags of food")
    await corrected(edit, "Sacks of food")
    (overlay,) = await standing(edit)
    assert (overlay.value, overlay.feed_value) == ("Sacks of food", "Food bags")
    await corrected(edit, "Food bags")
    assert await standing(edit) == []
    assert await service_name(rows) == "Food bags"


@pytest.mark.parametrize(
    "example",
    [
        ("phone", PHONE, "number", "202-555-0199", "+12025550199"),
        ("schedule", HOURS, "opens_at", "9:30 am", "09:30:00"),
        ("schedule", HOURS, "valid_to", "2027-01-31", "2027-01-31"),
        ("service", SERVICE, "minimum_age", "18", 18),
        ("service", SERVICE, "flags", {"no_id": True}, {"no_id": True}),
        ("service", SERVICE, "delivery", "phone", ["phone"]),
        ("service", SERVICE, "assured_date", "2026-11-20", "2026-11-20"),
        ("service", SERVICE, "status", "temporarily closed", "temporarily closed"),
        ("location", LOCATION, "point", "38.37, -75.6", [38.37, -75.6]),
        ("location", LOCATION, "transportation", "Bus 4", "Bus 4"),
    ],
)
async def test_any_kind_of_value_outlives_an_import_that_rewrites_its_row(
    bring: Bring, edit: Edit, rows: Rows, example: tuple[str, UUID, str, object, object]
) -> None:
    entity, entity_id, field, value, shown = example
    await bring(hsds3_organization())
    await corrected(edit, value, field, entity=entity, entity_id=entity_id)
    (overlay,) = await standing(edit)
    assert overlay.value == shown
    before = await rows(f"select to_jsonb(t) - 'content_hash' from {entity} t")
    await rows(f"update {entity} set content_hash = '' where id = :id returning 1", id=entity_id)
    result = await bring(hsds3_organization())
    assert result.written == 1
    assert await rows(f"select to_jsonb(t) - 'content_hash' from {entity} t") == before


async def test_the_agency_that_took_a_service_over_outlives_its_feed(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    other = hsds3_organization(id="other", name="St. Mary's")
    await bring(other, source="Another feed")
    mary = row_id("Another feed", "organization", "other")
    await edit(run_by, SERVICE, mary, "They told us", ROSA, NOW)
    assert (await edit(service_at_location_card, PLACE, "en")).organization_name == "St. Mary's"

    await bring(named("Food bags, newly named"))

    runs = "select organization_id from service where id = :id"
    assert await rows(runs, id=SERVICE) == [(mary,)]
    (overlay,) = await standing(edit)
    assert (overlay.field, overlay.conflict_at) == ("organization_id", None)
    await edit(undo_correction, overlay.id, ROSA, NOW)
    ((own,),) = await rows(runs, id=SERVICE)
    assert own != mary


async def test_a_corrected_point_moves_the_place_in_the_search(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await corrected(edit, "38.37, -75.6", "point", entity="location", entity_id=LOCATION)
    assert await rows("select lat, lon from search_doc") == [(38.37, -75.6)]


async def test_a_hidden_phone_stays_hidden_until_its_feed_has_it_no_more(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await edit(hide_row, "phone", PHONE, "Rings at a stranger's", ROSA, NOW)
    card = await edit(service_at_location_card, PLACE, "en")
    assert card.phone is None
    again = await bring(hsds3_organization())
    assert (again.written, again.conflicts) == (0, 0)
    assert len(await rows("select 1 from phone where withdrawn_at is not null")) == 1
    new_number = [{"id": "food-phone", "number": "202-555-0177"}]
    changed = await bring(named("Food bags", phones=new_number))
    assert changed.conflicts == 1
    assert len(await rows("select 1 from phone where withdrawn_at is not null")) == 1
    (overlay,) = await standing(edit)
    await edit(take_theirs, overlay.id, ROSA, NOW)
    card = await edit(service_at_location_card, PLACE, "en")
    assert card.phone == "+12025550177"


async def test_a_hidden_phone_that_its_feed_drops_is_settled(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(hsds3_organization())
    await edit(hide_row, "phone", PHONE, "Rings at a stranger's", ROSA, NOW)
    await bring(named("Food bags", phones=[]), confirm_deletes=True)
    assert await standing(edit) == []
    ((how,),) = await rows("select ended_how from overlay")
    assert how == "agreed"


async def test_how_help_starts_is_known_once_a_steward_said_it(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    await bring(named("Food bags", application_process=None))
    await corrected(edit, "walk_in", "how_to_start")
    assert await rows("select how_to_start, how_to_start_known from service") == [("walk_in", True)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("status", "perhaps"),
        ("email", "nobody"),
        ("id", "x"),
        ("organization_id", "x"),
        ("content_hash", "x"),
        ("name", "Food bags"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_in_words(
    bring: Bring, edit: Edit, rows: Rows, field: str, value: str
) -> None:
    await bring(hsds3_organization())
    with pytest.raises(InvalidInput) as refused:
        await corrected(edit, value, field)
    assert refused.value.field == field
    assert await standing(edit) == []
    assert await rows("select 1 from metadata") == []


@pytest.mark.parametrize("entity", ["person", "source", "taxonomy_term", "service; select 1"])
async def test_only_records_of_the_directory_can_be_hidden(edit: Edit, entity: str) -> None:
    with pytest.raises(InvalidInput):
        await edit(hide_row, entity, SERVICE, "", ROSA, NOW)


async def test_where_a_confidential_place_is_cannot_be_told_by_a_correction(
    bring: Bring, edit: Edit
) -> None:
    shelter = hsds3_location(handback={"confidential": True})
    await bring(hsds3_organization(locations=[shelter]))
    for field, value in (("point", "38.36, -75.6"), ("transportation", "Bus 4")):
        with pytest.raises(NotAllowed):
            await corrected(edit, value, field, entity="location", entity_id=LOCATION)


async def test_a_place_that_becomes_confidential_leaves_no_trace_in_corrections_and_history(
    bring: Bring, edit: Edit, rows: Rows, front_door: UUID
) -> None:
    del front_door
    address = row_id("Test feed", "address", "pantry-address")
    await bring(hsds3_organization())
    await corrected(edit, "38.3777, -75.6", "point", entity="location", entity_id=LOCATION)
    await corrected(edit, "13 Elm Street", "address_1", entity="address", entity_id=address)
    moved = hsds3_location(latitude=38.3655, longitude=-75.59)
    await bring(hsds3_organization(locations=[moved]))
    shelter = hsds3_location(handback={"confidential": True}, latitude=38.3655, longitude=-75.59)
    await bring(hsds3_organization(locations=[shelter]))
    for table in ("location", "address", "overlay", "metadata", "import_change", "search_doc"):
        told = json.dumps([row[0] for row in await rows(f"select to_jsonb(t) from {table} t")])
        for secret in ("38.3", "Elm Street", "-75.6"):
            assert secret not in told, (table, secret)
