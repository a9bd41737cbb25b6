"""What a public report proposes, field by field beside what we say; taken over in one tap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from directory.actions.additions import Addition, add_row
from directory.actions.corrections import correct, hide_row
from directory.actions.edited import Correction
from directory.actions.reports import ReportNotFound, settle_report
from directory.codes import ServiceStatus
from directory.hours_rules import Hours
from directory.models import ServiceReport
from directory.models.public_pages import ReportOutcome, WhatIsWrong
from directory.stewards.moves import Move, move_to
from directory.stewards.reported_values import (
    address_in,
    as_rows,
    contact_in,
    hours_in_words,
    openings_in,
)
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Row
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
SERVICE = text("select id, status, email, url from service where id = :service")
# Of a place that everybody may know.
ADDRESSES = text("""
select a.id, a.location_id, a.address_1, a.city, a.state_province, a.postal_code from address a
join location l on l.id = a.location_id and not l.confidential and l.withdrawn_at is null
where a.withdrawn_at is null and l.id in (select location_id from service_at_location
  where service_id = :service and withdrawn_at is null) order by a.id limit 6""")
# The hours that count: of the service at its place, else of the service, else of the place.
HOURS = text("""
select *, min(rank) over () as counts from (
  select h.*, case when h.service_at_location_id is not null then 0
    when h.service_id is not null then 1 else 2 end as rank
  from schedule h where h.withdrawn_at is null and (h.service_id = :service
    or h.service_at_location_id in (select id from service_at_location
      where service_id = :service and withdrawn_at is null)
    or h.location_id in (select location_id from service_at_location
      where service_id = :service and withdrawn_at is null))) all_of_them order by id""")
MEANT = {
    WhatIsWrong.CLOSED: ServiceStatus.TEMPORARILY_CLOSED.value,
    WhatIsWrong.NOT_OFFERED: ServiceStatus.INACTIVE.value,
}
OWNERS = ("service_at_location_id", "service_id", "location_id")
THE_HOURS = "hours"  # no column: all rows of one owner
REASON = "Reported by the public"
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """One field: what it says, and what it would say. Fields of one row are taken together."""

    entity: str
    id: UUID
    field: str
    says: str
    would_say: str


async def proposals_of(
    session: AsyncSession, what: WhatIsWrong, service_id: UUID, said: str
) -> list[Proposal]:
    """Empty where a person has to write it."""
    if what in MEANT:
        row = (await session.execute(SERVICE, {"service": service_id})).one()
        return _differing([Proposal("service", row.id, "status", row.status, MEANT[what])])
    readers = {
        WhatIsWrong.WRONG_NUMBER: (_numbers,),
        WhatIsWrong.HOURS_WRONG: (_hours,),
        WhatIsWrong.MOVED: (_addresses,),
    }.get(what, (_contacts, _numbers, _hours, _addresses))
    for read in readers:
        found = _differing(await read(session, service_id, said.strip()))
        if found:
            return found
    return []


def _differing(proposals: list[Proposal]) -> list[Proposal]:
    return [each for each in proposals if each.says != each.would_say]


async def _numbers(session: AsyncSession, service_id: UUID, said: str) -> list[Proposal]:
    number = to_e164(said)
    if number is None:
        return []
    rows = await session.execute(PHONES, {"service": service_id})
    return [Proposal("phone", row.id, "number", row.number, number) for row in rows]


async def _contacts(session: AsyncSession, service_id: UUID, said: str) -> list[Proposal]:
    found = contact_in(said)
    if found is None:
        return []
    field, value = found
    row = (await session.execute(SERVICE, {"service": service_id})).one()
    return [Proposal("service", row.id, field, getattr(row, field) or "", value)]


async def _addresses(session: AsyncSession, service_id: UUID, said: str) -> list[Proposal]:
    given = address_in(said)
    rows = await session.execute(ADDRESSES, {"service": service_id}) if given else ()
    return [
        Proposal("address", row.id, field, getattr(row, field) or "", value)
        for row in rows
        for field, value in given.items()
    ]


async def _hours(session: AsyncSession, service_id: UUID, said: str) -> list[Proposal]:
    openings = openings_in(said)
    if not openings:
        return []
    found = await _counting(session, service_id)
    if found is None:
        return []
    (_column, owner), rows = found
    says = hours_in_words(_as_hours(row) for row in rows)
    return [Proposal("schedule", owner, THE_HOURS, says, hours_in_words(as_rows(openings)))]


async def _counting(
    session: AsyncSession, service_id: UUID
) -> tuple[tuple[str, UUID], Sequence[Row[Any]]] | None:
    """Whose hours count, and their rows; None when several places have hours of their own."""
    every = (await session.execute(HOURS, {"service": service_id})).all()
    rows = [row for row in every if row.rank == row.counts]
    if not rows:
        return ("service_id", service_id), rows
    column = OWNERS[rows[0].counts]
    owners = {getattr(row, column) for row in rows}
    return ((column, owners.pop()), rows) if len(owners) == 1 else None


def _as_hours(row: Row[Any]) -> Hours:
    return Hours(
        freq=row.freq,
        byday=row.byday,
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        interval=row.interval or 1,
        bymonthday=row.bymonthday,
    )


async def take_over(
    session: AsyncSession, report_id: UUID, row_id: UUID, by: Editor, now: datetime
) -> None:
    """Correct what the report proposes of this row, and settle the report."""
    report = await _report(session, report_id)
    said = report.proposed or report.note or ""
    proposals = await proposals_of(session, report.what, report.service_id, said)
    chosen = [each for each in proposals if each.id == row_id]
    if not chosen:
        raise InvalidInput(_("Choose what to correct."), field="reported")
    if chosen[0].field == THE_HOURS:
        await _replace_hours(session, report.service_id, said, by, now)
    elif chosen[0].entity == "address":
        await _move(session, report.service_id, chosen, by, now)
    else:
        for each in chosen:
            change = Correction(each.entity, each.id, each.field, each.would_say, REASON)
            await correct(session, change, by, now)
    assert by.id is not None  # noqa: S101 -- a steward is a person
    await settle_report(session, report_id, ReportOutcome.MENDED, person_id=by.id, now=now)


async def _move(
    session: AsyncSession, service_id: UUID, chosen: list[Proposal], by: Editor, now: datetime
) -> None:
    rows = await session.execute(ADDRESSES, {"service": service_id})
    location = next(row.location_id for row in rows if row.id == chosen[0].id)
    given = {each.field: each.would_say for each in chosen}
    await move_to(session, Move(location, chosen[0].id, given, REASON), by, now)


async def _replace_hours(
    session: AsyncSession, service_id: UUID, said: str, by: Editor, now: datetime
) -> None:
    """The rows that counted are taken out, ours stand in their place."""
    found = await _counting(session, service_id)
    if found is None:
        raise InvalidInput(_("Choose what to correct."), field="reported")
    (column, owner), rows = found
    for row in rows:
        await hide_row(session, "schedule", row.id, REASON, by, now)
    for each in openings_in(said):
        values = {
            "freq": each.freq,
            "byday": each.byday,
            "opens_at": each.opens_at.strftime("%H:%M"),
            "closes_at": each.closes_at.strftime("%H:%M"),
        }
        await add_row(session, Addition("schedule", {column: owner}, values, REASON), by, now)


async def refuse(
    session: AsyncSession, report_id: UUID, reason: str, by: Editor, now: datetime
) -> None:
    """Our page was right; why is kept sealed."""
    if not reason.strip():
        raise InvalidInput(_("Write why our page is right."), field="reported")
    report = await _report(session, report_id)
    assert by.id is not None  # noqa: S101 -- a steward is a person
    await settle_report(session, report_id, ReportOutcome.WAS_RIGHT, person_id=by.id, now=now)
    report.refused = reason.strip()[:LONGEST_REASON]
    await session.flush()


async def _report(session: AsyncSession, report_id: UUID) -> ServiceReport:
    report = await session.get(ServiceReport, report_id, with_for_update=True)
    if report is None:
        raise ReportNotFound(_("This report is not here."))
    return report
