"""What a mail that came back does to the message it is about; readers above do the rest.

Hard: the mailbox is not used again. Soft: the letter goes again for at least four hours, then a
person calls; at once where their server's rules refused it. Runs under the message's organization,
worker role.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select, text, update

from notify.codes import MAILBOX_GONE, POLICY_REFUSED
from notify.delivery import Event
from notify.mail_reports.bounces import refused_by_policy
from notify.mail_reports.kinds import REPORTS, MailKind
from notify.mail_reports.models import MailReport
from notify.progress import Because, happened, locked
from shared.identifiers import new_id

if TYPE_CHECKING:
    from sqlalchemy.engine import CursorResult
    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.models import Message
    from notify.suppression import SuppressionReason

MAX_READINGS = 5
# Two more tries, two hours apart: four hours after the first letter came back it is given up.
SOFT_WAIT = timedelta(hours=2)
SOFT_TRIES = 3
COMPLAINED = f"{MAILBOX_GONE}complaint"


@dataclass(frozen=True, slots=True)
class CameBack:
    """A mail that came back, as its reader sees it."""

    id: UUID
    message_id: UUID
    kind: MailKind
    away_until: date | None
    received_at: datetime
    words: str = field(repr=False)


async def begin_mail(session: AsyncSession, report_id: UUID) -> bool:
    """Count a reading before it starts; False when it is done, or was tried too often."""
    result: CursorResult[tuple[()]] = await session.execute(  # type: ignore[assignment]
        update(MailReport)
        .where(
            MailReport.id == report_id,
            MailReport.handled_at.is_(None),
            MailReport.handle_attempts < MAX_READINGS,
        )
        .values(handle_attempts=MailReport.handle_attempts + 1)
    )
    return result.rowcount == 1


async def end_mail(session: AsyncSession, report_id: UUID, now: datetime) -> None:
    """Everything that it asked for is done."""
    await session.execute(
        update(MailReport).where(MailReport.id == report_id).values(handled_at=now)
    )


async def mails_to_read(
    session: AsyncSession, received_before: datetime, limit: int
) -> list[tuple[UUID, UUID]]:
    """(organization, mail) whose job got lost, oldest first (worker role)."""
    rows = await session.execute(
        select(MailReport.organization_id, MailReport.id)
        .where(
            MailReport.handled_at.is_(None),
            MailReport.handle_attempts < MAX_READINGS,
            MailReport.received_at <= received_before,
        )
        .order_by(MailReport.received_at, MailReport.id)
        .limit(limit)
    )
    return [(owner, report_id) for owner, report_id in rows]


async def load_mail(session: AsyncSession, report_id: UUID) -> CameBack:
    """One that came back (worker role)."""
    row = (await session.scalars(select(MailReport).where(MailReport.id == report_id))).one()
    return CameBack(
        row.id, row.message_id, row.kind, row.away_until, row.received_at, row.words or ""
    )


async def act_on_report(session: AsyncSession, report_id: UUID, now: datetime) -> bool:
    """What a server's report does to its message, and the end of it; False: people wrote this."""
    report = (await session.scalars(select(MailReport).where(MailReport.id == report_id))).one()
    if report.kind not in REPORTS:
        return False
    row = await locked(session, report.message_id)
    if row is not None:
        await _act(session, report, row, now)
    report.handled_at = now
    await session.flush()
    return True


async def _act(session: AsyncSession, report: MailReport, row: Message, now: datetime) -> None:
    match report.kind:
        case MailKind.HARD:
            code = f"{MAILBOX_GONE}{report.status or ''}"
            because = Because(reason="mail_came_back", code=code[:40])
            await happened(session, row, Event.SAID_UNDELIVERED, now, because)
        case MailKind.COMPLAINT:
            because = Because(reason="mail_unwanted", code=COMPLAINED)
            await happened(session, row, Event.SAID_UNDELIVERED, now, because)
        case MailKind.SOFT if refused_by_policy(report.status):
            because = Because(reason="mail_came_back", code=POLICY_REFUSED)
            await happened(session, row, Event.SAID_UNDELIVERED, now, because)
        case MailKind.SOFT if await _bounces(session, report.message_id) < SOFT_TRIES:
            because = Because(code=report.status, not_before=now + SOFT_WAIT)
            await happened(session, row, Event.RETURNED, now, because)
        case MailKind.SOFT:
            because = Because(reason="mail_came_back", code=report.status)
            await happened(session, row, Event.SAID_UNDELIVERED, now, because)


async def suppress_channel(
    session: AsyncSession,
    organization_id: UUID,
    channel_id: UUID,
    reason: SuppressionReason,
    now: datetime,
) -> None:
    """Write nothing more to this phone or mailbox of an agency; its address stays unread."""
    await session.execute(
        text("select suppress_channel(:id, :organization, :channel, :reason, :now)"),
        {
            "id": new_id(),
            "organization": organization_id,
            "channel": channel_id,
            "reason": str(reason),
            "now": now,
        },
    )


async def forgive_channel(session: AsyncSession, channel_id: UUID) -> None:
    """Its people said yes again: what once came back from there counts no more."""
    await session.execute(text("select forgive_channel(:channel)"), {"channel": channel_id})


async def _bounces(session: AsyncSession, message_id: UUID) -> int:
    counted = await session.scalar(
        select(func.count())
        .select_from(MailReport)
        .where(MailReport.message_id == message_id, MailReport.kind == MailKind.SOFT)
    )
    return counted or 0
