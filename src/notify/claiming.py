"""Claiming messages: the last moment at which everything is checked, and their words are made.

One transaction for a few messages of one organization and channel: row locks, the source's consent
and state, suppression, quiet hours, the number's pace, one question per phone; then attempt, lease
and fence are committed before a single byte leaves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from notify.channels import Mail, Text
from notify.checking import Checks, Passed, checked
from notify.delivery import LEASE, WAITING, Channel, Event
from notify.models import Message
from notify.outbox import as_queued, without_links
from notify.pace import Pace
from notify.progress import Attempt, Because, happened
from notify.segments import count_segments
from notify.sender_numbers import locked_number
from notify.sources import Drop, Hold, RenderedMail, RenderedText, source_named
from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.channels import Channels
    from notify.models import SenderNumber
    from shared.database import Database

PAUSED = text(
    "select exists (select 1 from sender_pause where resumed_at is null"
    " and (organization_id is null or organization_id = :organization))"
)
# One message's words for the wrong channel are a fault of ours.
EXPECTED = {Channel.SMS: RenderedText, Channel.EMAIL: RenderedMail}


@dataclass(frozen=True, slots=True)
class Lane:
    """Messages of one organization and channel, the unit of a claim; `only` these when given."""

    organization_id: UUID
    channel: Channel
    only: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send, `wait_s` after `started` (monotonic)."""

    attempt: Attempt
    parcel: Text | Mail
    started: float
    wait_s: float
    # The one text that may follow a STOP, because it confirms it.
    confirms_stop: bool = False


class FaultInBatch(Exception):  # noqa: N818 -- what happened
    """One of these could not be checked or worded; nothing of the batch was claimed."""

    def __init__(self, message_ids: list[UUID]) -> None:
        super().__init__(len(message_ids))
        self.message_ids = message_ids


class StoppedInBatch(Exception):  # noqa: N818 -- what happened
    """One of the batch's addresses said STOP: the batch is made again, each looked up first."""


@dataclass(slots=True)
class _Claim:
    """What one claim works with."""

    session: AsyncSession
    lane: Lane
    channels: Channels
    now: datetime
    started: float
    number: SenderNumber | None = None
    pace: Pace | None = None
    one_by_one: bool = False
    claimed: list[Claimed] = field(default_factory=list)


async def claim(
    database: Database, channels: Channels, lane: Lane, now: datetime, *, most: int
) -> tuple[list[Claimed], list[UUID]]:
    """Take what is due and free, most urgent first.

    Gives what is ours to send now, and the ids that were looked at (held and dropped ones too).
    """
    try:
        return await _claim(database, channels, lane, (now, most), one_by_one=most == 1)
    except StoppedInBatch:
        return await _claim(database, channels, lane, (now, most), one_by_one=True)


async def _claim(
    database: Database,
    channels: Channels,
    lane: Lane,
    when: tuple[datetime, int],
    *,
    one_by_one: bool,
) -> tuple[list[Claimed], list[UUID]]:
    now, most = when
    started = time.monotonic()
    context = Context(organization_id=lane.organization_id, actor="worker")
    async with database.transaction(context) as session:
        work = _Claim(session, lane, channels, now, started, one_by_one=one_by_one)
        if not await _may_start(work):
            return [], []
        rows = await _rows(work, most)
        if not rows:
            return [], []
        ids = [row.id for row in rows]
        try:
            with session.no_autoflush:  # one UPDATE for all of them, at the end
                seen = await _claim_rows(work, rows)
            if work.number is not None and work.pace is not None:
                work.number.next_free_at = work.pace.next_free_at
            await session.flush()
        except StoppedInBatch:
            raise
        except Exception as fault:
            raise FaultInBatch(ids) from fault
    return work.claimed, seen


