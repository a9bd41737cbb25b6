"""A folder of CSV in the HSDS 2 way becomes HSDS 3 records."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.feeds import HSDS2, write_hsds2
from directory.importing import hsds2
from directory.importing.formats import FeedFormat, detect
from directory.importing.records import Link, Record
from directory.importing.run import no_progress
from shared.errors import InvalidInput


def records(folder: Path, table: str) -> list[Record]:
    return [r for r in hsds2.read(folder, no_progress).records if r.table == table]


def test_the_columns_of_the_dialect_are_found(tmp_path: Path) -> None:
    folder = write_hsds2(tmp_path)
    (service,) = records(folder, "service")
    assert service.values["name"] == "Food bags"
    assert service.links == {"organization_id": Link("organization", "1")}
    assert "status" not in service.values  # "1" is the exporter's own mark, not HSDS's status
    assert service.place.file == "services.csv"
    assert service.place.line == 2


def test_hours_of_a_service_and_a_place_hang_on_the_pair(tmp_path: Path) -> None:
    (schedule,) = records(write_hsds2(tmp_path), "schedule")
    assert schedule.links == {"service_at_location_id": Link("service_at_location", "2@3")}
    assert schedule.values["byday"] == "MO,TU,WE"
    assert schedule.values["opens_at"] == "9:00AM"


def test_hours_of_several_services_are_one_row_each(tmp_path: Path) -> None:
    rows = [
        {
            "id": "6",
            "service_id": "2, 9",
            "location_id": "",
            "weekday": "monday",
            "opens": "9:00am",
            "closes": "5:00pm",
        }
    ]
    found = records(write_hsds2(tmp_path, schedules=rows), "schedule")
    assert [next(iter(record.links.values())).external_id for record in found] == ["2", "9"]


def test_a_closed_day_is_no_row_and_unreadable_days_stay_text(tmp_path: Path) -> None:
    rows = [
        {"id": "6", "service_id": "2", "weekday": "saturday", "opens": "Closed", "closes": ""},
        {"id": "7", "service_id": "2", "weekday": "Varies", "opens": "9am", "closes": "5pm"},
    ]
    (record,) = records(write_hsds2(tmp_path, schedules=rows), "schedule")
    assert record.values["description"] == "Varies 9am - 5pm"
    assert record.values["opens_at"] is None


def test_a_phone_hangs_on_whatever_lists_it(tmp_path: Path) -> None:
    (phone,) = records(write_hsds2(tmp_path), "phone")
    assert phone.links == {"service_id": Link("service", "2")}


def test_terms_link_to_services_once(tmp_path: Path) -> None:
    both = [{"id": "1", "service_id": "2", "taxonomy_term_id": "7"}]
    (attribute,) = records(write_hsds2(tmp_path, service_attributes=both), "attribute")
    assert attribute.links["taxonomy_term_id"] == Link("taxonomy_term", "7")


def test_standard_names_are_read_too(tmp_path: Path) -> None:
    services = [{"id": "2", "name": "Food bags", "organization_id": "1", "status": "active"}]
    pairs = [{"id": "9", "service_id": "2", "location_id": "3", "description": ""}]
    folder = write_hsds2(tmp_path, services=services, service_at_location=pairs)
    (place,) = records(folder, "service_at_location")
    assert place.external_id == "9"
    assert records(folder, "service")[0].values["status"] == "active"


def test_a_folder_is_recognised(tmp_path: Path) -> None:
    assert detect(write_hsds2(tmp_path)) is FeedFormat.HSDS2


@pytest.mark.parametrize("gone", ["organizations", "services", "locations"])
def test_a_missing_file_is_named(tmp_path: Path, gone: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        hsds2.read(write_hsds2(tmp_path, **{gone: None}), no_progress)
    assert refused.value.values["kind"] in gone


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    rows = [{key: value for key, value in HSDS2["services"][0].items() if key != "service_name"}]
    with pytest.raises(InvalidInput) as refused:
        hsds2.read(write_hsds2(tmp_path, services=rows), no_progress)
    assert refused.value.field == "name"
    assert "service_name" in refused.value.values["column"]


def test_a_nought_where_a_link_could_stand_is_none(tmp_path: Path) -> None:
    locations = [{**HSDS2["locations"][0], "organization_id": "0"}]
    assert records(write_hsds2(tmp_path / "a", locations=locations), "location")[0].links == {}
    organizations = [{"id": "0", "name": "The first"}]
    folder = write_hsds2(tmp_path / "b", locations=locations, organizations=organizations)
    assert records(folder, "location")[0].links == {"organization_id": Link("organization", "0")}


def test_a_program_belongs_to_the_one_whose_services_it_lists(tmp_path: Path) -> None:
    programs = [
        {"id": "20", "name": "Weekly food", "organization_id": "", "services": "2"},
        {"id": "21", "name": "Of nobody", "organization_id": "", "services": ""},
    ]
    folder = write_hsds2(tmp_path, programs=programs)
    (program,) = records(folder, "program")
    assert program.links == {"organization_id": Link("organization", "1")}
    assert records(folder, "service")[0].links["program_id"] == Link("program", "20")
