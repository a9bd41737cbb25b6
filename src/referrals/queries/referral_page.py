"""The sender's page of one request: two voices, tasks, notes, and everything that happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from notify.api import MessageStory, messages_of
from referrals.closure import Facts, Said, facts_of
from referrals.errors import ReferralNotFound
from referrals.lifecycle import BusinessStatus, Party, allowed_moves, people_see
from referrals.models import (
    Consent,
    FollowUpNeed,
    InternalNote,
    NextPlace,
    Patient,
    Referral,
    ReferralEvent,
    StaffTask,
)
from referrals.queries.agencies import NoteView, shared_notes
from referrals.queries.lists import ReferralSummary, linked_referrals, summary_of
from referrals.queries.turns import Turn, live_tasks, whose_turn
from referrals.tasks import MESSAGE, TaskFacts, TaskKind
from referrals.tasks import facts_of as says
from referrals.words import EventKind, Way, own_words_key
from shared import audit

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

# Clocks that rang are for the log, not for people.
NOT_TOLD = frozenset({EventKind.CLOCK_RANG})
TAKES_BACK = frozenset({EventKind.ANSWER_UNDONE, EventKind.ANSWER_LAPSED})
SAID = frozenset(
    {
        EventKind.MOVED,
        EventKind.ANSWER_GIVEN,
        EventKind.AGENCY_WROTE,
        EventKind.CALL_WANTED,
        EventKind.PATIENT_ANSWERED,
        EventKind.PATIENT_WROTE,
        EventKind.LATE_WORD,
    }
)


@dataclass(frozen=True, slots=True)
class Voice:
    """The last word of one party."""

    status: BusinessStatus | None
    digit: int | None
    question: str | None
    words: dict[str, str] = field(repr=False)
    who: str
    role: str
    told_to: str | None
    way: Way
    at: datetime
    reason: str | None
    held: bool


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An event or a message; exactly one of `kind` and `message` is set."""

    at: datetime
    kind: EventKind | None = None
    party: Party | None = None
    status_from: BusinessStatus | None = None
    status_to: BusinessStatus | None = None
    reason: str | None = None
    question: str | None = None
    digit: int | None = None
    words: dict[str, str] = field(default_factory=dict, repr=False)
    who: str = ""
    role: str = ""
    told_to: str | None = None
    way: Way | None = None
    message: MessageStory | None = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task as the page lists it."""

    id: UUID
    kind: TaskKind
    due_at: datetime
    words: str | None = field(repr=False)
    says: TaskFacts
    # What it asks to look at.
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class ConsentView:
    """The consent behind the request."""

    share: bool
    hear_back: bool
    text: bool
    next_places: bool
    heard_by: str
    given_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReferralPage:
    """Everything on the page. Labels are message ids; times are UTC."""

    request: ReferralSummary
    people_see: str
    patient: Patient = field(repr=False)
    owner_name: str
    owner_person_id: UUID | None
    performer_phone: str | None
    turn: Turn
    # By when the place is to reach the patient after its yes.
    contact_due_at: datetime | None
    tasks: tuple[TaskView, ...]
    they_say: Voice | None
    patient_says: Voice | None
    facts: Facts
    asked_by: tuple[str, ...]
    identity_shown_at: datetime | None
    consent: ConsentView | None
    shared_notes: tuple[NoteView, ...]
    internal_notes: tuple[NoteView, ...]
    timeline: tuple[TimelineEntry, ...]
    linked: tuple[ReferralSummary, ...]
    next_moves: dict[Party, tuple[BusinessStatus, ...]]
    acknowledged_at: datetime | None
    next_step: str | None
    # (place's id, its name), in the order they will be asked.
    next_places: tuple[tuple[UUID, str], ...] = ()
    needs_left: tuple[tuple[UUID, str], ...] = ()


async def referral_page(
    session: AsyncSession, referral_id: UUID, reader: UUID, *, now: datetime
) -> ReferralPage:
    """The page; ReferralNotFound unless `reader` is the sender."""
    referral = await session.get(Referral, referral_id, populate_existing=True)
    if referral is None or referral.requester_organization_id != reader:
        raise ReferralNotFound
    patient = await session.get(Patient, referral.patient_id)
    if patient is None:
        raise ReferralNotFound
    events = await _events(session, referral_id)
    standing = not_taken_back(events)
    tasks = live_tasks(referral, await tasks_of(session, [referral_id]))
    await audit.record(
        session, "referral_read", subject_kind="referral", subject_id=referral_id, now=now
    )
    return ReferralPage(
        request=summary_of(referral, reader),
        people_see=people_see(referral.status, referral.reason),
        patient=patient,
        owner_name=referral.owner_name,
        owner_person_id=referral.owner_person_id,
        performer_phone=referral.performer_phone,
        contact_due_at=referral.contact_due_at,
        turn=whose_turn(referral, tasks),
        tasks=tuple(
            TaskView(
                task.id,
                task.kind,
                task.due_at,
                task.words,
                says(task.kind, task.facts),
                task.facts.get(MESSAGE),
            )
            for task in tasks
        ),
        they_say=_voice(standing, Party.AGENCY, held=referral.held is not None),
        patient_says=_voice(events, Party.PATIENT, held=False),
        facts=facts_of([_said(event) for event in standing]),
        asked_by=tuple(channel["kind"] for channel in referral.asked_channels),
        identity_shown_at=referral.identity_shown_at,
        consent=await _consent(session, referral),
        shared_notes=await shared_notes(session, referral_id, reader),
        internal_notes=await _internal_notes(session, referral_id),
        timeline=_timeline(events, await messages_of(session, referral_id)),
        linked=tuple(await linked_referrals(session, referral_id)),
        next_moves={party: allowed_moves(referral.status, party) for party in Party},
        acknowledged_at=referral.acknowledged_at,
        next_step=referral.next_step,
        next_places=await _next_places(session, referral_id),
        needs_left=await _needs_left(session, referral_id),
    )


async def tasks_of(session: AsyncSession, referral_ids: list[UUID]) -> list[StaffTask]:
    """Tasks that are not done, of these requests."""
    return list(
        await session.scalars(
            select(StaffTask)
            .where(StaffTask.referral_id.in_(referral_ids), StaffTask.done_at.is_(None))
            .order_by(StaffTask.due_at, StaffTask.id)
        )
    )


async def _events(session: AsyncSession, referral_id: UUID) -> list[ReferralEvent]:
    return list(
        await session.scalars(
            select(ReferralEvent)
            .where(ReferralEvent.referral_id == referral_id)
            .order_by(ReferralEvent.version)
        )
    )


def not_taken_back(events: list[ReferralEvent]) -> list[ReferralEvent]:
    """Without the answers that were undone or came to nothing, and what was added to them."""
    standing: list[ReferralEvent] = []
    for event in events:
        if event.kind in TAKES_BACK:
            given = [i for i, e in enumerate(standing) if e.kind is EventKind.ANSWER_GIVEN]
            last = given[-1] if given else len(standing)
            standing = [
                e
                for i, e in enumerate(standing)
                if i != last and not (i > last and e.kind is EventKind.REASON_GIVEN)
            ]
        standing.append(event)
    return standing


def _voice(events: list[ReferralEvent], party: Party, *, held: bool) -> Voice | None:
    beside = {own_words_key(event.event_key) for event in events}
    spoken = [
        event
        for event in events
        if event.party is party
        and event.kind in SAID
        and not event.actor.startswith("clock")
        and event.event_key not in beside
    ]
    if not spoken:
        return None
    # An own answer outranks one that staff took down before it; the newest counts otherwise.
    event = spoken[-1]
    after = events[events.index(event) + 1 :]
    why = [each.reason for each in after if each.kind is EventKind.REASON_GIVEN]
    keys = {_key_of_word(event), own_words_key(event.event_key)}
    words = next((each.words for each in events if each.event_key in keys and each.words), {})
    return Voice(
        status=event.status_to,
        digit=event.digit,
        question=event.question,
        words=words,
        who=event.said_by or "",
        role=event.role or "",
        told_to=event.told_to,
        way=event.way,
        at=event.said_at,
        reason=why[-1] if why else event.reason,
        held=held and event.kind is EventKind.ANSWER_GIVEN,
    )


def _said(event: ReferralEvent) -> Said:
    return Said(
        party=event.party,
        at=event.said_at,
        channel=event.way.value,
        told_to_staff=event.told_to is not None,
        to=event.status_to,
        got_help=event.got_help,
        need_met=event.need_met,
    )


async def _consent(session: AsyncSession, referral: Referral) -> ConsentView | None:
    row = await session.get(Consent, referral.consent_id) if referral.consent_id else None
    if row is None:
        return None
    return ConsentView(
        row.share,
        row.hear_back,
        row.text,
        row.next_places,
        row.heard_by or "",
        row.given_at,
        row.ends_at,
        row.revoked_at,
    )


async def _next_places(session: AsyncSession, referral_id: UUID) -> tuple[tuple[UUID, str], ...]:
    rows = await session.scalars(
        select(NextPlace).where(NextPlace.referral_id == referral_id).order_by(NextPlace.position)
    )
    return tuple((row.service_at_location_id, row.name) for row in rows)


async def _needs_left(session: AsyncSession, referral_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Needs that are still there: (id, code of the need)."""
    rows = await session.scalars(
        select(FollowUpNeed)
        .where(FollowUpNeed.referral_id == referral_id, FollowUpNeed.met_at.is_(None))
        .order_by(FollowUpNeed.said_at, FollowUpNeed.id)
    )
    return tuple((row.id, row.need) for row in rows)


