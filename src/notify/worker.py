"""Sending: claim (commit) → send → record (commit), and what finds the work.

Nothing is locked and no transaction is open while the provider is being talked to.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text

from notify.channels import Channels, Mail, Text
from notify.claiming import Claimed, FaultInBatch, Lane, claim
from notify.delivery import LEASE, REQUEST_TIMEOUT, Channel, Outcome, SendResult
from notify.progress import Attempt, record_attempts, record_ended_lease, record_fault
from notify.quiet_hours import SHORTEST_VALIDITY
from notify.suppression import is_suppressed
from shared import clock
from shared.database import Context, Database

if TYPE_CHECKING:
    from uuid import UUID

log = structlog.get_logger()
SWEEP_AT_MOST = 200
BATCH = 20
# A worker that was stopped between claim and send may not start a request that outlives its lease.
MUST_START_WITHIN_S = (LEASE - REQUEST_TIMEOUT * 2).total_seconds()
STALLED = SendResult(Outcome.NOT_SENT, error_code="stalled")
STOPPED = SendResult(Outcome.OPTED_OUT)
# A text that waits between its checks and its sending, for its number's pace or behind others, is
# held against STOP once more.
PACED_FROM_S, LOOK_AGAIN_AFTER_S = 0.05, 1.0
LANES = text("select organization_id, channel, free_at from lanes_to_send(:now)")
LEASES_ENDED = text("select organization_id, message_id from leases_ended(:now, :most)")


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs. `chance` spreads retries."""

    database: Database
    channels: Channels
    clock: Callable[[], datetime] = clock.now
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class OpenLane:
    """A lane that has something due; its number is free then."""

    lane: Lane
    free_at: datetime | None


async def send_message(sender: Sender, organization_id: UUID, message_id: UUID) -> bool:
    """Send one message if it is due and free; whether a provider was called."""
    await end_lease(sender, organization_id, message_id)
    sent = 0
    for channel in Channel:
        lane = Lane(organization_id, channel, (message_id,))
        sent += await _send_all(sender, (await claim_some(sender, lane, most=1))[0])
    return bool(sent)


async def sweep(sender: Sender, *, at_once: int = 10) -> int:
    """Send, once, everything that is due now; how many attempts were made."""
    await end_leases(sender)
    attempts = 0
    for open_lane in await open_lanes(sender):
        while True:
            claimed, seen = await claim_some(sender, open_lane.lane, most=BATCH)
            attempts += await _send_all(sender, claimed, at_once=at_once)
            if not seen:
                break
    return attempts


async def open_lanes(sender: Sender) -> list[OpenLane]:
    """Organizations and channels with something due, not paused."""
    async with sender.database.transaction(Context(actor="worker")) as session:
        rows = await session.execute(LANES, {"now": sender.clock()})
        return [
            OpenLane(Lane(row.organization_id, Channel(row.channel)), row.free_at) for row in rows
        ]


async def claim_some(sender: Sender, lane: Lane, *, most: int) -> tuple[list[Claimed], list[UUID]]:
    """Claim a batch of a lane. One message's fault never stops the others: each goes alone then."""
    now = sender.clock()
    try:
        return await claim(sender.database, sender.channels, lane, now, most=most)
    except FaultInBatch as fault:
        ids = fault.message_ids
        if len(ids) == 1:
            await _note_fault(sender, lane.organization_id, ids[0], fault.__cause__)
            return [], ids
    claimed: list[Claimed] = []
    seen: list[UUID] = []
    for message_id in ids:
        some = await claim_some(sender, replace(lane, only=(message_id,)), most=1)
        claimed += some[0]
        seen += some[1]
    return claimed, seen


