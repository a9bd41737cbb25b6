"""On a real export: "food" and "comida" within two miles find real pantries, nearest first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders.listings import NOW
from directory.geography import METRES_PER_MILE, Near
from directory.importing.run import ImportRequest, import_feed

if TYPE_CHECKING:
    from integration.directory.search.conftest import Ask
    from shared.database import Database

LOGAN_CIRCLE = Near(38.9096, -77.0295)


async def test_food_and_comida_find_real_pantries_nearest_first(
    owner_database: Database, ask: Ask, shared_folder: Path
) -> None:
    folder = shared_folder / "data" / "dc_orservices" / "newExport"
    if not folder.is_dir():
        pytest.skip("The export of Washington, DC is not in the shared folder.")
    await import_feed(owner_database, ImportRequest(folder, source="DC"), now=NOW)
    near = {"near": LOGAN_CIRCLE, "radius_m": 2 * METRES_PER_MILE}

    english, spanish = await ask("food", **near), await ask("comida", **near)

    assert english.local_total >= 20
    assert [each.id for each in english.local] == [each.id for each in spanish.local]
    distances = [each.distance_m for each in english.local]
    assert distances == sorted(distances, key=lambda metres: metres or 0)
    assert all(0 <= (metres or 0) <= near["radius_m"] for metres in distances)
    names = " ".join(
        f"{each.display['text']['name']} {each.display['text']['organization']}"
        for each in english.local
    )
    assert "Bread for the City" in names
    assert "Pantry" in names
    mistyped = await ask("fod pantri", **near)
    assert mistyped.local_total > 0
    assert mistyped.understood.needs == ("food",)
