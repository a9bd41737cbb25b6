"""Disaster mode's page: what happened, which places, check the list, start, undo."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, member_card
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.codes import ClosureReason
from directory.needs import needs
from directory.stewards import words
from directory.stewards.banner import banners_of
from directory.stewards.calls import steward_of
from directory.stewards.desk import emergencies
from directory.stewards.emergencies import (
    BANNER,
    NAME,
    WORDS,
    NewEmergency,
    open_again,
    start_emergency,
    undo_emergency,
)
from directory.stewards.forms import Form, form_of
from directory.stewards.pages import STEWARD, Errors
from directory.stewards.sites import Site, Which, chosen_sites, find_sites
from directory.stewards.temporary import NewSite, check_site
from shared.errors import HandbackError, InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext_noop as _
from shared.i18n import language

PATH = "/steward/emergency"


@get(PATH, guards=[STEWARD])
async def show_emergency(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template:
    """The form, and what holds now."""
    context = await _context(session, actor, now, Form({}))
    asked = request.query_params
    kept = asked.get("kept", "")
    context |= {
        "is_started": "started" in asked,
        "is_undone": "undone" in asked,
        "kept": int(kept) if kept.isdecimal() and len(kept) < 6 else 0,  # noqa: PLR2004
    }
    return Template("steward_emergency.html", context=context)


@post(PATH, guards=[STEWARD], status_code=200)
async def take_emergency(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Check the list first; start; open one place again; undo all of it."""
    form = await form_of(request)
    today = await _today(session, actor, now)
    sites: list[Site] = []
    try:
        async with session.begin_nested():
            sites = await _sites(session, form, today)
            address = await _take(session, form, actor, now, today)
    except (NotAllowed, NotFound):
        raise
    except HandbackError as refusal:
        errors = [(refusal.field or "", words.refusal(refusal))]
        context = await _context(session, actor, now, form, sites, errors)
        return Template("steward_emergency.html", context=context, status_code=400)
    if address is None:
        context = await _context(session, actor, now, form, sites)
        return Template("steward_emergency.html", context=context)
    banners_of(request.app.state).forget()
    return Redirect(address, status_code=303)


emergency_routers = [show_emergency, take_emergency]


async def _sites(session: AsyncSession, form: Form, today: date) -> list[Site]:
    """What the form asks for; once the list was checked, the ticked ones."""
    if form.text("do") == "check":
        which = Which(
            form.text("zips"), form.text("city"), form.text("county"), form.text("organization")
        )
        found = await find_sites(session, which, today)
        if which.asks_something and not found:
            raise InvalidInput(_("No place is found like this."), field="zips")
        return found
    if form.text("do") == "start":
        return await chosen_sites(session, form.ids("listed"), today)
    return []


async def _take(
    session: AsyncSession, form: Form, actor: Actor, now: datetime, today: date
) -> str | None:
    """The address to go to; None shows the list."""
    does = form.text("do")
    chosen = form.id("id")
    if does == "undo" and chosen is not None:
        undone = await undo_emergency(session, chosen, actor=actor, now=now)
        return f"{PATH}?undone=1&kept={undone.kept}"
    if does == "reopen" and chosen is not None:
        await open_again(session, chosen, actor=actor, now=now)
        return f"{PATH}?done=1"
    if does == "check":
        if (site := _new_site(form)) is not None:
            check_site(site)
        return None
    if does != "start":
        raise InvalidInput(_("Choose what to do."), field="name")
    new = NewEmergency(
        name=form.text("name", NAME),
        ends_on=form.day("ends"),
        reason=form.choice("reason", ClosureReason) or ClosureReason.WEATHER,
        words_en=form.text("words_en", WORDS),
        words_es=form.text("words_es", WORDS),
        banner_en=form.text("banner_en", BANNER),
        banner_es=form.text("banner_es", BANNER),
        sites=form.ids("site"),
        opens=_new_site(form),
    )
    await start_emergency(session, new, actor=actor, now=now, today=today)
    return f"{PATH}?started=1"


def _new_site(form: Form) -> NewSite | None:
    """The place to add, if anything was typed about one."""
    names = ("name_en", "name_es", "what_en", "what_es", "street", "city", "zip", "phone")
    typed = {name: form.text(f"site_{name}") for name in names}
    if not any(typed.values()):
        return None
    return NewSite(
        **typed,
        need=form.text("site_need"),
        opens=form.hour("site_opens"),
        closes=form.hour("site_closes"),
    )


async def _today(session: AsyncSession, actor: Actor, now: datetime) -> date:
    front_door, _person = await steward_of(session, actor)
    card = await member_card(session, front_door)
    return now.astimezone(ZoneInfo(card.time_zone if card else "America/New_York")).date()


async def _context(  # noqa: PLR0913, PLR0917 -- a page and what was typed into it
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    form: Form,
    sites: list[Site] | None = None,
    errors: Errors | None = None,
) -> dict[str, Any]:
    today = await _today(session, actor, now)
    card = await member_card(session, actor.organization_id) if actor.organization_id else None
    checked = form.text("do") in {"check", "start"} and not (errors and form.text("do") == "check")
    ticked = (
        set(form.ids("site")) if form.text("do") == "start" else {each.id for each in sites or []}
    )
    return {
        "member_name": card.name if card else "",
        "today": today.isoformat(),
        "reasons": words.closure_reasons(),
        "needs": [(each.code, each.label(language())) for each in needs() if not each.sensitive],
        "emergencies": [
            (each, words.day(each.ends_on)) for each in await emergencies(session, now)
        ],
        "sites": sites or [],
        "ticked": ticked,
        "checked": checked,
        "form": form,
        "errors": errors or [],
    }
