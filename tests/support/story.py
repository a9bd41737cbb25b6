"""A whole small network in one database, for the stories of practice 7.

People use pages, links and phones; the test turns the clock. Everything is undone at the end.
"""

from __future__ import annotations

import html
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from accounts.api import NewChannel, add_answering_channel, ensure_member_for_listing
from accounts.channels import preset_channel
from accounts.members import claim_listing
from accounts.rules import ChannelKind, MemberKind, Role
from builders.accounts import a_member
from builders.listings import Listing, list_service
from directory.codes import HowToStart
from referrals.digests import run_digests_due
from referrals.going_out import run_channels_due
from referrals.jobs import run_due
from shared import clock, provision
from shared.database import Context, Database, async_url
from shared.provision import APP, OWNER
from support.whole_loop import DENISE, Left, Loop, a_loop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    import httpx

HERE = ZoneInfo("America/New_York")
ANA = "+12025550133"
STEP, LONG_STEP, LONG = timedelta(hours=6), timedelta(days=3), timedelta(days=20)


@dataclass(frozen=True)
class Door:
    """A listed place whose people agreed to be asked on one phone."""

    id: UUID
    organization_id: UUID
    member_id: UUID
    name: str
    phone: str


@dataclass
class Story:
    """What people of a story do; each method is one thing that somebody does."""

    loop: Loop
    databases: dict[str, Database]
    pantry: Door

    # --- pages

    async def page(self, who: str, path: str, **params: str) -> str:
        """What a person reads on a page."""
        answer = await self.loop.get(who, path, **params)
        assert answer.status_code == 200, f"{path}: {answer.status_code}\n{seen(answer)[:1500]}"
        return seen(answer)

    async def press(self, who: str, path: str, **fields: Any) -> httpx.Response:
        """Send a form; it must be taken."""
        answer = await self.loop.post(who, path, **fields)
        assert answer.status_code in {200, 303}, f"{path}: {answer.status_code}\n{seen(answer)}"
        await self.loop.phones.deliver()
        return answer

    async def sends(self, place: Door | None = None, **fields: Any) -> str:
        """Rosa sends a request for Ana; gives its page's address."""
        door = place or self.pantry
        form = {
            "do": "send",
            "place": str(door.id),
            "name": "Ana Flores",
            "phone": ANA,
            "language": "en",
            "zip": "21801",
            "household_size": "4",
            "need": "food",
            "urgency": "this_week",
            "way": "own_phone",
            "naming_level": "need",
            "consent_share": "1",
            "consent_hear_back": "1",
            "consent_text": "1",
            "consent_next_places": "1",
            "heard_by": "Rosa Medina",
            **fields,
        }
        wanted = {name: value for name, value in form.items() if value not in ("", None)}
        answer = await self.press("Rosa", "/send", **wanted)
        assert answer.status_code == 303, seen(answer)
        return answer.headers["location"].partition("?")[0]

    async def step(self, referral: str, step: str, who: str = "Rosa", **fields: Any) -> None:
        """A step of the request's page, from the page as it stands."""
        shown = await self.loop.get(who, referral)
        version = re.search(r'name="version" value="(\d+)"', shown.text)
        await self.press(who, f"{referral}/{step}", version=version[1] if version else "", **fields)

    # --- phones and mailboxes

    async def texts(self, phone: str, words: str) -> list[str]:
        """Somebody texts the clinic; gives what that phone got back."""
        return await self.loop.phones.says(phone, words)

    def inbox(self, phone: str) -> list[str]:
        """Every text this phone ever got."""
        return self.loop.phones.inbox(phone)

    def code_on(self, phone: str) -> str:
        """The two digits of the newest request on this phone."""
        found = re.findall(r"Reply (\d\d) 1 yes", " ".join(self.inbox(phone)))
        assert found, self.inbox(phone)
        return found[-1]

    # --- time

    async def later(self, **by: float) -> None:
        """Let time pass, in steps of some hours, doing what each brings."""
        left = timedelta(**by)
        longest = LONG_STEP if left > LONG else STEP
        while left > timedelta():
            step = min(left, longest)
            await self.loop.turn(seconds=step.total_seconds())
            left -= step
            await self._ring()

    async def until(self, day: datetime) -> None:
        """Let time pass until this local moment."""
        await self.later(seconds=(day - clock.now()).total_seconds())

    async def next_day_at(self, weekday: int, at: time) -> None:
        """Let time pass until the next such weekday (0 = Monday) and local time."""
        local = clock.now().astimezone(HERE)
        day = local.date() + timedelta(days=(weekday - local.weekday()) % 7)
        moment = datetime.combine(day, at, HERE)
        if moment <= local:
            moment = datetime.combine(day + timedelta(days=7), at, HERE)
        await self.until(moment)

    async def _ring(self) -> None:
        await run_due(self.loop.phones.database, clock.now())
        await run_channels_due(self.loop.phones.database, clock.now())
        await run_digests_due(self.loop.phones.database, clock.now())
        await self.loop.phones.deliver()

    # --- places

    async def opens(self, name: str, phone: str, *, asked: bool = True, **listing: Any) -> Door:
        """Another listed place; when `asked`, its people agreed to be asked on that phone."""
        how = HowToStart.AGENCY_CALLS_PATIENT
        values = {"how_to_start": how, "name": name, "phone": phone, **listing}
        async with self.databases[OWNER].transaction(Context()) as session:
            listed = await list_service(session, Listing(**values))
        async with self.databases[APP].transaction(Context()) as session:
            member = await ensure_member_for_listing(session, listed.organization_id, name)
        if asked:
            async with self.databases[APP].transaction(Context(member)) as session:
                new = NewChannel(member, ChannelKind.SMS, phone)
                channel_id = await add_answering_channel(session, new, now=clock.now())
                await preset_channel(session, channel_id, now=clock.now())
        return Door(listed.id, listed.organization_id, member, name, phone)

    async def joins(self, name: str, *roles: Role) -> None:
        """A colleague of Rosa's signs in."""
        await self.loop.know(name, self.loop.town.clinic, *roles)

    async def front_door(self, name: str, *roles: Role) -> UUID:
        """Somebody of the network's front door signs in."""
        member = await a_member(
            self.databases[APP], "Shore Help", kind=MemberKind.FRONT_DOOR, now=clock.now()
        )
        await self.loop.know(name, member, *roles)
        return member


@asynccontextmanager
async def a_story(admin_url: str) -> AsyncIterator[Story]:
    """Rosa of Lincoln Clinic, Denise of Harbor Pantry, a Tuesday at two in the afternoon."""
    engine = create_async_engine(async_url(admin_url), plugins=["geoalchemy2"], poolclass=NullPool)
    async with engine.connect() as connection:
        outer = await connection.begin()
        databases = {role: Database(engine=connection, role=role) for role in provision.ROLES}
        async with a_loop(databases, Left()) as loop:
            listing = loop.town.listing
            door = Door(
                loop.place_id,
                listing.directory_organization_id,
                loop.town.agency,
                "Harbor Pantry",
                DENISE,
            )
            yield Story(loop, databases, door)
        await outer.rollback()
    await engine.dispose()


def seen(answer: httpx.Response) -> str:
    """The words of a page, as they are read: no tags, single spaces."""
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", " ", answer.text)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).strip()


__all__ = ["ANA", "DENISE", "HERE", "Door", "Story", "a_story", "claim_listing", "seen"]
