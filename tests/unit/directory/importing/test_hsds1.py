"""HSDS 1.1 becomes rows of HSDS 3; named people and licensed names stay out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from builders.tables import HSDS1, write_hsds1
from directory.importing import hsds1, quality
from directory.importing.checked import Checked
from directory.importing.formats import FeedFormat, detect
from directory.importing.records import Held
from directory.importing.run import no_progress

KNOWN = quality.Known("Test feed", date(2026, 11, 22))


def check(folder: Path) -> Checked:
    return quality.check(hsds1.read(folder, no_progress), KNOWN)


def test_a_folder_is_recognised(tmp_path: Path) -> None:
    assert detect(write_hsds1(tmp_path)) is FeedFormat.HSDS1


def test_every_table_arrives_in_todays_shape(tmp_path: Path) -> None:
    rows = check(write_hsds1(tmp_path)).rows
    service = rows["service"][0].columns
    assert service["description"] == "Food."  # without the exporter's marks
    assert service["eligibility_description"] == "Seniors 60 and older"
    assert service["minimum_age"] == 60
    assert service["fees_description"] == "Cash"
    assert service["interpretation_services"] == "language line available"
    assert service["how_to_start"] == "walk_in"
    assert rows["organization"][0].columns["website"] == "https://harbor.example"
    assert rows["address"][0].columns["state_province"] == "MD"
    assert rows["phone"][0].columns["extension"] == "12"
    assert rows["accessibility"][0].columns["description"] == "Ramp"
    spoken = {row.columns["name"]: row.columns for row in rows["language"]}
    assert sorted(spoken) == ["Creole", "English", "Spanish"]
    assert (spoken["Creole"]["code"], spoken["Creole"]["note"]) == (None, "limited")


def test_the_line_of_hours_counts_more_than_the_rows_made_of_it(tmp_path: Path) -> None:
    rows = check(write_hsds1(tmp_path)).rows["schedule"]
    assert [(row.columns["freq"], row.columns["byday"]) for row in rows] == [
        ("WEEKLY", "MO,WE"),
        ("MONTHLY", "1SA"),
    ]
    assert all(row.columns["service_at_location_id"] for row in rows)


def test_a_line_that_can_not_be_read_stays_text_and_its_hours_are_unknown(tmp_path: Path) -> None:
    written = "Summer Camp:\\n8am-4pm, Mon-Fri"
    rows = [{**row, "original_text": written} for row in HSDS1["regular_schedules"]]
    checked = check(write_hsds1(tmp_path, regular_schedules=rows))
    (row,) = checked.rows["schedule"]
    assert row.columns["opens_at"] is None
    assert row.columns["description"] == "Summer Camp:\n8am-4pm, Mon-Fri"
    (finding,) = (f for f in checked.findings if f.table == "schedule")
    assert (finding.held, finding.place.line) == (Held.VALUE, 2)
    assert "summer camp" in finding.reason


def test_rows_of_hours_without_a_line_are_read_day_by_day(tmp_path: Path) -> None:
    told = (
        ("Monday", "9:00", "17:00"),
        ("Tuesday", "9:00am", "12:00pm"),
        ("Sunday", "Closed", ""),
        ("Sometimes", "9:00am", "5:00pm"),
    )
    rows = [
        {"id": "", "service_id": "2", "weekday": day, "opens_at": opens, "closes_at": closes}
        for day, opens, closes in told
    ]
    checked = check(write_hsds1(tmp_path, regular_schedules=rows))
    assert [row.columns["byday"] for row in checked.rows["schedule"]] == ["MO", "TU", None]
    assert [f.value for f in checked.findings if f.table == "schedule"] == [
        "Sometimes 9:00am 5:00pm"
    ]


def test_the_same_rows_in_another_order_are_the_same_rows(tmp_path: Path) -> None:
    rows = [
        {"id": "", "service_id": "2", "weekday": day, "opens_at": "9am", "closes_at": "5pm"}
        for day in ("Monday", "Tuesday")
    ]
    first = check(write_hsds1(tmp_path / "a", regular_schedules=rows)).rows["schedule"]
    second = check(write_hsds1(tmp_path / "b", regular_schedules=rows[::-1])).rows["schedule"]
    assert {row.external_id for row in first} == {row.external_id for row in second}


def test_eligibility_that_says_not_whose_it_is_is_told_once(tmp_path: Path) -> None:
    rows = [{"id": "", "service_id": "", "eligibility": f"Group {n}"} for n in range(40)]
    checked = check(write_hsds1(tmp_path, eligibility=rows))
    (finding,) = (f for f in checked.findings if f.table == "eligibility")
    assert "40" in finding.reason
    assert finding.place.file == "eligibility.csv"
    assert checked.rows["service"][0].columns["eligibility_description"] is None


def test_owners_that_are_not_there_are_told_once(tmp_path: Path) -> None:
    checked = check(write_hsds1(tmp_path))
    assert [f.field for f in checked.findings] == ["organization_id"]
    assert checked.rows["location"][0].columns["organization_id"] is None


def test_names_of_people_and_of_a_licensed_taxonomy_are_nowhere(tmp_path: Path) -> None:
    checked = check(write_hsds1(tmp_path))
    assert "Jane" not in repr(checked)
    assert "A licensed name" not in repr(checked)
    (term,) = checked.rows["taxonomy_term"]
    assert (term.columns["code"], term.columns["name"]) == ("BD-1800.2000", "BD-1800.2000")
    assert len(checked.rows["attribute"]) == 1


def test_a_words_that_name_no_language_are_told(tmp_path: Path) -> None:
    rows = [{"id": "1", "service_id": "2", "language": "varies by consulate"}]
    checked = check(write_hsds1(tmp_path, languages=rows))
    (finding,) = (f for f in checked.findings if f.table == "language")
    assert finding.value == "varies by consulate"
