"""What the public tells about a page: a tap is a report, its reader the front door's steward."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from directory.models import Organization, Service, ServiceAtLocation, ServiceMoved, ServiceReport
from directory.models.public_pages import ReportOutcome, WhatIsWrong
from shared import audit
from shared.attempts import add_attempt, attempts_since
from shared.database import Context, set_context
from shared.errors import Conflict, NotAllowed, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

NOTE_CHARACTERS, PROPOSED_CHARACTERS = 300, 120
A_DAY = timedelta(days=1)
# One address may tell this much of one service, and of all services, in a day.
OF_ONE_SERVICE, OF_ALL = 4, 40
PURPOSE = "service_report"
PUBLIC_ACTOR = "public"
FRONT_DOOR = text("select front_door()")
LOCK = text("select pg_advisory_xact_lock(hashtextextended(:key, 0))")


class ReportNotFound(NotFound):
    """No such report here."""


class TooManyReports(NotAllowed):
    """The same address told very much today."""

    default_code = "too_many_tries"


@dataclass(frozen=True, slots=True)
class NewReport:
    """A word about the page of a service, or of a service at a place."""

    page_id: UUID
    what: WhatIsWrong
    language: str
    nonce: str
    note: str = ""
    client: str = ""
    proposed: str = ""


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A report as the steward's desk lists it."""

    id: UUID
    service_id: UUID
    page_id: UUID
    service: str
    organization: str
    what: WhatIsWrong
    note: str
    language: str
    reported_at: datetime
    proposed: str = ""


async def add_report(session: AsyncSession, new: NewReport, *, now: datetime) -> UUID:
    """Keep it for the steward. Raises ReportNotFound for no such page, TooManyReports.

    The transaction came in without an organization and goes on as the front door's.
    """
    service_id, place_id = await _page(session, new.page_id)
    front_door: UUID | None = await session.scalar(FRONT_DOOR)
    if front_door is None:
        raise Conflict(
            _("Nobody looks after this directory yet."), remedy=_("Please call the help line.")
        )
    await set_context(session, Context(front_door, actor=PUBLIC_ACTOR))
    form_key = hashlib.sha256(new.nonce.encode()).digest()
    kept = await _of_this_form(session, front_door, form_key)
    if kept is not None:
        # The button was pressed again: what was written since joins the same report.
        kept.note = kept.note or new.note[:NOTE_CHARACTERS] or None
        kept.proposed = kept.proposed or new.proposed[:PROPOSED_CHARACTERS] or None
        return kept.id
    await _limit(session, service_id, new.client, now)
    row = ServiceReport(
        organization_id=front_door,
        service_id=service_id,
        service_at_location_id=place_id,
        what=new.what,
        note=new.note[:NOTE_CHARACTERS] or None,
        proposed=new.proposed[:PROPOSED_CHARACTERS] or None,
        language=new.language,
        form_key=form_key,
        reported_at=now,
    )
    session.add(row)
    await session.flush()
    await audit.record(
        session,
        "service_reported",
        subject_kind="service",
        subject_id=service_id,
        now=now,
        detail={"what": new.what.value},
    )
    return row.id


async def _of_this_form(
    session: AsyncSession, organization_id: UUID, form_key: bytes
) -> ServiceReport | None:
    """Two presses at one moment wait for each other, so that the second finds the first's row."""
    await session.execute(LOCK, {"key": form_key.hex()})
    found: ServiceReport | None = await session.scalar(
        select(ServiceReport).where(
            ServiceReport.organization_id == organization_id, ServiceReport.form_key == form_key
        )
    )
    return found


async def reports_waiting(session: AsyncSession) -> list[WaitingReport]:
    """What nobody has looked at, oldest first; empty but for the front door's people."""
    rows = await session.execute(
        select(ServiceReport, Service.name, Organization.name)
        .join(Service, Service.id == ServiceReport.service_id)
        .join(Organization, Organization.id == Service.organization_id)
        .where(ServiceReport.settled_at.is_(None))
        .order_by(ServiceReport.reported_at, ServiceReport.id)
    )
    return [
        WaitingReport(
            id=report.id,
            service_id=report.service_id,
            page_id=report.service_at_location_id or report.service_id,
            service=service,
            organization=organization,
            what=report.what,
            note=report.note or "",
            language=report.language,
            reported_at=report.reported_at,
            proposed=report.proposed or "",
        )
        for report, service, organization in rows
    ]


async def settle_report(
    session: AsyncSession,
    report_id: UUID,
    outcome: ReportOutcome,
    *,
    person_id: UUID,
    now: datetime,
) -> None:
    """Write down what the steward found. Raises ReportNotFound; settled ones stay as they are."""
    report = await session.get(ServiceReport, report_id, with_for_update=True)
    if report is None:
        raise ReportNotFound(_("This report is not here."))
    if report.settled_at is not None:
        raise Conflict(_("Somebody settled this report before you."))
    report.settled_at, report.settled_by, report.outcome = now, person_id, outcome
    await audit.record(
        session,
        "service_report_settled",
        subject_kind="service",
        subject_id=report.service_id,
        now=now,
        detail={"outcome": outcome.value},
    )


async def record_moved(session: AsyncSession, old_id: UUID, new_id: UUID, *, now: datetime) -> None:
    """From now on the old page leads to the new one, and so do pages that led to the old one."""
    if old_id == new_id:
        raise Conflict(_("A page can't move to itself."))
    await session.execute(
        text("delete from service_moved where old_id = :new_id"), {"new_id": new_id}
    )
    await session.execute(
        text("update service_moved set new_id = :new_id where new_id = :old_id"),
        {"new_id": new_id, "old_id": old_id},
    )
    row = insert(ServiceMoved).values(old_id=old_id, new_id=new_id, moved_at=now)
    await session.execute(
        row.on_conflict_do_update(
            index_elements=["old_id"], set_={"new_id": new_id, "moved_at": now}
        )
    )
    await audit.record(session, "service_moved", subject_kind="service", subject_id=old_id, now=now)


async def _page(session: AsyncSession, page_id: UUID) -> tuple[UUID, UUID | None]:
    """The service, and the place if the page is of one."""
    found = await session.execute(
        select(ServiceAtLocation.service_id, ServiceAtLocation.id).where(
            ServiceAtLocation.id == page_id
        )
    )
    place = found.first()
    if place is not None:
        return place.service_id, place.id
    if await session.scalar(select(func.count()).where(Service.id == page_id)):
        return page_id, None
    raise ReportNotFound(
        _("This service is not in the directory."), remedy=_("Search again, or call 211.")
    )


async def _limit(session: AsyncSession, service_id: UUID, client: str, now: datetime) -> None:
    """Counted by a keyed hash of the address; the address itself is kept nowhere."""
    of_one, since = f"{client}|{service_id}", now - A_DAY
    told = await attempts_since(session, PURPOSE, of_one, since)
    told_in_all = await attempts_since(session, PURPOSE, client, since)
    if told >= OF_ONE_SERVICE or told_in_all >= OF_ALL:
        raise TooManyReports(
            _("Thank you. You told us enough about this for today."),
            remedy=_("A person looks at it. If it can't wait, please call the help line."),
        )
    await add_attempt(session, PURPOSE, of_one, now)
    await add_attempt(session, PURPOSE, client, now)
