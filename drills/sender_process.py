"""One sender as a process of its own, which the drill kills: the product's pump and its asking.

`blind` is the control: this process alone then sends again whatever is unclear, as most senders
do. The switch is here and nowhere in the product.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from notify import pump, states
from notify.asking import ask_provider
from notify.channels import Channels
from notify.channels.simulator.state import Direction
from notify.channels.sms import TwilioChannel
from notify.delivery import Event, MessageState
from notify.sources import RenderedMail, RenderedText, Send, register_source
from notify.worker import Sender
from shared.database import Database
from shared.settings import get_settings, set_for_this_process

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.channels.simulator.state import Simulator
    from notify.sources import QueuedMessage

SOURCE = "drill"
LOOK_EVERY_S = 0.1
# Few at once: each kill then meets about as many texts as lie between two kills.
HELD = 10


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process is told at its start; all of it can travel to another process."""

    worker_url: str
    api_url: str
    address: str
    settings: dict[str, str]
    blind: bool = False


def body_of(number: str) -> str:
    """Every text of a drill differs from every other, so that a second one is seen."""
    return f"Drill {number}: the door is open."


def taken_by(simulator: Simulator) -> Counter[str]:
    """How often the provider took each body."""
    return Counter(
        text.body for text in simulator.texts.values() if text.direction is Direction.OUTBOUND
    )


class DrillSource:
    """Sends each text to the phone that stands in it."""

    async def may_send(self, _session: AsyncSession, message: QueuedMessage, now: datetime) -> Send:
        """Always."""
        _ = now
        return Send(message.params["phone"], "America/New_York", any_hour=True)

    async def render(
        self, _session: AsyncSession, message: QueuedMessage, now: datetime
    ) -> RenderedText | RenderedMail:
        """Its number."""
        _ = now
        return RenderedText(body_of(message.params["number"]))


def run(orders: Orders) -> None:
    """Send until killed; at Ctrl-C too it is the drill that kills."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_for_this_process(**orders.settings)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if orders.blind:
        send_again_blindly()
    pump.HELD_AT_ONCE, pump.SENT_AT_ONCE, pump.SMALLEST_CLAIM = HELD, HELD, 1
    register_source(SOURCE, DrillSource())
    asyncio.run(_send_for_ever(orders))


def send_again_blindly() -> None:
    """Two rows of the sender's table: unclear counts as not sent, a lost worker's text as well."""
    claimed = MessageState.CLAIMED
    states.TABLE[claimed, Event.UNCLEAR] = states.TABLE[claimed, Event.NOT_SENT]
    states.TABLE[claimed, Event.LEASE_ENDED] = states.TABLE[claimed, Event.MAIL_LEASE_ENDED]


async def _send_for_ever(orders: Orders) -> None:
    settings = get_settings()
    texts = TwilioChannel(
        settings.twilio_account_sid or "",
        settings.twilio_auth_token or "",
        callback_address=orders.address,
        api_url=orders.api_url,
    )
    sender = Sender(Database(orders.worker_url, pool_size=6), Channels(texts))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(pump.Pump(sender, look_every_s=LOOK_EVERY_S).run(asyncio.Event()))
        tasks.create_task(_ask_for_ever(sender))


async def _ask_for_ever(sender: Sender) -> None:
    while True:
        await ask_provider(sender)
        await asyncio.sleep(LOOK_EVERY_S)
