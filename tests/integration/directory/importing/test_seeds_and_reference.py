"""What ships loads twice without change and gives cards in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from directory.actions.reference import load_reference_data, load_seeds, seed_id
from directory.api import HowToStart, needs, place_of_zip, service_at_location_card
from shared.database import Context

if TYPE_CHECKING:
    from integration.directory.importing.conftest import Rows
    from shared.database import Database

SEEDS = Path(__file__).parents[4] / "seeds"
CENSUS = """
select 'terms', count(*), max(xmin::text::bigint) from taxonomy_term
union all select 'synonyms', count(*), max(xmin::text::bigint) from synonym
union all select 'zips', count(*), max(xmin::text::bigint) from zip_centroid
union all select 'sdoh', count(*), max(xmin::text::bigint) from sdoh_crosswalk
union all select 'labels', count(*), max(xmin::text::bigint) from translation"""


async def test_reference_data_loads_again_without_a_write(
    owner_database: Database, rows: Rows
) -> None:
    async with owner_database.transaction(Context()) as session:
        await load_reference_data(session)
    before = await rows(CENSUS)
    counts = {name: count for name, count, _ in before}
    assert counts["terms"] == 289
    assert counts["labels"] == 289
    assert counts["zips"] > 33_000
    assert counts["synonyms"] > 300
    assert counts["sdoh"] > 24
    async with owner_database.transaction(Context()) as session:
        await load_reference_data(session)
    assert await rows(CENSUS) == before


async def test_the_seed_is_clean_and_loads_twice_without_change(
    owner_database: Database, front_door: UUID, rows: Rows
) -> None:
    first = await load_seeds(owner_database, SEEDS)
    assert [finding.reason for finding in first.findings] == []
    assert first.by_table["organization"] >= 60
    assert first.by_table["service"] >= 150
    again = await load_seeds(owner_database, SEEDS)
    assert (again.written, again.withdrawn) == (0, 0)
    secrets = await rows(
        "select address_1, l.name from location_private p"
        " join location l on l.id = p.location_id where l.confidential"
    )
    assert secrets
    documents = "".join(text for (text,) in await rows("select search_doc::text from search_doc"))
    for street, _name in secrets:
        assert street not in documents
        assert await rows("select 1 from address where address_1 = :street", street=street) == []


async def test_a_card_says_what_to_do_in_the_readers_language(
    owner_database: Database, database: Database
) -> None:
    await load_seeds(owner_database, SEEDS)
    place = seed_id("service_at_location", "grace-house-family-rooms-at-house")
    async with database.transaction(Context()) as session:
        english = await service_at_location_card(session, place, "en")
        spanish = await service_at_location_card(session, place, "es")
    assert english is not None
    assert spanish is not None
    assert english.service_name == "Rooms for families"
    assert english.organization_id == seed_id("organization", "grace-house")
    assert english.how_to_start is HowToStart.AGENCY_CALLS_PATIENT
    assert english.address_line == "402 Park Avenue, Salisbury"
    assert english.phone == "+12025550113"
    assert english.papers == ("The child’s birth certificate",)
    assert len(english.starting_steps) == 3
    assert "bed" in english.needs
    assert english.time_zone == "America/New_York"
    assert spanish.service_name == "Cuartos para familias"
    assert spanish.papers == ("El acta de nacimiento del niño",)
    assert spanish.starting_steps[0].startswith("Pida ayuda")
    assert spanish.snapshot()["how_to_start"] == "agency_calls_patient"


async def test_nobody_gets_a_card_of_what_is_not_there(database: Database) -> None:
    async with database.transaction(Context()) as session:
        assert await service_at_location_card(session, seed_id("service", "no"), "en") is None


async def test_a_zip_has_a_place_with_zone_and_state(
    owner_database: Database, database: Database
) -> None:
    async with owner_database.transaction(Context()) as session:
        await load_reference_data(session)
    async with database.transaction(Context()) as session:
        place = await place_of_zip(session, "21801-4321")
        assert place is not None
        assert (place.time_zone, place.state) == ("America/New_York", "MD")
        assert await place_of_zip(session, "00000") is None


def test_needs_have_words_in_both_languages() -> None:
    assert all(need.label_en and need.label_es and need.word_es for need in needs())
