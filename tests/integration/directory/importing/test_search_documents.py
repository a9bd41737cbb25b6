"""A whole source at once gets the same search documents as each of its services by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from builders.feeds import SALISBURY, hsds3_location, hsds3_organization, hsds3_service
from directory.importing.sources import ToldRights
from directory.search.bulk import MANY, project_source
from directory.search.hidden import in_hidden_tables
from directory.search.projection import project
from integration.directory.importing.conftest import NOW, Bring
from shared.database import Context
from shared.identifiers import source_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Database

SOURCES = ("Shown feed", "Staff feed")
TABLES = ("search_doc", "search_doc_term", "search_area_term")
SQUARE = (
    '{"type": "Polygon", "coordinates": [[[-76, 38], [-75, 38], [-75, 39], [-76, 39], [-76, 38]]]}'
)


def mixed_feed() -> dict[str, Any]:
    """A place, one that is secret, a line for an area, a lunch on dates, a service anywhere."""
    monthly = {"id": "monthly", "freq": "MONTHLY", "byday": "2MO", "dtstart": "2026-01-12"}
    monthly |= {"opens_at": "11:00", "closes_at": "13:00", "until": "2027-01-11"}
    area = {"id": "square", "name": "The shore", "extent": SQUARE, "extent_type": "geojson"}
    return hsds3_organization(
        locations=[
            hsds3_location(),
            {
                "id": "shelter",
                "location_type": "physical",
                "name": "Shelter",
                "latitude": SALISBURY[0] + 0.01,
                "longitude": SALISBURY[1],
                "handback": {"confidential": True},
            },
        ],
        services=[
            hsds3_service(
                languages=[{"id": "spoken", "code": "es", "name": "Spanish"}],
                handback={
                    "needs": ["food"],
                    "translations": {"es": {"name": "Bolsas de comida — ñandú"}},
                },
            ),
            hsds3_service(
                id="beds",
                name="Beds",
                phones=[],
                schedules=[],
                service_at_locations=[{"id": "beds-there", "location_id": "shelter"}],
            ),
            hsds3_service(
                id="line",
                name="Help line",
                phones=[{"id": "line-phone", "number": "202-555-0143"}],
                schedules=[],
                service_areas=[area],
                service_at_locations=[],
            ),
            hsds3_service(
                id="lunch",
                name="Monday lunch",
                phones=[],
                schedules=[monthly],
                service_at_locations=[{"id": "lunch-at-door", "location_id": "pantry-door"}],
            ),
        ],
    )


@pytest.fixture
async def sources(bring: Bring) -> list[Any]:
    """The feed twice: of a source for everybody, and of one for staff alone."""
    for name in SOURCES:
        await bring(mixed_feed(), source=name, rights=ToldRights(may_show_public="Shown" in name))
    return [source_id(name, "source") for name in SOURCES]


async def documents(session: AsyncSession) -> dict[str, list[str]]:
    """Every row of the search tables and of their twins, as text."""
    found = {}
    for kind, asked in (("shown", session), ("hidden", in_hidden_tables(session))):
        for table in TABLES:
            rows = await asked.execute(text(f"select d::text from {table} d order by 1"))
            found[f"{kind} {table}"] = list(rows.scalars())
    return found


async def forget(session: AsyncSession) -> None:
    """As before any import."""
    for asked in (session, in_hidden_tables(session)):
        for table in TABLES:
            await asked.execute(text(f"delete from {table}"))


async def one_by_one(session: AsyncSession) -> dict[str, list[str]]:
    """What every service gets by itself."""
    await forget(session)
    for service in list(await session.scalars(text("select id from service"))):
        await project(session, [service], NOW)
    return await documents(session)


@pytest.mark.parametrize("many", [0, MANY], ids=["in_a_process", "in_a_thread"])
async def test_a_source_made_anew_at_once_has_the_documents_of_its_services(
    owner_database: Database, sources: list[Any], many: int
) -> None:
    async with owner_database.transaction(Context(actor="import")) as session:
        expected = await one_by_one(session)
        kinds = set(await session.scalars(text("select kind from search_doc")))
        assert kinds == {"local", "private", "remote"}
        assert len(expected["shown search_doc"]) == len(expected["hidden search_doc"]) == 4
        assert await session.scalar(text("select bool_or(hours_dated) from search_doc"))
        for _time in ("over the ones there are", "from nothing"):
            written = [await project_source(session, each, NOW, many=many) for each in sources]
            assert await documents(session) == expected
            assert written == [4, 0]
            await forget(session)


async def test_an_import_leaves_the_documents_that_its_services_would_get_by_themselves(
    owner_database: Database, sources: list[Any]
) -> None:
    del sources
    async with owner_database.transaction(Context(actor="import")) as session:
        imported = await documents(session)
        assert imported == await one_by_one(session)


async def test_what_cant_be_made_in_the_other_process_fails_here(
    owner_database: Database, sources: list[Any]
) -> None:
    async with owner_database.transaction(Context(actor="import")) as session:
        await session.execute(text("update service set flags = '[]'"))
        before = await documents(session)
        with pytest.raises(AttributeError, match="get"):
            await project_source(session, sources[0], NOW, many=0)
        assert await documents(session) == before
