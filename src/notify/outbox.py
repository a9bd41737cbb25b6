"""Putting a message into the outbox, and reading what became of those about one subject.

The row is written in the business transaction, whose commit wakes the workers: no referral moves
without its message and no message goes out for a move that was rolled back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.dialects.postgresql import insert

from notify.delivery import Channel, MessageState
from notify.models import Message, MessageSubject
from notify.sources import QueuedMessage
from notify.words import state_words
from shared import clock

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import CursorResult
    from sqlalchemy.ext.asyncio import AsyncSession

# A link in a mail is a key to one referral or to a mailbox's yes: the timeline shows that there
# was one, not which.
LINK = re.compile(r"(/(?:r|confirm)/)[A-Za-z0-9_-]{16,}")
LINK_SHOWN_AS = r"\1…"
# Heard by every worker when this transaction commits, once however often it is said in it.
WAKE_CHANNEL = "handback_message"
WAKE = text(f"select pg_notify('{WAKE_CHANNEL}', '')")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to send. It names its recipient by kind and id; the address is found at claim.

    `deduplication_key` is unique within the organization. `confirms_opt_out` marks the one text
    that may still follow a free-text revocation (P9).
    """

    organization_id: UUID
    source: str
    subject_id: UUID
    template: str
    language: str
    channel: Channel | str
    recipient_kind: str
    recipient_id: UUID
    deduplication_key: str
    params: dict[str, str] = field(default_factory=dict)
    priority: int = 0
    is_question: bool = False
    is_reply: bool = False
    confirms_opt_out: bool = False
    # What else it names: it stands in the story of each of these, too.
    also_about: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageStory:
    """One message as the timeline tells it; `body` is what was sent, None before that."""

    id: UUID
    subject_id: UUID
    template: str
    channel: Channel
    recipient_kind: str
    recipient_id: UUID
    state: MessageState
    state_words: str
    reason: str | None
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    not_before: datetime | None
    error_code: str | None
    body: str | None
    # In doubt for long, or a code that somebody has to look at.
    needs_person_since: datetime | None = None


async def queue_message(
    session: AsyncSession, new: NewMessage, now: datetime | None = None
) -> UUID | None:
    """Write the message in the caller's transaction, which wakes the workers when it commits.

    None when the key was used.

    The writer may be the other party of the referral, who can't read the row back: so everything
    is made here, and ON CONFLICT names no column (naming one would need the right to select).
    """
    row = _row(new, now or clock.now())
    values = {column.key: getattr(row, column.key) for column in Message.__table__.columns}
    await session.flush()
    result: CursorResult[tuple[()]] = await session.execute(  # type: ignore[assignment]
        insert(Message).values(values).on_conflict_do_nothing()
    )
    if result.rowcount == 0:
        return None
    session.add_all(
        MessageSubject(organization_id=new.organization_id, subject_id=each, message_id=row.id)
        for each in new.also_about
    )
    await session.execute(WAKE)
    return row.id


async def messages_of(session: AsyncSession, subject_id: UUID) -> list[MessageStory]:
    """Every message about a subject that this organization owns, oldest first."""
    naming = select(MessageSubject.message_id).where(MessageSubject.subject_id == subject_id)
    rows = await session.scalars(
        select(Message)
        .where(or_(Message.subject_id == subject_id, Message.id.in_(naming)))
        .order_by(Message.created_at, Message.id)
    )
    return [story_of(row) for row in rows]


async def other_subjects(session: AsyncSession, message_id: UUID) -> list[UUID]:
    """What a message names beside its first subject."""
    found = await session.scalars(
        select(MessageSubject.subject_id)
        .where(MessageSubject.message_id == message_id)
        .order_by(MessageSubject.subject_id)
    )
    return list(found)


async def message_of(session: AsyncSession, message_id: UUID) -> MessageStory | None:
    """One message of this organization (for the job `message_outcome`)."""
    row = await session.get(Message, message_id)
    return story_of(row) if row is not None else None


def as_queued(row: Message) -> QueuedMessage:
    """The row as its source sees it."""
    return QueuedMessage(
        id=row.id,
        organization_id=row.organization_id,
        source=row.source,
        subject_id=row.subject_id,
        template=row.template,
        language=row.language,
        channel=row.channel,
        recipient_kind=row.recipient_kind,
        recipient_id=row.recipient_id,
        params={key: str(value) for key, value in row.params.items()},
        priority=row.priority,
        is_question=row.is_question,
        is_reply=row.is_reply,
        created_at=row.created_at,
    )


def without_links(body: str) -> str:
    """The body as it is kept: a stored link would let staff act in the agency's name."""
    return LINK.sub(LINK_SHOWN_AS, body)


def _row(new: NewMessage, now: datetime) -> Message:
    return Message(
        organization_id=new.organization_id,
        source=new.source,
        subject_id=new.subject_id,
        template=new.template,
        language=new.language,
        channel=Channel(new.channel),
        recipient_kind=new.recipient_kind,
        recipient_id=new.recipient_id,
        params=new.params,
        deduplication_key=new.deduplication_key,
        priority=new.priority,
        is_question=new.is_question,
        is_reply=new.is_reply,
        confirms_opt_out=new.confirms_opt_out,
        state=MessageState.QUEUED,
        attempts=0,
        fence=0,
        created_at=now,
        state_changed_at=now,
        outcome_attempts=0,
        provider_asked=0,
    )


def story_of(row: Message) -> MessageStory:
    """The row as the timeline tells it."""
    return MessageStory(
        id=row.id,
        subject_id=row.subject_id,
        template=row.template,
        channel=row.channel,
        recipient_kind=row.recipient_kind,
        recipient_id=row.recipient_id,
        state=row.state,
        state_words=state_words(row.state, row.reason, row.error_code),
        reason=row.reason,
        created_at=row.created_at,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        not_before=row.not_before,
        error_code=row.error_code,
        body=row.body,
        needs_person_since=row.needs_person_since,
    )
