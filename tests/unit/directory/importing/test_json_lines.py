"""NDJSON: one object a line, read as it comes; a feed that was cut off is refused whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builders.feeds import hsds3_organization
from directory.importing import hsds3
from directory.importing.formats import FeedFormat, detect, read_feed
from directory.importing.json_lines import read_json_lines
from directory.importing.run import no_progress
from shared.errors import InvalidInput


def lines(folder: Path, *values: object, ending: str = "\n", name: str = "feed.ndjson") -> Path:
    path = folder / name
    written = ending.join(json.dumps(value, ensure_ascii=False) for value in values)
    path.write_bytes(written.encode())
    return path


@pytest.mark.parametrize("name", ["feed.ndjson", "feed.jsonl", "FEED.NDJSON"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n"])
def test_each_line_is_an_organization(tmp_path: Path, ending: str, name: str) -> None:
    first = hsds3_organization()
    second = {"id": "b", "name": "Café B", "services": []}
    path = lines(tmp_path, first, second, ending=ending, name=name)
    assert detect(path) is FeedFormat.NDJSON
    feed = read_feed(path, FeedFormat.AUTO, no_progress)
    found = [r for r in feed.records if r.table == "organization"]
    assert [r.external_id for r in found] == ["harbor", "b"]
    assert found[1].place.line == (3 if ending == "\n\n" else 2)


def test_services_are_read_too_and_a_mark_at_the_start_is_skipped(tmp_path: Path) -> None:
    service = {"id": "s", "name": "Food", "status": "active", "organization": {"id": "o"}}
    path = tmp_path / "feed.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(service).encode() + b"\n")
    assert {r.table for r in hsds3.read(path, no_progress).records} == {"service", "organization"}


def test_lines_are_read_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "feed.ndjson"
    path.write_text('{"id": "1", "name": "A", "services": []}\n{"id": "2", "na', encoding="utf-8")
    rows = read_json_lines(path)
    assert next(rows)["id"] == "1"  # long before the end is known
    with pytest.raises(InvalidInput) as refused:
        next(rows)
    assert refused.value.values["line"] == "2"


@pytest.mark.parametrize("bad", ["[1]", "12", '"text"', "null", "{", "{} {}", "NUL\x00"])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "feed.ndjson"
    path.write_text('{"id": "1", "name": "A", "services": []}\n' + bad, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        hsds3.read(path, no_progress)
    assert refused.value.values["line"] == "2"
    assert refused.value.remedy


def test_a_folder_may_hold_both_kinds_of_json(tmp_path: Path) -> None:
    lines(tmp_path, {"id": "b", "name": "B", "services": []}, name="b.ndjson")
    (tmp_path / "a.json").write_text(json.dumps(hsds3_organization()), encoding="utf-8")
    (tmp_path / "datapackage.json").write_text("{}", encoding="utf-8")
    feed = read_feed(tmp_path, FeedFormat.AUTO, no_progress)
    assert [r.external_id for r in feed.records if r.table == "organization"] == ["harbor", "b"]
