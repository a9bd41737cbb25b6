"""Claiming a message: the last moment at which everything is checked, and its words are made.

One transaction under the message's organization: row lock, the source's consent and state,
suppression, quiet hours, one question per phone; then attempt, lease and fence are committed
before a single byte leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from notify.channels import Mail, Text
from notify.delivery import (
    LEASE,
    WAITING,
    Channel,
    MessageState,
    after_expired_lease,
)
from notify.models import Suppression
from notify.outbox import as_queued, without_links
from notify.progress import Attempt, change_state, locked
from notify.quiet_hours import Later, at_any_hour, may_text
from notify.sender_numbers import sender_number_of
from notify.sources import (
    Drop,
    Hold,
    QueuedMessage,
    RenderedMail,
    RenderedText,
    Send,
    source_named,
)
from notify.suppression import SuppressionReason, email_hash, phone_hash
from notify.threads import Asking, ask
from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.channels import Channels
    from notify.models import Message
    from shared.database import Database

PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send now."""

    attempt: Attempt
    parcel: Text | Mail


@dataclass(frozen=True, slots=True)
class _Passed:
    """Every check passed."""

    address: str
    address_hash: bytes
    sender: str
    validity: timedelta


async def claim(
    database: Database,
    channels: Channels,
    organization_id: UUID,
    message_id: UUID,
    now: datetime,
) -> Claimed | None:
    """Take the message to send it; None when it is not (or not any more, or not yet) ours."""
    context = Context(organization_id=organization_id, actor="worker")
    async with database.transaction(context) as session:
        row = await locked(session, message_id, skip_locked=True)
        if row is None:
            return None
        if row.state is MessageState.CLAIMED:
            await _take_over(session, row, now)
        if row.state not in WAITING or (row.not_before is not None and row.not_before > now):
            return None
        return await _claim_row(session, row, channels, now)


async def _take_over(session: AsyncSession, row: Message, now: datetime) -> None:
    """A lease that ran out: a text stays in doubt, an e-mail waits for another try."""
    if row.lease_until is not None and row.lease_until <= now:
        await change_state(
            session, row, after_expired_lease(row.channel), now, error_code="worker_lost"
        )


async def _claim_row(
    session: AsyncSession, row: Message, channels: Channels, now: datetime
) -> Claimed | None:
    message = as_queued(row)
    source = source_named(row.source)
    verdict = await _verdict(session, row, message, channels, now)
    if isinstance(verdict, Drop):
        await change_state(session, row, MessageState.SUPPRESSED, now, reason=verdict.reason[:60])
        return None
    if isinstance(verdict, Hold):
        await change_state(session, row, MessageState.QUEUED, now, reason=verdict.why[:60])
        row.not_before = verdict.until
        return None
    words = await source.render(session, message, now)
    _check_kind(row, words)
    row.body = without_links(words.body if isinstance(words, RenderedText) else _as_text(words))
    _lease(row, now)
    await session.flush()
    attempt = Attempt(row.organization_id, row.id, row.fence, verdict.address_hash)
    return Claimed(attempt, _parcel(row, verdict, words, now))


async def _verdict(
    session: AsyncSession,
    row: Message,
    message: QueuedMessage,
    channels: Channels,
    now: datetime,
) -> _Passed | Hold | Drop:
    is_text = row.channel is Channel.SMS
    if (channels.texts if is_text else channels.mails) is None:
        return Drop("channel_not_configured")
    asked = await source_named(row.source).may_send(session, message, now)
    if not isinstance(asked, Send):
        return asked
    address_hash = phone_hash(asked.address) if is_text else email_hash(asked.address)
    if await _is_stopped(session, row, address_hash):
        return Drop("opted_out")
    if not is_text:
        return _Passed(asked.address, address_hash, "", LEASE)
    return await _text_verdict(session, row, asked, address_hash, now)


async def _text_verdict(
    session: AsyncSession, row: Message, asked: Send, address_hash: bytes, now: datetime
) -> _Passed | Hold | Drop:
    sender = await sender_number_of(session, row.organization_id)
    if sender is None:
        return Drop("channel_not_configured")
    free = row.is_reply or asked.any_hour
    moment = at_any_hour() if free else may_text(now, asked.time_zone)
    if isinstance(moment, Later):
        return Hold(moment.until, "quiet_hours")
    if row.is_question:
        asking = Asking(
            row.id,
            row.template,
            row.subject_id,
            waits_for_others=row.recipient_kind == PATIENT and not row.is_reply,
        )
        waits_until = await ask(session, row.organization_id, address_hash, asking, now)
        if waits_until is not None:
            return Hold(waits_until, "open_question")
    return _Passed(asked.address, address_hash, sender, moment.validity)


async def _is_stopped(session: AsyncSession, row: Message, address_hash: bytes) -> bool:
    """Whether the address must not be written to.

    A revocation in free text, which the carrier does not know, is confirmed exactly once.
    """
    stop = await session.scalar(
        select(Suppression)
        .where(
            Suppression.organization_id == row.organization_id,
            Suppression.address_hash == address_hash,
        )
        .with_for_update()
    )
    if stop is None:
        return False
    if not row.confirms_opt_out or stop.reason != SuppressionReason.OWN_WORDS:
        return True
    if stop.confirmed_by_message_id is None:
        stop.confirmed_by_message_id = row.id
    return stop.confirmed_by_message_id != row.id


def _check_kind(row: Message, words: RenderedText | RenderedMail) -> None:
    expected = RenderedText if row.channel is Channel.SMS else RenderedMail
    if not isinstance(words, expected):
        msg = f"The source worded {row.template} for another channel."
        raise TypeError(msg)


def _lease(row: Message, now: datetime) -> None:
    row.state, row.state_changed_at = MessageState.CLAIMED, now
    row.reason, row.error_code, row.not_before = None, None, None
    row.attempts += 1
    row.fence += 1
    row.claimed_at, row.lease_until = now, now + LEASE


def _as_text(words: RenderedMail) -> str:
    return f"{words.subject}\n\n{words.text}"


def _parcel(
    row: Message, passed: _Passed, words: RenderedText | RenderedMail, now: datetime
) -> Text | Mail:
    if isinstance(words, RenderedText):
        return Text(row.id, passed.sender, passed.address, words.body, passed.validity)
    return Mail(row.id, passed.address, words, now)
