"""The worker's pump: batches, each message once, nobody waits for another's queue."""

# ruff: noqa: ARG002, ASYNC110 -- a fake takes what it is handed; a test looks until it sees

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text

from fakes.messaging import FAST, NOON, Clock, FakeMails, FakeSource, FakeTexts, a_message
from notify.api import (
    RenderedText,
    SuppressionReason,
    give_sender_number,
    phone_hash,
    queue_message,
    register_source,
    suppress,
)
from notify.channels import Channels, Text
from notify.claiming import Claimed
from notify.delivery import Outcome, SendResult
from notify.progress import Attempt
from notify.pump import SENT_AT_ONCE, Pump
from notify.quiet_hours import at_any_hour
from notify.sources import QueuedMessage, Send
from notify.worker import MUST_START_WITHIN_S, Sender, hand_over, sweep
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from shared.database import Database


async def a_house(committed: dict[str, Database], number: str, pace: float = FAST) -> UUID:
    house = new_id()
    async with committed["worker"].transaction(Context()) as session:
        await give_sender_number(session, house, number, segments_per_second=pace)
    return house


async def queue(committed: dict[str, Database], house: UUID, count: int, **changes: Any) -> None:
    async with committed["app"].transaction(Context(house)) as session:
        for _ in range(count):
            await queue_message(session, a_message(house, **changes), NOON)


@asynccontextmanager
async def pumping(sender: Sender) -> AsyncIterator[Pump]:
    stop, pump = asyncio.Event(), Pump(sender, look_every_s=0.05)
    running = asyncio.create_task(pump.run(stop))
    try:
        yield pump
    finally:
        stop.set()
        pump.wake()
        await asyncio.wait_for(running, 20)


async def until(what: Any, seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


async def states(committed: dict[str, Database], house: UUID) -> dict[str, int]:
    async with committed["app"].transaction(Context(house)) as session:
        rows = await session.execute(text("select state, count(*) from message group by 1"))
        return dict(tuple(row) for row in rows)


async def test_two_pumps_send_two_hundred_messages_once_each_and_never_too_many_at_once(
    committed: dict[str, Database], source: FakeSource, turned: Clock
) -> None:
    texts, at_once, most = FakeTexts(), 0, 0

    async def count(_: Text) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.002)
        at_once -= 1

    texts.before_answer = count
    house = await a_house(committed, "+12025550171")
    await queue(committed, house, 100)
    turned.now = NOON + timedelta(seconds=1)
    sender = Sender(committed["worker"], Channels(texts), clock=turned)
    async with pumping(sender), pumping(sender):
        await queue(committed, house, 100)
        # The clock of the pace stands still: it is turned as it would go.
        while len(texts.sent) < 200:
            turned.now += timedelta(milliseconds=50)
            await asyncio.sleep(0.01)
    assert len({each.message_id for each in texts.sent}) == len(texts.sent) == 200
    assert await states(committed, house) == {"sent": 200}
    assert most <= 2 * SENT_AT_ONCE


async def test_a_long_queue_on_a_slow_number_keeps_nobody_else_waiting(
    committed: dict[str, Database], source: FakeSource, turned: Clock
) -> None:
    texts, mails = FakeTexts(), FakeMails()
    slow = await a_house(committed, "+12025550172", pace=1)
    quick = await a_house(committed, "+12025550173")
    await queue(committed, slow, 300)
    sender = Sender(committed["worker"], Channels(texts, mails), clock=turned)
    async with pumping(sender) as pump:
        await until(lambda: len(texts.sent) >= 1)
        await queue(committed, quick, 5)
        await queue(committed, slow, 1, channel="email")
        pump.wake()
        await until(lambda: len(texts.sent) >= 6 and mails.sent)
    assert len([each for each in texts.sent if each.sender == "+12025550172"]) == 1


class PoisonedSource(FakeSource):
    """Words one template by failing."""

    async def render(self, session: Any, message: QueuedMessage, now: Any) -> Any:
        if message.template == "PX":
            raise ValueError("Ana")
        return RenderedText(self.body)


async def test_one_messages_fault_never_stops_its_batch(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    register_source("fake", PoisonedSource())
    async with database.transaction(Context(clinic)) as session:
        for template in ("Pn", "Pn", "PX", "Pn"):
            await queue_message(session, a_message(clinic, template=template), NOON)
    assert await sweep(sender, at_once=1) == 3
    async with database.transaction(Context(clinic)) as session:
        rows = await session.execute(text("select template, state, attempts from message"))
        found = sorted(tuple(row) for row in rows)
    assert found == [("PX", "retry_at", 1)] + [("Pn", "sent", 1)] * 3


class ManyPhones(FakeSource):
    """Every message goes to a phone of its own."""

    async def may_send(self, session: Any, message: QueuedMessage, now: Any) -> Any:
        return Send(message.params["phone"], "America/New_York", any_hour=True)


async def test_who_said_stop_is_left_out_of_a_batch_and_the_others_are_not(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    register_source("fake", ManyPhones())
    phones = [f"+1202555012{n}" for n in range(6)]
    async with database.transaction(Context(clinic)) as session:
        stopped = phone_hash(phones[3])
        await suppress(session, clinic, stopped, SuppressionReason.CARRIER_STOP, NOON)
        for phone in phones:
            await queue_message(session, a_message(clinic, params={"phone": phone}), NOON)
    assert await sweep(sender, at_once=1) == 5
    assert {each.recipient for each in texts.sent} == set(phones) - {phones[3]}


def claimed_ago(seconds: float, validity: timedelta) -> Claimed:
    attempt = Attempt(new_id(), new_id(), 1, b"")
    parcel = Text(attempt.message_id, "+12025550100", "+12025550144", "News.", validity)
    return Claimed(attempt, parcel, time.monotonic() - seconds, 0.0)


@pytest.mark.parametrize("seconds", [MUST_START_WITHIN_S + 0.1, 61, 600])
async def test_a_worker_that_was_stopped_too_long_sends_nothing(
    texts: FakeTexts, seconds: float
) -> None:
    result = await hand_over(Channels(texts), claimed_ago(seconds, timedelta(hours=4)))
    assert result == SendResult(Outcome.NOT_SENT, error_code="stalled")
    assert texts.sent == []


async def test_the_time_to_deliver_is_shortened_by_what_has_passed(texts: FakeTexts) -> None:
    claimed = claimed_ago(10, timedelta(seconds=100))
    assert (await hand_over(Channels(texts), claimed)).outcome is Outcome.ACCEPTED
    assert timedelta(seconds=88) <= texts.sent[0].validity <= timedelta(seconds=90)
    late = replace(claimed, started=time.monotonic() - 25)
    late_text = replace(late.parcel, validity=timedelta(seconds=80))
    result = await hand_over(Channels(texts), replace(late, parcel=late_text))
    assert result.error_code == "stalled"
    assert at_any_hour().validity == timedelta(hours=4)
