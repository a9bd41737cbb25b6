"""HSDS 3 as tables: known by its package or by its files, every table read."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from builders.tables import HSDS3_CSV, write_hsds3_csv
from directory.importing import hsds3_csv, quality
from directory.importing.checked import Checked, row_id
from directory.importing.formats import FeedFormat, detect, read_feed
from directory.importing.records import Link
from directory.importing.run import no_progress
from shared.errors import InvalidInput

KNOWN = quality.Known("Test feed", date(2026, 11, 22))
PACKAGE = {
    "name": "feed",
    "resources": [{"name": "service", "path": "offers.csv"}, {"name": "other", "path": "x.csv"}],
}


def check(folder: Path) -> Checked:
    return quality.check(hsds3_csv.read(folder, no_progress), KNOWN)


def test_every_table_of_a_good_folder_arrives(tmp_path: Path) -> None:
    checked = check(write_hsds3_csv(tmp_path))
    assert checked.findings == []
    count = {table: len(rows) for table, rows in checked.rows.items() if rows}
    assert len(count) == len(HSDS3_CSV)
    assert count.pop("schedule") == 2  # hours in words became two rules
    assert set(count.values()) == {1}


def test_values_are_read_as_their_tables_say(tmp_path: Path) -> None:
    rows = check(write_hsds3_csv(tmp_path)).rows
    service = rows["service"][0].columns
    assert service["program_id"] == row_id("Test feed", "program", "p1")
    assert service["minimum_age"] == Decimal(60)
    assert rows["cost_option"][0].columns["currency"] == "USD"
    assert rows["service_capacity"][0].columns["available"] == Decimal(12)
    assert rows["metadata"][0].columns["resource_type"] == "service"
    assert rows["metadata"][0].columns["previous_value"] == ""
    hours = [row.columns for row in rows["schedule"]]
    assert [each["byday"] for each in hours] == ["MO,TU,WE,TH,FR", "SA"]
    assert (hours[1]["opens_at"], hours[1]["closes_at"]) == (time(10), time(13))


def test_a_package_says_which_file_holds_what(tmp_path: Path) -> None:
    write_hsds3_csv(tmp_path, package=PACKAGE)
    (tmp_path / "services.csv").rename(tmp_path / "offers.csv")
    feed = hsds3_csv.read(tmp_path, no_progress)
    assert [r.place.file for r in feed.records if r.table == "service"] == ["offers.csv"]


def test_a_folder_is_recognised_with_and_without_its_package(tmp_path: Path) -> None:
    assert detect(write_hsds3_csv(tmp_path / "a")) is FeedFormat.HSDS3_CSV
    assert detect(write_hsds3_csv(tmp_path / "b", package=PACKAGE)) is FeedFormat.HSDS3_CSV


def test_tables_may_stand_in_a_folder_beside_the_package(tmp_path: Path) -> None:
    write_hsds3_csv(tmp_path / "data")
    feed = read_feed(tmp_path, FeedFormat.AUTO, no_progress)
    assert feed.feed_format == "hsds3-csv"


@pytest.mark.parametrize(
    "path", ["../organizations.csv", "/etc/hostname", "c:\\x.csv", "a/../../b.csv", "..\\b.csv"]
)
def test_a_package_must_not_point_out_of_its_folder(tmp_path: Path, path: str) -> None:
    package = {"resources": [{"name": "service", "path": path}]}
    with pytest.raises(InvalidInput) as refused:
        hsds3_csv.read(write_hsds3_csv(tmp_path, package=package), no_progress)
    assert "outside" in refused.value.message


@pytest.mark.parametrize("table", ["organizations", "services"])
def test_a_missing_table_is_named(tmp_path: Path, table: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        hsds3_csv.read(write_hsds3_csv(tmp_path, **{table: None}), no_progress)
    assert refused.value.values["kind"] in table


def test_terms_of_open_eligibility_are_the_shipped_ones(tmp_path: Path) -> None:
    terms = [{"id": "x", "code": "1102", "name": "Food", "taxonomy": "Open Eligibility"}]
    tagged = [{"id": "t", "link_id": "s1", "link_entity": "service", "taxonomy_term_id": "x"}]
    folder = write_hsds3_csv(tmp_path, taxonomy_terms=terms, attributes=tagged)
    feed = hsds3_csv.read(folder, no_progress)
    (attribute,) = (r for r in feed.records if r.table == "attribute")
    assert attribute.links["taxonomy_term_id"] == Link("taxonomy_term", "1102", canonical=True)
    assert not [r for r in feed.records if r.table == "taxonomy_term"]


def test_a_link_to_a_package_that_was_copied_as_text_is_no_package(tmp_path: Path) -> None:
    folder = write_hsds3_csv(tmp_path)
    (folder / "datapackage.json").write_text("../../datapackage.json", encoding="utf-8")
    assert detect(folder) is FeedFormat.HSDS3_CSV