async def send_claimed(sender: Sender, claimed: Claimed) -> SendResult:
    """Hand one message over. Whoever said STOP while it waited for its moment gets it no more."""
    waited = time.monotonic() - claimed.started
    at_once = claimed.wait_s < PACED_FROM_S and waited < LOOK_AGAIN_AFTER_S
    if at_once or not isinstance(claimed.parcel, Text):
        return await hand_over(sender.channels, claimed)
    await asyncio.sleep(max(0.0, claimed.wait_s - waited))
    try:
        stopped = await _stopped_meanwhile(sender, claimed)
    except Exception as fault:  # noqa: BLE001 -- nothing has left: it is tried again
        kind = type(fault).__name__
        log.error("stop_not_looked_up", fault=kind)  # noqa: TRY400 -- the kind only
        return STALLED
    return STOPPED if stopped else await hand_over(sender.channels, claimed)


async def _stopped_meanwhile(sender: Sender, claimed: Claimed) -> bool:
    """What confirms a STOP is the one text that follows it."""
    attempt = claimed.attempt
    context = Context(organization_id=attempt.organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        return not claimed.confirms_stop and await is_suppressed(
            session, attempt.organization_id, attempt.address_hash
        )


async def hand_over(channels: Channels, claimed: Claimed) -> SendResult:
    """Give one message to its channel, at its moment and only while the claim is fresh."""
    waited = time.monotonic() - claimed.started
    if claimed.wait_s > waited:
        await asyncio.sleep(claimed.wait_s - waited)
    spent = time.monotonic() - claimed.started
    if spent > MUST_START_WITHIN_S:
        return STALLED
    parcel = claimed.parcel
    if isinstance(parcel, Text) and channels.texts is not None:
        validity = parcel.validity - timedelta(seconds=math.ceil(spent))
        if validity < SHORTEST_VALIDITY:
            return STALLED
        start_by = claimed.started + MUST_START_WITHIN_S
        return await channels.texts.send(replace(parcel, validity=validity, start_by=start_by))
    if isinstance(parcel, Mail) and channels.mails is not None:
        return await channels.mails.send(parcel)
    return SendResult(Outcome.REFUSED, error_code="channel_not_configured")


async def record_some(
    sender: Sender, organization_id: UUID, results: list[tuple[Attempt, SendResult]]
) -> None:
    """Write down what came of attempts of one organization; one by one if that fails together."""
    context = Context(organization_id=organization_id, actor="worker")
    try:
        async with sender.database.transaction(context) as session:
            await record_attempts(session, results, sender.clock(), sender.chance())
    except Exception as fault:
        if len(results) == 1:
            raise
        log.warning("results_recorded_one_by_one", fault=type(fault).__name__)
        for each in results:
            await record_some(sender, organization_id, [each])
        return
    for attempt, result in results:
        outcome = str(result.outcome)
        log.info("message_attempted", message_id=str(attempt.message_id), outcome=outcome)


async def end_leases(sender: Sender) -> int:
    """Messages whose worker never came back."""
    async with sender.database.transaction(Context(actor="worker")) as session:
        rows = await session.execute(LEASES_ENDED, {"now": sender.clock(), "most": SWEEP_AT_MOST})
        found = [(row.organization_id, row.message_id) for row in rows]
    return sum([await end_lease(sender, *each) for each in found])


async def end_lease(sender: Sender, organization_id: UUID, message_id: UUID) -> bool:
    """Take one message from a worker that is gone; False when there is nothing to take."""
    context = Context(organization_id=organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        return await record_ended_lease(session, message_id, sender.clock())


async def _send_all(sender: Sender, claimed: list[Claimed], *, at_once: int = 10) -> int:
    """Send a batch and write down what came of each."""
    places = asyncio.Semaphore(at_once)

    async def send_one(each: Claimed) -> None:
        async with places:
            result = await send_claimed(sender, each)
            attempt = each.attempt
            await record_some(sender, attempt.organization_id, [(attempt, result)])

    await asyncio.gather(*(send_one(each) for each in claimed))
    return len(claimed)


async def _note_fault(
    sender: Sender, organization_id: UUID, message_id: UUID, fault: BaseException | None
) -> None:
    """Only the fault's kind is logged: its words may hold a name or a number."""
    log.error("message_not_claimed", message_id=str(message_id), fault=type(fault).__name__)
    context = Context(organization_id=organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        await record_fault(session, message_id, sender.clock())
