"""A generated HSDS 3 feed as NDJSON: an organization a line, four services each; always the same.

One place, address, phone, week of hours and two terms a service; every 25th has no place.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SERVICES_EACH = 4
WITHOUT_PLACE = 25
DAYS = ("MO,TU,WE,TH,FR", "TH", "SA,SU")
SAID = "People of all ages may come and ask. " * 8
# a town a state or so: ZIP, state, latitude, longitude
TOWNS = (
    ("20001", "DC", 38.91, -77.02),
    ("33130", "FL", 25.77, -80.20),
    ("60601", "IL", 41.89, -87.62),
    ("94102", "CA", 37.78, -122.42),
    ("10001", "NY", 40.75, -73.99),
    ("77002", "TX", 29.76, -95.36),
    ("80202", "CO", 39.75, -104.99),
    ("98101", "WA", 47.61, -122.33),
)


def write_feed(path: Path, services: int, codes: Sequence[str], *, changed_every: int = 0) -> int:
    """Write it; every `changed_every`th service says something else. Returns how many do."""
    dice = random.Random(11)  # noqa: S311 -- repeatable, not secret
    changed = 0
    with path.open("w", encoding="utf-8") as file:
        for number in range(services // SERVICES_EACH):
            told = [
                _service(each, codes, dice)
                for each in range(number * SERVICES_EACH, (number + 1) * SERVICES_EACH)
            ]
            for at, service in enumerate(told):
                if changed_every and (number * SERVICES_EACH + at) % changed_every == 0:
                    service["description"] += "New this month."
                    changed += 1
            file.write(json.dumps(_organization(number, told)) + "\n")
    return changed


def _organization(number: int, services: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"o{number}",
        "name": f"Organization {number}",
        "description": f"Number {number} of the organizations that were made up.",
        "website": f"https://o{number}.example.org",
        "services": services,
    }


def _service(number: int, codes: Sequence[str], dice: random.Random) -> dict[str, Any]:
    return {
        "id": f"s{number}",
        "name": f"Service {number}",
        "description": f"Help number {number}. {SAID}",
        "status": "active",
        "application_process": "Walk in",
        "eligibility_description": "Adults aged 18 to 65",
        "assured_date": f"2026-{number % 10 + 1:02}-{number % 28 + 1:02}",
        "phones": [{"id": f"t{number}", "number": "202-555-0144", "type": "voice"}],
        "schedules": [
            {
                "id": f"h{number}",
                "freq": "WEEKLY",
                "byday": DAYS[number % len(DAYS)],
                "opens_at": "09:00",
                "closes_at": "17:00",
            }
        ],
        "attributes": [
            {
                "id": f"a{number}-{which}",
                "link_type": "service_type",
                "taxonomy_term": {"id": code, "code": code, "taxonomy": "Open Eligibility"},
            }
            for which, code in enumerate(dice.sample(codes, 2))
        ],
        "service_at_locations": [_place(number, dice)],
    }


def _place(number: int, dice: random.Random) -> dict[str, Any]:
    if number % WITHOUT_PLACE == 0:
        return {"id": f"p{number}"}
    zip_code, state, lat, lon = TOWNS[number % len(TOWNS)]
    return {
        "id": f"p{number}",
        "location": {
            "id": f"l{number}",
            "location_type": "physical",
            "name": f"Place {number}",
            "latitude": round(lat + (dice.random() - 0.5) / 2, 6),
            "longitude": round(lon + (dice.random() - 0.5) / 2, 6),
            "addresses": [
                {
                    "id": f"d{number}",
                    "address_1": f"{number} Elm St",
                    "city": "Springfield",
                    "state_province": state,
                    "postal_code": zip_code,
                    "country": "US",
                    "address_type": "physical",
                }
            ],
        },
    }
