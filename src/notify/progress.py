"""Writing down what became of a message: the table of states.py meets the row.

Every change is made under the row's lock, in the message's own organization; a final state puts
the job `message_outcome` on the queue in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import select, text

from notify import history
from notify.codes import ALERTING, CodeClass, class_of_code
from notify.delivery import (
    WAITING,
    Channel,
    Event,
    MessageState,
    Outcome,
    SendResult,
    ask_provider_at,
    event_of_attempt,
    event_of_status,
    wait_after,
)
from notify.models import Message, MessageEvent
from notify.states import May, Step, step
from notify.suppression import SuppressionReason, suppress
from notify.threads import withdraw_question
from shared.jobs import Job, defer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

log = structlog.get_logger()
# A fault of ours while checking or wording a message: it is tried again, but not for ever.
MAX_FAULTS = 8
MIDDLE = 0.5  # of the spread, where nobody else retries at the same moment
NEVER_ARRIVED = frozenset({MessageState.FAILED, MessageState.SUPPRESSED, MessageState.UNDELIVERED})
TAKEN = frozenset({MessageState.SENT, MessageState.DELIVERED})


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


@dataclass(frozen=True, slots=True)
class Because:
    """What is written beside a change: our reason, the provider's code and id, the person."""

    reason: str | None = None
    code: str | None = None
    sid: str | None = None
    person_id: UUID | None = None
    not_before: datetime | None = None


NOTHING = Because()


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


async def happened(
    session: AsyncSession,
    row: Message,
    event: Event,
    now: datetime,
    because: Because = NOTHING,
) -> bool:
    """The only way a message changes its state; False when the event changes nothing here."""
    found = step(row.state, event)
    if found is None:
        return False
    history.note(
        session,
        row,
        event,
        now,
        code=because.code or because.reason,
        sid=because.sid,
        person_id=because.person_id,
    )
    asked_a_person = row.needs_person_since is not None
    _move(row, found, now, because)
    if row.needs_person_since is None and _alerts(row):
        row.needs_person_since = now
        log.error("code_needs_person", message_id=str(row.id), code=row.error_code)
    if found.to in NEVER_ARRIVED and row.is_question:
        await withdraw_question(session, row.organization_id, row.id)
    if May.TELL in found.may or asked_a_person:
        await tell(session, row)
    return True


async def tell(session: AsyncSession, row: Message) -> None:
    """Have the slice above told, by its job, how the message stands."""
    row.outcome_told_at, row.outcome_attempts = None, 0
    await defer(session, Job.MESSAGE_OUTCOME, row.organization_id, row.id)


def _move(row: Message, found: Step, now: datetime, because: Because) -> None:
    row.state, row.state_changed_at = found.to, now
    row.reason, row.error_code = because.reason, because.code
    row.not_before = because.not_before
    row.lease_until = None
    row.needs_person_since = None
    if found.to in TAKEN:
        row.sent_at = row.sent_at or now
    if found.to is MessageState.DELIVERED:
        row.delivered_at = now
    asks = May.ASK_PROVIDER in found.may and row.channel is Channel.SMS
    since = row.claimed_at or now
    row.ask_provider_at = ask_provider_at(since, now) if asks else None
    if found.to not in {MessageState.CLAIMED, MessageState.IN_DOUBT}:
        row.recipient = None


def _alerts(row: Message) -> bool:
    ended_badly = row.state in {MessageState.FAILED, MessageState.UNDELIVERED}
    return (
        ended_badly
        and row.channel is Channel.SMS
        and row.error_code is not None
        and class_of_code(row.error_code) in ALERTING
    )


