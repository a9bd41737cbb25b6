"""The invented network: complete in two languages, safe numbers, places near Salisbury."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SEEDS = ROOT / "seeds"
DATA = ROOT / "src" / "directory" / "data"
SALISBURY = (38.36, -75.59)
SAFE_NUMBER = re.compile(r"(\+1202555|202-555-)01\d\d")
BYDAY = re.compile(r"(MO|TU|WE|TH|FR|SA|SU)")
ORDINAL_BYDAY = re.compile(r"(-1|[1-5])(MO|TU|WE|TH|FR|SA|SU)")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
WAYS = {
    "walk_in",
    "agency_calls_patient",
    "patient_calls",
    "apply",
    "through_hotline",
    "no_referrals",
}
# Every text that a person reads and that therefore has a Spanish version.
TEXTS = {
    "name",
    "alternate_name",
    "description",
    "application_process",
    "eligibility_description",
    "fees_description",
    "alert",
}


def organizations() -> list[dict[str, Any]]:
    files = sorted((SEEDS / "organizations").glob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def services() -> list[dict[str, Any]]:
    return [service for one in organizations() for service in one["services"]]


def network() -> dict[str, Any]:
    return dict(json.loads((SEEDS / "network.json").read_text(encoding="utf-8")))


def needs() -> list[dict[str, Any]]:
    return list(json.loads((DATA / "needs.json").read_text(encoding="utf-8")))


def parents() -> dict[str, str]:
    with (DATA / "open_eligibility.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["parent_id"] for row in csv.DictReader(file)}


def objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def kilometres(latitude: float, longitude: float) -> float:
    north = (latitude - SALISBURY[0]) * 111.2
    east = (longitude - SALISBURY[1]) * 111.2 * math.cos(math.radians(latitude))
    return math.hypot(north, east)


def test_the_seed_is_as_large_as_a_small_city_needs() -> None:
    assert len(organizations()) >= 60
    assert len(services()) >= 150


def test_each_file_is_named_after_its_organization() -> None:
    for file in (SEEDS / "organizations").glob("*.json"):
        assert json.loads(file.read_text(encoding="utf-8"))["id"] == file.stem


def test_no_two_records_share_an_id() -> None:
    found = [
        one["id"]
        for organization in organizations()
        for one in objects(organization)
        if "id" in one and one.get("taxonomy") != "open-eligibility"
    ]
    assert len(found) == len(set(found))


def test_every_service_reads_in_both_languages() -> None:
    for one in services():
        assert_read_in_both(one, TEXTS & one.keys())


def test_every_organization_reads_in_both_languages_and_keeps_its_own_name() -> None:
    """What stands over its door is not translated; some have a Spanish name of their own."""
    for one in organizations():
        spanish = one["handback"]["translations"]["es"]
        assert_read_in_both(one, (TEXTS & one.keys()) - ({"name"} - spanish.keys()))


def assert_read_in_both(one: dict[str, Any], here: set[str]) -> None:
    spanish = one["handback"]["translations"]["es"]
    assert {"name", "description"} <= one.keys()
    assert here == spanish.keys(), one["id"]
    assert all(one[field].strip() and spanish[field].strip() for field in here), one["id"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("locations", {"name", "description", "transportation"}),
        ("accessibility", {"description"}),
        ("required_documents", {"document"}),
        ("cost_options", {"amount_description"}),
        ("schedules", {"description"}),
        ("service_areas", {"name"}),
    ],
)
def test_smaller_texts_read_in_both_languages(kind: str, fields: set[str]) -> None:
    for organization in organizations():
        for owner in objects(organization):
            for one in owner.get(kind, []):
                here = fields & one.keys()
                spanish = one.get("handback", {}).get("translations", {}).get("es", {})
                assert here == spanish.keys(), one["id"]


def test_first_steps_are_told_in_both_languages() -> None:
    for service in services():
        steps = service["handback"].get("starting_steps", {"en": [], "es": []})
        assert len(steps["en"]) == len(steps["es"])


def test_every_telephone_number_is_one_that_nobody_has() -> None:
    numbers = [
        one["number"]
        for organization in organizations()
        for one in objects(organization)
        if "number" in one
    ]
    assert numbers
    assert all(SAFE_NUMBER.fullmatch(number) for number in numbers)


def test_every_address_of_mail_and_web_is_an_example() -> None:
    for path in SEEDS.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        hosts = re.findall(r"(?:https?://|[\w.]+@)([\w.-]+)", text)
        assert all(host.endswith(".example") for host in hosts), path.name


def test_every_location_is_near_salisbury() -> None:
    for organization in organizations():
        for location in organization["locations"]:
            distance = kilometres(location["latitude"], location["longitude"])
            assert distance < 40, location["id"]
            assert location["handback"]["time_zone"] == "America/New_York"
            assert location["addresses"][0]["postal_code"].startswith("218")


def test_every_schedule_has_days_and_times_that_can_be_read() -> None:
    kinds = {"WEEKLY": BYDAY, "MONTHLY": ORDINAL_BYDAY}
    found = [
        one for organization in organizations() for one in objects(organization) if "freq" in one
    ]
    for schedule in found:
        assert all(kinds[schedule["freq"]].fullmatch(day) for day in schedule["byday"].split(","))
        assert TIME.fullmatch(schedule["opens_at"])
        assert TIME.fullmatch(schedule["closes_at"])
    assert any(one["closes_at"] < one["opens_at"] for one in found), "one goes past midnight"
    assert any((one["opens_at"], one["closes_at"]) == ("00:00", "23:59") for one in found)
    assert any(one["byday"] == "3SA" for one in found)
    assert any(not service["schedules"] for service in services())


def test_every_service_can_be_found_somewhere() -> None:
    for organization in organizations():
        places = {location["id"] for location in organization["locations"]}
        for service in organization["services"]:
            at = {one["location_id"] for one in service["service_at_locations"]}
            assert at <= places
            assert at or service["service_areas"] or service["handback"].get("delivery")


def test_the_terms_of_a_service_exist_and_bring_it_under_each_of_its_needs() -> None:
    above = parents()
    roots = {need["code"]: set(need["terms"]) for need in needs()}
    for service in services():
        line = {attribute["taxonomy_term"]["id"] for attribute in service["attributes"]}
        assert line <= above.keys()
        for term in list(line):
            at = term
            while at:
                line.add(at)
                at = above[at]
        assert service["handback"]["needs"]
        for code in service["handback"]["needs"]:
            assert line & roots[code], (service["id"], code)


@pytest.mark.parametrize("code", [need["code"] for need in needs() if need["home"]])
def test_each_need_of_the_home_page_has_help_within_five_miles_of_21801(code: str) -> None:
    near = set()
    for organization in organizations():
        points = {
            one["id"]: (one["latitude"], one["longitude"]) for one in organization["locations"]
        }
        for service in organization["services"]:
            for at in service["service_at_locations"]:
                latitude, longitude = points[at["location_id"]]
                north = (latitude - 38.3494) * 69.17
                east = (longitude + 75.6785) * 54.25
                if code in service["handback"]["needs"] and math.hypot(north, east) < 5:
                    near.add(service["id"])
    assert len(near) >= 3


def test_every_way_to_start_is_there_and_none_else() -> None:
    assert {service["handback"]["how_to_start"] for service in services()} == WAYS


def test_a_service_for_a_sensitive_need_takes_no_referrals() -> None:
    sensitive = {need["code"] for need in needs() if need["sensitive"]}
    found = [one for one in services() if sensitive & set(one["handback"]["needs"])]
    assert len(found) >= 4
    assert {one["handback"]["how_to_start"] for one in found} == {"no_referrals"}


def test_the_safe_home_is_at_a_confidential_location() -> None:
    confidential = {
        location["id"]
        for organization in organizations()
        for location in organization["locations"]
        if location["handback"]["confidential"]
    }
    assert "bay-house-home" in confidential


def test_the_network_ties_members_to_listings_that_exist() -> None:
    members = network()["members"]
    keys = [member["key"] for member in members]
    listings = [listing for member in members for listing in member["listings"]]
    assert len(keys) == len(set(keys))
    assert len(listings) == len(set(listings))
    assert set(listings) <= {one["id"] for one in organizations()}
    assert {member["kind"] for member in members} == {"clinic", "agency", "front_door", "network"}


def test_every_number_of_the_network_is_one_that_nobody_has() -> None:
    demo = network()
    numbers = [
        member.get(kind) for member in demo["members"] for kind in ("sms_number", "voice_phone")
    ]
    numbers += [
        channel["address"]
        for member in demo["members"]
        for channel in member["answering_channels"]
        if channel["kind"] == "sms"
    ]
    numbers += [patient["phone"] for patient in demo["patients"]["people"]]
    assert all(SAFE_NUMBER.fullmatch(number) for number in numbers if number)


def test_a_texting_member_has_a_number_of_its_own_and_a_short_signature() -> None:
    members = [member for member in network()["members"] if member.get("sms_number")]
    numbers = [member["sms_number"] for member in members]
    assert len(numbers) == len(set(numbers))
    for member in members:
        # Texts to patients are signed by those who hold the requests.
        signing = [one for one in member["people"] if "navigator" in one["roles"]]
        for person in signing:
            first_name = person["name"].split()[0]
            assert len(f"{first_name} at {member['sender_label']}") <= 22
