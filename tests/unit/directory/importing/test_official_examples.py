"""The standard's own examples are inputs: read whole, their slips told by file and line."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from directory.importing import quality
from directory.importing.checked import Checked
from directory.importing.formats import FeedFormat, read_feed
from directory.importing.run import no_progress

VERSIONS = ("3.0/examples", "3.1-dev/examples", "3.1.x-examples-vendored/hsds_official_examples")
KNOWN = quality.Known("Examples", date(2026, 11, 22))
FILES = ("organization_full.json", "service_full.json", "service_at_location_full.json")


@pytest.fixture(params=VERSIONS)
def examples(shared_folder: Path, request: pytest.FixtureRequest) -> Path:
    """The examples of one version."""
    folder = shared_folder / "standards" / "hsds" / request.param
    if not folder.is_dir():
        pytest.skip("The standard's examples are not in the shared folder.")
    return folder


def check(path: Path) -> Checked:
    return quality.check(read_feed(path, FeedFormat.AUTO, no_progress), KNOWN)


@pytest.mark.parametrize("name", FILES)
def test_nested_examples_arrive(examples: Path, name: str) -> None:
    checked = check(examples / name)
    rows = {table for table, found in checked.rows.items() if found}
    if name != "service_at_location_full.json":
        assert {"organization", "program", "service", "contact", "phone", "language"} <= rows
        assert {"cost_option", "funding", "required_document"} <= rows
    assert {"service_at_location", "location", "schedule"} <= rows
    assert all(f.reason.endswith(".") and f.place.file == name for f in checked.findings)
    # the example's place is at 100° north
    assert any(f.field == "latitude" for f in checked.findings)


def test_lists_and_lines_say_the_same(examples: Path, tmp_path: Path) -> None:
    page = json.loads((examples / "service_full.json").read_text(encoding="utf-8"))
    lines = tmp_path / "services.ndjson"
    lines.write_text(json.dumps(page) + "\n", encoding="utf-8")
    first = check(examples / "service_full.json")
    assert {t: len(r) for t, r in check(lines).rows.items()} == {
        t: len(r) for t, r in first.rows.items()
    }


def test_the_folder_of_tables_arrives_and_its_slips_are_told(examples: Path) -> None:
    folder = examples / "csv"
    checked = check(folder)
    told = {(f.place.file, f.place.line) for f in checked.findings}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            count = sum(1 for _row in csv.DictReader(file))
        assert count == 1, path.name
    assert len(checked.rows["organization"]) == len(checked.rows["service"]) == 1
    assert len(checked.rows["program"]) == len(checked.rows["organization_identifier"]) == 1
    # its service is tied to a place, a contact and a term that other ids were given to
    assert ("contacts.csv", 2) in told
    assert ("attributes.csv", 2) in told
    assert all(f.reason.endswith(".") for f in checked.findings)


def test_tables_in_one_json_arrive(examples: Path) -> None:
    checked = check(examples / "tabular.json")
    assert len(checked.rows["organization"]) == len(checked.rows["service"]) == 1
