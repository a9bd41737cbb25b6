"""The index holds of a text what PostgreSQL itself would read in it, without where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from directory.search.packing import TOO_LONG
from directory.search.text import normalise
from shared.database import Context

if TYPE_CHECKING:
    from integration.directory.search.conftest import List
    from shared.database import Database

HELD = text("select tsv::text from search_doc")
READ = text(
    "select strip(to_tsvector('simple', :words) || to_tsvector('english', :words)"
    " || to_tsvector('spanish', :words))::text"
)


@pytest.mark.parametrize(
    "said",
    [
        "Food boxes, food bags and hot food for families; comidas para las familias.",
        "Bring form 1e5 or 12e5a, suite 4b, 2nd floor, call 202 555 0144 or 2025550144.",
        "Día de acción de gracias — St. Mary’s niñas y niños, naïve café.",
        f"Pantry {'a' * (TOO_LONG - 1)} kept",
    ],
)
async def test_words_are_held_as_postgresql_reads_the_whole_text(
    owner_database: Database, listed: List, said: str
) -> None:
    await listed(name="Pantry", description=said)
    async with owner_database.transaction(Context()) as session:
        held = set((await session.execute(HELD)).scalar_one().split())
        read = set((await session.execute(READ, {"words": normalise(said)})).scalar_one().split())
    assert read <= held
    assert not any(":" in word for word in held)


async def test_a_word_longer_than_an_index_holds_is_left_out(
    owner_database: Database, listed: List
) -> None:
    await listed(name="Pantry", description=f"Pantry {'a' * TOO_LONG} kept")
    async with owner_database.transaction(Context()) as session:
        held = (await session.execute(HELD)).scalar_one()
    assert "'kept'" in held
    assert "aaaa" not in held
