"""Every import is kept with who, when, what of, what it did; a cut-off feed takes nothing away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from builders.feeds import hsds3_location, hsds3_organization, hsds3_service, write_json
from directory.importing.checked import row_id
from directory.importing.run import ImportRequest, digest_of, import_feed
from directory.models import Change
from directory.queries.imports import list_runs, run_diff
from integration.directory.importing.conftest import NOW
from shared.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from integration.directory.importing.conftest import Bring, Count, Edit, Rows
    from shared.database import Database

SERVICE = row_id("Test feed", "service", "food-bags")


def services(count: int, **more: Any) -> dict[str, Any]:
    """So many services at one place, each with a phone."""
    listed = [
        hsds3_service(
            id=f"s{number}",
            name=f"Service {number}",
            phones=[{"id": f"p{number}", "number": f"202-555-01{number:02}"}],
            schedules=[],
            service_at_locations=[{"id": f"at{number}", "location_id": "pantry-door"}],
            **more,
        )
        for number in range(count)
    ]
    return hsds3_organization(services=listed)


async def test_imports_are_numbered_and_say_who_when_and_of_what(
    bring: Bring, edit: Edit, tmp_path: Path
) -> None:
    first = await bring(hsds3_organization(), made_by="Rosa")
    later = NOW + timedelta(days=1)
    second = await bring(hsds3_organization(name="Harbour"), now=later, made_by="Ana")
    assert second.number == (first.number or 0) + 1
    newest, oldest = await edit(list_runs)
    assert (newest.number, newest.made_by, newest.started_at) == (second.number, "Ana", later)
    assert (newest.source, newest.feed, newest.feed_format) == ("Test feed", "feed.json", "hsds3")
    assert (newest.added, newest.changed, newest.unchanged) == (0, 1, 6)
    assert (oldest.added, oldest.changed, oldest.made_by) == (7, 0, "Rosa")
    assert newest.digest == digest_of(tmp_path / "feed.json")
    assert newest.digest != oldest.digest


async def test_the_same_files_have_the_same_digest_wherever_they_lie(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        write_json(folder / "a.json", hsds3_organization())
        write_json(folder / "b.json", hsds3_organization(id="b"))
    assert digest_of(one) == digest_of(two)
    (two / "b.json").rename(two / "c.json")
    assert digest_of(one) != digest_of(two)


async def test_a_diff_shows_before_and_after_of_each_field(bring: Bring, edit: Edit) -> None:
    await bring(hsds3_organization())
    moved = hsds3_location(latitude=38.37, longitude=-75.61)
    boxes = hsds3_service(name="Food boxes", phones=[])
    run = await bring(hsds3_organization(locations=[moved], services=[boxes]), confirm_deletes=True)
    diff = await edit(run_diff, run.number)
    assert diff.counts == {
        "location": {"update": 1},
        "phone": {"withdraw": 1},
        "service": {"update": 1},
    }
    service, place, phone = diff.changes
    assert (service.called, service.fields) == (
        "Food boxes", {"name": ("Food bags", "Food boxes")},
    )  # fmt: skip
    assert place.fields == {"point": ([38.3607, -75.5994], [38.37, -75.61])}
    assert (phone.change, phone.called, phone.fields) == (Change.WITHDRAW, "+12025550144", {})


async def test_added_rows_are_in_the_diff_by_their_names(bring: Bring, edit: Edit) -> None:
    run = await bring(hsds3_organization())
    diff = await edit(run_diff, run.number)
    assert diff.counts["service"] == {"add": 1}
    assert "Food bags" in [change.called for change in diff.changes]
    assert len(diff.changes) == 7


async def test_a_long_diff_says_how_much_more_there_is(bring: Bring, edit: Edit) -> None:
    run = await bring(services(20))
    diff = await edit(run_diff, run.number, limit=10)
    assert (len(diff.changes), diff.more) == (10, run.added - 10)


async def test_the_report_is_kept_with_the_run(bring: Bring, edit: Edit) -> None:
    run = await bring(hsds3_organization(locations=[hsds3_location(latitude=91)]))
    diff = await edit(run_diff, run.number)
    assert [entry["field"] for entry in diff.report] == [each.field for each in run.findings]
    assert diff.report


async def test_an_import_that_never_was_has_no_diff(edit: Edit) -> None:
    with pytest.raises(NotFound):
        await edit(run_diff, 4711)


async def test_an_import_that_changes_nothing_leaves_no_changes(bring: Bring, edit: Edit) -> None:
    await bring(hsds3_organization())
    run = await bring(hsds3_organization())
    diff = await edit(run_diff, run.number)
    assert (diff.changes, diff.counts) == ([], {})


async def test_nothing_confidential_is_in_the_history(
    bring: Bring, rows: Rows, front_door: UUID
) -> None:
    shelter = hsds3_location(handback={"confidential": True})
    await bring(hsds3_organization(locations=[shelter]))
    moved = hsds3_location(handback={"confidential": True}, latitude=38.37)
    run = await bring(hsds3_organization(locations=[moved]))
    assert run.written == 1
    assert await rows("select 1 from import_change where run_id = :id", id=run.run_id) == []
    ((owner, fields),) = await rows(
        "select organization_id, fields from import_change_private where run_id = :id",
        id=run.run_id,
    )
    assert owner == front_door
    assert fields == {"point": [[38.3607, -75.5994], [38.37, -75.5994]]}


# ── what has gone


async def test_a_tenth_may_go_without_asking(bring: Bring) -> None:
    await bring(services(20))
    result = await bring(services(18))
    assert result.withdrawn == 6  # of each service: itself, its phone, its place


async def test_more_than_a_tenth_is_refused_in_words_and_nothing_is_written(
    bring: Bring, counted: Count, rows: Rows
) -> None:
    await bring(services(20))
    before = await counted()
    with pytest.raises(InvalidInput) as refused:
        await bring(services(17, description="New words."))
    assert refused.value.values["lost"] == "3"
    assert refused.value.values["before"] == "20"
    assert "--confirm-deletes" in (refused.value.remedy or "")
    assert await counted() == before
    assert await rows("select 1 from service where description is not null") == []


async def test_a_trial_refuses_it_too(bring: Bring) -> None:
    await bring(services(20))
    with pytest.raises(InvalidInput):
        await bring(services(17), dry_run=True)


async def test_once_confirmed_they_go(bring: Bring, rows: Rows) -> None:
    await bring(services(20))
    result = await bring(services(17), confirm_deletes=True)
    assert result.withdrawn == 9
    assert await rows("select deletes_confirmed from import_run order by number") == [
        (False,),
        (True,),
    ]


async def test_a_table_that_is_missing_altogether_is_refused(bring: Bring, rows: Rows) -> None:
    """phones.csv forgotten: few rows of many, and no phone would be left."""
    many = services(15)
    for service in many["services"]:
        service["schedules"] = [
            {"id": f"{service['id']}-{day}", "freq": "WEEKLY", "byday": day, "opens_at": "10:00",
             "closes_at": "12:00"}
            for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
        ]  # fmt: skip
    await bring(many)
    for service in many["services"]:
        service["phones"] = []
    with pytest.raises(InvalidInput) as refused:
        await bring(many)
    assert refused.value.values["what"] == "phone"
    assert await rows("select 1 from phone where withdrawn_at is not null") == []


async def test_rows_kept_back_have_not_gone(bring: Bring) -> None:
    await bring(services(5))
    broken = services(5)
    for service in broken["services"][:3]:
        service["status"] = "perhaps"
    result = await bring(broken)
    assert result.withdrawn == 0


async def test_what_came_back_is_not_counted_as_having_been_there(bring: Bring) -> None:
    await bring(services(20))
    await bring(services(10), confirm_deletes=True)
    swapped = services(20)
    swapped["services"] = swapped["services"][2:]  # ten come back, two of ten go
    with pytest.raises(InvalidInput) as refused:
        await bring(swapped)
    assert (refused.value.values["lost"], refused.value.values["before"]) == ("2", "10")


# ── which source


async def test_the_same_feed_from_another_folder_has_to_say_its_source(
    owner_database: Database, tmp_path: Path, rows: Rows
) -> None:
    november = write_json(tmp_path / "november.json", hsds3_organization())
    december = write_json(tmp_path / "december.json", hsds3_organization(services=[
        hsds3_service(name="Food boxes")]))  # fmt: skip
    await import_feed(owner_database, ImportRequest(november), now=NOW)
    with pytest.raises(InvalidInput) as refused:
        await import_feed(owner_database, ImportRequest(december), now=NOW)
    assert refused.value.field == "source"
    assert refused.value.values["source"] == "november"
    assert len(await rows("select 1 from service")) == 1
    renewed = await import_feed(owner_database, ImportRequest(december, source="november"), now=NOW)
    assert (renewed.added, renewed.written) == (0, 1)


async def test_another_feed_may_take_the_name_of_its_folder(
    owner_database: Database, tmp_path: Path, rows: Rows
) -> None:
    one = write_json(tmp_path / "one.json", hsds3_organization())
    two = write_json(tmp_path / "two.json", hsds3_organization(name="Others with the same id"))
    await import_feed(owner_database, ImportRequest(one), now=NOW)
    await import_feed(owner_database, ImportRequest(two), now=NOW)
    await import_feed(owner_database, ImportRequest(one), now=NOW)
    assert len(await rows("select 1 from organization")) == 2


# ── only what changed is found anew


async def test_only_documents_of_changed_rows_are_made_anew(bring: Bring, rows: Rows) -> None:
    """xmin tells which transaction step wrote a document last."""
    await bring(services(20))
    before = dict(tuple(row) for row in await rows("select service_id, ctid::text from search_doc"))
    changed = services(20)
    changed["services"][3]["phones"][0]["number"] = "202-555-0199"
    changed["services"][7]["name"] = "Another name"
    await bring(changed)
    after = dict(tuple(row) for row in await rows("select service_id, ctid::text from search_doc"))
    assert before.keys() == after.keys()
    moved = {service for service in before if before[service] != after[service]}
    assert moved == {row_id("Test feed", "service", own) for own in ("s3", "s7")}
