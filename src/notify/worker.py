"""Sending: claim (commit) → send → record (commit), and the sweep that finds what no job will do.

Nothing is locked and no transaction is open while the provider is being talked to.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from notify.channels import Channels, Mail, Text
from notify.claiming import Claimed, claim
from notify.delivery import LEASE, REQUEST_TIMEOUT, Outcome, SendResult
from notify.outbox import messages_to_do
from notify.progress import record_attempt, record_fault
from shared import clock
from shared.database import Context, Database

if TYPE_CHECKING:
    from uuid import UUID

log = structlog.get_logger()
# A job that is only slow should do the work itself; the sweep looks after the lost ones.
JOB_IS_LOST_AFTER = timedelta(seconds=10)
SWEEP_AT_MOST = 200
# A worker that was stopped between claim and send may not start a request that outlives its lease.
MUST_START_WITHIN_S = (LEASE - REQUEST_TIMEOUT * 2).total_seconds()


@dataclass(frozen=True, slots=True)
class Sender:
    """What sending needs. `chance` spreads retries."""

    database: Database
    channels: Channels
    clock: Callable[[], datetime] = clock.now
    chance: Callable[[], float] = random.random


async def send_message(sender: Sender, organization_id: UUID, message_id: UUID) -> bool:
    """Send one message if it is due and free; whether a provider was called."""
    started = time.monotonic()
    try:
        claimed = await claim(
            sender.database, sender.channels, organization_id, message_id, sender.clock()
        )
    except Exception as fault:  # noqa: BLE001 -- a source's fault must not loop for ever
        await _note_fault(sender, organization_id, message_id, fault)
        return False
    if claimed is None:
        return False
    result = await _hand_over(sender.channels, claimed, started)
    context = Context(organization_id=organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        await record_attempt(session, claimed.attempt, result, sender.clock(), sender.chance())
    log.info("message_attempted", message_id=str(message_id), outcome=str(result.outcome))
    return True


async def sweep(sender: Sender, *, at_once: int = 10) -> int:
    """Do what is due without a job: held until morning, tried again, lost, left by the dead."""
    now = sender.clock()
    async with sender.database.transaction(Context(actor="worker")) as session:
        waiting = await messages_to_do(session, now, now - JOB_IS_LOST_AFTER, SWEEP_AT_MOST)
    places = asyncio.Semaphore(at_once)

    async def send_one(organization_id: UUID, message_id: UUID) -> bool:
        async with places:
            return await send_message(sender, organization_id, message_id)

    done = await asyncio.gather(*(send_one(*each) for each in waiting))
    return sum(done)


async def _hand_over(channels: Channels, claimed: Claimed, started: float) -> SendResult:
    if time.monotonic() - started > MUST_START_WITHIN_S:
        return SendResult(Outcome.NOT_SENT, error_code="stalled")
    parcel = claimed.parcel
    if isinstance(parcel, Text) and channels.texts is not None:
        return await channels.texts.send(parcel)
    if isinstance(parcel, Mail) and channels.mails is not None:
        return await channels.mails.send(parcel)
    return SendResult(Outcome.REFUSED, error_code="channel_not_configured")


async def _note_fault(
    sender: Sender, organization_id: UUID, message_id: UUID, fault: Exception
) -> None:
    """Only the fault's kind is logged: its words may hold a name or a number."""
    log.error("message_not_claimed", message_id=str(message_id), fault=type(fault).__name__)
    context = Context(organization_id=organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        await record_fault(session, message_id, sender.clock())
