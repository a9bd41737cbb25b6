"""What a public report proposes, field by field beside what we say; taken over in one tap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from directory.actions.corrections import correct
from directory.actions.edited import Correction
from directory.actions.reports import ReportNotFound, settle_report
from directory.codes import ServiceStatus
from directory.models import ServiceReport
from directory.models.public_pages import ReportOutcome, WhatIsWrong
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.actions.edited import Editor

# The numbers that the page shows, those of the service first.
PHONES = text("""
select p.id, p.number from phone p join service s on s.id = :service
where p.withdrawn_at is null and p.contact_id is null and (p.service_id = s.id
  or p.service_at_location_id in (select id from service_at_location where service_id = s.id)
  or p.location_id in (select location_id from service_at_location where service_id = s.id)
  or p.organization_id = s.organization_id)
order by (p.service_id = s.id) desc nulls last, p.id limit 6""")
STATUS = text("select id, status from service where id = :service")
MEANT = {
    WhatIsWrong.CLOSED: ServiceStatus.TEMPORARILY_CLOSED.value,
    WhatIsWrong.NOT_OFFERED: ServiceStatus.INACTIVE.value,
}
REASON = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """One field: what it says, and what it would say."""

    entity: str
    id: UUID
    field: str
    says: str
    would_say: str


async def proposals_of(
    session: AsyncSession, what: WhatIsWrong, service_id: UUID, proposed: str
) -> list[Proposal]:
    """Empty where a person has to write it."""
    keys = {"service": service_id}
    if what is WhatIsWrong.WRONG_NUMBER and (number := to_e164(proposed or "")):
        rows = (await session.execute(PHONES, keys)).all()
        return [Proposal("phone", row.id, "number", row.number, number) for row in rows]
    if what in MEANT:
        rows = (await session.execute(STATUS, keys)).all()
        found = [Proposal("service", row.id, "status", row.status, MEANT[what]) for row in rows]
        return [each for each in found if each.says != each.would_say]
    return []


async def take_over(
    session: AsyncSession, report_id: UUID, row_id: UUID, by: Editor, now: datetime
) -> None:
    """Correct the field and settle the report."""
    report = await _report(session, report_id)
    proposals = await proposals_of(session, report.what, report.service_id, report.proposed or "")
    chosen = next((each for each in proposals if each.id == row_id), None)
    if chosen is None:
        raise InvalidInput(_("Choose what to correct."), field="reported")
    said = Correction(
        chosen.entity, chosen.id, chosen.field, chosen.would_say, "Reported by the public"
    )
    await correct(session, said, by, now)
    assert by.id is not None  # noqa: S101 -- a steward is a person
    await settle_report(session, report_id, ReportOutcome.MENDED, person_id=by.id, now=now)


async def refuse(
    session: AsyncSession, report_id: UUID, reason: str, by: Editor, now: datetime
) -> None:
    """Our page was right; why is kept sealed."""
    if not reason.strip():
        raise InvalidInput(_("Write why our page is right."), field="reported")
    report = await _report(session, report_id)
    assert by.id is not None  # noqa: S101 -- a steward is a person
    await settle_report(session, report_id, ReportOutcome.WAS_RIGHT, person_id=by.id, now=now)
    report.refused = reason.strip()[:REASON]
    await session.flush()


async def _report(session: AsyncSession, report_id: UUID) -> ServiceReport:
    report = await session.get(ServiceReport, report_id, with_for_update=True)
    if report is None:
        raise ReportNotFound(_("This report is not here."))
    return report
