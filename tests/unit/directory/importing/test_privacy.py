"""What a feed marks as private is not shown: whatever it calls the mark, and if in doubt."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from builders.feeds import hsds3_location, hsds3_organization, hsds3_service, write_json
from directory.importing import hsds3, quality
from directory.importing.checked import Checked
from directory.importing.privacy import flag_of
from directory.importing.records import Held
from directory.importing.run import no_progress

KNOWN = quality.Known("Test feed", date(2026, 11, 22))


def check(folder: Path, **values: Any) -> Checked:
    path = write_json(folder / "feed.json", hsds3_organization(**values))
    return quality.check(hsds3.read(path, no_progress), KNOWN)


def public(checked: Checked) -> str:
    return repr({table: rows for table, rows in checked.rows.items() if "private" not in table})


@pytest.mark.parametrize("flag", [True, "true", "YES", "1", 1, "sí", "perhaps"])
@pytest.mark.parametrize("name", ["is_private", "confidential", "PhysicalAddressIsPrivate"])
def test_a_private_address_makes_its_place_confidential(
    tmp_path: Path, name: str, flag: object
) -> None:
    address = {**hsds3_location()["addresses"][0], name: flag}
    checked = check(tmp_path, locations=[hsds3_location(addresses=[address])])
    assert checked.rows["address"] == []
    assert checked.rows["location"][0].columns["confidential"] is True
    assert checked.rows["location"][0].columns["lat"] is None
    assert "12 Elm Street" not in public(checked)
    assert checked.rows["location_private"][0].columns["address_1"] == "12 Elm Street"


@pytest.mark.parametrize("flag", [False, "false", "no", "0", None, ""])
def test_a_place_that_is_not_private_is_shown(tmp_path: Path, flag: object) -> None:
    there = hsds3_location(is_private=flag)
    assert "12 Elm Street" in public(check(tmp_path, locations=[there]))


@pytest.mark.parametrize(
    "line",
    ["Confidential", "CONFIDENTIAL LOCATION", "Undisclosed", "Dirección confidencial", "(secret)"],
)
def test_an_address_that_says_so_makes_its_place_confidential(tmp_path: Path, line: str) -> None:
    address = {**hsds3_location()["addresses"][0], "address_1": line}
    checked = check(tmp_path, locations=[hsds3_location(addresses=[address])])
    assert checked.rows["address"] == []
    assert checked.rows["location"][0].columns["lat"] is None


@pytest.mark.parametrize("line", ["12 Confidential Way", "Secret Garden", "4 Elm Street"])
def test_a_street_of_that_name_is_a_street(tmp_path: Path, line: str) -> None:
    address = {**hsds3_location()["addresses"][0], "address_1": line}
    checked = check(tmp_path, locations=[hsds3_location(addresses=[address])])
    assert checked.rows["address"][0].columns["address_1"] == line


def test_a_private_phone_is_left_out_and_its_number_is_nowhere(tmp_path: Path) -> None:
    phones = [
        {"id": "open", "number": "202-555-0144"},
        {"id": "closed", "number": "202-555-0145", "phone_is_private": "true"},
    ]
    checked = check(tmp_path, services=[hsds3_service(phones=phones)])
    assert [row.external_id for row in checked.rows["phone"]] == ["open"]
    assert "0145" not in repr(checked.findings)
    assert [finding.held for finding in checked.findings] == [Held.NOTED]
    assert checked.held == []  # so that one shown before is withdrawn


def test_a_private_persons_numbers_go_with_them(tmp_path: Path) -> None:
    contact = {
        "id": "c",
        "name": "Jane Doe",
        "private": True,
        "phones": [{"id": "n", "number": "202-555-0145"}],
    }
    checked = check(tmp_path, services=[hsds3_service(phones=[], contacts=[contact])])
    assert checked.rows["contact"] == []
    assert checked.rows["phone"] == []


def test_one_flag_of_several_is_enough() -> None:
    assert flag_of({"is_private": "no", "Confidential": "yes"}) == "yes"
    assert flag_of({"is_private": "no"}) == "no"
    assert flag_of({"name": "x"}) is None


def test_changes_of_places_are_not_told_beside_a_secret_one(tmp_path: Path) -> None:
    change = {
        "id": "m",
        "last_action_date": "2026-11-01",
        "last_action_type": "update",
        "field_name": "name",
        "previous_value": "12 Elm Street",
        "replacement_value": "-",
        "updated_by": "A",
    }
    there = hsds3_location(is_private=True, metadata=[change])
    assert "Elm" not in public(check(tmp_path, locations=[there]))
