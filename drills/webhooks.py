"""M7, M8, M10: texts that come in copied, missed and forged, through the product's own routes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from httpx import ASGITransport, AsyncClient

from drills.bar import Depth, Seen
from fakes.messaging import CLINIC_NUMBER, FAST, Clock, FakeMails, FakeTexts
from notify.api import give_sender_number, register_source
from notify.channels import Channels
from notify.worker import Sender
from referrals import strangers
from shared.database import Context
from shared.identifiers import new_id
from shared.settings import get_settings
from support import inbound_drills
from support.inbound_drills import MESSAGES, inbound, posted
from web.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from drills.stage import Stage


@dataclass
class Desk:
    """The web tier, one worker, one clinic with a number, and the provider's list."""

    client: AsyncClient
    sender: Sender
    carrier: FakeTexts
    clinic: UUID


@asynccontextmanager
async def a_desk(stage: Stage) -> AsyncIterator[Desk]:
    """All of them in this process, over a database of the row's own."""
    async with stage.place() as place:
        register_source(strangers.SOURCE, strangers.StrangerSource())
        clinic = new_id()
        async with place.worker.transaction(Context()) as session:
            await give_sender_number(session, clinic, CLINIC_NUMBER, segments_per_second=FAST)
        carrier = FakeTexts()
        sender = Sender(place.worker, Channels(carrier, FakeMails()), Clock())
        app = create_app(get_settings(), place.app)
        async with AsyncClient(
            transport=ASGITransport(app), base_url="http://inside.local"
        ) as client:
            yield Desk(client, sender, carrier, clinic)


async def copies_at_once(stage: Stage, depth: Depth) -> Seen:
    """M7."""
    texts, each = (200, 50) if depth is Depth.NIGHTLY else (40, 50)
    async with a_desk(stage) as desk:
        seen = await inbound_drills.copies(
            desk.client, desk.sender, desk.clinic, texts=texts, each=each
        )
    return Seen(
        f"{texts} texts, {each} copies each: {seen.rows} rows, {seen.effects} effects,"
        f" {seen.accepted} of {seen.asked} answers 2xx",
        seen.rows == seen.effects == texts and seen.accepted == seen.asked == texts * each,
    )


async def texts_missed(stage: Stage, depth: Depth) -> Seen:
    """M8: two rounds after the first, two minutes apart."""
    texts = 200 if depth is Depth.NIGHTLY else 60
    async with a_desk(stage) as desk:
        before = desk.sender.clock()
        seen = await inbound_drills.missed(
            desk.sender, desk.carrier, desk.clinic, texts=texts, now=before
        )
        minutes = (desk.sender.clock() - before).total_seconds() / 60
    return Seen(
        f"{texts} missed: {seen.rows} rows, {seen.effects} effects, all within {minutes:.0f} min",
        seen.rows == seen.effects == texts and minutes <= 5,  # noqa: PLR2004
    )


async def forged(stage: Stage, depth: Depth) -> Seen:
    """M10: forgeries first, on an empty database; then one valid text again and again."""
    number, again = (1000, 200) if depth is Depth.NIGHTLY else (340, 50)
    async with a_desk(stage) as desk:
        parts = (desk.client, desk.sender, desk.clinic)
        false = await inbound_drills.forgeries(*parts, number=number)
        replay = await inbound_drills.replays(*parts, number=again)
        new = await posted(desk.client, MESSAGES, inbound("new", 8, Unheard="of", Another=""))
    return Seen(
        f"{false.asked} forged: {false.accepted} accepted, {false.rows} rows; {replay.asked}"
        f" replays: {replay.effects - 1} second effects; new parameters: {new.status_code}",
        (false.accepted, false.rows, replay.rows, replay.effects) == (0, 0, 1, 1)
        and new.is_success,
    )
