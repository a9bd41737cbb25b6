"""The county of story 11: forty pantries, a private shelter, a licensed kitchen, their feeds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builders.feeds import SALISBURY, hsds3_location, hsds3_organization, hsds3_service, write_json
from directory.api import ImportRequest, ImportResult, import_feed, row_id
from directory.importing.sources import ToldRights
from shared import clock
from shared.provision import OWNER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from shared.database import Database

PANTRIES, FEED, LICENSED = 40, "Shore feed", "Licensed 211"
EVERYBODY = ToldRights(
    licence="CC0", may_show_public=True, may_republish=True, may_send_to_search_server=True
)
NOBODY = ToldRights(may_show_public=False, may_republish=False, may_send_to_search_server=False)
SHELTER = (38.4127, -75.5321)
KM_OF_A_DEGREE = 111.19
RING = (0.2, 0.9, 3.0, 8.0, 25.0)  # kilometres from the shelter's own door
AROUND = 40
COOLING = {
    "site_name_en": "Cooling center, Town Hall",
    "site_name_es": "Centro fresco, Ayuntamiento",
    "site_what_en": "A cool room and water for everybody.",
    "site_what_es": "Un salón fresco y agua para todos.",
    "site_need": "other",
    "site_street": "1 Main Street",
    "site_city": "Salisbury",
    "site_zip": "21801",
    "site_opens": "00:00",
    "site_closes": "23:59",
}


def place(number: int) -> UUID:
    """The page of a pantry."""
    return row_id(FEED, "service_at_location", f"at-{number}")


def service(number: int) -> UUID:
    """The record of a pantry's service."""
    return row_id(FEED, "service", f"service-{number}")


SHELTERS_PAGE = row_id(FEED, "service_at_location", "at-shelter")
KITCHENS_PAGE = row_id(LICENSED, "service_at_location", "at-kitchen")


@dataclass(frozen=True)
class Feeds:
    """Whoever sends the county's data, tonight and every night."""

    databases: dict[str, Database]
    folder: Path

    async def come(self, *, opens_at: str = "10:00", **names: str) -> ImportResult:
        """Both feeds; `pantry_7="New name"` renames one at its source."""
        kitchen = _organization("kitchen", "Licensed Kitchen", {}, city="Secretville")
        await self._import([kitchen], LICENSED, NOBODY)
        return await self._import(_county(opens_at, names), FEED, EVERYBODY)

    async def _import(self, feed: Any, source: str, rights: ToldRights) -> ImportResult:
        path = write_json(self.folder / f"{source}.json", feed)
        request = ImportRequest(path, source=source, rights=rights)
        return await import_feed(self.databases[OWNER], request, now=clock.now())


def _county(opens_at: str, names: dict[str, str]) -> list[dict[str, Any]]:
    pantries = [
        _organization(str(number), names.get(f"pantry_{number}", f"County Pantry {number}"), {
            "latitude": SALISBURY[0] + number / 2000,
        }, opens_at=opens_at)
        for number in range(PANTRIES)
    ]  # fmt: skip
    hidden = {"confidential": True, "latitude": SHELTER[0], "longitude": SHELTER[1]}
    return [*pantries, _organization("shelter", "Quiet House", hidden, street="7 Hidden Lane")]


def _organization(
    key: str,
    name: str,
    where: dict[str, Any],
    *,
    opens_at: str = "10:00",
    street: str = "12 Elm Street",
    city: str = "Salisbury",
) -> dict[str, Any]:
    at = hsds3_location(id=f"location-{key}", name=name, **where)
    at["addresses"][0] |= {"id": f"address-{key}", "address_1": street, "city": city}
    offered = hsds3_service(id=f"service-{key}", name=f"{name} help")
    offered["phones"][0]["id"] = f"phone-{key}"
    offered["schedules"][0] |= {"id": f"hours-{key}", "opens_at": opens_at, "closes_at": "23:59"}
    offered["schedules"][0] |= {"byday": "MO,TU,WE,TH,FR,SA,SU"}
    offered["service_at_locations"] = [{"id": f"at-{key}", "location_id": f"location-{key}"}]
    return hsds3_organization(id=key, name=name, locations=[at], services=[offered])


def ring() -> Iterator[tuple[str, str]]:
    """Two hundred searches around the shelter: where from, and how far."""
    for far in RING:
        for step in range(AROUND):
            turn = 2 * math.pi * step / AROUND
            lat = SHELTER[0] + far / KM_OF_A_DEGREE * math.cos(turn)
            lon = SHELTER[1] + far / KM_OF_A_DEGREE * math.sin(turn) / math.cos(
                math.radians(SHELTER[0])
            )
            # From well inside the distance to the shelter to well beyond it.
            yield f"{lat:.5f},{lon:.5f}", str(int(far * 1000 * (0.5 + step % 4 * 0.4)) or 100)
