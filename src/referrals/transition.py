"""The one function through which a referral changes: lock, once per event key, check, write.

Event, version, clocks, messages, tasks and audit are written in the caller's transaction, so they
hold or fall together. What to do is decided purely by `decide`, under the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from directory.api import SignalKind, note_staleness
from referrals import consequences, overdue, sending_out
from referrals.decisions import Decision
from referrals.errors import ReferralChanged, ReferralNotFound
from referrals.lifecycle import (
    ENDED,
    NEEDS_REASON,
    NOT_SENT,
    WAITING,
    BusinessStatus,
    Party,
    check_move,
    is_bad_ending,
)
from referrals.models import FollowUpNeed, Referral, ReferralEvent, StaffTask
from referrals.reasons import Reason, reason_for
from referrals.tasks import facts_of
from referrals.words import TOLD_WAYS, WAY_LABELS, EventKind, Rule, Word
from shared import audit, due

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.decisions import NewTask, Text

DUE_KIND = "referral"
AGAINST_THE_RECORD = {
    Reason.SERVICE_NOT_OFFERED.value: SignalKind.NOT_OFFERED,
    Reason.DIRECTORY_WRONG.value: SignalKind.RECORD_WRONG,
}
Decide = Callable[[Referral], Decision]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The referral after the word, and the word's entry in the log."""

    referral: Referral
    event: ReferralEvent
    # The event key was known: this is the first result, and nothing was done.
    repeated: bool = False
    # A second request that took this one's place, with the link of its agency's page.
    linked: Referral | None = None
    link_id: UUID | None = None


async def transition(
    session: AsyncSession,
    referral_id: UUID,
    word: Word,
    decide: Decide,
    *,
    expected_version: int | None = None,
) -> Outcome:
    """Take one word about one referral.

    Raises ReferralNotFound, ReferralChanged (version), ReferralMoveError and whatever `decide`
    raises; a refusal writes nothing.
    """
    referral = await lock_referral(session, referral_id)
    _check_side(referral, word)
    known = await known_event(session, referral_id, word.event_key)
    if known is not None:
        return Outcome(referral, known, repeated=True)
    await _check_version(session, referral, expected_version)
    decision = decide(referral)
    event = await _write(session, referral, word, decision)
    await session.flush()
    await _due_and_codes(session, referral, word)
    await _tell_stewards(session, referral, event, word)
    await _audit(session, referral, event, word)
    return Outcome(referral, event)


async def check_version(
    session: AsyncSession, referral: Referral, word: Word, expected_version: int | None
) -> None:
    """For actions of several words: raise ReferralChanged unless this is the page's version."""
    if await known_event(session, referral.id, word.event_key) is None:
        await _check_version(session, referral, expected_version)


async def _check_version(
    session: AsyncSession, referral: Referral, expected_version: int | None
) -> None:
    if expected_version is not None and expected_version != referral.version:
        raise await _changed(session, referral)


def _check_side(referral: Referral, word: Word) -> None:
    """Nobody speaks for the other side; what is not theirs to move is not there for them.

    A role does not tell the side: an agency's staff may send requests of their own.
    """
    own_word = word.party is Party.AGENCY and word.way not in TOLD_WAYS
    side = referral.performer_organization_id if own_word else referral.requester_organization_id
    speaker = word.actor.organization_id
    if speaker not in {None, side}:  # None: the clock
        raise ReferralNotFound


async def lock_referral(session: AsyncSession, referral_id: UUID) -> Referral:
    """The row as it is now, locked until the transaction ends."""
    referral = await session.get(
        Referral, referral_id, with_for_update=True, populate_existing=True
    )
    if referral is None:
        raise ReferralNotFound
    return referral


async def lock_referrals(session: AsyncSession, referral_ids: Iterable[UUID]) -> None:
    """Lock several, always in the same order, so that no two callers wait for each other."""
    for referral_id in sorted(referral_ids):
        await lock_referral(session, referral_id)


