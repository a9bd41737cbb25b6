"""A real export of 1,667 services: in within its time, its wrong points kept back, found."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from integration.directory.importing.conftest import Bring, Rows

SECONDS = 30


@pytest.fixture
def washington(shared_folder: Path) -> Path:
    """The export's folder."""
    folder = shared_folder / "data" / "dc_orservices" / "newExport"
    if not folder.is_dir():
        pytest.skip("The export of Washington, DC is not in the shared folder.")
    return folder


async def test_washington_arrives_in_time_and_only_once(
    bring: Bring, rows: Rows, washington: Path
) -> None:
    started = time.perf_counter()
    first = await bring(washington, source="DC")
    assert time.perf_counter() - started < SECONDS
    assert first.by_table["organization"] == 400
    assert first.by_table["service"] == 1648  # 17 belong to nobody, 1 to an unknown, 1 no status
    assert first.by_table["location"] == 1202
    assert first.exit_code == 3
    dropped = [f for f in first.findings if f.field == "latitude"]
    assert len(dropped) == 136
    assert all(f.held == "value" and f.reason.endswith(".") for f in dropped)
    # 30 points outside the city's box lie where their own ZIP is; the others are gone.
    ((outside,),) = await rows(
        "select count(*) from location where point is not null and not st_covers("
        "st_makeenvelope(-77.5, 38.6, -76.8, 39.2, 4326)::geography, point)"
    )
    assert outside <= 32
    ((terms,),) = await rows(
        "select count(*) from taxonomy_term t join source s on"
        " s.id = t.source_id where s.name = 'DC' and maps_to_id is not null"
    )
    assert terms > 150
    again = await bring(washington, source="DC")
    assert (again.written, again.withdrawn) == (0, 0)
