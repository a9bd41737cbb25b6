"""An import is all or nothing, writes only what changed, and is found at once."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import text

from builders.feeds import (
    hsds3_location,
    hsds3_organization,
    hsds3_service,
    write_hsds2,
    write_json,
)
from directory.importing.checked import row_id, term_id
from directory.importing.report import as_json, as_text
from directory.importing.run import ImportRequest, import_feed
from integration.directory.importing.conftest import NOW
from shared.database import Context
from shared.errors import InvalidInput

if TYPE_CHECKING:
    from integration.directory.importing.conftest import Bring, Count, Rows
    from shared.database import Database


async def test_a_feed_arrives_with_its_ids_and_is_found(bring: Bring, rows: Rows) -> None:
    result = await bring(hsds3_organization())
    assert (result.written, result.unchanged, result.quarantined) == (7, 0, 0)
    assert result.exit_code == 0
    service = row_id("Test feed", "service", "food-bags")
    ((name, how),) = await rows("select name, how_to_start from service where id = :id", id=service)
    assert (name, how) == ("Food bags", "walk_in")
    ((lat, zone),) = await rows("select st_y(point::geometry), time_zone from location")
    assert (lat, zone) == (38.3607, "America/New_York")
    assert len(await rows("select 1 from search_doc where service_id = :id", id=service)) == 1


async def test_the_same_feed_again_writes_nothing(bring: Bring, counted: Count) -> None:
    await bring(hsds3_organization())
    before = await counted()
    again = await bring(hsds3_organization(), now=NOW + timedelta(days=1))
    assert (again.written, again.unchanged, again.withdrawn) == (0, 7, 0)
    assert await counted() == before | {"import_run": before["import_run"] + 1}


async def test_only_what_changed_is_written_and_what_is_gone_is_withdrawn(
    bring: Bring, rows: Rows
) -> None:
    await bring(hsds3_organization())
    changed = hsds3_organization(services=[hsds3_service(name="Food boxes", phones=[])])
    result = await bring(changed, confirm_deletes=True)
    assert (result.written, result.withdrawn) == (1, 1)
    ((gone,),) = await rows("select withdrawn_at from phone")
    assert gone == NOW
    back = await bring(hsds3_organization())
    assert (back.written, back.withdrawn) == (2, 0)
    assert await rows("select withdrawn_at from phone") == [(None,)]


async def test_a_withdrawn_service_is_not_found_any_more(bring: Bring, rows: Rows) -> None:
    other = hsds3_service(id="other", phones=[], schedules=[], service_at_locations=[])
    await bring(hsds3_organization(services=[hsds3_service(), other]))
    assert len(await rows("select 1 from search_doc")) == 2
    await bring(hsds3_organization(services=[other]), confirm_deletes=True)
    assert len(await rows("select 1 from search_doc")) == 1


async def test_a_row_that_is_kept_back_stays_as_it_was(bring: Bring, rows: Rows) -> None:
    await bring(hsds3_organization())
    bad = hsds3_service(status="perhaps")
    good = hsds3_service(id="other", phones=[], schedules=[], service_at_locations=[])
    result = await bring(hsds3_organization(services=[bad, good]))
    assert result.exit_code == 3
    assert result.withdrawn == 0
    ((withdrawn,),) = await rows(
        "select withdrawn_at from service where name = 'Food bags' and external_id = 'food-bags'"
    )
    assert withdrawn is None


async def test_another_source_is_left_alone(bring: Bring, rows: Rows) -> None:
    await bring(hsds3_organization(), source="One")
    result = await bring(hsds3_organization(), source="Two")
    assert result.withdrawn == 0
    assert len(await rows("select 1 from service where withdrawn_at is null")) == 2


async def test_a_trial_counts_and_writes_nothing(bring: Bring, counted: Count) -> None:
    before = await counted()
    result = await bring(hsds3_organization(), dry_run=True)
    assert result.written == 7
    assert await counted() == before


async def test_an_import_that_fails_half_way_leaves_nothing(
    committed: dict[str, Database], tmp_path: Path
) -> None:
    class StoppedError(Exception):
        pass

    def stop(step: str, _done: int, _total: int) -> None:
        if step == "search":  # all tables are merged by then
            raise StoppedError

    request = ImportRequest(write_json(tmp_path / "feed.json", hsds3_organization()))
    with pytest.raises(StoppedError):
        await import_feed(committed["owner"], request, now=NOW, progress=stop)
    async with committed["app"].transaction(Context()) as session:
        for table in ("source", "organization", "service", "phone", "import_run"):
            found = await session.scalar(text(f"select count(*) from {table}"))
            assert found == (1 if table == "source" else 0), table


async def test_the_report_names_file_line_field_and_reason(bring: Bring, rows: Rows) -> None:
    there = hsds3_location(latitude=29.9, longitude=-90.1)
    result = await bring(hsds3_organization(locations=[there]))
    (finding,) = json.loads(as_json(result))["findings"]
    assert finding["file"] == "feed.json"
    assert finding["field"] == "latitude"
    assert finding["line"] > 1
    assert finding["value"] == "29.9, -90.1"
    assert "feed.json, line" in as_text(result)
    ((kept,),) = await rows("select report from import_run")
    assert "29.9" not in json.dumps(kept)  # the database keeps places and reasons only


async def test_rights_stand_beside_the_feed(bring: Bring, rows: Rows, tmp_path: Path) -> None:
    write_json(tmp_path / "source.json", {"licence": "CC0-1.0", "may_republish": True})
    await bring(hsds3_organization())
    assert await rows(
        "select licence, may_republish, may_send_to_search_server from source"
        " where name = 'Test feed'"
    ) == [("CC0-1.0", True, False)]


async def test_wrong_rights_are_refused_in_words(
    bring: Bring, counted: Count, tmp_path: Path
) -> None:
    before = await counted()
    write_json(tmp_path / "source.json", {"may_republish": "perhaps"})
    with pytest.raises(InvalidInput):
        await bring(hsds3_organization())
    assert await counted() == before


async def test_terms_of_a_feed_are_mapped_to_open_eligibility(
    bring: Bring, rows: Rows, tmp_path: Path
) -> None:
    await bring(write_hsds2(tmp_path / "csv"))
    ((mapped,),) = await rows(
        "select maps_to_id from taxonomy_term where external_id = '7' and name = 'Food Pantry'"
    )
    assert mapped == term_id("1120") or mapped is not None


async def test_confidential_places_stand_in_the_front_doors_table_only(
    bring: Bring, rows: Rows, database: Database, front_door: UUID
) -> None:
    there = hsds3_location(handback={"confidential": True, "county": "Wicomico County"})
    await bring(hsds3_organization(locations=[there]))
    assert await rows("select 1 from address") == []
    assert await rows("select point, county from location") == [(None, "Wicomico County")]
    ((owner, street),) = await rows("select organization_id, address_1 from location_private")
    assert (owner, street) == (front_door, "12 Elm Street")
    for (document,) in await rows("select search_doc::text from search_doc"):
        assert "Elm" not in document
        assert "38.36" not in document
    async with database.transaction(Context()) as session:
        assert (await session.execute(text("select 1 from location_private"))).all() == []
    async with database.transaction(Context(organization_id=front_door)) as session:
        assert len((await session.execute(text("select 1 from location_private"))).all()) == 1


async def test_a_place_that_becomes_confidential_loses_its_public_address(
    bring: Bring, rows: Rows, front_door: UUID
) -> None:
    await bring(hsds3_organization())
    there = hsds3_location(handback={"confidential": True})
    await bring(hsds3_organization(locations=[there]))
    assert await rows("select 1 from address") == []
    assert await rows("select point from location") == [(None,)]
    assert len(await rows("select 1 from location_private")) == 1


async def test_without_a_front_door_a_secret_is_kept_nowhere(bring: Bring, rows: Rows) -> None:
    there = hsds3_location(handback={"confidential": True})
    await bring(hsds3_organization(locations=[there]))
    assert await rows("select 1 from location_private") == []
    assert await rows("select 1 from address") == []
