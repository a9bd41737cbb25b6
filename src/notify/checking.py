"""What is looked at in the claim transaction: whether a message may go to this address now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from notify.delivery import LEASE, Channel
from notify.models import Suppression
from notify.outbox import as_queued
from notify.quiet_hours import Later, at_any_hour, may_text
from notify.sources import Drop, Hold, QueuedMessage, ReadsAhead, Send, source_named
from notify.suppression import SuppressionReason, email_hash, phone_hash
from notify.threads import Asking, ask

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.channels import Channels
    from notify.models import Message, SenderNumber

PATIENT = "patient"
NOT_CONFIGURED = Drop("channel_not_configured")


@dataclass(frozen=True, slots=True)
class Passed:
    """Every check passed."""

    address: str
    address_hash: bytes
    sender: str
    validity: timedelta


@dataclass(frozen=True, slots=True)
class Addressed:
    """The source says yes; this is where to."""

    send: Send
    address_hash: bytes


@dataclass(slots=True)
class Checks:
    """What the checks of one batch share."""

    session: AsyncSession
    organization_id: UUID
    channels: Channels
    number: SenderNumber | None
    now: datetime
    # One by one each address is held against STOP before anything else is done; a batch is worded
    # first and its addresses looked up together, which finds one of them stopped but rarely.
    one_by_one: bool = True
    passed: set[bytes] = field(default_factory=set)
    read_ahead: list[object] = field(default_factory=list)

    async def prepare(self, rows: Sequence[Message]) -> None:
        """Let each source read what it needs of all its messages in a few statements."""
        by_source: dict[str, list[QueuedMessage]] = {}
        for row in rows if len(rows) > 1 else ():
            by_source.setdefault(row.source, []).append(as_queued(row))
        for name, messages in by_source.items():
            source = source_named(name)
            if isinstance(source, ReadsAhead):
                self.read_ahead += await source.read_ahead(self.session, messages)

    async def ask_source(self, row: Message) -> Addressed | Hold | Drop:
        """Consent, flags, state and address, as they are now."""
        is_text = row.channel is Channel.SMS
        if (self.channels.texts if is_text else self.channels.mails) is None:
            return NOT_CONFIGURED
        asked = await source_named(row.source).may_send(self.session, as_queued(row), self.now)
        if not isinstance(asked, Send):
            return asked
        if is_text and self.number is None:
            return NOT_CONFIGURED
        hashed = phone_hash(asked.address) if is_text else email_hash(asked.address)
        return Addressed(asked, hashed)

    async def is_stopped(self, row: Message, address_hash: bytes) -> bool:
        """Whether the address must not be written to.

        A revocation in free text, which the carrier does not know, is confirmed exactly once.
        """
        if not self.one_by_one:
            self.passed.add(address_hash)
            return False
        stop = next(iter(await self._stops({address_hash})), None)
        if stop is None:
            return False
        if not row.confirms_opt_out or stop.reason != SuppressionReason.OWN_WORDS:
            return True
        if stop.confirmed_by_message_id is None:
            stop.confirmed_by_message_id = row.id
        return stop.confirmed_by_message_id != row.id

    async def none_is_stopped(self) -> bool:
        """Whether a batch's look-up, made in one go at its end, found nobody who said STOP."""
        return not (self.passed and await self._stops(self.passed))

    async def _stops(self, hashes: set[bytes]) -> Sequence[Suppression]:
        found = await self.session.scalars(
            select(Suppression)
            .where(
                Suppression.organization_id == self.organization_id,
                Suppression.address_hash.in_(hashes),
            )
            .order_by(Suppression.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return found.all()


async def checked(checks: Checks, row: Message) -> Passed | Hold | Drop:
    """The source's yes, held against STOP, hours and open questions."""
    verdict = await checks.ask_source(row)
    if not isinstance(verdict, Addressed):
        return verdict
    if await checks.is_stopped(row, verdict.address_hash):
        return Drop("opted_out")
    if row.channel is not Channel.SMS:
        return Passed(verdict.send.address, verdict.address_hash, "", LEASE)
    return await _text_verdict(checks, row, verdict)


async def _text_verdict(checks: Checks, row: Message, verdict: Addressed) -> Passed | Hold | Drop:
    if checks.number is None:
        return NOT_CONFIGURED
    free = row.is_reply or verdict.send.any_hour
    moment = at_any_hour() if free else may_text(checks.now, verdict.send.time_zone)
    if isinstance(moment, Later):
        return Hold(moment.until, "quiet_hours")
    if row.is_question:
        asking = Asking(
            row.id,
            row.template,
            row.subject_id,
            waits_for_others=row.recipient_kind == PATIENT and not row.is_reply,
        )
        waits_until = await ask(
            checks.session, row.organization_id, verdict.address_hash, asking, checks.now
        )
        if waits_until is not None:
            return Hold(waits_until, "open_question")
    return Passed(verdict.send.address, verdict.address_hash, checks.number.number, moment.validity)
