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
