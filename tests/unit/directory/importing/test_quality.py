"""The gate keeps back what is not sure, says why, and lets the rest through."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from builders.feeds import (
    hsds3_location,
    hsds3_organization,
    hsds3_service,
    write_hsds2,
    write_json,
)
from directory.importing import hsds2, hsds3, quality
from directory.importing.checked import Checked, Row, row_id, term_id
from directory.importing.coordinates import Point
from directory.importing.records import Held
from directory.importing.run import no_progress

KNOWN = quality.Known(
    "Test feed", date(2026, 11, 22), {"21801": Point(38.3824, -75.6336)}, frozenset({"1102"})
)


def check(folder: Path, organization: dict[str, Any]) -> Checked:
    path = write_json(folder / "feed.json", organization)
    return quality.check(hsds3.read(path, no_progress), KNOWN)


def only(checked: Checked, table: str) -> Row:
    assert len(checked.rows[table]) == 1
    return checked.rows[table][0]


def test_a_good_feed_passes_whole(tmp_path: Path) -> None:
    checked = check(tmp_path, hsds3_organization())
    assert checked.findings == []
    location = only(checked, "location").columns
    assert (location["lat"], location["lon"]) == (38.3607, -75.5994)
    assert location["time_zone"] == "America/New_York"
    assert only(checked, "service").columns["how_to_start"] == "walk_in"


def test_a_wrong_point_is_dropped_and_the_place_stays(tmp_path: Path) -> None:
    there = hsds3_location(latitude=29.92, longitude=-90.11)
    checked = check(tmp_path, hsds3_organization(locations=[there]))
    (finding,) = checked.findings
    assert (finding.held, finding.table, finding.field) == (Held.VALUE, "location", "latitude")
    assert "km from ZIP 21801" in finding.reason
    assert finding.value == "29.92, -90.11"
    row = only(checked, "location").columns
    assert row["lat"] is None
    assert row["time_zone"] == "America/New_York"  # by the ZIP


def test_a_point_that_many_streets_share_is_no_door(tmp_path: Path) -> None:
    places = [
        hsds3_location(
            id=f"place-{n}",
            addresses=[
                {"id": f"address-{n}", "address_1": f"{n} Elm Street", "postal_code": "21801"}
            ],
        )
        for n in range(12)
    ]
    checked = check(
        tmp_path,
        hsds3_organization(locations=places, services=[hsds3_service(service_at_locations=[])]),
    )
    assert len(checked.findings) == 12
    assert all(row.columns["lat"] is None for row in checked.rows["location"])


def test_a_service_without_organization_is_kept_back_with_all_that_hangs_on_it(
    tmp_path: Path,
) -> None:
    folder = write_hsds2(
        tmp_path,
        services=[
            {
                "service_recordid": "2",
                "service_name": "Food",
                "service_organization": "",
                "service_locations": "3",
            }
        ],
    )
    checked = quality.check(hsds2.read(folder, no_progress), KNOWN)
    assert checked.rows["service"] == []
    assert checked.rows["service_at_location"] == []
    first = checked.findings[0]
    assert (first.place.file, first.place.line, first.field) == (
        "services.csv",
        2,
        "organization_id",
    )
    assert any("was kept back (services.csv, line 2)" in f.reason for f in checked.findings)


def test_a_service_without_place_can_still_be_found(tmp_path: Path) -> None:
    checked = check(tmp_path, hsds3_organization(services=[hsds3_service(service_at_locations=[])]))
    place = only(checked, "service_at_location")
    assert place.columns["location_id"] is None
    assert place.columns["service_id"] == row_id("Test feed", "service", "food-bags")


def test_wrong_hours_are_kept_back_whole_and_a_wrong_mail_address_alone(tmp_path: Path) -> None:
    hours = [{"id": "h", "freq": "WEEKLY", "byday": "MO", "opens_at": "9", "closes_at": "17:00"}]
    service = hsds3_service(schedules=hours, email="not an address")
    checked = check(tmp_path, hsds3_organization(services=[service]))
    assert {(f.table, f.held) for f in checked.findings} == {
        ("schedule", Held.ROW),
        ("service", Held.VALUE),
    }
    assert checked.rows["schedule"] == []
    assert only(checked, "service").columns["email"] is None


def test_the_same_id_twice_is_told(tmp_path: Path) -> None:
    rows = [{"id": "1", "name": "A"}, {"id": "1", "name": "B"}]
    checked = quality.check(
        hsds2.read(write_hsds2(tmp_path, organizations=rows), no_progress), KNOWN
    )
    assert [row.columns["name"] for row in checked.rows["organization"]] == ["A"]
    assert "same id" in checked.findings[0].reason


def test_terms_of_open_eligibility_are_tied_by_code_and_unknown_codes_are_told(
    tmp_path: Path,
) -> None:
    attributes = [
        {"id": code, "taxonomy_term": {"id": code, "name": "x", "taxonomy": "Open Eligibility"}}
        for code in ("1102", "9999")
    ]
    checked = check(tmp_path, hsds3_organization(services=[hsds3_service(attributes=attributes)]))
    assert only(checked, "attribute").columns["taxonomy_term_id"] == term_id("1102")
    assert len(checked.findings) == 1


def test_a_confidential_place_keeps_its_secret_from_public_rows_and_report(
    tmp_path: Path,
) -> None:
    there = hsds3_location(
        latitude=41.0,
        transportation="Bus 3 to Elm Street",
        handback={
            "confidential": True,
            "county": "Wicomico County",
            "translations": {"es": {"transportation": "Autobús 3"}},
        },
    )
    checked = check(tmp_path, hsds3_organization(locations=[there]))
    public = {table: rows for table, rows in checked.rows.items() if table != "location_private"}
    assert "Elm" not in repr(public)
    assert "Autobús" not in repr(public)
    assert checked.rows["address"] == []
    assert only(checked, "location_private").columns["address_1"] == "12 Elm Street"
    assert "21801" not in repr(checked.findings)
    assert "41" not in repr([(f.values, f.value) for f in checked.findings])


def test_whether_a_place_is_confidential_must_be_sure(tmp_path: Path) -> None:
    there = hsds3_location(handback={"confidential": "maybe"})
    checked = check(tmp_path, hsds3_organization(locations=[there]))
    assert checked.rows["location"] == []
    assert checked.rows["address"] == []


def test_a_day_of_checking_that_moves_does_not_make_the_row_another(tmp_path: Path) -> None:
    organization = hsds3_organization(services=[hsds3_service(handback={"checked_days_ago": 20})])
    row = only(check(tmp_path, organization), "service")
    assert row.columns["assured_date"] == date(2026, 11, 2)
    later = quality.Known("Test feed", date(2026, 12, 22), KNOWN.centroids)
    path = tmp_path / "feed.json"
    moved = only(quality.check(hsds3.read(path, no_progress), later), "service")
    assert moved.columns["assured_date"] == date(2026, 12, 2)
    assert moved.content_hash() == row.content_hash()


def test_an_extension_may_be_written_with_its_letter(tmp_path: Path) -> None:
    phones = [{"id": "a", "number": "202-555-0144", "extension": "x333"}]
    checked = check(tmp_path, hsds3_organization(services=[hsds3_service(phones=phones)]))
    assert only(checked, "phone").columns["extension"] == "333"
    assert checked.findings == []


def test_a_point_in_another_state_than_its_address_is_kept_back(tmp_path: Path) -> None:
    address = {"id": "a", "address_1": "12 Elm Street", "state_province": "FL"}
    checked = check(tmp_path, hsds3_organization(locations=[hsds3_location(addresses=[address])]))
    (finding,) = checked.findings
    assert finding.reason == ("The point is in MD, the address says FL. Correct one of the two.")
    assert only(checked, "location").columns["lat"] is None


def test_a_zip_of_another_state_is_noted_and_both_stay(tmp_path: Path) -> None:
    address = {**hsds3_location()["addresses"][0], "state_province": "VA"}
    checked = check(tmp_path, hsds3_organization(locations=[hsds3_location(addresses=[address])]))
    (finding,) = checked.findings
    assert finding.held is Held.NOTED
    assert finding.reason == "ZIP 21801 lies in MD, the address says VA. Correct one."
    columns = only(checked, "address").columns
    assert (columns["state_province"], columns["postal_code"]) == ("VA", "21801")


def test_metres_and_swapped_degrees_are_kept_back_as_they_came(tmp_path: Path) -> None:
    for lat, lon, word in ((4697612, -8594850, "metres"), (-75.5994, 38.3607, "swapped")):
        there = hsds3_location(latitude=lat, longitude=lon)
        checked = check(tmp_path, hsds3_organization(locations=[there]))
        (finding,) = checked.findings
        assert word in finding.reason
        assert only(checked, "location").columns["lat"] is None


def test_hours_in_words_become_rows_and_what_can_not_be_read_stays_text(tmp_path: Path) -> None:
    hours = [
        {"id": "read", "description": "lunes a viernes de 9 a 12 y de 1 a 5"},
        {"id": "kept", "description": "Call for hours"},
        {"id": "asked", "description": "Solo con cita previa"},
        {"id": "told", "description": "Mon-Fri 9-5", "byday": "SA", "opens_at": "10:00"},
    ]
    checked = check(tmp_path, hsds3_organization(services=[hsds3_service(schedules=hours)]))
    rows = {row.external_id: row.columns for row in checked.rows["schedule"]}
    assert sorted(rows) == ["asked", "kept", "read", "read#2", "told"]
    assert rows["read#2"]["byday"] == "MO,TU,WE,TH,FR"
    assert rows["kept"]["opens_at"] is None
    assert rows["told"]["byday"] == "SA"  # a row that tells its hours is not read again
    (finding,) = checked.findings
    assert finding.value == "Call for hours"


def test_ages_of_fields_count_more_than_ages_of_words(tmp_path: Path) -> None:
    said = {"eligibility_description": "60 and older"}
    service = hsds3_service(**said)
    found = only(check(tmp_path, hsds3_organization(services=[service])), "service").columns
    assert (found["minimum_age"], found["maximum_age"]) == (60, None)
    told = hsds3_service(minimum_age=18, **said)
    found = only(check(tmp_path, hsds3_organization(services=[told])), "service").columns
    assert (found["minimum_age"], found["maximum_age"]) == (18, None)


def test_letters_that_stay_broken_are_noted(tmp_path: Path) -> None:
    service = hsds3_service(description="Espa+¦ol", alternate_name="OfficeGÇÖs")
    checked = check(tmp_path, hsds3_organization(services=[service]))
    (finding,) = checked.findings
    assert (finding.held, finding.field) == (Held.NOTED, "description")
    assert only(checked, "service").columns["alternate_name"] == "Office’s"


def test_of_a_licensed_taxonomy_only_the_codes_are_kept(tmp_path: Path) -> None:
    terms = [
        {"id": "1", "code": "BD-1800", "name": "A name", "taxonomy": "211HSIS"},
        {"id": "2", "name": "Another", "taxonomy_detail": {"id": "9", "name": "AIRS Taxonomy"}},
        {"id": "3", "code": "ours", "name": "Chairs and tables", "taxonomy": "Furniture"},
    ]
    tagged = [{"id": f"t{term['id']}", "taxonomy_term": term} for term in terms]
    checked = check(tmp_path, hsds3_organization(services=[hsds3_service(attributes=tagged)]))
    names = {row.columns["code"]: row.columns["name"] for row in checked.rows["taxonomy_term"]}
    assert names == {"BD-1800": "BD-1800", "2": "2", "ours": "Chairs and tables"}
