"""The page "Going away?": who covers for whom, and the form that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, Role, member_card, people_here, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals.actions.covering import STAFF as COLLEAGUES
from referrals.actions.covering import NewCover, end_cover, start_cover
from referrals.errors import ReferralNotFound
from referrals.pages.forms import FieldErrors, Typed, errors_of, typed
from referrals.pages.moments import day_words
from referrals.queries.cover import Absence, absences
from shared.errors import HandbackError, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)


@dataclass(frozen=True, slots=True)
class CoverLine:
    """One absence in words; `can_end` for those it concerns."""

    id: UUID
    words: str
    can_end: bool


@get("/today/cover", guards=[STAFF])
async def show_cover(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """Who is away, and the form."""
    context = await _context(session, actor, now)
    return Template("cover.html", context={**context, "is_done": "done" in request.query_params})


@post("/today/cover", guards=[STAFF], status_code=200)
async def take_cover(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Start or end a cover."""
    form = await typed(request)
    try:
        async with session.begin_nested():
            await _take(session, form, actor, now)
    except NotFound:
        raise
    except HandbackError as refusal:
        context = await _context(session, actor, now, form, errors_of(refusal))
        return Template("cover.html", context=context, status_code=400)
    return Redirect("/today/cover?done=1", status_code=303)


async def _take(session: AsyncSession, form: Typed, actor: Actor, now: datetime) -> None:
    if form.text("do") == "end":
        cover_id = form.id("cover")
        if cover_id is None:
            raise NotFound(noop("This cover does not exist, or it is not yours to end."))
        await end_cover(session, cover_id, actor=actor, now=now)
        return
    who = form.id("who") or actor.person_id
    if who is None:
        raise ReferralNotFound
    new = NewCover(who, form.id("by"), form.day("starts"), form.day("ends"))
    await start_cover(session, new, actor=actor, now=now)


async def _context(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    form: Typed | None = None,
    errors: FieldErrors | None = None,
) -> dict[str, Any]:
    organization = actor.organization_id
    if organization is None:
        raise ReferralNotFound
    card = await member_card(session, organization)
    today = now.astimezone(ZoneInfo(card.time_zone if card else "America/New_York")).date()
    people = [
        each
        for each in await people_here(session)
        if not each.disabled and not each.roles.isdisjoint(COLLEAGUES)
    ]
    leads = actor.has_role(Role.COORDINATOR)
    lines = [
        CoverLine(
            each.id,
            _(
                "%(name)s is away from %(first)s to %(last)s. %(by)s covers.",
                name=each.name,
                by=each.by_name,
                first=day_words(each.starts_on, today),
                last=day_words(each.ends_on, today),
            ),
            leads or _concerns(each, actor),
        )
        for each in await absences(session, organization, today)
    ]
    return {
        "member_name": card.name if card else "",
        "people": people,
        "lines": lines,
        "leads": leads,
        "me": actor.person_id,
        "today": today.isoformat(),
        "form": form or Typed({}),
        "errors": errors or [],
    }


def _concerns(absence: Absence, actor: Actor) -> bool:
    return actor.person_id in {absence.person_id, absence.by_person_id}


staff_routers = [show_cover, take_cover]
