"""A clinic with a coordinator and two navigators, signed in one browser after the other."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.rules import Actor, ActorKind, Role
from builders.accounts import a_person
from builders.browsing import OURS, csrf_of, nonce_of, sign_in_as
from builders.referrals import Town, a_town
from referrals.lifecycle import Party
from referrals.words import Way, Word
from shared import clock
from shared.database import Context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from sqlalchemy.ext.asyncio import AsyncSession

    from builders.accounts import SomePerson
    from referrals.models import Referral
    from shared.database import Database


@dataclass
class TeamOffice:
    """Grace leads Rosa and Tom; `browser` is whoever signed in last."""

    browser: httpx.AsyncClient
    database: Database
    town: Town
    grace: SomePerson
    rosa: SomePerson
    tom: SomePerson

    async def sign_in(self, person: SomePerson) -> None:
        self.browser.cookies.clear()
        await sign_in_as(self.browser, person)

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form with what every form of ours carries."""
        base = {"csrf": await csrf_of(self.browser), "nonce": await nonce_of(self.browser)}
        return await self.browser.post(path, data={**base, **fields}, headers=OURS)

    async def sent_by(self, person: SomePerson, name: str, **changes: Any) -> Referral:
        """A request that this person looks after, sent some hours ago."""
        now = changes.pop("now", clock.now() - timedelta(hours=3))
        return await self.town.sent(now, owner_person_id=person.id, owner_name=name, **changes)

    async def drafted_by(self, person: SomePerson, name: str) -> Referral:
        return await self.town.draft(now=clock.now(), owner_person_id=person.id, owner_name=name)

    def word_of(self, person: SomePerson, key: str = "page:test") -> Word:
        """What somebody of the house says."""
        actor = Actor(
            ActorKind.PERSON,
            self.town.clinic,
            person_id=person.id,
            label="Grace Lin",
            roles=frozenset({Role.COORDINATOR}),
        )
        return Word(actor, Party.SENDER, key, clock.now(), Way.PAGE)

    @asynccontextmanager
    async def as_clinic(self) -> AsyncIterator[AsyncSession]:
        async with self.database.transaction(Context(self.town.clinic)) as session:
            yield session


async def a_team_office(client: httpx.AsyncClient, database: Database) -> TeamOffice:
    """Nobody has signed in yet."""
    town = await a_town(database, now=clock.now() - timedelta(days=40))
    people = [
        await a_person(
            database,
            town.clinic,
            role,
            name=name,
            email=f"{name[:4].strip().lower()}@lincoln.example",
        )
        for role, name in (
            (Role.COORDINATOR, "Grace Lin"),
            (Role.NAVIGATOR, "Rosa Medina"),
            (Role.NAVIGATOR, "Tom Okafor"),
        )
    ]
    return TeamOffice(client, database, town, *people)


def shown(answer: httpx.Response) -> str:
    """The words of a page's main part."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())
