"""Asking the provider about texts whose end nobody told us: doubts by its list, sent ones by id.

When to ask next stands in the row and is committed before the question, so a worker that dies
loses nothing and asks nobody twice a second. No transaction is open while the provider answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select, text

from notify import history
from notify.channels import CannotAsk
from notify.delivery import PERSON_AFTER, Channel, MessageState, ask_provider_at
from notify.models import Message, MessageEvent
from notify.outbox import without_links
from notify.progress import StatusWord, locked, record_status, tell
from notify.proving import Tried, listed_since, proof_of
from shared.database import Context

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.channels import TextChannel
    from notify.delivery import KnownText
    from notify.worker import Sender

log = structlog.get_logger()
ASKED_AT_MOST = 200
ASKED_AT_ONCE = 4
AGAIN_AFTER = timedelta(seconds=5)
TO_ASK = text("select organization_id, message_id from messages_to_ask(:now, :most)")
# One proof at a time in an organization: two could take the same entry.
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended(:organization, 16))")
UNPROVEN = (MessageState.CLAIMED, MessageState.IN_DOUBT)
ASKED_STATES = frozenset({MessageState.IN_DOUBT, MessageState.SENT})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one message."""

    organization_id: UUID
    message_id: UUID
    sid: str | None
    tried: Tried | None


async def ask_provider(sender: Sender, *, at_once: int = ASKED_AT_ONCE) -> int:
    """Ask about everything whose time has come; how many ends were found.

    A provider that does not answer is left alone for a moment: what could not be asked counts as
    not asked, so one refusal does not cost all others their turn.
    """
    texts = sender.channels.texts
    async with sender.database.transaction(Context(actor="worker")) as session:
        rows = await session.execute(TO_ASK, {"now": sender.clock(), "most": ASKED_AT_MOST})
        waiting = [(row.organization_id, row.message_id) for row in rows]
    places, away = asyncio.Semaphore(at_once), asyncio.Event()

    async def ask(organization_id: UUID, message_id: UUID) -> bool:
        async with places:
            question = await _begin(sender, organization_id, message_id)
            if question is None or texts is None:
                return False
            try:
                if not away.is_set():
                    return await _ask(sender, texts, question)
            except CannotAsk:
                away.set()
                log.warning("provider_not_asked", message_id=str(message_id))
            await _put_back(sender, question)
            return False

    return sum(await asyncio.gather(*(ask(*each) for each in waiting)))


async def _begin(sender: Sender, organization_id: UUID, message_id: UUID) -> Question | None:
    """Set the next time before anything is asked; call a person when it has lasted too long."""
    now = sender.clock()
    context = Context(organization_id=organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        row = await locked(session, message_id, skip_locked=True)
        if row is None or row.ask_provider_at is None or row.ask_provider_at > now:
            return None
        since = row.claimed_at or row.state_changed_at
        row.provider_asked += 1
        row.ask_provider_at = ask_provider_at(since, now) if row.state in ASKED_STATES else None
        if row.state is MessageState.IN_DOUBT and now - since >= PERSON_AFTER:
            await _call_person(session, row, now)
        return Question(organization_id, row.id, row.provider_sid, _tried(row))


async def _put_back(sender: Sender, question: Question) -> None:
    now = sender.clock()
    context = Context(organization_id=question.organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        row = await locked(session, question.message_id, skip_locked=True)
        if row is None or row.state not in ASKED_STATES:
            return
        row.provider_asked -= 1
        soon = now + AGAIN_AFTER
        row.ask_provider_at = min(soon, row.ask_provider_at or soon)


async def _call_person(session: AsyncSession, row: Message, now: datetime) -> None:
    """The doubt has lasted: a person is asked; the message stays in doubt."""
    if row.needs_person_since is not None:
        return
    row.needs_person_since = now
    history.note(session, row, history.NEEDS_PERSON, now, code=row.error_code)
    await tell(session, row)


async def _ask(sender: Sender, texts: TextChannel, question: Question) -> bool:
    if question.sid is not None:
        found = await texts.text_by_id(question.sid)
        return found is not None and await _end(sender, question, [found])
    if question.tried is None:
        return False
    listed = await texts.texts_to(question.tried.recipient, listed_since(question.tried))
    kept = [replace(each, body=without_links(each.body)) for each in listed]
    return await _end(sender, question, kept)


async def _end(sender: Sender, question: Question, listed: list[KnownText]) -> bool:
    """Take over what the provider knows, if it proves anything."""
    now = sender.clock()
    context = Context(organization_id=question.organization_id, actor="worker")
    async with sender.database.transaction(context) as session:
        await session.execute(ONE_AT_A_TIME, {"organization": str(question.organization_id)})
        row = await locked(session, question.message_id)
        if row is None or row.state not in ASKED_STATES:
            return False
        proof = await _proof(session, row, listed)
        if proof is None:
            return False
        before = row.state
        word = StatusWord(proof.sid, proof.status, proof.error_code, None)
        await record_status(session, row.id, word, now)
        return row.state is not before


async def _proof(session: AsyncSession, row: Message, listed: list[KnownText]) -> KnownText | None:
    if row.provider_sid is not None:
        return next((each for each in listed if each.sid == row.provider_sid), None)
    tried = _tried(row)
    if tried is None:
        return None
    others = [each for each in await _others(session, row) if each is not None]
    owned = await _owned(session, row, [each.sid for each in listed])
    return proof_of(tried, others, listed, owned)


async def _others(session: AsyncSession, row: Message) -> list[Tried | None]:
    """Texts of this organization that may be the provider's by now, without an id so far."""
    rows = await session.scalars(
        select(Message).where(
            Message.organization_id == row.organization_id,
            Message.channel == Channel.SMS,
            Message.state.in_(UNPROVEN),
            Message.provider_sid.is_(None),
            Message.id != row.id,
        )
    )
    return [_tried(each) for each in rows]


async def _owned(session: AsyncSession, row: Message, sids: Sequence[str]) -> set[str]:
    """Ids that belong to another message, or to a try that the carrier gave back."""
    if not sids:
        return set()
    of_messages = await session.scalars(
        select(Message.provider_sid).where(
            Message.organization_id == row.organization_id,
            Message.provider_sid.in_(sids),
            Message.id != row.id,
        )
    )
    of_events = await session.scalars(
        select(MessageEvent.sid).where(
            MessageEvent.organization_id == row.organization_id, MessageEvent.sid.in_(sids)
        )
    )
    return {sid for sid in (*of_messages, *of_events) if sid is not None}


def _tried(row: Message) -> Tried | None:
    if row.channel is not Channel.SMS or not (row.recipient and row.sent_from and row.claimed_at):
        return None
    return Tried(row.id, row.sent_from, row.recipient, row.body or "", row.claimed_at)
