"""A clinic that works through the JSON API, and agencies whose phones may be texted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import httpx

from accounts.api import (
    ChannelKind,
    NewChannel,
    add_answering_channel,
    ensure_member_for_listing,
    verify_channel_by_word,
)
from shared import clock
from shared.database import Context, Database

if TYPE_CHECKING:
    from support.running import RunningSystem

PASSWORD = "a long pass phrase"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Program:
    """An organization's program at the JSON API, known by its key."""

    client: httpx.Client
    address: str
    key: str

    def send(self, service_at_location_id: str, **changes: Any) -> dict[str, Any]:
        """A new patient's request, with all four ticks."""
        body = {
            "patient": {
                "name": "Ana Flores",
                "phone": "202-555-0137",
                "language": "es",
                "zip": "20010",
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
            "service_at_location_id": service_at_location_id,
            "worker": "Rosa",
            **changes,
        }
        return good(self.ask("POST", "/api/referrals", json=body))

    def read(self, referral_id: str) -> dict[str, Any]:
        return good(self.ask("GET", f"/api/referrals/{referral_id}"))

    def move(self, referral_id: str, move: str, **more: Any) -> httpx.Response:
        body = {"move": move, **more}
        return self.ask("POST", f"/api/referrals/{referral_id}/moves", json=body)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return self.client.request(method, f"{self.address}{path}", headers=headers, **more)


def good(answer: httpx.Response) -> dict[str, Any]:
    """The JSON of an answer that says it went well."""
    assert answer.is_success, f"{answer.status_code}: {answer.text}"
    return dict(answer.json())


def join_by_command(
    system: RunningSystem, name: str, *, kind: str, sms_number: str = "", role: str = "navigator"
) -> Program:
    """A new organization with a person and a key, by the commands an operator types."""
    email = f"{name.split(maxsplit=1)[0].lower()}@member.example"
    added = system.command(
        "user", "add", "--organization", name, "--name", "Rosa Medina", "--email", email,
        "--role", role, "--new-organization", kind, "--sms-number", sms_number,
        "--voice-phone", "202-555-0100", "--password", PASSWORD,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    return key_by_command(system, name)


def key_by_command(system: RunningSystem, name: str) -> Program:
    """A program with a fresh key of this organization."""
    made = system.command(
        "api-key", "create", "--organization", name, "--name", "Program",
        "--scope", "referrals:read", "--scope", "referrals:write",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return Program(system.client, system.address, made.stdout.split()[0])


def agency_behind(system: RunningSystem, listing: str, name: str) -> UUID:
    """The agency of a directory's organization; it comes into being with its first request."""

    async def act(database: Database) -> UUID:
        async with database.transaction(Context(actor="operator")) as session:
            return await ensure_member_for_listing(session, UUID(listing), name)

    return _run(system, act)


def verify_channels(system: RunningSystem, agency: UUID, addresses: list[str]) -> None:
    """Somebody of the agency agreed, on the phone, that requests may come to these."""

    async def act(database: Database) -> None:
        async with database.transaction(Context(agency, actor="operator")) as session:
            for address in addresses:
                kind = ChannelKind.EMAIL if "@" in address else ChannelKind.SMS
                channel = await add_answering_channel(
                    session, NewChannel(agency, kind, address), now=clock.now()
                )
                await verify_channel_by_word(
                    session, channel, said_by="Denise, manager", now=clock.now()
                )

    _run(system, act)


def _run(system: RunningSystem, act: Callable[[Database], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        database = Database(system.urls["app"], pool_size=1)
        try:
            return await act(database)
        finally:
            await database.dispose()

    return asyncio.run(run())
