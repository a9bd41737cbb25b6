"""Programs of a clinic and an agency that use the JSON API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.members import claim_listing
from accounts.rules import MemberKind
from builders.accounts import WEDNESDAY, a_member
from builders.browsing import a_key
from builders.listings import Listing, list_service
from directory.codes import HowToStart
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from shared.database import Database


class Network:
    """A clinic and an agency with keys, and one listed service."""

    clinic: UUID
    agency: UUID
    clinic_key: dict[str, str]
    agency_key: dict[str, str]
    place: UUID

    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "patient": {
                "name": "Ana Flores",
                "phone": "202-555-0137",
                "language": "es",
                "zip": "21801",
                "household_size": 4,
            },
            "consent": {
                "share": True,
                "hear_back": True,
                "text": True,
                "next_places": True,
                "heard_by": "Rosa Medina",
            },
            "need": "food",
            "service_at_location_id": str(self.place),
            "urgency": "this_week",
            "worker": "Rosa",
            **changes,
        }


async def a_network(database: Database, owner_database: Database) -> Network:
    """Lincoln Clinic may ask Harbor Pantry, which calls patients back."""
    found = Network()
    found.clinic = await a_member(database, "Lincoln Clinic")
    found.agency = await a_member(database, "Harbor Pantry", kind=MemberKind.AGENCY)
    found.clinic_key = await a_key(database, found.clinic)
    found.agency_key = await a_key(database, found.agency)
    async with owner_database.transaction(Context()) as session:
        listed = await list_service(session, Listing(how_to_start=HowToStart.AGENCY_CALLS_PATIENT))
        found.place, organization = listed.id, listed.organization_id
    async with database.transaction(Context(found.agency)) as session:
        await claim_listing(session, organization, now=WEDNESDAY)
    return found


async def create(
    client: httpx.AsyncClient, network: Network, key: str | None = None, **changes: Any
) -> httpx.Response:
    """The clinic's program makes a request."""
    headers = {**network.clinic_key, **({"idempotency-key": key} if key else {})}
    return await client.post("/api/referrals", json=network.body(**changes), headers=headers)


async def move(
    client: httpx.AsyncClient, key: dict[str, str], made: dict[str, Any], **body: Any
) -> httpx.Response:
    """A program makes a move; gives the answer as it is."""
    extra = body.pop("headers", {})
    return await client.post(
        f"/api/referrals/{made['id']}/moves", json=body, headers={**key, **extra}
    )