async def known_event(
    session: AsyncSession, referral_id: UUID, event_key: str
) -> ReferralEvent | None:
    """The entry that this key made, if the word was taken before."""
    return await session.scalar(
        select(ReferralEvent).where(
            ReferralEvent.referral_id == referral_id, ReferralEvent.event_key == event_key
        )
    )


async def _changed(session: AsyncSession, referral: Referral) -> ReferralChanged:
    last = await session.scalar(
        select(ReferralEvent)
        .where(ReferralEvent.referral_id == referral.id)
        .order_by(ReferralEvent.version.desc())
        .limit(1)
    )
    if last is None:
        return ReferralChanged(who="", when="", how="", answer=referral.status.value)
    return ReferralChanged(
        who=last.said_by or "Handback",
        when=last.recorded_at.isoformat(),
        how=WAY_LABELS[last.way],
        answer=(last.status_to or referral.status).value,
    )


async def _write(
    session: AsyncSession, referral: Referral, word: Word, decision: Decision
) -> ReferralEvent:
    texts: list[Text] = []
    tasks: list[NewTask] = []
    party = decision.moves_as or word.party
    first: ReferralEvent | None = None
    for name, value in decision.changes.items():
        setattr(referral, name, value)
    for number, to in enumerate(decision.path):
        event = _step(referral, word, decision, to, party, number)
        session.add(event)
        first = first or event
        last = number == len(decision.path) - 1
        found = consequences.of_move(referral, event.status_from or to, to, word, last=last)
        referral.set_clocks(found.clocks or {})
        texts += found.texts
        tasks += found.tasks
    if first is None:
        first = _fact(referral, word, decision)
        session.add(first)
    _hold(referral, word, decision)
    referral.set_clocks(decision.clocks)
    await _add_rows(session, referral, first, word, decision, tasks)
    await sending_out.queue_texts(session, referral, first, word, [*texts, *decision.texts])
    return first


def _step(  # noqa: PLR0913 -- one step of a path, spelled out
    referral: Referral,
    word: Word,
    decision: Decision,
    to: BusinessStatus,
    party: Party,
    number: int,
) -> ReferralEvent:
    origin = referral.status
    check_move(origin, to, party)
    reason = reason_for(to, decision.reason) if to in NEEDS_REASON else None
    referral.stand_at(to)
    referral.version += 1
    referral.changed_at = word.now
    _answered(referral, word, origin, to)
    if to in ENDED:
        referral.reason = reason.value if reason else None
        referral.ended_at = word.now
        bad = is_bad_ending(to, referral.reason)
        referral.acknowledged_at = None if bad else word.now
    event = _event(referral, word, decision, number)
    event.status_from, event.status_to = origin, to
    event.reason = reason.value if reason else None
    return event


def _answered(referral: Referral, word: Word, origin: BusinessStatus, to: BusinessStatus) -> None:
    if word.party is not Party.AGENCY:
        return
    if origin in WAITING and to not in WAITING and referral.answered_at is None:
        referral.answered_at = word.said_at or word.now
        referral.answered_by = word.name
        referral.answered_way = word.way.value
    if to is BusinessStatus.ACCEPTED:
        referral.contact_due_at = overdue.contact_due(
            referral.urgency, word.now, referral.performer_hours
        )


def _fact(referral: Referral, word: Word, decision: Decision) -> ReferralEvent:
    referral.version += 1
    referral.changed_at = word.now
    event = _event(referral, word, decision, 0)
    event.reason = decision.reason.value if decision.reason else None
    return event


def _event(referral: Referral, word: Word, decision: Decision, number: int) -> ReferralEvent:
    """The log's entry. Only the first step of a path carries the word's own content."""
    own = number == 0
    return ReferralEvent(
        requester_organization_id=referral.requester_organization_id,
        performer_organization_id=referral.performer_organization_id,
        restricted_team_id=referral.restricted_team_id,
        referral_id=referral.id,
        version=referral.version,
        event_key=word.event_key if own else f"{word.event_key}#{number + 1}",
        audience=decision.audience,
        kind=EventKind.MOVED if decision.path else decision.kind,
        party=word.party,
        way=word.way,
        question=decision.question if own else None,
        digit=decision.digit if own else None,
        got_help=decision.got_help if own else None,
        need_met=decision.need_met if own else None,
        actor=word.actor.word,
        said_by=word.name or None,
        role=word.role or None,
        told_to=word.told_to,
        words=decision.words if own and decision.words else None,
        said_at=word.said_at or word.now,
        recorded_at=word.now,
    )


