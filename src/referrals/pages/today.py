"""Today: my list, whose turn it is and why it is first; the strips; and what others must do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import MediaType, get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals.actions import NextStep, acknowledge_ending
from referrals.errors import ReferralNotFound
from referrals.lifecycle import OPEN
from referrals.need_words import need_label
from referrals.pages.forms import FieldErrors, errors_of, sender_word, typed
from referrals.pages.moments import by_words, day_words, long_day_words, moment_words
from referrals.pages.phrases import number_to_call, urgency_words
from referrals.pages.said_words import reason_words
from referrals.queries import TodayPage, TodayRow, today_page
from referrals.queries.today import TEXTS, QuietPlace
from referrals.queries.versions import today_version
from referrals.strangers import unread as unread_strangers
from shared.errors import HandbackError, InvalidInput
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable

    from referrals.queries.cover import Absence

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)
DANGER_RANK = 0
OTHERS_SHOWN = 5
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list, in words."""

    id: UUID
    name: str = field(repr=False)
    need: str
    status: str
    turn: str
    urgent: bool
    by: str
    what: str
    why: str
    phone: str | None = field(repr=False)
    calls_patient: bool
    words: str = field(repr=False)
    danger: bool
    place: str
    ending: str
    read_task_id: UUID | None
    # A colleague's, whom the reader covers for.
    covers: str = ""


@dataclass(frozen=True, slots=True)
class QuietLine:
    """A place that has gone quiet, in words: one call for all of its requests."""

    place: str
    phone: str | None
    open_words: str
    last_word: str
    rows: list[Line]


