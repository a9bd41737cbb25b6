"""Phones that are really texted: the product's sender, webhook and reader, with a fake carrier."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from builders.referrals import CLINIC_NUMBER, TUESDAY, Town
from fakes.messaging import FAST, Clock, FakeMails, FakeTexts
from notify.api import give_sender_number, register_source
from notify.channels import Channels
from notify.inbound import ArrivedText, take_in
from notify.worker import Sender, send_message
from referrals import strangers
from referrals.digests import run_digests_due
from referrals.jobs import run_due
from referrals.message_source import ReferralSource
from referrals.sending_out import SOURCE
from shared.database import Context, Database
from web.jobs import read_reply, tell_outcome

if TYPE_CHECKING:
    from uuid import UUID

ROUNDS = 6


class Phones:
    """Everybody's phone in a town, and a clock that the test turns."""

    def __init__(self, town: Town, database: Database) -> None:
        self.town = town
        self.database = database
        self.clock = Clock(TUESDAY)
        self.carrier = FakeTexts()
        self.sender = Sender(database, Channels(self.carrier, FakeMails()), self.clock)
        self.sids = 0
        self.read = 0

    async def deliver(self) -> None:
        """Send whatever waits, and what follows from it."""
        for _round in range(ROUNDS):
            async with self.town.as_clinic() as session:
                rows = await session.execute(
                    text("select id from message where state = 'queued' order by created_at, id")
                )
                waiting: list[UUID] = list(rows.scalars())
            done = [
                await send_message(self.sender, self.town.clinic, message_id)
                for message_id in waiting
            ]
            if not any(done):
                return

    async def tell_outcomes(self) -> None:
        """What the jobs do that follow every message's end."""
        async with self.town.as_clinic() as session:
            rows = await session.execute(
                text("select id from message where outcome_told_at is null")
            )
            ids: list[UUID] = list(rows.scalars())
        for message_id in ids:
            await tell_outcome(self.sender, self.town.clinic, message_id)

    def inbox(self, number: str) -> list[str]:
        """Every text this phone got."""
        return [sent.body for sent in self.carrier.sent if sent.recipient == number]

    def new(self, number: str) -> list[str]:
        """What this phone got since somebody last looked."""
        fresh = [sent.body for sent in self.carrier.sent[self.read :] if sent.recipient == number]
        self.read = len(self.carrier.sent)
        return fresh

    async def arrives(
        self, number: str, body: str, *, sid: str | None = None, carrier_word: str | None = None
    ) -> UUID | None:
        """The webhook takes a text in; gives its id."""
        self.sids += 1
        message_sid = sid or f"SM{self.sids:032d}"
        arrived = ArrivedText(message_sid, number, CLINIC_NUMBER, body, carrier_word)
        await take_in(self.database, arrived, self.clock.now)
        async with self.database.transaction(Context()) as session:
            found = await session.execute(
                text("select id from inbound_text where message_sid = :sid"), {"sid": message_sid}
            )
            return found.scalar_one_or_none()

    async def says(
        self, number: str, body: str, *, sid: str | None = None, carrier_word: str | None = None
    ) -> list[str]:
        """Somebody texts the clinic; gives what that phone got back."""
        self.new(number)
        inbound_id = await self.arrives(number, body, sid=sid, carrier_word=carrier_word)
        if inbound_id is not None:
            await read_reply(self.sender, self.town.clinic, inbound_id)
        await self.deliver()
        return self.new(number)

    async def turn(self, **by: float) -> None:
        """Let time pass, and do what it brings."""
        self.clock.now += timedelta(**by)
        await run_due(self.database, self.clock.now)
        await run_digests_due(self.database, self.clock.now)
        await self.deliver()


async def some_phones(town: Town, database: Database) -> Phones:
    """The town's phones, with the clinic's texting number and the demo clock at the town's day."""
    register_source(SOURCE, ReferralSource())
    register_source(strangers.SOURCE, strangers.StrangerSource())
    async with database.transaction(Context()) as session:
        await give_sender_number(session, town.clinic, CLINIC_NUMBER, segments_per_second=FAST)
    return Phones(town, database)
