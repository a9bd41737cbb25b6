"""What the last text asked a phone, per organization: the question that a bare digit answers.

One question per phone at a time. It gives way after 48 hours, and at once to a new question about
the same subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from notify.delivery import MessageState
from notify.models import Message, PhoneThread
from shared.identifiers import new_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

QUESTION_GIVES_WAY_AFTER = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What a phone was asked last."""

    template: str
    subject_id: UUID
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    """A question on its way out."""

    message_id: UUID
    template: str
    subject_id: UUID
    waits_for_others: bool


async def open_question(
    session: AsyncSession, organization_id: UUID, phone_hash: bytes
) -> OpenQuestion | None:
    """The open question of a phone, however old: a late digit still answers it (worker role)."""
    thread = await _thread(session, organization_id, phone_hash)
    if thread is None or thread.open_template is None or thread.open_subject_id is None:
        return None
    if thread.asked_at is None:
        return None
    return OpenQuestion(thread.open_template, thread.open_subject_id, thread.asked_at)


async def close_question(session: AsyncSession, organization_id: UUID, phone_hash: bytes) -> None:
    """The question was answered, here or elsewhere: texts that waited for it may go."""
    await session.execute(
        text("select close_question(:organization, :hash)"),
        {"organization": organization_id, "hash": phone_hash},
    )


async def keep_for_reply(
    session: AsyncSession, organization_id: UUID, phone_hash: bytes, subject_id: UUID, now: datetime
) -> None:
    """Our reply about this subject, if it was just queued and asks again, is the next question.

    Another subject's question, which an answer lets go, could leave before it and would then be
    answered with the digit that was meant for the reply (worker role).
    """
    reply = await session.scalar(
        select(Message)
        .where(
            Message.organization_id == organization_id,
            Message.subject_id == subject_id,
            Message.state == MessageState.QUEUED,
            Message.is_reply,
            Message.is_question,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    if reply is not None:
        asking = Asking(reply.id, reply.template, subject_id, waits_for_others=False)
        await ask(session, organization_id, phone_hash, asking, now)


async def count_unclear(session: AsyncSession, organization_id: UUID, phone_hash: bytes) -> int:
    """One more reply that nobody understood; how many in a row (worker role)."""
    await _ensure(session, organization_id, phone_hash)
    thread = await _thread(session, organization_id, phone_hash, lock=True)
    if thread is None:
        return 1
    thread.unclear_replies += 1
    await session.flush()
    return thread.unclear_replies


async def forget_unclear(session: AsyncSession, organization_id: UUID, phone_hash: bytes) -> None:
    """A reply was understood (worker role)."""
    thread = await _thread(session, organization_id, phone_hash, lock=True)
    if thread is not None:
        thread.unclear_replies = 0


async def ask(
    session: AsyncSession, organization_id: UUID, phone_hash: bytes, asking: Asking, now: datetime
) -> datetime | None:
    """Make this the phone's open question; or the time until which it must wait for another's."""
    await _ensure(session, organization_id, phone_hash)
    thread = await _thread(session, organization_id, phone_hash, lock=True)
    if thread is None:
        return None
    if asking.waits_for_others and thread.asked_at is not None:
        gives_way_at = thread.asked_at + QUESTION_GIVES_WAY_AFTER
        if thread.open_subject_id != asking.subject_id and gives_way_at > now:
            return gives_way_at
    thread.open_message_id = asking.message_id
    thread.open_template = asking.template
    thread.open_subject_id = asking.subject_id
    thread.asked_at = now
    thread.unclear_replies = 0
    await session.flush()
    return None


async def withdraw_question(session: AsyncSession, organization_id: UUID, message_id: UUID) -> None:
    """The text that asked it never arrived."""
    await session.execute(
        text("select withdraw_question(:organization, :message)"),
        {"organization": organization_id, "message": message_id},
    )


async def _ensure(session: AsyncSession, organization_id: UUID, phone_hash: bytes) -> None:
    await session.execute(
        insert(PhoneThread)
        .values(
            id=new_id(), organization_id=organization_id, phone_hash=phone_hash, unclear_replies=0
        )
        .on_conflict_do_nothing()
    )


async def _thread(
    session: AsyncSession, organization_id: UUID, phone_hash: bytes, *, lock: bool = False
) -> PhoneThread | None:
    query = (
        select(PhoneThread)
        .where(PhoneThread.organization_id == organization_id, PhoneThread.phone_hash == phone_hash)
        .execution_options(populate_existing=True)
    )
    if lock:
        query = query.with_for_update()
    return await session.scalar(query)
