"""The coordinator's page "Team": our own lateness first, then what places owe (practice 5.9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get
from litestar.response import Template

from accounts.api import Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals.errors import ReferralNotFound
from referrals.need_words import need_label
from referrals.pages.moments import day_words, long_day_words, moment_words
from referrals.pages.today import Line, line_of, quiet_line
from referrals.queries import TodayRow
from referrals.queries.team import TeamPage, WorkerLine, team_page
from shared.i18n import gettext as _
from shared.i18n import gettext_noop, language, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

COORDINATOR = requires_role(Role.COORDINATOR)
SHOWN = 10
A_DAY, AN_HOUR = 86_400, 3_600
BY_PATIENT = frozenset({"Got help (both say)", "Got help (patient says)"})
# Words, from day, to before day.
LATE_FOR: tuple[tuple[str, int, int | None], ...] = (
    (gettext_noop("Less than a day"), 0, 1),
    (gettext_noop("1 or 2 days"), 1, 3),
    (gettext_noop("3 to 6 days"), 3, 7),
    (gettext_noop("A week or longer"), 7, None),
)


@dataclass(frozen=True, slots=True)
class Worker:
    """One line of the table, in words."""

    id: UUID | None
    name: str
    note: str
    open: int
    steps: int
    late: int
    bad_endings: int
    next_due: str


@dataclass(frozen=True, slots=True)
class LateLine:
    """A late step, in words."""

    id: UUID
    name: str = field(repr=False)
    need: str
    what: str
    place: str
    since: str
    worker: str


@get("/team", guards=[COORDINATOR])
async def show_team(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """Everybody's requests at a glance."""
    organization = actor.organization_id
    if organization is None:
        raise ReferralNotFound
    page = await team_page(session, actor, now=now)
    card = await member_card(session, organization)
    zone = ZoneInfo(card.time_zone if card else "America/New_York")
    context = _context(page, now, zone)
    context["member_name"] = card.name if card else ""
    context["handed"] = _handed(request)
    return Template("team.html", context=context)


staff_routers = [show_team]


def _context(page: TeamPage, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    def late(rows: Iterable[TodayRow]) -> list[LateLine]:
        return [_late_line(row, now) for row in rows]

    def lines(rows: Iterable[TodayRow]) -> list[Line]:
        return [line_of(row, now, zone) for row in rows]

    return {
        "today_words": long_day_words(now, zone),
        "workers": [_worker(each, now, zone) for each in page.workers],
        "late_ours": late(page.late_ours),
        "late_theirs": late(page.late_theirs),
        "differ": lines(page.differ),
        "quiet": [quiet_line(place, now, zone) for place in page.gone_quiet],
        "endings": lines(page.bad_endings),
        "inbox": _inbox_words(page.inbox) if page.inbox else None,
        "next_due": moment_words(page.next_due, now, zone) if page.next_due else "",
        "steps": page.steps,
        "late_by_age": _late_by_age(page.late_ours, now),
        "figures": [(_(label), number) for label, number in page.endings],
        "ended": sum(number for _label, number in page.endings),
        "by_patient": sum(number for label, number in page.endings if label in BY_PATIENT),
        "shown": SHOWN,
    }


def _late_by_age(rows: Iterable[TodayRow], now: datetime) -> list[tuple[str, int]]:
    """How many have waited how long: [('Less than a day', 3), …]."""
    days = [(now - row.turn.by).days for row in rows if row.turn.by is not None]
    return [
        (_(words), sum(low <= each and (high is None or each < high) for each in days))
        for words, low, high in LATE_FOR
    ]


def _worker(line: WorkerLine, now: datetime, zone: ZoneInfo) -> Worker:
    note = ""
    if line.away is not None:
        until = day_words(line.away.ends_on, now.astimezone(zone).date())
        note = _("away until %(day)s, %(name)s covers", day=until, name=line.away.by_name)
    elif line.left:
        note = _("left")
    due = moment_words(line.next_due, now, zone) if line.next_due else "–"
    if line.late:
        due = ngettext("%(n)s overdue", "%(n)s overdue", line.late)
    return Worker(
        id=line.person_id,
        name=line.name if line.person_id else _("Team inbox"),
        note=note,
        open=line.open,
        steps=line.steps,
        late=line.late,
        bad_endings=line.bad_endings,
        next_due=due,
    )


def _inbox_words(line: WorkerLine) -> tuple[str, str]:
    """The heading and the sentence about requests that nobody owns."""
    title = ngettext(
        "%(n)s open request has no owner", "%(n)s open requests have no owner", line.open
    )
    late = ngettext("%(n)s is late.", "%(n)s are late.", line.late)
    return title, f"{late} {_('Their patients will be told who writes now.')}"


def _late_line(row: TodayRow, now: datetime) -> LateLine:
    turn = row.turn
    return LateLine(
        id=row.referral_id,
        name=row.patient_name,
        need=need_label(row.need, language()),
        what=_(turn.what) if turn.what else _("Send it, or throw it away."),
        place=row.performer_name,
        since=since_words(turn.by or now, now),
        worker=row.owner_name or _("Nobody"),
    )


def since_words(at: datetime, now: datetime) -> str:
    """'2 minutes', '3 hours', '4 days'."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds >= A_DAY:
        return ngettext("%(n)s day", "%(n)s days", seconds // A_DAY)
    if seconds >= AN_HOUR:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // AN_HOUR)
    return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60)


def _handed(request: AnyRequest) -> str:
    """What the hand-over before did; the address carries two numbers and nothing else."""
    given = request.query_params.get("handed", "")
    told = request.query_params.get("told", "")
    if not (given.isdecimal() and told.isdecimal()) or len(given + told) > 12:  # noqa: PLR2004
        return ""
    went = ngettext("%(n)s request went over.", "%(n)s requests went over.", int(given))
    texts = ngettext(
        "%(n)s patient is told by text who writes now.",
        "%(n)s patients are told by text who writes now.",
        int(told),
    )
    return f"{went} {texts}"
