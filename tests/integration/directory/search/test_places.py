"""Near, farther, everywhere and nowhere: what a radius may hide and what it must not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from builders.listings import NOW, SALISBURY
from directory.codes import HowToStart
from directory.geography import METRES_PER_MILE, Near, metres_between
from directory.search.projection import project, project_all
from directory.search.query import SearchRequest, UnreadableInput
from shared.database import Context

if TYPE_CHECKING:
    from directory.search.front import Searcher
    from integration.directory.search.conftest import Ask, List
    from shared.database import Database

BOX = '{"type":"Polygon","coordinates":[[[-76,38],[-75,38],[-75,39],[-76,39],[-76,38]]]}'


async def test_results_come_nearest_first_with_their_distance(listed: List, ask: Ask) -> None:
    far = await listed(name="Far", miles_north=4)
    near = await listed(name="Near", miles_north=1)
    await listed(name="Too far", miles_north=9)

    answer = await ask("food")

    assert [result.id for result in answer.local] == [near.id, far.id]
    assert answer.local[0].distance_m == pytest.approx(METRES_PER_MILE, rel=0.01)
    assert answer.local_total == 2


async def test_the_database_measures_as_python_does(listed: List, ask: Ask) -> None:
    await listed(miles_north=3)

    (result,) = (await ask("food")).local

    assert result.lat is not None
    assert result.lon is not None
    expected = metres_between(SALISBURY[0], SALISBURY[1], result.lat, result.lon)
    assert result.distance_m == pytest.approx(expected, abs=1)


async def test_a_line_for_everybody_is_never_hidden_by_the_radius(listed: List, ask: Ask) -> None:
    line = await listed(name="Food line", miles_north=None, how_to_start=HowToStart.PATIENT_CALLS)

    for radius_m in (100, 8000, 160_000):
        answer = await ask("food", radius_m=radius_m)
        assert [result.id for result in answer.remote] == [line.id]


async def test_an_area_shows_to_who_lives_in_it_and_to_nobody_else(listed: List, ask: Ask) -> None:
    wheels = await listed(
        name="Silver Wheels",
        miles_north=20,
        area="All of Marlow County",
        area_outline=BOX,
        how_to_start=HowToStart.PATIENT_CALLS,
    )

    inside, outside = await ask("food"), await ask("food", near=Near(40.0, -75.6))

    assert [result.id for result in inside.remote] == [wheels.id]
    assert inside.remote[0].distance_m is None
    assert outside.remote == []


async def test_an_area_service_within_the_radius_is_listed_once(listed: List, ask: Ask) -> None:
    wheels = await listed(
        area="All of Marlow County", area_outline=BOX, how_to_start=HowToStart.PATIENT_CALLS
    )

    answer = await ask("food")

    assert [result.id for result in answer.local] == [wheels.id]
    assert answer.remote == []


async def test_a_confidential_place_is_found_without_any_clue_where(listed: List, ask: Ask) -> None:
    house = await listed(name="Bay House", confidential=True, terms=("1121",))
    seen = set()

    for north in range(-3, 4):
        for radius_m in (200, 2000, 20_000):
            near = Near(SALISBURY[0] + north * 0.05, SALISBURY[1])
            answer = await ask("shelter", near=near, radius_m=radius_m)
            assert answer.local == []
            (result,) = answer.remote
            seen.add((result.id, result.kind, result.distance_m, result.lat, result.lon))

    assert seen == {(house.id, "private", None, None, None)}


async def test_no_search_table_knows_a_confidential_point(
    listed: List, owner_database: Database
) -> None:
    house = await listed(confidential=True, area="Wicomico County")

    async with owner_database.transaction(Context()) as session:
        row = (
            await session.execute(text("select * from search_doc where id = :id"), {"id": house.id})
        ).one()
        terms = await session.scalar(
            text("select count(*) from search_doc_term where id = :id"), {"id": house.id}
        )

    assert (row.cell, row.lat, row.lon, row.geog, row.area_ids) == (None, None, None, None, [0])
    assert terms == 0
    assert "Elm" not in str(row.display) + str(row.detail) + row.tsv


async def test_an_edit_is_seen_by_the_next_question(
    listed: List, ask: Ask, owner_database: Database
) -> None:
    pantry = await listed()
    assert (await ask("wheelchair")).local == []

    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text("update service set description = 'Wheelchair repairs' where id = :id"),
            {"id": pantry.service_id},
        )
        await project(session, [pantry.service_id], NOW)

    assert [result.id for result in (await ask("wheelchair")).local] == [pantry.id]


async def test_an_edit_of_a_place_moves_its_services(
    listed: List, ask: Ask, owner_database: Database
) -> None:
    pantry = await listed()

    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text("update location set point = 'POINT(-75.6 40)' where id = :id"),
            {"id": pantry.location_id},
        )
        await project(session, [pantry.location_id], NOW)

    assert (await ask("food")).local == []


@pytest.mark.parametrize("column", ["withdrawn_at = now()", "status = 'inactive'"])
async def test_a_service_that_is_gone_is_not_found(
    listed: List, ask: Ask, owner_database: Database, column: str
) -> None:
    pantry = await listed()

    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text(f"update service set {column} where id = :id"), {"id": pantry.service_id}
        )
        await project(session, [pantry.service_id], NOW)

    answer = await ask("food")
    assert answer.local == answer.remote == []


async def test_a_source_that_may_not_be_shown_is_not_found(listed: List, ask: Ask) -> None:
    await listed(may_show_public=False)

    assert (await ask("food")).local == []


async def test_projecting_edits_equals_projecting_everything(
    listed: List, owner_database: Database
) -> None:
    await listed(area="Wicomico County", how_to_start=HowToStart.PATIENT_CALLS)
    await listed(confidential=True)
    await listed(miles_north=None, area="Maryland, statewide")
    tables = ("search_doc", "search_doc_term", "search_area_term", "search_area")

    async with owner_database.transaction(Context()) as session:

        async def everything() -> list[list[str]]:
            return [
                sorted((await session.scalars(text(f"select {table}::text from {table}"))).all())
                for table in tables
            ]

        edited = await everything()
        assert await project_all(session, NOW) == 3
        assert await everything() == edited


async def test_a_zip_is_a_place_and_so_is_a_town(
    listed: List, ask: Ask, owner_database: Database
) -> None:
    pantry = await listed()
    async with owner_database.transaction(Context()) as session:
        await project_all(session, NOW)

    for place in ("21801", "21801-1234", "Salisbury", "salisbury, MD"):
        answer = await ask("food", near=None, place=place)
        assert [result.id for result in answer.local] == [pantry.id], place
        assert answer.request.near is not None
        assert not answer.request.near.exact


async def test_an_unknown_place_is_refused_by_name(ask: Ask) -> None:
    with pytest.raises(UnreadableInput) as refusal:
        await ask("food", near=None, place="00000")

    assert refusal.value.field == "near"
    assert refusal.value.remedy


async def test_nothing_near_tells_what_to_change(
    listed: List, searcher: Searcher, database: Database
) -> None:
    await listed(miles_north=12, hours=())
    await listed(name="Elm shelf", miles_north=2, flags={"no_id": False})
    request = SearchRequest(words="food", near=Near(*SALISBURY), flags=("no_id",))

    async with database.reading() as connection:
        found = await searcher.relaxations(connection, request, NOW)
        anything = request.with_changes(flags=())
        nearest = await searcher.nearest(connection, anything.with_changes(words="food"), NOW)

    assert [(each.change, each.count) for each in found] == [("flags", 1)]
    assert nearest is not None
    assert nearest.display["text"]["name"] == "Elm shelf"


async def test_only_what_fits_the_filters_is_left(listed: List, ask: Ask) -> None:
    spanish = await listed(name="One", languages=("en", "es"), flags={"no_id": True})
    await listed(name="Two", miles_north=1, flags={"no_id": False})

    assert [each.id for each in (await ask("food", languages=("es",))).local] == [spanish.id]
    assert [each.id for each in (await ask("food", flags=("no_id",))).local] == [spanish.id]
    assert len((await ask("food", age=30)).local) == 2


async def test_open_now_knows_the_clock_of_the_place(listed: List, ask: Ask) -> None:
    thursday = await listed(hours=(("TH", "10:00", "12:00"),))
    await listed(name="Unknown", hours=())
    open_then = NOW.replace(day=11, hour=14, minute=30)  # Thursday 10:30 in New York

    assert (await ask("food", open_now=True)).local == []
    answer = await ask("food", open_now=True, now=open_then)
    assert [(each.id, each.open) for each in answer.local] == [(thursday.id, "open")]
    states = {each.display["text"]["name"]: each.open for each in (await ask("food")).local}
    assert states == {"Harbor Pantry": "closed", "Unknown": "unknown"}
