"""`handback import`, `imports`, `undo-import` and `sources`, as an operator types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from builders.feeds import hsds3_organization, hsds3_service, write_json
from shared.errors import Conflict, InvalidInput, NotFound
from shared.settings import get_settings
from web.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.database import Database


@pytest.fixture(autouse=True)
def _own_database(
    committed: dict[str, Database],
    database_urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """The commands' settings: this test's database, emptied afterwards."""
    assert committed
    for name, role in (("", "app"), ("WORKER_", "worker"), ("OWNER_", "owner")):
        monkeypatch.setenv(f"HANDBACK_{name}DATABASE_URL", database_urls[role])
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    return write_json(tmp_path / "shore.json", hsds3_organization())


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    boxes = hsds3_service(name="Food boxes")
    return write_json(tmp_path / "newer.json", hsds3_organization(services=[boxes]))


def handback(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


def told(*words: str) -> Any:
    result = handback(*words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_import_can_be_shown_undone_and_not_undone_twice(feed: Path, newer: Path) -> None:
    first = handback("import", str(feed), "--source", "Shore", "--by", "Rosa")
    assert first.exit_code == 0
    assert "`handback imports show 1`" in first.output
    assert told("import", str(newer), "--source", "Shore", "--by", "Ana", "--json")["run"] == 2

    listed = told("imports", "--json")
    assert [(run["number"], run["made_by"], run["changed"]) for run in listed] == [
        (2, "Ana", 1),
        (1, "Rosa", 0),
    ]
    shown = handback("imports", "show", "2").output
    assert "~ service Food boxes" in shown
    assert "name: Food bags → Food boxes" in shown

    undone = handback("undo-import", "2", "--yes", "--by", "Rosa")
    assert undone.exit_code == 0
    assert "1 row has its old values again." in undone.output
    again = handback("undo-import", "2", "--yes")
    assert isinstance(again.exception, Conflict)
    assert "undone" in handback("imports").output
    assert "0 rows written" in handback("import", str(feed), "--source", "Shore").output


def test_undoing_asks_first_and_tells_what_it_would_do(feed: Path) -> None:
    handback("import", str(feed), "--source", "Shore")
    asked = handback("undo-import", "1", typed="n\n")
    assert asked.exit_code == 1
    assert "7 rows that it had added are withdrawn." in asked.output
    assert told("imports", "--json")[0]["undone_at"] is None
    tried = handback("undo-import", "1", "--dry-run")
    assert "This was a trial: nothing was written." in tried.output
    assert told("imports", "--json")[0]["undone_at"] is None
    assert handback("undo-import", "1", typed="y\n").exit_code == 0
    assert told("imports", "--json")[0]["undone_at"] is not None


def test_a_number_that_never_was_is_told_in_words() -> None:
    for words in (("undo-import", "7", "--yes"), ("imports", "show", "7")):
        refused = handback(*words)
        assert isinstance(refused.exception, NotFound)
    assert handback("undo-import", "seven").exit_code == 2
    assert "Nothing has been imported yet." in handback("imports").output


def test_rights_are_told_with_an_import_and_kept_by_the_next(feed: Path, newer: Path) -> None:
    handback(
        "import", str(feed), "--source", "Shore", "--licence", "CC BY 4.0", "--attribution",
        "Shore 211", "--no-public", "--republish", "--ends-on", "2031-05-31", "--steward", "Rosa",
    )  # fmt: skip
    handback("import", str(newer), "--source", "Shore")
    (source,) = [each for each in told("sources", "--json") if each["name"] == "Shore"]
    assert (source["licence"], source["attribution"]) == ("CC BY 4.0", "Shore 211")
    assert (source["may_show_public"], source["may_republish"]) == (False, True)
    assert (source["ends_on"], source["steward"], source["services"]) == ("2031-05-31", "Rosa", 1)
    line = handback("sources").output
    assert "Shore: 1 services. CC BY 4.0, staff only, may be handed on" in line
    assert told("search", "food bags", "--json")["results"] == []

    handback("import", str(newer), "--source", "Shore", "--public")
    assert [each["name"] for each in told("search", "food boxes", "--json")["results"]] == [
        "Food boxes"
    ]


def test_a_feed_that_lost_too_much_needs_a_word(feed: Path, tmp_path: Path) -> None:
    two = [hsds3_service(), hsds3_service(id="b", phones=[], schedules=[], service_at_locations=[])]
    whole = write_json(tmp_path / "whole.json", hsds3_organization(services=two))
    handback("import", str(whole), "--source", "Shore")
    refused = handback("import", str(feed), "--source", "Shore")
    assert isinstance(refused.exception, InvalidInput)
    assert handback("import", str(feed), "--source", "Shore", "--confirm-deletes").exit_code == 0


def test_a_source_without_a_name_in_another_folder_is_asked_for(feed: Path, newer: Path) -> None:
    handback("import", str(feed))
    refused = handback("import", str(newer))
    assert isinstance(refused.exception, InvalidInput)
    assert refused.exception.values["source"] == "shore"
