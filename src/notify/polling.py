"""Asking the provider for texts that no webhook told us of: we were away, or it gave up.

Each number's list is read again every two minutes from an hour before its mark, through the same
door as the webhooks: a text that is known changes nothing. The next time stands in the row before
the question is asked, and no transaction is open while the provider answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from notify.channels import CannotAsk
from notify.inbound import ArrivedText, take_in_late
from notify.models import SenderNumber
from notify.poll_models import InboundPoll
from shared.database import Context
from shared.identifiers import new_id
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from notify.channels import Received, TextChannel
    from notify.delivery import KnownText
    from notify.worker import Sender

log = structlog.get_logger()
POLL_EVERY = timedelta(minutes=2)
# The provider's list may lag behind; what is read twice counts once.
OVERLAP = timedelta(hours=1)
NUMBERS_AT_MOST = 100
ASKED_AT_ONCE = 4
# A list longer than this many answers is read on at the next round.
PARTS_AT_MOST = 5
# Parts meet in a second that is read twice.
SECOND = timedelta(seconds=1)
_LAST = datetime.max.replace(tzinfo=UTC)
WORKER = Context(actor="worker")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a number's list has been read, in the provider's time."""

    number: str
    since: datetime
    walk_before: datetime | None
    walk_newest: datetime | None


async def poll_inbound(sender: Sender) -> int:
    """Read the lists whose time has come; how many texts were new."""
    texts = sender.channels.texts
    if texts is None:
        return 0
    places, away = asyncio.Semaphore(ASKED_AT_ONCE), asyncio.Event()

    async def read(number: str) -> int:
        async with places:
            mark = None if away.is_set() else await _begin(sender, number)
            if mark is None:
                return 0
            try:
                return await _read(sender, texts, mark)
            except CannotAsk:
                away.set()
                log.warning("inbound_list_not_read")
                return 0

    found = sum(await asyncio.gather(*(read(each) for each in await _due(sender))))
    if found:
        log.warning("texts_missed_by_webhooks", found=found)
    return found


async def _due(sender: Sender) -> list[str]:
    now = sender.clock()
    async with sender.database.transaction(WORKER) as session:
        rows = await session.scalars(
            select(SenderNumber.number)
            .outerjoin(InboundPoll, InboundPoll.number == SenderNumber.number)
            .where(_is_due(now))
            .order_by(InboundPoll.next_at.asc().nulls_first(), SenderNumber.number)
            .limit(NUMBERS_AT_MOST)
        )
        return list(rows)


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Also when the demo's clock was turned back since."""
    return or_(
        InboundPoll.next_at.is_(None),
        InboundPoll.next_at <= now,
        InboundPoll.next_at > now + POLL_EVERY,
    )


async def _begin(sender: Sender, number: str) -> Mark | None:
    """Take the number's turn; None when another worker was faster."""
    now = sender.clock()
    values = {"id": new_id(), "number": number, "next_at": now + POLL_EVERY, "seen_until": now}
    async with sender.database.transaction(WORKER) as session:
        taken = await session.execute(
            insert(InboundPoll)
            .values(values)
            .on_conflict_do_update(
                index_elements=["number"], set_={"next_at": now + POLL_EVERY}, where=_is_due(now)
            )
            .returning(InboundPoll.seen_until, InboundPoll.walk_before, InboundPoll.walk_newest)
        )
        row = taken.one_or_none()
    if row is None:
        return None
    return Mark(number, min(row.seen_until or now, now) - OVERLAP, row.walk_before, row.walk_newest)


async def _read(sender: Sender, texts: TextChannel, mark: Mark) -> int:
    """From the newest back to the mark, which moves only when there is no gap left."""
    before, newest, found = mark.walk_before, mark.walk_newest, 0
    for _part in range(PARTS_AT_MOST):
        part = await texts.texts_received(mark.number, mark.since, before)
        found += await _take_in_all(sender, part)
        newest = _newest(part, newest)
        if part.whole or part.oldest is None:
            await _keep(sender, mark.number, seen_until=newest)
            return found
        before = part.oldest + SECOND if part.oldest + SECOND != before else part.oldest
        await _keep(sender, mark.number, walk_before=before, walk_newest=newest)
    return found


async def _take_in_all(sender: Sender, part: Received) -> int:
    """Oldest first, as they were written."""
    found = 0
    for each in sorted(part.texts, key=lambda each: each.created_at or _LAST):
        found += await take_in_late(sender.database, _arrived(each), _when(each, sender.clock()))
    return found


async def _keep(
    sender: Sender,
    number: str,
    *,
    seen_until: datetime | None = None,
    walk_before: datetime | None = None,
    walk_newest: datetime | None = None,
) -> None:
    async with sender.database.transaction(WORKER) as session:
        row = (
            await session.scalars(
                select(InboundPoll).where(InboundPoll.number == number).with_for_update()
            )
        ).one()
        if walk_before is None and seen_until is not None:
            row.seen_until = max(seen_until, row.seen_until or seen_until)
        row.walk_before, row.walk_newest = walk_before, walk_newest


def _newest(part: Received, known: datetime | None) -> datetime | None:
    dates = [each.created_at for each in part.texts if each.created_at is not None]
    return max([*dates, known] if known is not None else dates, default=None)


def _arrived(text: KnownText) -> ArrivedText:
    return ArrivedText(
        message_sid=text.sid,
        from_number=to_e164(text.sender) or text.sender.strip(),
        to_number=to_e164(text.recipient) or text.recipient.strip(),
        body=text.body,
    )


def _when(text: KnownText, now: datetime) -> datetime:
    return min(text.created_at or now, now)
