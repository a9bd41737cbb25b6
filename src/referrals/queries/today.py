"""Today: my list with whose turn it is, by when and why first; and the strips beside it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from referrals.lifecycle import OPEN, WAITING, BusinessStatus, people_see
from referrals.models import Patient, Referral, StaffTask
from referrals.overdue import Urgency
from referrals.queries.cover import Absence, absences, local_day
from referrals.queries.lists import open_referrals, referrals_by_id
from referrals.queries.turns import Turn, live_tasks, whose_turn
from referrals.tasks import TaskKind, facts_of
from shared import audit

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor

K = TaskKind
TEXTS = frozenset({K.READ_TEXT, K.READ_DANGER})
CALLS = frozenset(
    {
        K.CALL_AGENCY,
        K.CALL_AGENCY_UNREACHABLE,
        K.CALL_AGENCY_UNCLEAR,
        K.CALL_AGENCY_ASKED,
        K.CALL_AGENCY_AFTER_YES,
        K.CALL_HOTLINE,
        K.CALL_PATIENT,
        K.GIVE_NAME,
        K.READ_DANGER,
    }
)
TO_PATIENT = frozenset({K.CALL_PATIENT, K.READ_DANGER, K.DID_NOT_GET_IT, K.REPAIR_CONTACT})
ENDINGS = frozenset({K.BAD_ENDING, K.TEAM_LEAD})
QUIET_AFTER = timedelta(days=10)
_SOON = {Urgency.TODAY: 0, Urgency.THIS_WEEK: 1, Urgency.ROUTINE: 2}


@dataclass(frozen=True, slots=True)
class TodayRow:
    """One request on the list. `call` is the number that the next step dials (E.164)."""

    referral_id: UUID
    patient_name: str = field(repr=False)
    need: str
    household_size: int | None
    urgency: str
    status: BusinessStatus
    people_see: str
    reason: str | None
    performer_id: UUID
    performer_name: str
    owner_id: UUID | None
    owner_name: str
    turn: Turn
    patient_phone: str | None = field(repr=False)
    place_phone: str | None
    sent_at: datetime | None
    last_word_at: datetime

    @property
    def words(self) -> str:
        """What the person wrote that the next step is about."""
        return (self.turn.task.words if self.turn.task else None) or ""

    @property
    def calls_patient(self) -> bool:
        """Whether the next step rings the patient, not the place."""
        return self.turn.task is not None and self.turn.task.kind in TO_PATIENT

    def about(self, task: StaffTask) -> TodayRow:
        """The row as a strip shows it: another task may press more, this one is the strip's."""
        if self.turn.task is task:
            return self
        facts = facts_of(task.kind, task.facts)
        turn = replace(
            self.turn, what=facts.what, why=facts.why, by=task.due_at, rank=facts.rank, task=task
        )
        return replace(self, turn=turn)


@dataclass(frozen=True, slots=True)
class QuietPlace:
    """A place that said yes and nothing since: one call for all that are open there."""

    name: str
    phone: str | None
    rows: tuple[TodayRow, ...]

    @property
    def last_word_at(self) -> datetime:
        """When anybody last heard of it."""
        return max(row.last_word_at for row in self.rows)


RowAndTasks = tuple[TodayRow, "list[StaffTask]"]


@dataclass(frozen=True, slots=True)
class TodayPage:
    """`mine` is most urgent first; the strips hold the same rows by what there is to do."""

    now: datetime
    mine: tuple[TodayRow, ...]
    others: tuple[TodayRow, ...]
    texts: tuple[TodayRow, ...]
    calls: tuple[TodayRow, ...]
    bad_endings: tuple[TodayRow, ...]
    gone_quiet: tuple[QuietPlace, ...]
    open_count: int
    next_due: TodayRow | None
    # Whose list this person looks after today.
    covered: tuple[Absence, ...] = ()


async def today_page(session: AsyncSession, person: Actor, *, now: datetime) -> TodayPage:
    """The signed-in person's list and the lists they cover; what has no owner is everybody's."""
    organization = person.organization_id
    if organization is None:
        return TodayPage(now, (), (), (), (), (), (), 0, None)
    covered: tuple[Absence, ...] = ()
    people: set[UUID] | None = None
    if person.person_id is not None:
        day = await local_day(session, organization, now)
        covered = tuple(
            each
            for each in await absences(session, organization, day)
            if each.by_person_id == person.person_id and each.is_on(day)
        )
        people = {person.person_id, *(each.person_id for each in covered)}
    rows, open_count = await rows_with_tasks(session, organization, people)
    await audit.record(
        session, "worklist_read", subject_kind="person", subject_id=person.person_id, now=now
    )
    return replace(_page(rows, open_count, now), covered=covered)


