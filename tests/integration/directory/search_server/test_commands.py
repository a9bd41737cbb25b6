"""`handback reindex`, `handback drift` and `handback doctor` against a server."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from builders.listings import Listing, list_service
from fakes.meilisearch_server import ADMIN, MASTER, SEARCH
from shared.database import Context, Database
from shared.errors import HandbackError
from shared.settings import get_settings
from web.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fakes.meilisearch_server import MeilisearchServer


@pytest.fixture
def configured(
    fake: MeilisearchServer,
    committed: dict[str, Database],
    database_urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MeilisearchServer]:
    """The commands' settings: this test's database, and the fake under its keys."""
    monkeypatch.setenv("HANDBACK_DATABASE_URL", database_urls["app"])
    monkeypatch.setenv("HANDBACK_WORKER_DATABASE_URL", database_urls["worker"])
    monkeypatch.setenv("HANDBACK_OWNER_DATABASE_URL", database_urls["owner"])
    monkeypatch.setenv("HANDBACK_MEILISEARCH_URL", fake.url)
    monkeypatch.setenv("HANDBACK_MEILISEARCH_KEY", SEARCH)
    monkeypatch.setenv("HANDBACK_MEILISEARCH_ADMIN_KEY", ADMIN)
    get_settings.cache_clear()
    asyncio.run(_list_two(database_urls["owner"]))
    yield fake
    monkeypatch.undo()
    get_settings.cache_clear()


async def _list_two(owner_url: str) -> None:
    database = Database(owner_url)
    async with database.transaction(Context()) as session:
        for name in ("One", "Two"):
            await list_service(session, Listing(name=name))
    await database.dispose()


def handback(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_reindex_fills_tables_and_server_and_drift_then_finds_none(
    configured: MeilisearchServer,
) -> None:
    assert told(handback("reindex", "--json")) == {"documents": 2, "sent": 2, "kept_back": 0}
    assert len(configured.indexes["handback"].documents) == 2
    found = told(handback("drift", "--json"))
    assert (found["compared"], found["missing"], found["waiting"]) == (2, [], 0)


def test_drift_ends_with_1_until_it_is_repaired(configured: MeilisearchServer) -> None:
    handback("reindex", "--server-only")
    configured.indexes["handback"].documents.popitem()
    looked = handback("drift")
    assert looked.exit_code == 1
    assert "1 are missing" in looked.output
    assert "`handback drift --repair` sends only these." in looked.output
    repaired = handback("drift", "--repair")
    assert repaired.exit_code == 0
    assert "Repaired." in repaired.output
    assert "The search server holds what it should." in handback("drift").output


def test_without_a_server_reindex_makes_the_tables_and_drift_is_bad_usage(
    configured: MeilisearchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HANDBACK_MEILISEARCH_URL")
    get_settings.cache_clear()
    assert told(handback("reindex", "--json")) == {"documents": 2}
    assert handback("drift").exit_code == 2
    assert handback("reindex", "--server-only").exit_code == 2
    assert configured.exchanges == []


@pytest.mark.parametrize(("key", "words"), [(MASTER, "master key"), (None, "is not set")])
def test_reindex_refuses_a_master_key_and_a_missing_one(
    configured: MeilisearchServer, monkeypatch: pytest.MonkeyPatch, key: str | None, words: str
) -> None:
    monkeypatch.delenv("HANDBACK_MEILISEARCH_ADMIN_KEY")
    if key:
        monkeypatch.setenv("HANDBACK_MEILISEARCH_ADMIN_KEY", key)
    get_settings.cache_clear()
    refused = handback("reindex", "--server-only")
    assert isinstance(refused.exception, HandbackError)
    assert words in refused.exception.message
    assert configured.indexes == {}


def test_the_doctor_looks_at_the_server_too(configured: MeilisearchServer) -> None:
    handback("reindex", "--server-only")
    findings = json.loads(handback("doctor", "--json").stdout)
    ours = [each["what"] for each in findings if "key may" in each["what"] and each["ok"]]
    assert len(ours) == 2
