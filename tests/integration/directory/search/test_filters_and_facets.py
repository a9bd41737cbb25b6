"""States, filters with their counts, an asked day and time, closures: what a search leaves out."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from builders.listings import NOW
from directory import models
from directory.codes import ClosureReason, HowToStart
from directory.geography import Near
from directory.search.areas import named_state
from directory.search.projection import project
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from integration.directory.search.conftest import Ask, List
    from shared.database import Database

PHILADELPHIA, RICHMOND = Near(39.9526, -75.1652), Near(37.5407, -77.4360)
DELMAR = Near(38.4562, -75.5777)  # a town on both sides of the border of Maryland and Delaware
BY_PHONE = HowToStart.PATIENT_CALLS


async def test_a_whole_state_is_shown_in_that_state_and_in_no_other(
    listed: List, ask: Ask, owner_database: Database
) -> None:
    line = await listed(name="Food line", miles_north=None, area="Maryland, statewide")

    assert [each.id for each in (await ask("food")).remote] == [line.id]
    for elsewhere in (PHILADELPHIA, RICHMOND):
        assert (await ask("food", near=elsewhere)).remote == []


async def test_beside_a_border_both_states_are_shown(listed: List, ask: Ask) -> None:
    maryland = await listed(name="Line of Maryland", miles_north=None, area="Maryland")
    delaware = await listed(name="Line of Delaware", miles_north=None, area="State of Delaware")

    found = {each.id for each in (await ask("food", near=DELMAR)).remote}

    assert found == {maryland.id, delaware.id}


async def test_a_county_without_an_outline_ends_at_the_border_of_its_state(
    listed: List, ask: Ask, owner_database: Database
) -> None:
    wheels = await listed(
        name="Silver Wheels", miles_north=1, area="Wicomico County", how_to_start=BY_PHONE
    )
    async with owner_database.transaction(Context()) as session:  # no door of its own any more
        await session.execute(
            text("update service_at_location set location_id = null where id = :id"),
            {"id": wheels.id},
        )
        await project(session, [wheels.service_id], NOW)

    assert [each.id for each in (await ask("food")).remote] == [wheels.id]
    assert (await ask("food", near=Near(38.74, -75.6))).remote == []  # 26 miles off, in Delaware


async def test_a_line_of_an_agency_with_an_address_is_not_for_the_whole_country(
    listed: List, ask: Ask, owner_database: Database
) -> None:
    pantry = await listed(delivery=("phone",), how_to_start=BY_PHONE)
    async with owner_database.transaction(Context()) as session:
        await session.execute(
            text("update service_at_location set location_id = null where id = :id"),
            {"id": pantry.id},
        )
        await project(session, [pantry.service_id], NOW)

    assert [each.id for each in (await ask("food")).remote] == [pantry.id]
    assert (await ask("food", near=RICHMOND)).remote == []


async def test_what_says_nationwide_is_for_everybody(listed: List, ask: Ask) -> None:
    line = await listed(name="Food line", miles_north=None, area="Nationwide")

    assert [each.id for each in (await ask("food", near=RICHMOND)).remote] == [line.id]


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("Maryland", "MD"),
        ("Maryland, statewide", "MD"),
        ("State of Maryland", "MD"),
        ("MD", "MD"),
        ("Todo el estado de Texas", "TX"),
        ("Washington County", None),
        ("Salisbury, Maryland", None),
        ("", None),
    ],
)
def test_a_state_is_read_from_the_name_of_an_area(name: str, state: str | None) -> None:
    assert named_state(name) == state


async def test_in_danger_only_help_in_that_danger_is_listed(listed: List, ask: Ask) -> None:
    await listed(name="Pantry for those who want to live well", description="Quiero vivir")
    assert (await ask("quiero matarme")).local == []

    crisis = await listed(name="Crisis team", terms=("1126",))
    answer = await ask("quiero matarme")
    assert [each.id for each in answer.local] == [crisis.id]
    assert answer.danger == "suicide"


async def test_facets_count_what_each_filter_would_leave(listed: List, ask: Ask) -> None:
    await listed(name="One", languages=("en", "es"), flags={"no_id": True})
    await listed(name="Two", miles_north=1, how_to_start=BY_PHONE)
    await listed(name="Too far", miles_north=9, flags={"no_id": True})
    open_then = NOW.replace(day=11, hour=14, minute=30)

    facets = (await ask("food", facets=True, now=open_then)).facets

    assert facets["language"] == {"en": 2, "es": 1}
    assert facets["eligibility"] == {"no_id": 1, "walk_in": 1}
    assert facets["need"]["food"] == 2
    assert facets["open_now"] == {"true": 2}
    for flag, count in facets["eligibility"].items():
        assert (await ask("food", flags=(flag,))).local_total == count
    assert (await ask("food")).facets == {}


async def test_facets_without_a_place_count_the_whole_directory(listed: List, ask: Ask) -> None:
    await listed()
    await listed(name="Far", miles_north=90)

    answer = await ask("food", near=None, facets=True)

    assert answer.facets["need"]["food"] == answer.local_total == 2


async def test_a_day_and_time_can_be_asked_for(listed: List, ask: Ask) -> None:
    thursday = await listed()
    await listed(name="Fridays", hours=(("FR", "10:00", "12:00"),))
    thursday_half_past_ten = datetime(2023, 5, 11, 10, 30)  # noqa: DTZ001 -- by the place's clock

    answer = await ask("food", open_at=thursday_half_past_ten)

    assert [each.id for each in answer.local] == [thursday.id]
    assert answer.local[0].open == "closed"  # it tells of now, a Wednesday


async def test_a_day_far_ahead_is_asked_of_the_schedule_itself(
    listed: List, ask: Ask, owner_database: Database
) -> None:
    pantry = await listed()
    await _close(owner_database, date(2023, 8, 1), date(2023, 8, 31), service_id=pantry.service_id)
    in_july, in_august = datetime(2023, 7, 13, 10, 30), datetime(2023, 8, 10, 10, 30)  # noqa: DTZ001

    assert (await ask("food", open_at=in_july)).local_total == 1
    assert (await ask("food", open_at=in_august)).local_total == 0


async def test_a_line_that_is_open_day_and_night_says_so_without_a_place(
    listed: List, ask: Ask
) -> None:
    always = ("MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59")
    line = await listed(name="Crisis line", miles_north=None, hours=(always,))
    await listed(name="Some line", miles_north=None)  # Thursdays, by nobody knows whose clock

    states = {each.id: each.open for each in (await ask("food")).remote}

    assert states[line.id] == "open"
    assert sorted(states.values()) == ["open", "unknown"]


async def test_a_line_keeps_the_clock_of_the_area_it_serves(listed: List, ask: Ask) -> None:
    box = '{"type":"Polygon","coordinates":[[[-76,38],[-75,38],[-75,39],[-76,39],[-76,38]]]}'
    await listed(
        miles_north=None, area="Marlow County", area_outline=box, hours=(("WE", "09:00", "10:00"),)
    )

    (result,) = (await ask("food")).remote  # Wednesday 9:40 in New York

    assert (result.tz, result.open) == ("America/New_York", "open")


async def test_by_phone_or_online_is_a_filter(listed: List, ask: Ask) -> None:
    await listed()
    both = await listed(name="Both", delivery=("phone",), how_to_start=BY_PHONE)
    line = await listed(name="Line", miles_north=None)

    answer = await ask("food", virtual=True)

    assert [each.id for each in answer.local] == [both.id]
    assert [each.id for each in answer.remote] == [line.id]


async def test_no_sobriety_rule_is_only_what_says_so(listed: List, ask: Ask) -> None:
    await listed(name="Sober", flags={"sobriety_rule": True})
    await listed(name="Untold")
    free = await listed(name="Anybody", flags={"sobriety_rule": False})

    answer = await ask("food", flags=("no_sobriety_rule",))

    assert [each.id for each in answer.local] == [free.id]


async def test_a_closure_is_seen_by_the_next_question(
    listed: List, ask: Ask, owner_database: Database
) -> None:
    pantry = await listed()
    thursday = NOW.replace(day=11, hour=14, minute=30)
    assert (await ask("food", open_now=True, now=thursday)).local_total == 1

    await _close(
        owner_database, date(2023, 5, 8), date(2023, 5, 12), organization_id=pantry.organization_id
    )

    assert (await ask("food", open_now=True, now=thursday)).local_total == 0
    (result,) = (await ask("food", now=thursday)).local
    assert result.open == "closed"
    assert result.display["closures"] == [["2023-05-08", "2023-05-12", "Storm", "Tormenta"]]


async def test_why_a_result_is_there_is_told(listed: List, ask: Ask) -> None:
    await listed(terms=("1130",))

    (by_term,) = (await ask("food pantry")).local
    (by_name,) = (await ask("harbor")).local

    assert by_term.match.labels == (("Food Pantry", "Despensa de comida"),)
    assert by_name.match.by_name
    assert by_name.match.labels == ()


async def test_a_copy_of_a_term_is_the_term(listed: List, ask: Ask) -> None:
    """The taxonomy lists emergency shelter under two parents."""
    shelter = await listed(name="Shelter", terms=("1135",))

    assert [each.id for each in (await ask("emergency shelter")).local] == [shelter.id]


async def _close(database: Database, first: date, last: date, **owner: object) -> None:
    async with database.transaction(Context()) as session:
        closure = models.Closure(
            id=new_id(),
            starts_on=first,
            ends_on=last,
            reason=ClosureReason.WEATHER,
            words_en="Storm",
            words_es="Tormenta",
            created_at=NOW,
            **owner,
        )
        session.add(closure)
        await session.flush()
        await project(session, [closure.id], NOW)
