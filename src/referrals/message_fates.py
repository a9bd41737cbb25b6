"""What a message's fate asks of people: a call where nothing can be written any more.

A hard bounce or a complaint ends the use of that phone or mailbox until somebody says yes to it
again; what it was to ask goes to their next one at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from accounts.api import stop_channel
from notify.api import (
    POLICY_REFUSED,
    Channel,
    MessageState,
    SuppressionReason,
    address_is_dead,
    email_hash,
    messages_of,
    suppress,
    suppress_channel,
)
from referrals import overdue
from referrals.decisions import Decision, NewTask
from referrals.going_out import ask_elsewhere
from referrals.lifecycle import AFTER_YES, ENDED, WAITING, Party
from referrals.models import Patient, StaffTask
from referrals.overdue import Urgency
from referrals.tasks import MESSAGE, Because, TaskKind
from referrals.transition import new_task, transition
from referrals.words import CLOCK_ACTOR, Audience, EventKind, Way, Word

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.api import MessageStory
    from referrals.models import Referral

ASKS = frozenset({"A1", "A1b", "A9", "A9r", "agency_request"})
ASKS_OUTCOME = frozenset({"A5", "A6", "agency_outcome"})
TELLS_END = frozenset({"A8", "agency_no_longer_needed"})
ASKS_PATIENT = frozenset({"P4", "P5", "P5n", "P7", "P11"})
FAILED = frozenset({MessageState.FAILED, MessageState.UNDELIVERED})
# Why notify or the loop held a message back, where the reader can't be written to at all. Other
# reasons ("the request moved on") ask nothing of anybody.
NO_WAY_THERE = frozenset(
    {"opted_out", "channel_stopped", "channel_not_verified", "channel_not_configured"}
)
# `recipient_kind` of whatever goes to an agency's phone or mailbox.
AGENCY = "channel"


async def after_fate(
    session: AsyncSession, referral: Referral, story: MessageStory, now: datetime
) -> None:
    """Take a message that will not arrive: stop a dead address, make the call task."""
    failed = story.state in FAILED
    dead = failed and address_is_dead(story.error_code)
    if dead:
        await _end_address(session, referral, story, now)
    if not failed and story.reason not in NO_WAY_THERE:
        return
    works = story.recipient_kind == AGENCY and await _reached(session, referral, story, now)
    task = _task(referral, story, now) if not works else None
    if works and dead and story.channel is Channel.EMAIL:
        # They are asked another way; the mailbox must still be asked for again.
        due = overdue.end_of_answering_day(now, 1, referral.requester_hours)
        task = NewTask(TaskKind.CALL_AGENCY_UNREACHABLE, due, because=Because.CAME_BACK)
    if task is None:
        return
    word = Word(
        actor=CLOCK_ACTOR,
        party=Party.CLOCK,
        now=now,
        way=Way.CLOCK,
        event_key=f"message:{story.id}:{story.state}",
    )
    decision = Decision(kind=EventKind.MESSAGE_FAILED, audience=Audience.SENDER, tasks=(task,))
    await transition(session, referral.id, word, lambda _row: decision)


async def look_or_settled(
    session: AsyncSession, referral: Referral, story: MessageStory, now: datetime
) -> None:
    """Ask a person to look at a message that needs one; take that back when it needs none."""
    theirs = StaffTask.facts[MESSAGE].astext == str(story.id)
    open_task = select(StaffTask).where(
        StaffTask.referral_id == referral.id, StaffTask.done_at.is_(None), theirs
    )
    asked = (await session.scalars(open_task)).all()
    if story.needs_person_since is None:
        for task in asked:
            task.done_at = now
    elif not asked:
        to_agency = story.recipient_kind == AGENCY
        kind = TaskKind.CALL_AGENCY_UNCLEAR if to_agency else TaskKind.REPAIR_CONTACT
        due = _today_or_next_day(referral, now)
        look = NewTask(kind, due, because=Because.MAY_NOT_HAVE_ARRIVED)
        word = Word(CLOCK_ACTOR, Party.CLOCK, f"message:{story.id}:look", now, Way.CLOCK)
        task = new_task(referral, look, word, None)
        task.facts = {**task.facts, MESSAGE: str(story.id)}
        session.add(task)


async def call_instead(
    session: AsyncSession, referral: Referral, story: MessageStory, now: datetime
) -> tuple[NewTask, ...]:
    """The call that takes a mailbox's place when its people want no more mail."""
    if await _reached(session, referral, story, now):
        return ()
    task = _agency_task(referral, story, now)
    return (task,) if task is not None else ()


