"""Counts of whole cells: as true as counting the documents, never in an edit's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from builders.listings import NOW, SALISBURY
from directory.geography import METRES_PER_MILE, Near
from directory.search.counts import KIND, RENEWED_EVERY, renew_counts, renew_counts_if_due
from directory.search.port import SearchQuery
from directory.search.postgres import PostgresSearch
from directory.search.projection import project, project_all
from shared.database import Context

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from integration.directory.search.conftest import List
    from shared.database import Database

WIDE = SearchQuery(NOW, near=Near(*SALISBURY), radius_m=50 * METRES_PER_MILE, facets=True)


async def counts_of(session: AsyncSession) -> Sequence[str]:
    found = await session.scalars(text("select c::text from search_cell_tag c order by cell, tag"))
    return found.all()


@pytest.fixture
async def town(listed: List) -> None:
    """Places in the middle, ten and forty miles off, and one that is too far."""
    await listed(flags={"no_id": True}, languages=("en", "es"))
    await listed(name="Ten", miles_north=10, terms=("1121",))
    await listed(name="Forty", miles_north=40, hours=())
    await listed(name="Sixty", miles_north=60, flags={"no_id": True})
    await listed(name="House", confidential=True)


@pytest.mark.usefixtures("town")
async def test_counts_that_were_renewed_are_those_made_from_scratch(
    listed: List, owner_database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        await renew_counts(session)
        gone = await listed(name="Gone", terms=("1130",))
        await listed(name="New", miles_north=10, flags={"pets": True})
        await session.execute(
            text("update service set withdrawn_at = :now where id = :id"),
            {"now": NOW, "id": gone.service_id},
        )
        await project(session, [gone.service_id], NOW)
        assert await renew_counts(session) > 0
        renewed = await counts_of(session)
        assert await renew_counts(session) == 0, "nothing has changed"

        await session.execute(text("delete from search_cell_tag"))
        await project_all(session, NOW)

        assert renewed
        assert await counts_of(session) == renewed


@pytest.mark.usefixtures("town")
async def test_counted_cells_say_what_counting_each_place_says(
    database: Database, owner_database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        await renew_counts(session)
    thursday = WIDE.with_changes(now=NOW.replace(day=11, hour=14, minute=30))

    async with database.reading() as connection:
        counted = (await PostgresSearch().search(connection, thursday)).facets
        each = (await PostgresSearch(counted=False).search(connection, thursday)).facets

    assert counted == each
    assert counted["eligibility"]["no_id"] == 1
    assert counted["open_now"] == {"true": 2}


@pytest.mark.usefixtures("town")
async def test_an_edit_touches_no_count_and_a_search_finds_it_all_the_same(
    listed: List, database: Database, owner_database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        await renew_counts(session)
        before = await counts_of(session)
        await listed(name="New")
        assert await counts_of(session) == before

    async with database.reading() as connection:
        assert (await PostgresSearch().search(connection, WIDE)).local_total == 4


@pytest.mark.usefixtures("town")
async def test_the_worker_counts_anew_every_ten_minutes(worker_database: Database) -> None:
    async def counted_at(minutes: int) -> int:
        async with worker_database.transaction(Context()) as session:
            await session.execute(text("delete from search_cell_tag"))
        await renew_counts_if_due(worker_database, NOW + minutes * RENEWED_EVERY / 10)
        async with worker_database.transaction(Context()) as session:
            return len(await counts_of(session))

    assert await counted_at(0) > 0
    assert await counted_at(9) == 0, f"{KIND} is not due yet"
    assert await counted_at(10) > 0
