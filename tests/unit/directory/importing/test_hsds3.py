"""HSDS 3 in its shapes becomes the same records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builders.feeds import hsds3_location, hsds3_organization, hsds3_service, write_json
from directory.importing import hsds3
from directory.importing.records import Feed, Link, Record
from directory.importing.run import no_progress
from shared.errors import InvalidInput


def read(path: Path) -> Feed:
    return hsds3.read(path, no_progress)


def only(feed: Feed, table: str) -> Record:
    found = [record for record in feed.records if record.table == table]
    assert len(found) == 1, found
    return found[0]


def service_full() -> dict[str, Any]:
    place = {"id": "food-at-door", "location": hsds3_location()}
    organization = {"id": "harbor", "name": "Harbor Pantry", "description": "A pantry."}
    return hsds3_service(service_at_locations=[place], organization=organization)


SHAPES: dict[str, Any] = {
    "organization": hsds3_organization(),
    "list": [hsds3_organization()],
    "page": {"total_items": 1, "contents": [hsds3_organization()]},
    "service_full": service_full(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_rows_and_links(tmp_path: Path, shape: str) -> None:
    feed = read(write_json(tmp_path / "feed.json", SHAPES[shape]))
    assert only(feed, "organization").external_id == "harbor"
    assert only(feed, "service").links["organization_id"] == Link("organization", "harbor")
    place = only(feed, "service_at_location")
    assert place.links["service_id"] == Link("service", "food-bags")
    assert place.links["location_id"] == Link("location", "pantry-door")
    assert only(feed, "address").links == {"location_id": Link("location", "pantry-door")}
    assert only(feed, "schedule").links == {"service_id": Link("service", "food-bags")}


def test_a_folder_of_files_is_one_feed_and_source_json_is_not_part_of_it(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", hsds3_organization())
    write_json(tmp_path / "b.json", {"id": "b", "name": "B", "services": []})
    write_json(tmp_path / "source.json", {"name": "Harbor feed"})
    feed = read(tmp_path)
    assert [r.external_id for r in feed.records if r.table == "organization"] == ["harbor", "b"]


def test_flat_tables_are_told_by_the_name_of_their_file(tmp_path: Path) -> None:
    write_json(tmp_path / "organizations.json", [{"id": "1", "name": "A", "description": "x"}])
    write_json(tmp_path / "phones.json", [{"id": "5", "number": "211", "organization_id": "1"}])
    assert only(read(tmp_path), "phone").links == {"organization_id": Link("organization", "1")}


def test_a_record_knows_the_line_it_stands_on(tmp_path: Path) -> None:
    path = write_json(tmp_path / "feed.json", hsds3_organization())
    line = only(read(path), "service").place.line
    assert '"id": "food-bags"' in path.read_text(encoding="utf-8").splitlines()[line]


def test_a_child_without_an_id_gets_the_same_one_each_time(tmp_path: Path) -> None:
    service = hsds3_service(phones=[{"number": "202-555-0144"}])
    path = write_json(tmp_path / "feed.json", hsds3_organization(services=[service]))
    first, second = only(read(path), "phone"), only(read(path), "phone")
    assert first.external_id == second.external_id
    assert first.external_id.startswith("service:food-bags#")


def test_open_eligibility_terms_are_the_shipped_ones(tmp_path: Path) -> None:
    term = {"id": "1102", "name": "Food", "taxonomy": "open-eligibility"}
    service = hsds3_service(attributes=[{"id": "a", "taxonomy_term": term}])
    feed = read(write_json(tmp_path / "feed.json", hsds3_organization(services=[service])))
    attribute = only(feed, "attribute")
    assert attribute.links["taxonomy_term_id"] == Link("taxonomy_term", "1102", canonical=True)
    assert not [record for record in feed.records if record.table == "taxonomy_term"]


def test_our_own_key_brings_needs_steps_and_spanish(tmp_path: Path) -> None:
    handback = {
        "how_to_start": "walk_in",
        "needs": ["food"],
        "flags": {"no_id": True},
        "starting_steps": {"en": ["Come.", "Eat."], "es": ["Venga.", "Coma."]},
        "translations": {"es": {"name": "Bolsas de comida"}},
    }
    service = hsds3_service(handback=handback)
    feed = read(write_json(tmp_path / "feed.json", hsds3_organization(services=[service])))
    assert only(feed, "service").values["starting_steps"] == ["Come.", "Eat."]
    assert only(feed, "attribute").values == {"link_type": "need", "value": "food"}
    spanish = {
        r.values["field"]: r.values["text"] for r in feed.records if r.table == "translation"
    }
    assert spanish == {"name": "Bolsas de comida", "starting_steps": "Venga.\nComa."}


def test_the_remaining_tables_are_read_where_they_are_nested(tmp_path: Path) -> None:
    extras = {
        "programs": [{"id": "p", "name": "Weekly food"}],
        "organization_identifiers": [{"id": "i", "identifier_type": "EIN", "identifier": "1"}],
        "funding": [{"id": "f", "source": "Grants"}],
        "contacts": [{"id": "c", "name": "Jane Doe", "phones": [{"id": "n", "number": "211"}]}],
        "additional_websites": [{"id": "w", "url": "https://a.example/"}],
    }
    capacity = {"id": "q", "available": 3, "unit": {"id": "u", "name": "Beds"}}
    service = hsds3_service(
        phones=[],
        program={"id": "p", "name": "Weekly food"},
        capacities=[capacity],
        metadata=[{"id": "m", "field_name": "name"}],
    )
    feed = read(
        write_json(tmp_path / "feed.json", hsds3_organization(services=[service], **extras))
    )
    harbor, food = Link("organization", "harbor"), Link("service", "food-bags")
    for table in ("program", "organization_identifier", "funding", "contact", "url"):
        assert only(feed, table).links["organization_id"] == harbor, table
    assert only(feed, "phone").links == {"contact_id": Link("contact", "c")}
    assert only(feed, "service").links["program_id"] == Link("program", "p")
    assert only(feed, "service_capacity").links["unit_id"] == Link("unit", "u")
    assert only(feed, "metadata").links["resource_id"] == food


def test_tables_in_one_json_are_told_by_their_names(tmp_path: Path) -> None:
    tables = {
        "organizations.csv": [{"id": "1", "name": "A"}],
        "phones.csv": [{"id": "5", "number": "211", "organization_id": "1"}],
        "programs.csv": [],
        "something.csv": [{"id": "9"}],
    }
    feed = read(write_json(tmp_path / "tabular.json", tables))
    assert only(feed, "phone").links == {"organization_id": Link("organization", "1")}


@pytest.mark.parametrize(
    "value",
    [
        12,
        "text",
        [],
        [1, 2],
        [[]],
        {},
        {"resourceType": "Organization", "name": "x"},
        {"hello": "world"},
    ],
)
def test_json_that_is_no_hsds_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(InvalidInput):
        read(write_json(tmp_path / "feed.json", value))
