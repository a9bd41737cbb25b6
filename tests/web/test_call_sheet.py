"""The day's calls on paper, and when an agency's turn comes (practice 2.18)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import text

from builders.stewards_desk import StewardsDesk, a_stewards_desk, shown, today
from directory.models.stewards import CallOutcome, Means
from directory.stewards.rules import SPREAD_DAYS
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

SECOND_PROGRAM = text("""
insert into service select (jsonb_populate_record(s, jsonb_build_object('id', cast(:new as uuid),
  'external_id', 'second', 'name', 'Diapers'))).* from service s where s.id = :id""")


@pytest_asyncio.fixture
async def desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    return await a_stewards_desk(client, database, owner_database)


async def sheet(desk: StewardsDesk, **asked: str) -> str:
    return shown(await desk.browser.get("/steward/calls/print", params=asked))


async def test_the_sheet_has_script_number_hours_reason_and_tries(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today() - timedelta(days=400))
    await desk.tried(listed, (Means.EMAIL, CallOutcome.NO_ANSWER, 20))

    words = await sheet(desk)

    for part in (
        "“Hello, Nadia from County 211.",
        "Harbor Pantry Inc",
        "Phone 202-555-0144",
        "Open Every Thursday, 10 am to noon",
        "Last checked",
        "by e-mail: No answer",
        "☐ All still right",
    ):
        assert part in words
    assert "Llamadas del día" in await sheet(desk, lang="es")


async def test_the_sheet_keeps_the_desks_order_and_the_size_that_was_asked_for(
    desk: StewardsDesk,
) -> None:
    for number in range(12):
        checked = today() - timedelta(days=400 + number)
        await desk.lists(name=f"Place {number:02}", assured_date=checked)

    words = await sheet(desk, most="10")

    places = [words.index(f"Place {number:02} Inc Phone") for number in range(11, 1, -1)]
    assert places == sorted(places)
    assert "Place 01 Inc Phone" not in words
    assert "2 more wait for another day." in words
    assert "Place 01 Inc Phone" in await sheet(desk, most="1000000")


async def test_with_nobody_to_call_the_sheet_says_so(desk: StewardsDesk) -> None:
    await desk.lists(assured_date=today())

    assert "Nobody to call today." in await sheet(desk)


async def test_the_programs_of_an_agency_are_one_call(desk: StewardsDesk) -> None:
    listed = await desk.lists(assured_date=today() - timedelta(days=400))
    async with desk.owner.transaction(Context()) as session:
        await session.execute(SECOND_PROGRAM, {"id": listed.service_id, "new": new_id()})

    words = await sheet(desk)

    assert words.count("Harbor Pantry Inc Phone") == 1
    assert "One call for all 2 programs" in words


async def test_what_was_checked_in_one_week_falls_due_over_a_quarter(desk: StewardsDesk) -> None:
    for number in range(30):
        await desk.lists(name=f"Place {number:02}", assured_date=today() - timedelta(days=320))

    due = (await sheet(desk, most="40")).count("Inc Phone")

    assert 0 < due < 30


async def test_every_turn_comes_before_the_year_is_over_and_none_too_early(
    desk: StewardsDesk,
) -> None:
    for number in range(12):
        await desk.lists(name=f"Old {number:02}", assured_date=today() - timedelta(days=366))
        early = today() - timedelta(days=365 - SPREAD_DAYS)
        await desk.lists(name=f"New {number:02}", assured_date=early)

    words = await sheet(desk, most="40")

    assert words.count("Old") >= 12
    assert "New" not in words.replace("New York", "")
