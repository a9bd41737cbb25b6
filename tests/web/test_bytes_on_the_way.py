"""How much a phone downloads for a search, compressed as served, with nothing in its cache."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from builders.listings import NOW, Listing, list_service
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database

WITH_MAP, WITHOUT_MAP = 150_000, 60_000
FILES = re.compile(r"""<(?:link|script)\b[^>]*?\b(?:href|src)="(/static/[^"]+)""")
OF_THE_MAP = re.compile("leaflet|counties")
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
async def weights(
    client: httpx.AsyncClient, owner_database: Database, monkeypatch: pytest.MonkeyPatch
) -> dict[str, int]:
    """Bytes of a full page of results and of each file that it asks for."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    async with owner_database.transaction(Context()) as session:
        for number in range(20):
            await list_service(
                session, Listing(name=f"Harbor Pantry {number}", miles_north=number / 5)
            )
        for number in range(12):
            await list_service(session, Listing(name=f"Food line {number}", miles_north=None))
    path = "/search?q=food&near=38.3607,-75.5994"
    page = (await client.get(path)).text
    assert page.count('class="pin"') == 20
    files = [*FILES.findall(page), "/static/vendor/counties/md.json"]
    assert any("leaflet" in name for name in files)
    return {name: await _weight(client, name) for name in (path, *files)}


async def test_a_search_with_its_map_is_light(weights: dict[str, int]) -> None:
    assert sum(weights.values()) <= WITH_MAP, weights


async def test_a_search_without_a_map_is_lighter_still(weights: dict[str, int]) -> None:
    plain = {name: size for name, size in weights.items() if not OF_THE_MAP.search(name)}
    assert 5_000 < sum(plain.values()) <= WITHOUT_MAP, weights


async def test_what_somebody_types_ahead_is_kept_nowhere(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/suggest", params={"q": "food p"})
    assert "no-store" in answer.headers["cache-control"]
    assert "food pantry" in [words.lower() for words in answer.json()["suggestions"]]
    assert "set-cookie" not in answer.headers


async def _weight(client: httpx.AsyncClient, path: str) -> int:
    async with client.stream("GET", path, headers=GZIP) as answer:
        assert answer.status_code == 200, path
        return sum([len(part) async for part in answer.aiter_raw()])
