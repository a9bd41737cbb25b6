"""The laws of the loop, read from the rows as they stand: what must hold after every step."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text

from notify.api import Drop
from notify.models import Message
from notify.outbox import as_queued
from referrals.lifecycle import (
    AFTER_YES,
    ENDED,
    BusinessStatus,
    Party,
    is_allowed,
    task_status_of,
)
from referrals.message_source import WITHOUT_CONSENT, ReferralSource
from referrals.models import Referral, ReferralDisclosure, ReferralEvent
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Database

S = BusinessStatus
TABLES = (
    "referral",
    "referral_event",
    "referral_disclosure",
    "message",
    "staff_task",
    "follow_up_need",
    "reply_code",
    "due",
    "patient",
    "consent",
    "shared_note",
    "link",
)
# By hand from the standard's diagram (restated in tests/unit/referrals/test_lifecycle.py).
EDGES = {
    "draft": {"requested"},
    "requested": {"accepted", "rejected", "cancelled"},
    "accepted": {"in-progress", "on-hold", "completed", "failed", "cancelled"},
    "in-progress": {"on-hold", "completed", "failed", "cancelled"},
    "on-hold": {"in-progress", "completed", "failed", "cancelled"},
}
REFINED = {
    (S.CLOSED_AGENCY_ONLY, S.CLOSED_CONFIRMED),
    (S.CLOSED_PATIENT_ONLY, S.CLOSED_CONFIRMED),
}
ASKS = ("A1", "A1b", "agency_request")


async def broken_laws(owner: Database, worker: Database, now: datetime, clinic: UUID) -> list[str]:
    """One line for each law that does not hold; empty when all is well."""
    async with owner.transaction(Context()) as session:
        referrals = list(await session.scalars(select(Referral)))
        log = defaultdict(list)
        for event in await session.scalars(
            select(ReferralEvent).order_by(ReferralEvent.referral_id, ReferralEvent.version)
        ):
            log[event.referral_id].append(event)
        found = []
        for referral in referrals:
            found += _of_log(referral, log[referral.id])
        found += await _of_time(session, referrals)
        found += await _of_names(session, log)
        found += await _of_messages(session, log)
    return found + await _of_consent(worker, now, clinic)


def _of_log(referral: Referral, events: list[ReferralEvent]) -> list[str]:
    found = []
    if [event.version for event in events] != list(range(1, referral.version + 1)):
        found.append(f"version {referral.version} is not the number of events")
    status = events[0].status_to
    for event in events[1:]:
        if event.status_to is None:
            continue
        if event.status_from is not status:
            found.append(f"{event.status_from} does not follow {status}")
        found += _of_move(event)
        status = event.status_to
    if status is not referral.status or referral.task_status is not task_status_of(status):
        found.append(f"the row says {referral.status}, the log {status}")
    if referral.held is not None and referral.status in ENDED:
        found.append("an ended request holds an answer")
    return found


def _of_move(event: ReferralEvent) -> list[str]:
    origin, to = event.status_from, event.status_to
    assert origin is not None
    assert to is not None
    found = []
    if not any(is_allowed(origin, to, party) for party in _rights(event)):
        found.append(f"{event.party} moved {origin} to {to}")
    before, after = task_status_of(origin).value, task_status_of(to).value
    if after not in {before, "entered-in-error"} and after not in EDGES.get(before, set()):
        found.append(f"the standard knows no {before} to {after}")
    if origin in ENDED and to is not S.ENTERED_IN_ERROR and (origin, to) not in REFINED:
        found.append(f"{origin} was left for {to}")
    return found


def _rights(event: ReferralEvent) -> set[Party]:
    """In whose right a party may move; no questions asked (P7 = 2) ends it by the sender."""
    if event.party is Party.SENDER:
        return {Party.SENDER, Party.COORDINATOR}
    if event.reason == "did_not_get_help" and event.party is Party.PATIENT:
        return {Party.SENDER}
    return {event.party}


async def _of_time(session: AsyncSession, referrals: list[Referral]) -> list[str]:
    rows = await session.execute(text("select subject_id, due_at from due where kind = 'referral'"))
    due = {row.subject_id: row.due_at for row in rows}
    found = []
    for referral in referrals:
        if referral.status not in ENDED and referral.next_action_at is None:
            found.append(f"nothing will ever happen at {referral.status}")
        if due.get(referral.id) != referral.next_action_at:
            found.append(f"due says {due.get(referral.id)}, the row {referral.next_action_at}")
    codes = await session.execute(
        text(
            "select k.referral_id, count(distinct k.code) as open, min(r.status) as status"
            " from reply_code k join referral r on r.id = k.referral_id"
            " where k.closed_at is null group by k.referral_id"
        )
    )
    found += [
        f"{row.open} open codes at {row.status}"
        for row in codes
        if row.open > 1 or S(row.status) in ENDED
    ]
    return found


async def _of_names(session: AsyncSession, log: dict[UUID, list[ReferralEvent]]) -> list[str]:
    rows = await session.scalars(
        select(ReferralDisclosure).where(ReferralDisclosure.shown_at.is_not(None))
    )
    found = []
    for row in rows.all():
        yes = [event for event in log[row.referral_id] if event.status_to in AFTER_YES]
        if not yes or row.shown_at < yes[0].recorded_at:
            found.append("a name was shown before the yes")
    return found


async def _of_messages(session: AsyncSession, log: dict[UUID, list[ReferralEvent]]) -> list[str]:
    rows = await session.execute(
        text(
            "select subject_id, recipient_id, template, count(*) as sent from message"
            " where template = any(:asks) group by 1, 2, 3"
        ),
        {"asks": list(ASKS)},
    )
    found = []
    for row in rows:
        events = log[row.subject_id]
        answered = sum(
            event.status_from is S.INFO_NEEDED and event.status_to is S.SENT for event in events
        )
        if row.sent > 1 + answered:
            found.append(f"{row.template} was sent {row.sent} times")
    twice: Any = await session.execute(
        text(
            "select count(*) from (select 1 from message"
            " group by organization_id, deduplication_key having count(*) > 1) t"
        )
    )
    if twice.scalar_one():
        found.append("a message has a twin")
    return found


async def _of_consent(worker: Database, now: datetime, clinic: UUID) -> list[str]:
    """Nothing that waits may go to a patient who may not be texted, nor tell an agency of them."""
    async with worker.transaction(Context(clinic)) as session:
        silent = await _silent(session)
        if not silent:
            return []
        rows = await session.scalars(
            select(Message).where(
                Message.subject_id.in_(silent),
                Message.recipient_kind == "patient",
                Message.template.not_in(WITHOUT_CONSENT),
                Message.channel == "sms",
            )
        )
        source = ReferralSource()
        verdicts = [
            (row.template, await source.may_send(session, as_queued(row), now))
            for row in rows.all()
        ]
    return [
        f"{template} would go to a patient who took consent back"
        for template, verdict in verdicts
        if not isinstance(verdict, Drop)
    ]


async def _silent(session: AsyncSession) -> list[UUID]:
    rows = await session.execute(
        text(
            "select r.id from referral r join consent c on c.id = r.consent_id"
            " join patient p on p.id = r.patient_id"
            " where c.revoked_at is not null or not p.may_text"
        )
    )
    return [row.id for row in rows]
