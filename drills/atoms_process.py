"""The app as a process of its own, which the drill kills in the middle of a transaction.

It does what the pages do, one order after the other. At the point that an order names it says so
and stands still: before the first message of the transaction is written, or right after it.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import event
from sqlalchemy.orm import configure_mappers

from builders.referrals import Town
from referrals.actions import AgencySays, AgencyWord, answer_as_agency, send_referral
from shared.database import Database
from shared.settings import set_for_this_process

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from uuid import UUID

configure_mappers()  # before the fork, not after each
HERE, DONE, FAILED = "here", "done", "failed"
INTO_OUTBOX = "INSERT INTO message "


class Change(StrEnum):
    """What moves, and with which message."""

    SEND = "send"
    ACCEPT = "accept"


class Point(StrEnum):
    """Where the process stands still; at no point: it is struck wherever it happens to be."""

    BEFORE_MESSAGE = "before_message"
    AFTER_MESSAGE = "after_message"
    ANYWHERE = "anywhere"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Order:
    """One change of one request."""

    change: Change
    referral_id: UUID
    point: Point = Point.NOWHERE
    town: int = 0


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process is told at its start; all of it can travel to another process."""

    app_url: str
    settings: dict[str, str]
    towns: list[dict[str, Any]]


class Gate:
    """Stands still once for each order, in the middle of the driver's call."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.point = Point.NOWHERE

    def listen(self, database: Database) -> None:
        """Both points of the insert into the outbox."""
        engine = database.bind.sync_engine

        @event.listens_for(engine, "before_cursor_execute")
        def _before(*call: Any) -> None:  # noqa: ANN401
            self._stand_at(Point.BEFORE_MESSAGE, call[2])

        @event.listens_for(engine, "after_cursor_execute")
        def _after(*call: Any) -> None:  # noqa: ANN401
            self._stand_at(Point.AFTER_MESSAGE, call[2])

    def _stand_at(self, point: Point, statement: str) -> None:
        if self.point is point and statement.startswith(INTO_OUTBOX):
            self.point = Point.NOWHERE
            self._pipe.send(HERE)
            self._pipe.recv()


def run(orders: Orders, pipe: Connection) -> None:
    """Until killed; at Ctrl-C too it is the drill that kills."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_for_this_process(**orders.settings)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(_serve(orders, pipe))


async def _serve(orders: Orders, pipe: Connection) -> None:
    database = Database(orders.app_url, pool_size=1)
    gate = Gate(pipe)
    gate.listen(database)
    towns = [Town(database=database, **each) for each in orders.towns]
    while True:
        order: Order = pipe.recv()
        gate.point = order.point
        try:
            await obey(towns[order.town], order)
        except Exception as fault:  # noqa: BLE001 -- the drill gives the order again
            pipe.send(f"{FAILED} {type(fault).__name__}")
        else:
            pipe.send(DONE)


async def obey(town: Town, order: Order) -> None:
    """As a page does it, under a key by which a second try is known."""
    key = f"page:{order.change}:{order.referral_id}"
    if order.change is Change.SEND:
        async with town.as_clinic() as session:
            await send_referral(session, order.referral_id, word=town.sender(key=key))
        return
    async with town.as_agency(order.referral_id) as session:
        word, yes = town.text(key=key), AgencyWord(AgencySays.YES)
        await answer_as_agency(session, order.referral_id, word, yes)
