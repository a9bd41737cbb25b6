"""The day's calls on paper: script, numbers, hours, what was tried, room for what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litestar import get
from litestar.response import Template
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from accounts.requests import AnyRequest, Caller, Now, Session
from directory.hours_words import schedule_lines
from directory.page_words import phone_words
from directory.search.hydrate import hours_of
from directory.stewards import words
from directory.stewards.calls import steward_of
from directory.stewards.due import due_list
from directory.stewards.pages import STEWARD, CallLine, call_line, zone_of
from shared import audit

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

SHEETS = (10, 20, 40)
NUMBERS_SHOWN = 4
# Numbers of the agency, its programmes and its places; those of named people are nobody's to read.
NUMBERS = text("""
select distinct s.organization_id as owner, p.number, p.extension from phone p
join service s on s.withdrawn_at is null and s.organization_id = any(:ids) and (
  p.organization_id = s.organization_id or p.service_id = s.id
  or p.service_at_location_id in (select id from service_at_location where service_id = s.id)
  or p.location_id in (select location_id from service_at_location where service_id = s.id))
where p.withdrawn_at is null and p.contact_id is null
  and coalesce(p.type, 'voice') in ('voice', 'cell', '')
order by 1, 2""")
HOURS = text("""
select distinct on (organization_id) organization_id as owner, display
from search_doc_of_staff where organization_id = any(:ids)
order by organization_id, display -> 'hours' is null, id""").columns(display=JSONB)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One agency on the sheet."""

    call: CallLine
    numbers: list[str]
    hours: list[str]


@get("/steward/calls/print", guards=[STEWARD])
async def print_calls(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """The first calls of today in their order, as many as were asked for."""
    await steward_of(session, actor)
    asked = request.query_params.get("most", "")
    most = int(asked) if asked in {str(each) for each in SHEETS} else SHEETS[1]
    zone, member = await zone_of(session, actor)
    due = await due_list(session, now)
    agencies = due.agencies[:most]
    ids = [agency.id for agency in agencies]
    numbers, hours = await _numbers(session, ids), await _hours(session, ids)
    today = now.astimezone(zone).date()
    await audit.record(session, "call_sheet_read", subject_kind="sheet", subject_id=None, now=now)
    context = {
        "member_name": member,
        "steward": actor.label,
        "today_words": words.long_day(now, zone),
        "sheets": SHEETS,
        "most": most,
        "left": len(due.agencies) - len(agencies),
        "outcomes": words.call_outcomes(),
        "lines": [
            SheetLine(
                call_line(each, today, zone), numbers.get(each.id, []), hours.get(each.id, [])
            )
            for each in agencies
        ],
    }
    return Template("steward_calls_print.html", context=context)


sheet_routers = [print_calls]


async def _numbers(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in await session.execute(NUMBERS, {"ids": list(ids)}):
        lines = found.setdefault(row.owner, [])
        if len(lines) < NUMBERS_SHOWN:
            lines.append(phone_words([row.number, row.extension])[1])
    return found


async def _hours(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in await session.execute(HOURS, {"ids": list(ids)}):
        display: dict[str, Any] = row.display
        found[row.owner] = [f"{days}, {times}" for days, times in schedule_lines(hours_of(display))]
    return found
