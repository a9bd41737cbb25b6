"""What is said to the search server, and what the fake says, keeps to the published document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from builders.listings import NOW
from directory.search_server.drift import repair_drift
from directory.search_server.engine import MeilisearchSearch
from directory.search_server.keeping import send_changes
from directory.search_server.keys import examine_keys
from directory.search_server.rebuild import rebuild
from fakes.meilisearch_contract import contract_at
from fakes.meilisearch_server import Exchange, MeilisearchServer
from support.search_engines import ENGINES, FOOD, HAS_REAL, Engine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from builders.listings import Listed
    from directory.search_server.client import SearchServer
    from fakes.meilisearch_contract import Contract
    from shared.database import Database

    List = Callable[..., Awaitable[Listed]]


@pytest.fixture
def contract(shared_folder: Path) -> Contract:
    document = shared_folder / "standards/meilisearch/openapi.json"
    if not document.is_file():
        pytest.skip("The search server's OpenAPI document is not in the shared folder.")
    return contract_at(document)


async def test_all_that_is_ever_asked_and_answered_keeps_to_the_document(  # noqa: PLR0913, PLR0917 -- fixtures
    contract: Contract,
    fake: MeilisearchServer,
    server: SearchServer,
    searching: SearchServer,
    database: Database,
    owner_database: Database,
    listed: List,
) -> None:
    await listed()
    await rebuild(owner_database, server, NOW)
    await listed()
    await send_changes(owner_database, server, NOW)
    await repair_drift(owner_database, server, NOW)
    await examine_keys(searching, server)
    engine = Engine(MeilisearchSearch(searching), database, owner_database, None)
    await engine.search(meanings=(FOOD,), words="harbor")
    await engine.nearest(meanings=(FOOD,))
    assert contract.violations(fake.exchanges) == []
    assert len({(each.method, each.path) for each in fake.exchanges}) > 12


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"path": "/indexes/x/no-such"}, "is not in the document"),
        ({"query": {"odd": ["1"]}}, "no parameter odd"),
        ({"body": {"queries": [{"q": "no index"}]}}, "'indexUid' is a required property"),
        ({"answer": {"results": [{"hits": 3}]}}, "is not of type 'array'"),
        ({"status": 201}, "no answer 201"),
    ],
)
def test_what_does_not_keep_to_it_is_noticed(
    contract: Contract, changed: dict[str, object], words: str
) -> None:
    said: dict[str, object] = {
        "method": "POST",
        "path": "/multi-search",
        "query": {},
        "body": {"queries": [{"indexUid": "x", "q": ""}]},
        "status": 200,
        "answer": {"results": []},
    }
    assert contract.violations([Exchange(**said)]) == []  # type: ignore[arg-type]
    found = contract.violations([Exchange(**(said | changed))])  # type: ignore[arg-type]
    assert any(words in each for each in found), found


def test_a_real_server_is_among_the_engines() -> None:
    if not HAS_REAL:
        pytest.skip("Only the fake was run: MEILI_TEST_URL, …_ADMIN_KEY, …_SEARCH_KEY name none.")
    assert "meilisearch (real)" in ENGINES
