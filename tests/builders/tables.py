"""Small feeds as folders of tables: HSDS 3 with its data package, HSDS 1.1; right by default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from builders.feeds import csv_text

Rows = list[dict[str, str]]
HSDS3_CSV: dict[str, Rows] = {
    "organizations": [
        {"id": "o1", "name": "Harbor Pantry", "description": "A pantry.", "uri": ""},
    ],
    "programs": [{"id": "p1", "organization_id": "o1", "name": "Weekly food"}],
    "organization_identifiers": [
        {
            "id": "i1",
            "organization_id": "o1",
            "identifier_scheme": "US-EIN",
            "identifier_type": "EIN",
            "identifier": "12-3456789",
        }
    ],
    "services": [
        {
            "id": "s1",
            "organization_id": "o1",
            "program_id": "p1",
            "name": "Food bags",
            "status": "active",
            "application_process": "Walk in.",
            "eligibility_description": "60 and older",
        }
    ],
    "locations": [
        {
            "id": "l1",
            "location_type": "physical",
            "name": "Door",
            "latitude": "38.3607",
            "longitude": "-75.5994",
        }
    ],
    "addresses": [
        {
            "id": "a1",
            "location_id": "l1",
            "address_1": "12 Elm Street",
            "city": "Salisbury",
            "state_province": "MD",
            "postal_code": "21801",
            "country": "US",
            "address_type": "physical",
        }
    ],
    "service_at_location": [{"id": "sl1", "service_id": "s1", "location_id": "l1"}],
    "contacts": [{"id": "c1", "organization_id": "o1", "name": "Jane Doe", "title": "Director"}],
    "phones": [
        {"id": "n1", "service_id": "s1", "number": "202-555-0144", "contact_id": ""},
    ],
    "schedules": [{"id": "h1", "service_id": "s1", "description": "Mon-Fri 9am-5pm; Sat 10am-1pm"}],
    "funding": [{"id": "f1", "organization_id": "o1", "source": "Grants"}],
    "cost_options": [{"id": "k1", "service_id": "s1", "amount": "3.50", "currency": "usd"}],
    "units": [{"id": "u1", "name": "Bags"}],
    "service_capacity": [
        {
            "id": "q1",
            "service_id": "s1",
            "unit_id": "u1",
            "available": "12",
            "maximum": "20",
            "updated": "2026-11-20T09:00:00Z",
        }
    ],
    "url": [{"id": "w1", "service_id": "s1", "label": "Menu", "url": "https://menu.example/"}],
    "attributes": [
        {
            "id": "t1",
            "link_id": "s1",
            "link_entity": "service",
            "link_type": "need",
            "value": "food",
            "taxonomy_term_id": "",
        }
    ],
    "metadata": [
        {
            "id": "m1",
            "resource_id": "s1",
            "resource_type": "service",
            "last_action_date": "2026-11-01",
            "last_action_type": "update",
            "field_name": "name",
            "previous_value": "",
            "replacement_value": "Food bags",
            "updated_by": "A. Person",
        }
    ],
    "meta_table_descriptions": [{"id": "d1", "name": "services", "language": "en"}],
}
HSDS1: dict[str, Rows] = {
    "organizations": [
        {"id": "1", "name": "Harbor Pantry", "description": "A pantry.", "url": "harbor.example"}
    ],
    "services": [
        {
            "id": "2",
            "organization_id": "1",
            "program_id": "",
            "name": "Food bags",
            "description": "Food.\\n\\n###MON###",
            "application_process": "Walk in",
            "fees": "",
        }
    ],
    "locations": [
        {
            "id": "3",
            "organization_id": "3",
            "name": "Door",
            "latitude": "38.3607",
            "longitude": "-75.5994",
        }
    ],
    "services_at_location": [{"id": "4", "service_id": "2", "location_id": "3", "description": ""}],
    "physical_addresses": [
        {
            "id": "5",
            "location_id": "3",
            "address_1": "12 Elm Street",
            "city": "Salisbury",
            "state_province": "MD ",
            "postal_code": "21801",
            "country": "   ",
        }
    ],
    "phones": [
        {"id": "6", "service_id": "2", "location_id": "3", "number": "202-555-0144 x12"},
    ],
    "regular_schedules": [
        {
            "id": "",
            "service_id": "2",
            "location_id": "3",
            "weekday": day,
            "opens_at": "9:00am",
            "closes_at": "5:00pm",
            "original_text": "9:00am-5:00pm, Mon, Wed;\\n10am-12pm, 1st Saturday of the month",
        }
        for day in ("Monday", "Wednesday")
    ],
    "languages": [
        {"id": "2", "service_id": "2", "location_id": "3", "language": said}
        for said in ("English and Spanish", "Creole (limited)", "language line available")
    ],
    "eligibility": [{"id": "", "service_id": "2", "eligibility": "Seniors 60 and older"}],
    "payments_accepted": [{"id": "7", "service_id": "2", "payment": "Cash"}],
    "accessibility_for_disabilities": [
        {"id": "8", "location_id": "3", "accessibility": "Ramp", "details": ""}
    ],
    "contacts": [{"id": "9", "service_id": "2", "name": "Jane Doe"}],
    "taxonomy": [
        {
            "id": "BD-1800.2000",
            "name": "A licensed name",
            "parent_id": "B",
            "vocabulary": "Harbor - AIRS",
        }
    ],
    "services_taxonomy": [{"id": "10", "service_id": "2", "taxonomy_id": "BD-1800.2000"}],
}


def write_tables(folder: Path, kept: dict[str, Rows], **tables: Rows | None) -> Path:
    """The folder of CSV files; None leaves a file out, a list replaces its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {**kept, **tables}.items():
        if rows is not None:
            (folder / f"{name}.csv").write_text(csv_text(rows), encoding="utf-8")
    return folder


def write_hsds3_csv(folder: Path, *, package: Any = None, **tables: Rows | None) -> Path:
    """HSDS 3 tables; with `package`, a datapackage.json of that content beside them."""
    write_tables(folder, HSDS3_CSV, **tables)
    if package is not None:
        (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


def write_hsds1(folder: Path, **tables: Rows | None) -> Path:
    """HSDS 1.1 tables."""
    return write_tables(folder, HSDS1, **tables)
