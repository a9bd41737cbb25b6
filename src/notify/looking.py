"""What staff look at: messages by state and time, how the sender is, addresses that are stopped.

Whoever asks says which subjects may be seen (`Seen`): a message about another one is in no list and
in no count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text

from notify.delivery import Channel, Event, MessageState
from notify.history import PROVIDER_SAID
from notify.models import Message, MessageEvent
from notify.outbox import WAKE, MessageStory, story_of
from notify.pauses import Pause
from shared.identifiers import new_id

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

DAY = timedelta(hours=24)
WAITING = (MessageState.QUEUED, MessageState.RETRY_AT)
FAILED = (MessageState.FAILED, MessageState.UNDELIVERED)
PROVIDERS_WORDS = (
    Event.ON_ITS_WAY,
    Event.RETURNED,
    Event.SAID_FAILED,
    Event.SAID_UNDELIVERED,
    Event.SAID_DELIVERED,
    PROVIDER_SAID,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose messages may be seen: about these subjects, or of these templates about nobody."""

    subjects: Select[tuple[UUID]]
    templates: frozenset[str]

    @property
    def clause(self) -> ColumnElement[bool]:
        return or_(Message.subject_id.in_(self.subjects), Message.template.in_(self.templates))


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked for; `before` is where the next page begins."""

    states: frozenset[MessageState] = frozenset()
    channel: Channel | None = None
    since: datetime | None = None
    before: UUID | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """How one organization's sender is."""

    waiting: int
    oldest_waiting: datetime | None
    being_sent: int
    in_doubt: int
    held: int
    failures: list[tuple[str, int]] = field(default_factory=list)
    texts_waiting: int = 0
    last_word: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """An address that nothing is sent to; of an agency, whose it is."""

    id: UUID
    address_hash: bytes
    reason: str
    since: datetime
    member_id: UUID | None


@dataclass(frozen=True, slots=True)
class SenderCount:
    """One organization's figures for the network's office."""

    organization_id: UUID
    waiting: int
    oldest: datetime | None
    in_doubt: int
    held: int
    failed: int
    paused: bool


async def messages_seen(
    session: AsyncSession, seen: Seen, looking: Looking, *, limit: int
) -> list[MessageStory]:
    """The newest first."""
    query = select(Message).where(seen.clause, *_conditions(looking))
    rows = await session.scalars(query.order_by(Message.id.desc()).limit(limit))
    return [story_of(row) for row in rows]


async def seen_among(session: AsyncSession, seen: Seen, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the messages that may be seen."""
    rows = await session.scalars(select(Message.id).where(Message.id.in_(list(ids)), seen.clause))
    return frozenset(rows)


async def sender_health(session: AsyncSession, seen: Seen, now: datetime) -> Health:
    """Queue, doubts, failures of a day and the provider's last word."""
    waits = Message.state.in_(WAITING)
    due = and_(
        waits,
        Message.held_since.is_(None),
        or_(Message.not_before.is_(None), Message.not_before <= now),
    )
    live = or_(
        Message.state.in_((*WAITING, MessageState.CLAIMED, MessageState.IN_DOUBT)),
        Message.held_since.is_not(None),
    )
    counted = select(
        func.count().filter(waits),
        func.min(Message.created_at).filter(due),
        func.count().filter(Message.state == MessageState.CLAIMED),
        func.count().filter(Message.state == MessageState.IN_DOUBT),
        func.count().filter(Message.held_since.is_not(None)),
        func.count().filter(due, Message.channel == Channel.SMS),
    ).where(live, seen.clause)
    waiting, oldest, sending, doubtful, held, texts = (await session.execute(counted)).one()
    return Health(
        waiting=waiting,
        oldest_waiting=oldest,
        being_sent=sending,
        in_doubt=doubtful,
        held=held,
        failures=await _failures(session, seen, now),
        texts_waiting=texts,
        last_word=await session.scalar(
            select(func.max(MessageEvent.at)).where(MessageEvent.kind.in_(PROVIDERS_WORDS))
        ),
    )


async def stopped_addresses(session: AsyncSession) -> list[Stopped]:
    """Every address that this organization's sender must not write to, newest first."""
    rows = await session.execute(text("select * from own_suppressions()"))
    return [Stopped(*row) for row in rows]


async def mend_address(session: AsyncSession, stopped_id: UUID) -> bool:
    """Write to a dead number again; False for anything else: STOP is lifted by its person."""
    row = await session.execute(text("select mend_own_suppression(:id)"), {"id": stopped_id})
    return bool(row.scalar_one())


async def network_senders(session: AsyncSession, now: datetime) -> list[SenderCount]:
    """Each organization's figures; empty for whoever works in an organization."""
    rows = await session.execute(text("select * from network_senders(:now)"), {"now": now})
    return [SenderCount(*row) for row in rows]


async def network_pause(session: AsyncSession) -> Pause | None:
    """Why nothing goes out for anybody."""
    row = (await session.execute(text("select * from network_pause()"))).one_or_none()
    return Pause(of_all=True, paused_at=row[0], paused_by=row[1], why=row[2]) if row else None


async def pause_network(session: AsyncSession, *, by: str, why: str, now: datetime) -> bool:
    """Stop sending for everybody; False when it was paused, or from inside an organization."""
    values = {"id": new_id(), "by": by[:100], "why": why[:200], "now": now}
    row = await session.execute(text("select pause_network(:id, :by, :why, :now)"), values)
    return bool(row.scalar_one())


async def resume_network(session: AsyncSession, *, by: str, now: datetime) -> bool:
    """Send again for everybody; what a restore held stays held."""
    values = {"by": by[:100], "now": now}
    row = await session.execute(text("select resume_network(:by, :now)"), values)
    await session.execute(WAKE)
    return bool(row.scalar_one())


def _conditions(looking: Looking) -> Iterator[ColumnElement[bool]]:
    if looking.states:
        yield Message.state.in_(looking.states)
    if looking.channel is not None:
        yield Message.channel == looking.channel
    if looking.since is not None:
        yield Message.created_at >= looking.since
    if looking.before is not None:
        yield Message.id < looking.before
    if looking.held:
        yield Message.held_since.is_not(None)


async def _failures(session: AsyncSession, seen: Seen, now: datetime) -> list[tuple[str, int]]:
    rows = await session.execute(
        select(func.coalesce(Message.error_code, ""), func.count())
        .where(
            Message.state.in_(FAILED),
            Message.state_changed_at > now - DAY,
            seen.clause,
        )
        .group_by(Message.error_code)
        .order_by(func.count().desc())
    )
    return [(code, count) for code, count in rows]