async def _internal_notes(session: AsyncSession, referral_id: UUID) -> tuple[NoteView, ...]:
    rows = await session.scalars(
        select(InternalNote)
        .where(InternalNote.referral_id == referral_id)
        .order_by(InternalNote.written_at, InternalNote.id)
    )
    return tuple(NoteView(row.author or "", row.body or "", row.written_at, True) for row in rows)  # noqa: FBT003


def _timeline(
    events: list[ReferralEvent], messages: list[MessageStory]
) -> tuple[TimelineEntry, ...]:
    """Newest first."""
    stands_for = {_key_of_word(event): event for event in events}
    told = [
        _entry(event, stands_for[event.event_key])
        for event in events
        if event.kind not in NOT_TOLD and _key_of_word(event) == event.event_key
    ]
    sent = [
        TimelineEntry(at=story.sent_at or story.created_at, message=story) for story in messages
    ]
    return tuple(sorted([*told, *sent], key=lambda entry: entry.at, reverse=True))


def _key_of_word(event: ReferralEvent) -> str:
    """One word of an agency may take several steps, as a wait list by way of a yes.

    People said it once: the first step carries the words, the last one where it led.
    """
    word, step, _number = event.event_key.rpartition("#")
    return word if step and event.party is Party.AGENCY else event.event_key


def _entry(event: ReferralEvent, last: ReferralEvent) -> TimelineEntry:
    return TimelineEntry(
        at=event.recorded_at,
        kind=event.kind,
        party=event.party,
        status_from=event.status_from,
        status_to=last.status_to,
        reason=last.reason,
        question=event.question,
        digit=event.digit,
        words=event.words,
        who=event.said_by or "",
        role=event.role or "",
        told_to=event.told_to,
        way=event.way,
    )
