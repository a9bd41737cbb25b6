"""A worker as a process of its own, which the drill stops: the product's pump, quicker by sixty.

Of its own clock's 30 s in which a claim may be used, half a second is left, so that a stop longer
than the lease is soon over; the lease in the row is the product's, and walked by the product's
clock. At the place it was told the process says so and stands still, there to be stopped for good.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import aiohttp
import structlog
import twilio.rest.api  # noqa: F401
from sqlalchemy.orm import configure_mappers

from drills.sender_process import HELD, SOURCE, DrillSource
from notify import pump, worker
from notify.channels import Channels, sms
from notify.delivery import REQUEST_TIMEOUT
from notify.sources import register_source
from notify.worker import Sender
from shared.database import Database
from shared.settings import get_settings, set_for_this_process

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from uuid import UUID

# What a process would do at its first text, within that claim's short time: before the fork.
configure_mappers()
HERE, RECORDED = "here", "recorded"
QUICKER = 60
LOOK_EVERY_S = 0.05


class Stand(StrEnum):
    """Where it stands still: two places before the last look at the claim's time, one after."""

    CLAIMED = "claimed"  # the claim is committed, nothing else is done
    CONNECTING = "connecting"  # the request is made, and has no connection yet
    WRITING = "writing"  # after the last look, before the first byte


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process is told at its start; all of it can travel to another process.

    `fenced` false is the control: this process alone then never looks at its claim's time.
    """

    worker_url: str
    api_url: str
    settings: dict[str, str]
    fenced: bool = True


class Gate:
    """Stands still once each time it was armed, where it was told; else all go through."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._armed: Stand | None = None

    def at(self, stand: Stand) -> None:
        """Say so, and wait to be let go: stopped by then."""
        while self._pipe.poll():
            self._armed = self._pipe.recv()
        if stand is self._armed:
            self._armed = None
            self._pipe.send((HERE, []))
            self._pipe.recv()

    def recorded(self, ids: list[UUID]) -> None:
        """What came of these attempts is written down."""
        self._pipe.send((RECORDED, ids))


def run(orders: Orders, pipe: Connection) -> None:
    """Send until killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_for_this_process(**orders.settings)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    pump.HELD_AT_ONCE, pump.SENT_AT_ONCE, pump.SMALLEST_CLAIM = HELD, HELD, 1
    worker.MUST_START_WITHIN_S = (
        worker.MUST_START_WITHIN_S / QUICKER if orders.fenced else float("inf")
    )
    register_source(SOURCE, DrillSource())
    _put_up(Gate(pipe))
    asyncio.run(_send_for_ever(orders))


def _put_up(gate: Gate) -> None:
    """The gate in the product's way, at each of the places."""
    claim, record = pump.claim_some, pump.record_some
    connect, write = sms.TimedSession.request, aiohttp.ClientRequest.write_bytes

    async def claim_some(*given: Any, **named: Any) -> Any:  # noqa: ANN401
        claimed, seen = await claim(*given, **named)
        if claimed:
            gate.at(Stand.CLAIMED)
        return claimed, seen

    async def record_some(*given: Any) -> None:  # noqa: ANN401
        await record(*given)
        gate.recorded([attempt.message_id for attempt, _result in given[2]])

    async def request(*given: Any, **named: Any) -> Any:  # noqa: ANN401
        gate.at(Stand.CONNECTING)
        return await connect(*given, **named)

    async def write_bytes(*given: Any) -> None:  # noqa: ANN401
        gate.at(Stand.WRITING)
        await write(*given)

    pump.claim_some, pump.record_some = claim_some, record_some
    sms.TimedSession.request = request  # type: ignore[method-assign]
    aiohttp.ClientRequest.write_bytes = write_bytes  # type: ignore[assignment]


async def _send_for_ever(orders: Orders) -> None:
    settings = get_settings()
    texts = sms.TwilioChannel(
        settings.twilio_account_sid or "",
        settings.twilio_auth_token or "",
        callback_address=settings.address,
        api_url=orders.api_url,
        timeout_s=REQUEST_TIMEOUT.total_seconds(),
    )
    sender = Sender(Database(orders.worker_url, pool_size=6), Channels(texts))
    await pump.Pump(sender, look_every_s=LOOK_EVERY_S).run(asyncio.Event())