@get("/today", guards=[STAFF])
async def show_today(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """The signed-in person's day."""
    context = await _context(session, actor, now)
    return Template("today.html", context={**context, "is_done": "done" in request.query_params})


@get("/today/version", guards=[STAFF], media_type=MediaType.TEXT, extends_session=False)
async def show_version(session: Session, actor: Caller) -> str:
    """What the open page compares every 5 seconds."""
    return await today_version(session, _tenant(actor), actor.person_id)


@post("/today/endings", guards=[STAFF], status_code=200)
async def take_endings(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Say what comes next, for one or many bad endings at once."""
    form = await typed(request)
    try:
        async with session.begin_nested():
            step = form.choice("next", NextStep)
            ids = [found for value in form.many("ending") if (found := _id(value)) is not None]
            if not ids or step is None:
                raise InvalidInput(noop("Tick one or more first."), field="ending")  # noqa: TRY301
            word = sender_word(actor, form, now)
            for referral_id in ids:
                await acknowledge_ending(session, referral_id, word=word, step=step)
    except HandbackError as refusal:
        context = await _context(session, actor, now, errors_of(refusal))
        return Template("today.html", context=context, status_code=400)
    return Redirect("/today?done=1", status_code=303)


staff_routers = [show_today, show_version, take_endings]


def _tenant(actor: Actor) -> UUID:
    if actor.organization_id is None:
        raise ReferralNotFound
    return actor.organization_id


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


async def _context(
    session: AsyncSession, actor: Actor, now: datetime, errors: FieldErrors | None = None
) -> dict[str, Any]:
    page = await today_page(session, actor, now=now)
    card = await member_card(session, _tenant(actor))
    zone = ZoneInfo(card.time_zone if card else "America/New_York")

    names = {each.person_id: each.name for each in page.covered}

    def lines(rows: Iterable[TodayRow]) -> list[Line]:
        return [line_of(row, now, zone, names.get(row.owner_id or NOBODY, "")) for row in rows]

    return {
        "member_name": card.name if card else "",
        "today_words": long_day_words(now, zone),
        "mine": lines(page.mine),
        "others": lines(page.others),
        "others_shown": OTHERS_SHOWN,
        "texts": lines(page.texts),
        "calls": lines(page.calls),
        "endings": lines(page.bad_endings),
        "quiet": [quiet_line(place, now, zone) for place in page.gone_quiet],
        "cover": [_cover_words(page, each, now, zone) for each in page.covered],
        "summary": _summary(page),
        "next_due": _next_due(page, now, zone),
        "late_words": _late_words(page, now),
        "open_count": page.open_count,
        "version": await today_version(session, _tenant(actor), actor.person_id),
        "errors": errors or [],
        "strangers": await unread_strangers(session, _tenant(actor)),
    }


def quiet_line(place: QuietPlace, now: datetime, zone: ZoneInfo) -> QuietLine:
    """A silent place in words."""
    return QuietLine(
        place=place.name,
        phone=place.phone,
        open_words=ngettext("%(n)s open", "%(n)s open", len(place.rows)),
        last_word=_("last word %(when)s", when=moment_words(place.last_word_at, now, zone)),
        rows=[line_of(row, now, zone) for row in place.rows],
    )


def _cover_words(page: TodayPage, absence: Absence, now: datetime, zone: ZoneInfo) -> str:
    theirs = [row for row in (*page.mine, *page.others) if row.owner_id == absence.person_id]
    need_you = sum(1 for row in theirs if row.turn.whose == "ours")
    until = day_words(absence.ends_on, now.astimezone(zone).date())
    said = [
        _("You cover for %(name)s until %(day)s.", name=absence.name, day=until),
        ngettext("%(n)s open.", "%(n)s open.", sum(1 for row in theirs if row.status in OPEN)),
        ngettext("%(n)s needs you.", "%(n)s need you.", need_you),
    ]
    return " ".join(said)


def line_of(row: TodayRow, now: datetime, zone: ZoneInfo, covers: str = "") -> Line:
    """One request in words."""
    turn = row.turn
    by = by_words(turn.by, now, zone) if turn.by else ""
    return Line(
        id=row.referral_id,
        name=row.patient_name,
        need=_need(row),
        status=_(row.people_see),
        turn=_whose(row, by),
        urgent=turn.by is not None and turn.by <= now,
        by=moment_words(turn.by, now, zone) if turn.by else "–",
        what=_(turn.what) if turn.what else _("Send it, or throw it away."),
        why=_why(row, now, zone, covers),
        phone=number_to_call(turn, row.patient_phone, row.place_phone),
        calls_patient=row.calls_patient,
        words=row.words,
        danger=turn.rank == DANGER_RANK,
        place=row.performer_name,
        ending=reason_words(row.reason) or _(row.people_see),
        read_task_id=turn.task.id if turn.task and turn.task.kind in TEXTS else None,
        covers=covers,
    )


def _need(row: TodayRow) -> str:
    label = need_label(row.need, language())
    if not row.household_size:
        return label
    people = ngettext("%(n)s person", "%(n)s people", row.household_size)
    return f"{label}, {people}"


def _whose(row: TodayRow, by: str) -> str:
    turn = row.turn
    if turn.whose == "ours":
        return _("Your turn, %(by)s", by=by) if by else _("Your turn")
    if turn.whose == "visit":
        return _("Visit set")
    return _("The patient’s") if turn.whose == "patient" else turn.who


def _why(row: TodayRow, now: datetime, zone: ZoneInfo, covers: str) -> str:
    parts = [_(row.turn.why)] if row.turn.why else []
    parts.append(_("needed %(soon)s", soon=urgency_words(row.urgency)))
    if row.sent_at is not None:
        parts.append(_("asked %(when)s", when=moment_words(row.sent_at, now, zone)))
    if covers:
        parts.append(_("you cover for %(name)s", name=covers))
    return ", ".join(parts)


def _summary(page: TodayPage) -> str:
    """'You have 10 open. 5 need you. 5 are with somebody else. 1 has ended …': they add up."""
    mine, others = sum(1 for row in page.mine if row.status in OPEN), len(page.others)
    ended = len(page.mine) - mine
    said = [_("Nothing is open.")]
    if page.open_count:
        said = [ngettext("You have %(n)s open.", "You have %(n)s open.", page.open_count)]
    if mine:
        said.append(ngettext("%(n)s needs you.", "%(n)s need you.", mine))
    if others:
        said.append(
            ngettext("%(n)s is with somebody else.", "%(n)s are with somebody else.", others)
        )
    if ended:
        said.append(
            ngettext(
                "%(n)s has ended and waits for your word.",
                "%(n)s have ended and wait for your word.",
                ended,
            )
        )
    return " ".join(said)


def _late_words(page: TodayPage, now: datetime) -> str:
    late = sum(1 for row in page.others if row.turn.by is not None and row.turn.by <= now)
    return ngettext("%(n)s is late.", "%(n)s are late.", late) if late else ""


def _next_due(page: TodayPage, now: datetime, zone: ZoneInfo) -> str:
    dues = (row.turn.by for row in page.others)
    due = next((by for by in dues if by is not None and by > now), None)
    return moment_words(due, now, zone) if due else ""
