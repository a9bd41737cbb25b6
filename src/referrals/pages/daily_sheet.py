"""The agency's sheet of today's people as CSV. Names only where they were shown."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from litestar import Response, get

from accounts.api import Role, member_card, requires_role
from accounts.requests import Caller, Now, Session
from referrals.errors import ReferralNotFound
from referrals.pages.desk_view import desk_view, who_words
from referrals.queries import agency_desk
from shared import audit
from shared.i18n import gettext as _

if TYPE_CHECKING:
    from referrals.pages.desk_view import DeskRow

WORKERS = requires_role(Role.AGENCY_WORKER)
DEFAULT_ZONE = "America/New_York"
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@get("/desk/today.csv", guards=[WORKERS], media_type="text/csv")
async def export_today(session: Session, actor: Caller, now: Now) -> Response[str]:
    """Code, who, people, need, who sent them; two empty columns to fill in."""
    if actor.organization_id is None:
        raise ReferralNotFound
    card = await member_card(session, actor.organization_id)
    zone = ZoneInfo(card.time_zone if card is not None else DEFAULT_ZONE)
    desk = await agency_desk(session, actor.organization_id, now=now)
    today = desk_view(desk, zone, now).today
    await audit.record(
        session,
        "desk_exported",
        subject_kind="member",
        subject_id=actor.organization_id,
        now=now,
        detail={"count": len(today)},
    )
    day = now.astimezone(zone).date().isoformat()
    headers = {"content-disposition": f'attachment; filename="today-{day}.csv"'}
    return Response(sheet(today), media_type="text/csv; charset=utf-8", headers=headers)


def sheet(rows: tuple[DeskRow, ...]) -> str:
    """The rows as CSV, with a mark by which spreadsheets know the letters."""
    out = StringIO()
    out.write("\ufeff")
    written = csv.writer(out)
    titles = (_("Code"), _("Who"), _("People"), _("For"), _("Sent by"), _("Helped"))
    written.writerow([*titles, _("Did not come")])
    for row in rows:
        cells = (str(row.code or ""), who_words(row), row.people, row.need, row.sender)
        written.writerow([*(_plain(cell) for cell in cells), "", ""])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


staff_routers = [export_today]