async def _may_start(work: _Claim) -> bool:
    """Not paused, and the number has room."""
    organization_id = work.lane.organization_id
    paused = await work.session.execute(PAUSED, {"organization": organization_id})
    if paused.scalar_one():
        return False
    if work.lane.channel is not Channel.SMS:
        return True
    work.number = await locked_number(work.session, organization_id)
    if work.number is None:
        return True  # its texts are dropped, and say why
    work.pace = Pace(work.number.segments_per_second, work.number.next_free_at)
    return work.pace.moment(work.now) is not None


async def _rows(work: _Claim, most: int) -> list[Message]:
    query = (
        select(Message)
        .where(
            Message.organization_id == work.lane.organization_id,
            Message.channel == work.lane.channel,
            Message.state.in_(WAITING),
            Message.held_since.is_(None),
            (Message.not_before.is_(None)) | (Message.not_before <= work.now),
        )
        .order_by(Message.is_reply.desc(), Message.priority.desc(), Message.created_at, Message.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if work.lane.only:
        query = query.where(Message.id.in_(work.lane.only))
    return list(await work.session.scalars(query))


async def _claim_rows(work: _Claim, rows: list[Message]) -> list[UUID]:
    organization_id = work.lane.organization_id
    checks = Checks(
        work.session,
        organization_id,
        work.channels,
        work.number,
        work.now,
        one_by_one=work.one_by_one,
    )
    await checks.prepare(rows)
    seen = []
    for row in rows:
        moment = work.pace.moment(work.now) if work.pace is not None else work.now
        if moment is None:
            break  # the number has no more room for now: the rest stays as it is
        seen.append(row.id)
        # Each wholly before the next: a source may go on in the name of one request's team.
        await _settle(work, row, await checked(checks, row), moment)
    if not await checks.none_is_stopped():
        raise StoppedInBatch
    return seen


async def _settle(
    work: _Claim, row: Message, verdict: Passed | Hold | Drop, moment: datetime
) -> None:
    """Write down what the checks said; word and lease what passed them."""
    session, now = work.session, work.now
    match verdict:
        case Drop(reason):
            await happened(session, row, Event.DROPPED, now, Because(reason=reason[:60]))
        case Hold(until, why):
            held = Because(reason=why[:60], not_before=until)
            await happened(session, row, Event.HELD, now, held)
        case Passed():
            words = await source_named(row.source).render(session, as_queued(row), now)
            if not isinstance(words, EXPECTED[row.channel]):
                msg = f"The source worded {row.template} for another channel."
                raise TypeError(msg)
            await happened(session, row, Event.CLAIMED, now)
            _lease(row, verdict, words, now)
            if work.pace is not None and isinstance(words, RenderedText):
                work.pace.take(moment, count_segments(words.body).segments)
            work.claimed.append(_claimed(work, row, (verdict, words), moment - now))


def _lease(row: Message, passed: Passed, words: RenderedText | RenderedMail, now: datetime) -> None:
    row.body = without_links(words.body if isinstance(words, RenderedText) else _as_text(words))
    row.attempts += 1
    row.fence += 1
    row.claimed_at, row.lease_until = now, now + LEASE
    if isinstance(words, RenderedText):
        row.recipient, row.sent_from = passed.address, passed.sender


def _claimed(
    work: _Claim,
    row: Message,
    ready: tuple[Passed, RenderedText | RenderedMail],
    wait: timedelta,
) -> Claimed:
    passed, words = ready
    attempt = Attempt(row.organization_id, row.id, row.fence, passed.address_hash)
    parcel: Text | Mail
    if isinstance(words, RenderedText):
        parcel = Text(row.id, passed.sender, passed.address, words.body, passed.validity)
    else:
        parcel = Mail(row.id, passed.address, words, work.now)
    wait_s = max(0.0, wait.total_seconds())
    return Claimed(attempt, parcel, work.started, wait_s, row.confirms_opt_out)


def _as_text(words: RenderedMail) -> str:
    return f"{words.subject}\n\n{words.text}"
