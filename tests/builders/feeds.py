"""Small feeds on disk: HSDS 3 JSON and HSDS 2 CSV, right by default, broken on demand."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

SALISBURY = (38.3607, -75.5994)


def hsds3_service(**values: Any) -> dict[str, Any]:
    """A service at the location "pantry-door"."""
    return {
        "id": "food-bags",
        "name": "Food bags",
        "status": "active",
        "application_process": "Walk in.",
        "phones": [{"id": "food-phone", "number": "202-555-0144"}],
        "schedules": [
            {
                "id": "food-hours",
                "freq": "WEEKLY",
                "byday": "MO,TH",
                "opens_at": "10:00",
                "closes_at": "12:00",
            }
        ],
        "service_at_locations": [{"id": "food-at-door", "location_id": "pantry-door"}],
    } | values


def hsds3_location(**values: Any) -> dict[str, Any]:
    """A place in Salisbury, Maryland."""
    return {
        "id": "pantry-door",
        "location_type": "physical",
        "name": "Harbor Pantry",
        "latitude": SALISBURY[0],
        "longitude": SALISBURY[1],
        "addresses": [
            {
                "id": "pantry-address",
                "address_1": "12 Elm Street",
                "city": "Salisbury",
                "state_province": "MD",
                "postal_code": "21801",
                "country": "US",
                "address_type": "physical",
            }
        ],
    } | values


def hsds3_organization(**values: Any) -> dict[str, Any]:
    """One organization with one service at one place."""
    return {
        "id": "harbor",
        "name": "Harbor Pantry",
        "description": "A pantry.",
        "locations": [hsds3_location()],
        "services": [hsds3_service()],
    } | values


def write_json(path: Path, value: Any) -> Path:
    """The value as a JSON file."""
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


HSDS2: dict[str, list[dict[str, str]]] = {
    "organizations": [{"id": "1", "name": "Harbor &amp; Friends", "description": "A pantry."}],
    "services": [
        {
            "service_recordid": "2",
            "service_name": "Food bags",
            "service_organization": "1",
            "service_locations": "3",
            "service_application_process": "Walk in or call.",
            "service_phones": "5",
            "service_taxonomy": "7",
            "service_status": "1",
        }
    ],
    "locations": [
        {
            "id": "3",
            "organization_id": "1",
            "name": "Door",
            "latitude": "38.3607",
            "longitude": "-75.5994",
            "location_phones": "",
        }
    ],
    "physical_addresses": [
        {
            "id": "4",
            "location_id": "3",
            "address_1": "12 Elm Street",
            "city": "Salisbury",
            "state_province": "MD",
            "postal_code": "21801",
            "country": "",
        }
    ],
    "phones": [
        {
            "id": "5",
            "number": "(202) 555-0144 ext 12",
            "type": "10",
            "location_id": "",
            "service_id": "",
            "organization_id": "",
        }
    ],
    "schedules": [
        {
            "id": "6",
            "service_id": "2",
            "location_id": "3",
            "weekday": "Monday - Wednesday",
            "opens": "9:00AM",
            "closes": "5:00PM",
        }
    ],
    "taxonomy_terms": [
        {"taxonomy_recordid": "7", "taxonomy_name": "Food Pantry", "taxonomy_parent_name": ""}
    ],
}


def write_hsds2(folder: Path, **tables: list[dict[str, str]] | None) -> Path:
    """The folder of CSV files; None leaves a file out, a list replaces its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {**HSDS2, **tables}.items():
        if rows is not None:
            (folder / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
    return folder


def csv_text(rows: list[dict[str, str]]) -> str:
    """Rows as CSV with a header."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