async def rows_with_tasks(
    session: AsyncSession, organization_id: UUID, people: Collection[UUID] | None
) -> tuple[list[RowAndTasks], int]:
    """What is open, and what has ended and still wants something; how many are open.

    Of these people and of nobody; None is the whole team.
    """
    referrals = await open_referrals(session, organization_id, people)
    tasks = await _tasks(session, organization_id, people)
    known = {referral.id for referral in referrals}
    ended = await referrals_by_id(session, {task.referral_id for task in tasks} - known)
    return await _rows(session, [*referrals, *ended], tasks), len(referrals)


async def rows_of(
    session: AsyncSession, organization_id: UUID, referrals: list[Referral]
) -> list[RowAndTasks]:
    """These requests with whatever anybody has to do about them."""
    return await _rows(session, referrals, await _tasks(session, organization_id, None))


async def _tasks(
    session: AsyncSession, organization_id: UUID, people: Collection[UUID] | None
) -> list[StaffTask]:
    query = select(StaffTask).where(
        StaffTask.organization_id == organization_id, StaffTask.done_at.is_(None)
    )
    if people is not None:
        query = query.where(StaffTask.person_id.in_(people) | StaffTask.person_id.is_(None))
    return list(await session.scalars(query.order_by(StaffTask.due_at)))


async def _rows(
    session: AsyncSession, referrals: list[Referral], tasks: list[StaffTask]
) -> list[RowAndTasks]:
    found = await session.scalars(
        select(Patient).where(Patient.id.in_({referral.patient_id for referral in referrals}))
    )
    patients = {patient.id: patient for patient in found.all()}
    by_referral: dict[UUID, list[StaffTask]] = {}
    for task in tasks:
        by_referral.setdefault(task.referral_id, []).append(task)
    rows = []
    for referral in referrals:
        own = live_tasks(referral, by_referral.get(referral.id, []))
        rows.append((_row(referral, patients.get(referral.patient_id), own), own))
    return rows


def _row(referral: Referral, patient: Patient | None, tasks: list[StaffTask]) -> TodayRow:
    return TodayRow(
        referral_id=referral.id,
        patient_name=(patient.name or "") if patient else "",
        need=referral.need,
        household_size=referral.household_size,
        urgency=referral.urgency.value,
        status=referral.status,
        people_see=people_see(referral.status, referral.reason),
        reason=referral.reason,
        performer_id=referral.performer_organization_id,
        performer_name=referral.performer_name,
        owner_id=referral.owner_person_id,
        owner_name=referral.owner_name,
        turn=whose_turn(referral, tasks),
        patient_phone=patient.phone if patient else None,
        place_phone=referral.performer_phone,
        sent_at=referral.sent_at,
        last_word_at=referral.changed_at,
    )


def _page(rows: list[RowAndTasks], open_count: int, now: datetime) -> TodayPage:
    mine = sorted((row for row, _ in rows if row.turn.whose == "ours"), key=order)
    others = with_others(rows, now)
    return TodayPage(
        now=now,
        mine=tuple(mine),
        others=tuple(others),
        texts=strip(rows, TEXTS),
        calls=strip(rows, CALLS),
        bad_endings=strip(rows, ENDINGS),
        gone_quiet=quiet_places(others, now),
        open_count=open_count,
        next_due=others[0] if others else None,
    )


def strip(rows: list[RowAndTasks], kinds: frozenset[TaskKind]) -> tuple[TodayRow, ...]:
    """The rows that have such a task, each about that one; danger first."""
    found = [
        row.about(task)
        for row, tasks in rows
        for task in next(([task] for task in tasks if task.kind in kinds), [])
    ]
    return tuple(sorted(found, key=order))


def with_others(rows: list[RowAndTasks], now: datetime) -> list[TodayRow]:
    """Where somebody else has the next step, the next due first."""
    found = (row for row, _ in rows if row.turn.whose in {"theirs", "patient", "visit"})
    return sorted(found, key=lambda row: (row.turn.by is None, row.turn.by or now))


def quiet_places(others: list[TodayRow], now: datetime) -> tuple[QuietPlace, ...]:
    """Places that said yes and were not heard of for days, the longest silent first."""
    silent: dict[UUID, list[TodayRow]] = {}
    for row in others:
        theirs = row.status in OPEN - WAITING and row.turn.whose == "theirs"
        if theirs and now - row.last_word_at > QUIET_AFTER:
            silent.setdefault(row.performer_id, []).append(row)
    places = [
        QuietPlace(rows[0].performer_name, rows[0].place_phone, tuple(rows))
        for rows in silent.values()
    ]
    return tuple(sorted(places, key=lambda place: place.last_word_at))


def order(row: TodayRow) -> tuple[bool, int, int, datetime]:
    """Danger first, then what is needed today, then the kind's rank, then the hour."""
    danger = row.turn.rank == 0
    due = row.turn.by or row.last_word_at
    return (not danger, _SOON[Urgency(row.urgency)], row.turn.rank, due)