async def _end_address(
    session: AsyncSession, referral: Referral, story: MessageStory, now: datetime
) -> None:
    """Nothing sent there would arrive, or it is not wanted there."""
    sender_id = referral.requester_organization_id
    unwanted = (story.error_code or "").endswith("complaint")
    reason = SuppressionReason.COMPLAINED if unwanted else SuppressionReason.BOUNCED
    if story.recipient_kind == AGENCY:
        await stop_channel(session, story.recipient_id, now=now)
        await suppress_channel(session, sender_id, story.recipient_id, reason, now)
        return
    patient = await session.get(Patient, story.recipient_id)
    if story.channel is Channel.EMAIL and patient is not None and patient.email:
        await suppress(session, sender_id, email_hash(patient.email), reason, now)


async def _reached(
    session: AsyncSession, referral: Referral, story: MessageStory, now: datetime
) -> bool:
    """Whether they are asked another way, or can be at once: their next phone or mailbox."""
    if await _another_way_works(session, referral.id, story):
        return True
    return story.template in ASKS and await ask_elsewhere(session, referral, now)


async def _another_way_works(session: AsyncSession, referral_id: UUID, story: MessageStory) -> bool:
    """Whether the same was said to another phone or mailbox of theirs and may still arrive."""
    same = next((kind for kind in (ASKS, ASKS_OUTCOME, TELLS_END) if story.template in kind), None)
    lost = FAILED | {MessageState.SUPPRESSED}
    return same is not None and any(
        other.template in same and other.state not in lost and other.created_at >= story.created_at
        for other in await messages_of(session, referral_id)
        if other.recipient_id != story.recipient_id
    )


def _task(referral: Referral, story: MessageStory, now: datetime) -> NewTask | None:
    if story.recipient_kind == AGENCY:
        return _agency_task(referral, story, now)
    if story.state in FAILED and story.needs_person_since is not None:
        return None  # nothing is known against this number: somebody looks at the text
    if story.state in FAILED:
        due = overdue.end_of_answering_day(now, 1, referral.requester_hours)
        return NewTask(TaskKind.REPAIR_CONTACT, due, because=_why_repair(story))
    if story.template not in ASKS_PATIENT or referral.status in ENDED:
        return None
    stopped = story.reason == "opted_out"
    because = Because.TEXTS_STOPPED if stopped else Because.CANNOT_WRITE
    due = overdue.call_promised_by(now, referral.requester_hours)
    return NewTask(TaskKind.CALL_PATIENT, due, because=because)


def _why_repair(story: MessageStory) -> Because | None:
    if story.channel is not Channel.EMAIL:
        return None
    by_rules = story.error_code == POLICY_REFUSED
    return Because.REFUSED_BY_RULES if by_rules else Because.CAME_BACK


def _agency_task(referral: Referral, story: MessageStory, now: datetime) -> NewTask | None:
    due = _today_or_next_day(referral, now)
    if story.template in ASKS and referral.status in WAITING:
        return NewTask(TaskKind.CALL_AGENCY_UNREACHABLE, due, because=Because.CANNOT_WRITE)
    if story.template in ASKS_OUTCOME and referral.status in AFTER_YES:
        return NewTask(TaskKind.CALL_AGENCY_AFTER_YES, due)
    if story.template in TELLS_END and referral.status in ENDED:
        return NewTask(TaskKind.CALL_AGENCY_UNREACHABLE, due, because=Because.NOT_NEEDED)
    return None


def _today_or_next_day(referral: Referral, now: datetime) -> datetime:
    if referral.urgency is Urgency.TODAY:
        return now
    today = overdue.end_of_answering_day(now, 0, referral.requester_hours)
    if today > now:
        return today
    return overdue.end_of_answering_day(now, 1, referral.requester_hours)
