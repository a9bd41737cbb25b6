"""JSON of other projects, made up: names and descriptions as in HSDS, everything else otherwise."""

from __future__ import annotations

import json
from typing import Any

PLACE = {
    "address": "12 Elm St",
    "age": None,
    "categories": "food",
    "city": "Springfield",
    "description": "A kitchen",
    "gender": "F",
    "name": "Harbor Kitchen",
    "notes": "",
    "website": "https://kitchen.example.org",
}
BY_ID = {"k1": {"name": "Harbor Kitchen", "phones": []}, "k2": {"name": "Shore", "phones": []}}
FEATURE = {"type": "Feature", "geometry": {"type": "Point"}, "properties": PLACE, "bbox": None}
CARD = {"title": "Harbor Kitchen", "tel": "202-555-0144", "street": "12 Elm St", "tags": ["food"]}
VALUES: dict[str, Any] = {
    "a flat list of places": [PLACE, PLACE],
    "entries by their ids": BY_ID,
    "entries by their ids in a list": [BY_ID],
    "a map feature": [FEATURE],
    "cards": [CARD, CARD],
}


def other_shapes() -> dict[str, tuple[str, bytes]]:
    """File name and content by what is wrong, each under names that would say HSDS."""
    names = ("organizations.json", "services.json", "locations.json")
    found = {
        f"{kind} as {name}": (name, json.dumps(value).encode())
        for kind, value in VALUES.items()
        for name in names
    }
    line = json.dumps(PLACE).encode()
    return found | {"lines of another shape": ("feed.ndjson", line + b"\n" + line)}
