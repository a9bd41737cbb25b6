"""Writing down what became of a message. The rules are in delivery.py; here they meet the row.

Every change is made under the row's lock, in the message's own organization; a final state puts
the job `message_outcome` on the queue in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import select, text

from notify.delivery import (
    FINAL,
    WAITING,
    CodeClass,
    MessageState,
    Outcome,
    SendResult,
    after_attempt,
    after_status,
    class_of_code,
    wait_before,
)
from notify.models import Message
from notify.suppression import SuppressionReason, suppress
from notify.threads import withdraw_question
from shared.jobs import Job, defer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

log = structlog.get_logger()
# A fault of ours while checking or wording a message: it is tried again, but not for ever.
MAX_FAULTS = 8
NEVER_ARRIVED = frozenset({MessageState.FAILED, MessageState.SUPPRESSED, MessageState.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which try of which message: a record under an older fence changes nothing."""

    organization_id: UUID
    message_id: UUID
    fence: int
    address_hash: bytes


@dataclass(frozen=True, slots=True)
class StatusWord:
    """A provider's word about a message."""

    sid: str
    status: str
    error_code: str | None
    recipient_hash: bytes | None


async def locked(
    session: AsyncSession, message_id: UUID, *, skip_locked: bool = False
) -> Message | None:
    """The row under its lock; with `skip_locked` None when another worker holds it."""
    found: Message | None = await session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .with_for_update(skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )
    return found


async def change_state(
    session: AsyncSession,
    row: Message,
    state: MessageState,
    now: datetime,
    *,
    reason: str | None = None,
    error_code: str | None = None,
) -> None:
    """Bring the row into a state; a final one is told upwards."""
    row.state, row.state_changed_at = state, now
    row.reason, row.error_code = reason, error_code
    row.lease_until = None
    row.not_before = None
    if state in {MessageState.SENT, MessageState.DELIVERED}:
        row.sent_at = row.sent_at or now
    if state is MessageState.DELIVERED:
        row.delivered_at = now
    if state in NEVER_ARRIVED and row.is_question:
        await withdraw_question(session, row.organization_id, row.id)
    if state in FINAL:
        row.outcome_told_at, row.outcome_attempts = None, 0
        await defer(session, Job.MESSAGE_OUTCOME, row.organization_id, row.id)
    await session.flush()


async def record_attempt(
    session: AsyncSession, attempt: Attempt, result: SendResult, now: datetime, chance: float
) -> None:
    """Write one attempt's outcome, unless a later claim or the provider's callback came first."""
    row = await locked(session, attempt.message_id)
    if row is None or row.fence != attempt.fence:
        log.warning("late_record_dropped", message_id=str(attempt.message_id))
        return
    row.provider_sid = row.provider_sid or result.provider_sid
    if row.state not in {MessageState.CLAIMED, MessageState.IN_DOUBT}:
        return
    step = after_attempt(row.channel, result, attempts=row.attempts, now=now, chance=chance)
    opted_out = result.outcome is Outcome.OPTED_OUT
    if opted_out:
        await suppress(
            session, row.organization_id, attempt.address_hash, SuppressionReason.CARRIER_STOP, now
        )
    await change_state(
        session,
        row,
        step.state,
        now,
        reason="opted_out" if opted_out else None,
        error_code=result.error_code,
    )
    row.not_before = step.not_before


async def record_fault(session: AsyncSession, message_id: UUID, now: datetime) -> None:
    """A fault of ours before anything was sent: count it, try later, give up in the end."""
    row = await locked(session, message_id)
    if row is None or row.state not in WAITING:
        return  # another worker has it
    row.attempts += 1
    if row.attempts >= MAX_FAULTS:
        await change_state(session, row, MessageState.FAILED, now, reason="could_not_be_worded")
        return
    await change_state(session, row, MessageState.RETRY_AT, now)
    row.not_before = now + wait_before(row.attempts, 0.5)


async def record_status(
    session: AsyncSession, message_id: UUID, word: StatusWord, now: datetime
) -> None:
    """Take over a provider's word, in whatever order words arrive."""
    row = await locked(session, message_id)
    if row is None or (row.provider_sid is not None and row.provider_sid != word.sid):
        return
    row.provider_sid = word.sid
    if class_of_code(word.error_code) is CodeClass.OPT_OUT and word.recipient_hash is not None:
        await suppress(
            session, row.organization_id, word.recipient_hash, SuppressionReason.CARRIER_STOP, now
        )
    state = after_status(row.state, word.status)
    if state is not None:
        await change_state(session, row, state, now, error_code=word.error_code)


async def home_of_message(
    session: AsyncSession, message_id: UUID | None, sid: str
) -> tuple[UUID, UUID] | None:
    """(message, organization) that a callback is about: by our id in its address, else by sid."""
    found = await session.execute(
        text("select message_id, organization_id from home_of_message(:message, :sid)"),
        {"message": message_id, "sid": sid},
    )
    row = found.one_or_none()
    return (row.message_id, row.organization_id) if row is not None else None