def _hold(referral: Referral, word: Word, decision: Decision) -> None:
    if decision.hold is not None:
        referral.held = decision.hold.to_json()
        referral.answered_at = word.now
        referral.answered_by = word.name
        referral.answered_way = word.way.value
        referral.set_clocks({Rule.HELD: decision.hold.until})
    if decision.drops_hold or referral.status in ENDED:
        referral.held = None
        referral.set_clocks({Rule.HELD: None})
    if decision.forgets_answer:
        referral.answered_at = referral.answered_by = referral.answered_way = None


async def _add_rows(  # noqa: PLR0913 -- everything that hangs on one event
    session: AsyncSession,
    referral: Referral,
    event: ReferralEvent,
    word: Word,
    decision: Decision,
    tasks: list[NewTask],
) -> None:
    for task in (*tasks, *decision.tasks):
        session.add(new_task(referral, task, word, event.id))
    if decision.follow_up and not await _need_is_known(session, referral):
        session.add(
            FollowUpNeed(
                organization_id=referral.requester_organization_id,
                patient_id=referral.patient_id,
                referral_id=referral.id,
                need=referral.need,
                said_at=word.now,
            )
        )


async def _need_is_known(session: AsyncSession, referral: Referral) -> bool:
    """Whether this request has left its need already: said twice, it is one need."""
    found = await session.scalar(
        select(FollowUpNeed.id)
        .where(FollowUpNeed.referral_id == referral.id, FollowUpNeed.met_at.is_(None))
        .limit(1)
    )
    return found is not None


def new_task(referral: Referral, task: NewTask, word: Word, event_id: UUID | None) -> StaffTask:
    """A task of the sender's, for the referral's owner."""
    kept = {"because": task.because.value} if task.because else {}
    facts = facts_of(task.kind, kept)
    statuses = sorted(status.value for status in facts.while_status) if facts.while_status else None
    return StaffTask(
        organization_id=referral.requester_organization_id,
        referral_id=referral.id,
        kind=task.kind,
        person_id=referral.owner_person_id,
        due_at=task.due_at,
        while_status=statuses,
        event_id=event_id,
        facts=kept,
        words=task.words,
        created_at=word.now,
    )


async def _due_and_codes(session: AsyncSession, referral: Referral, word: Word) -> None:
    if referral.next_action_at is None:
        await due.clear_due(session, DUE_KIND, referral.id)
    else:
        await due.set_due(
            session,
            referral.requester_organization_id,
            DUE_KIND,
            referral.id,
            referral.next_action_at,
        )
    # A request undone by mistake hands its code on (answering.undo_answer).
    mistake = referral.reason == Reason.ANSWERED_BY_MISTAKE.value
    if referral.status in ENDED and not mistake:
        await sending_out.close_codes(session, referral.id, word.now)


async def _tell_stewards(
    session: AsyncSession, referral: Referral, event: ReferralEvent, word: Word
) -> None:
    """A "we don't offer it" is a word against our record of the place; nobody is named in it."""
    kind = AGAINST_THE_RECORD.get(event.reason or "")
    if kind is not None and event.status_to in {BusinessStatus.DECLINED, BusinessStatus.UNABLE}:
        day = word.now.date()
        await note_staleness(session, referral.service_at_location_id, kind, day)


async def _audit(
    session: AsyncSession, referral: Referral, event: ReferralEvent, word: Word
) -> None:
    detail = {"event": event.kind.value, "way": word.way.value, "status": referral.status.value}
    await audit.record(
        session,
        "referral_changed" if referral.status not in NOT_SENT else "referral_drafted",
        subject_kind="referral",
        subject_id=referral.id,
        now=word.now,
        detail=detail,
    )
