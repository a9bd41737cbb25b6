"""A steward of the front door at the desk, and the directory under their care."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from accounts.rules import MemberKind, Role
from builders.accounts import SomePerson, a_member, a_person
from builders.browsing import OURS, csrf_of, nonce_of, sign_in_as
from builders.listings import Listed, Listing, list_service
from directory.models.stewards import CallOutcome, Means, VerificationAttempt
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@dataclass
class StewardsDesk:
    """Nadia's browser and the directory she looks after."""

    browser: httpx.AsyncClient
    database: Database
    owner: Database
    front_door: Any
    nadia: SomePerson

    async def lists(self, **changes: Any) -> Listed:
        async with self.owner.transaction(Context()) as session:
            return await list_service(session, Listing(**changes))

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        base = {"csrf": await csrf_of(self.browser), "nonce": await nonce_of(self.browser)}
        return await self.browser.post(path, data={**base, **fields}, headers=OURS)

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        async with self.database.transaction(Context(self.front_door)) as session:
            return [tuple(row) for row in await session.execute(text(query))]

    async def found(self, words: str = "pantry", path: str = "/search") -> str:
        return shown(await self.browser.get(path, params={"q": words, "near": "21801"}))

    async def tried(self, listed: Listed, *tries: tuple[Means, CallOutcome, int]) -> None:
        """Attempts some days ago."""
        async with self.database.transaction(Context(self.front_door)) as session:
            for means, outcome, days in tries:
                session.add(
                    VerificationAttempt(
                        organization_id=self.front_door,
                        directory_organization_id=listed.organization_id,
                        means=means,
                        outcome=outcome,
                        tried_at=clock.now() - timedelta(days=days),
                        person_id=self.nadia.id,
                    )
                )


def shown(answer: httpx.Response) -> str:
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


async def a_stewards_desk(
    client: httpx.AsyncClient, database: Database, owner_database: Database
) -> StewardsDesk:
    """Signed in."""
    front_door = await a_member(database, "County 211", kind=MemberKind.FRONT_DOOR, now=clock.now())
    nadia = await a_person(database, front_door, Role.STEWARD, name="Nadia")
    await sign_in_as(client, nadia)
    return StewardsDesk(client, database, owner_database, front_door, nadia)


def today() -> date:
    return clock.now().date()
