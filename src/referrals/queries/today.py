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
from referrals.queries.lists import open_referrals, referrals_by_id
from referrals.queries.turns import Turn, live_tasks, whose_turn
from referrals.tasks import TaskKind
from shared import audit

if TYPE_CHECKING:
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
    performer_name: str
    owner_name: str
    turn: Turn
    call: str | None
    call_whom: str
    words: str | None = field(repr=False)
    sent_at: datetime | None
    last_word_at: datetime


@dataclass(frozen=True, slots=True)
class TodayPage:
    """`mine` is most urgent first; the strips hold the same rows by what there is to do."""

    now: datetime
    mine: tuple[TodayRow, ...]
    others: tuple[TodayRow, ...]
    texts: tuple[TodayRow, ...]
    calls: tuple[TodayRow, ...]
    bad_endings: tuple[TodayRow, ...]
    gone_quiet: tuple[TodayRow, ...]
    open_count: int
    next_due: TodayRow | None


async def today_page(session: AsyncSession, person: Actor, *, now: datetime) -> TodayPage:
    """The signed-in person's list; requests without an owner are everybody's."""
    organization = person.organization_id
    if organization is None:
        return TodayPage(now, (), (), (), (), (), (), 0, None)
    referrals = await open_referrals(session, organization, person.person_id)
    tasks = await _tasks(session, organization, person.person_id)
    known = {referral.id for referral in referrals}
    ended = await referrals_by_id(session, {task.referral_id for task in tasks} - known)
    rows = await _rows(session, [*referrals, *ended], tasks)
    await audit.record(
        session, "worklist_read", subject_kind="person", subject_id=person.person_id, now=now
    )
    return _page(rows, len(referrals), now)


async def _tasks(
    session: AsyncSession, organization_id: UUID, person_id: UUID | None
) -> list[StaffTask]:
    query = select(StaffTask).where(
        StaffTask.organization_id == organization_id, StaffTask.done_at.is_(None)
    )
    if person_id is not None:
        query = query.where((StaffTask.person_id == person_id) | StaffTask.person_id.is_(None))
    return list(await session.scalars(query.order_by(StaffTask.due_at)))


async def _rows(
    session: AsyncSession, referrals: list[Referral], tasks: list[StaffTask]
) -> list[tuple[TodayRow, list[StaffTask]]]:
    found = await session.scalars(
        select(Patient).where(Patient.id.in_({referral.patient_id for referral in referrals}))
    )
    patients = {patient.id: patient for patient in found.all()}
    rows = []
    for referral in referrals:
        own = live_tasks(referral, [task for task in tasks if task.referral_id == referral.id])
        rows.append((_row(referral, patients.get(referral.patient_id), own), own))
    return rows


def _row(referral: Referral, patient: Patient | None, tasks: list[StaffTask]) -> TodayRow:
    turn = whose_turn(referral, tasks)
    to_patient = turn.task is not None and turn.task.kind in TO_PATIENT
    phone = patient.phone if to_patient and patient else referral.performer_phone
    return TodayRow(
        referral_id=referral.id,
        patient_name=(patient.name or "") if patient else "",
        need=referral.need,
        household_size=referral.household_size,
        urgency=referral.urgency.value,
        status=referral.status,
        people_see=people_see(referral.status, referral.reason),
        reason=referral.reason,
        performer_name=referral.performer_name,
        owner_name=referral.owner_name,
        turn=turn,
        call=phone,
        call_whom="patient" if to_patient else "agency",
        words=turn.task.words if turn.task else None,
        sent_at=referral.sent_at,
        last_word_at=referral.changed_at,
    )


def _page(
    rows: list[tuple[TodayRow, list[StaffTask]]], open_count: int, now: datetime
) -> TodayPage:
    def having(kinds: frozenset[TaskKind]) -> tuple[TodayRow, ...]:
        return tuple(row for row, tasks in rows if any(task.kind in kinds for task in tasks))

    texts = tuple(
        _for_text(row, task)
        for row, tasks in rows
        for task in next(([task] for task in tasks if task.kind in TEXTS), [])
    )
    mine = sorted((row for row, _ in rows if row.turn.whose == "ours"), key=_order)
    others = sorted(
        (row for row, _ in rows if row.turn.whose in {"theirs", "patient", "visit"}),
        key=lambda row: (row.turn.by is None, row.turn.by or now),
    )
    quiet = tuple(
        row
        for row in others
        if row.status in OPEN - WAITING
        and row.turn.whose == "theirs"
        and now - row.last_word_at > QUIET_AFTER
    )
    return TodayPage(
        now=now,
        mine=tuple(mine),
        others=tuple(others),
        texts=texts,
        calls=having(CALLS),
        bad_endings=having(ENDINGS),
        gone_quiet=quiet,
        open_count=open_count,
        next_due=others[0] if others else None,
    )


def _for_text(row: TodayRow, task: StaffTask) -> TodayRow:
    """The row as the strip of texts shows it: another task may press more, the words stay."""
    if row.turn.task is not None and row.turn.task.kind in TEXTS:
        return row
    return replace(row, turn=replace(row.turn, task=task), words=task.words)


def _order(row: TodayRow) -> tuple[bool, int, int, datetime]:
    """Danger first, then what is needed today, then the kind's rank, then the hour."""
    danger = row.turn.rank == 0
    due = row.turn.by or row.last_word_at
    return (not danger, _SOON[Urgency(row.urgency)], row.turn.rank, due)