async def record_attempts(
    session: AsyncSession,
    results: list[tuple[Attempt, SendResult]],
    now: datetime,
    chance: float,
) -> None:
    """Write the outcomes of attempts of one organization, in one go."""
    ids = [attempt.message_id for attempt, _ in results]
    rows = await session.scalars(
        select(Message)
        .where(Message.id.in_(ids))
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    for attempt, result in results:
        row = found.get(attempt.message_id)
        if row is not None:
            await _record(session, row, (attempt, result), now, chance)


async def _record(
    session: AsyncSession,
    row: Message,
    outcome: tuple[Attempt, SendResult],
    now: datetime,
    chance: float,
) -> None:
    """One attempt's outcome, unless a later claim or the provider's callback came first."""
    attempt, result = outcome
    if _is_second(row, attempt, result):
        history.note(session, row, history.SECOND_ID, now, sid=result.provider_sid)
        log.error("message_sent_twice", message_id=str(row.id))
        return
    if row.fence != attempt.fence:
        log.warning("late_record_dropped", message_id=str(row.id))
        return
    if row.state not in WAITING:
        row.provider_sid = row.provider_sid or result.provider_sid
    event = event_of_attempt(row.channel, result, attempts=row.attempts)
    if step(row.state, event) is None:
        return
    opted_out = event is Event.OPTED_OUT
    if opted_out:
        await suppress(
            session, row.organization_id, attempt.address_hash, SuppressionReason.CARRIER_STOP, now
        )
    again = event in {Event.NOT_SENT, Event.MAIL_UNCLEAR}
    wait = wait_after(result.error_code, attempts=row.attempts, chance=chance)
    because = Because(
        reason="opted_out" if opted_out else None,
        code=result.error_code,
        sid=result.provider_sid,
        not_before=now + wait if again else None,
    )
    await happened(session, row, event, now, because)


def _is_second(row: Message, attempt: Attempt, result: SendResult) -> bool:
    """The provider took it, and had taken it before, or another worker has it by now."""
    if result.outcome is not Outcome.ACCEPTED or result.provider_sid is None:
        return False
    other = row.provider_sid not in {None, result.provider_sid}
    return other or row.fence != attempt.fence


async def record_fault(session: AsyncSession, message_id: UUID, now: datetime) -> None:
    """A fault of ours before anything was sent: count it, try later, give up in the end."""
    row = await locked(session, message_id)
    if row is None or row.state not in WAITING:
        return  # another worker has it
    row.attempts += 1
    if row.attempts >= MAX_FAULTS:
        spent = Because(reason="could_not_be_worded")
        await happened(session, row, Event.FAULTS_SPENT, now, spent)
        return
    wait = wait_after(None, attempts=row.attempts, chance=MIDDLE)
    await happened(session, row, Event.FAULT, now, Because(not_before=now + wait))


async def record_ended_lease(session: AsyncSession, message_id: UUID, now: datetime) -> bool:
    """A claim whose worker never came back: a text stays in doubt, a mail goes again."""
    row = await locked(session, message_id, skip_locked=True)
    if row is None or row.state is not MessageState.CLAIMED:
        return False
    if row.lease_until is None or row.lease_until > now:
        return False
    is_text = row.channel is Channel.SMS
    event = Event.LEASE_ENDED if is_text else Event.MAIL_LEASE_ENDED
    return await happened(session, row, event, now, Because(code="worker_lost"))


async def record_status(
    session: AsyncSession, message_id: UUID, word: StatusWord, now: datetime
) -> None:
    """Take over a provider's word, in whatever order words arrive."""
    row = await locked(session, message_id)
    if row is None or row.provider_sid not in {None, word.sid}:
        return
    if row.provider_sid is None and await is_spent(session, row, word.sid):
        return
    row.provider_sid = word.sid
    if class_of_code(word.error_code) is CodeClass.OPT_OUT and word.recipient_hash is not None:
        await suppress(
            session, row.organization_id, word.recipient_hash, SuppressionReason.CARRIER_STOP, now
        )
    event = event_of_status(word.status, word.error_code, attempts=row.attempts)
    if event is None:
        log.error("provider_status_unknown", message_id=str(row.id), status=word.status[:40])
    if event is None or not await _heed(session, row, event, word, now):
        history.note(session, row, history.PROVIDER_SAID, now, code=word.status, sid=word.sid)
    await session.flush()


async def _heed(
    session: AsyncSession, row: Message, event: Event, word: StatusWord, now: datetime
) -> bool:
    wait = None
    if event is Event.RETURNED and step(row.state, event) is not None:
        row.provider_sid = None  # its next try gets another
        wait = now + wait_after(word.error_code, attempts=row.attempts, chance=MIDDLE)
    because = Because(code=word.error_code, sid=word.sid, not_before=wait)
    return await happened(session, row, event, now, because)


async def is_spent(session: AsyncSession, row: Message, sid: str) -> bool:
    """Whether this id belonged to a try that the carrier gave back."""
    if row.attempts == 0:
        return False
    found = await session.scalar(
        select(MessageEvent.id).where(
            MessageEvent.organization_id == row.organization_id,
            MessageEvent.message_id == row.id,
            MessageEvent.kind == str(Event.RETURNED),
            MessageEvent.sid == sid,
        )
    )
    return found is not None


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
