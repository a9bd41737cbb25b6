"""The agency's desk for signed-in workers: today's people, new requests, one list to tick.

A signed-in answer is final at once. One request has a page of its own, the same as by link.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.api import PauseHow
from referrals.actions import AgencySays, AgencyWord, answer_as_agency
from referrals.errors import AlreadyAnswered, ReferralNotFound
from referrals.lifecycle import Party
from referrals.pages.agency_form import WHY_NOT, Press, nonce_of, press
from referrals.pages.agency_view import race_words
from referrals.pages.desk_senders import senders_of
from referrals.pages.desk_view import desk_view, who_words
from referrals.pages.forms import FieldErrors, Typed, errors_of, typed, words_of
from referrals.pages.full_here import (
    change_service,
    figure_rows,
    month_words,
    open_words,
    service_rows,
)
from referrals.pages.link import request_context
from referrals.pages.moments import long_day_words
from referrals.queries import agency_desk, agency_link_page
from referrals.queries.agency_figures import agency_figures
from referrals.queries.link_facts import agency_facts
from referrals.words import EventKind, Way, Word
from shared.errors import Conflict, HandbackError, InvalidInput
from shared.i18n import gettext as _
from shared.i18n import ngettext

WORKERS = requires_role(Role.AGENCY_WORKER)
DEFAULT_ZONE = "America/New_York"
TICKED_AT_MOST = 200


@dataclass(slots=True)
class _Said:
    """What the desk says on top, after something was not saved, or was."""

    race: str = ""
    lost_title: str = ""
    lost: list[str] = field(default_factory=list)
    saved: str = ""
    errors: FieldErrors = field(default_factory=list)
    # The request whose form was refused, so that its part stays open with what was typed.
    about: str = ""
    form: Typed | None = None


@get("/desk", guards=[WORKERS])
async def show_desk(session: Session, actor: Caller, now: Now) -> Template:
    """Everything open at this agency."""
    return await _desk(session, actor, now, _Said())


@get("/desk/print", guards=[WORKERS])
async def print_desk(session: Session, actor: Caller, now: Now) -> Template:
    """Today's people on paper, with boxes to tick and two empty lines."""
    context = await _context(session, actor, now)
    printed = {
        "senders": await senders_of(session, context["desk"].today),
        "printed_at": long_day_words(now, await _zone(session, actor)),
    }
    return Template("desk_print.html", context=context | printed)


@post("/desk/helped", guards=[WORKERS], status_code=200)
async def take_ticks(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Save who was helped. Each line stands alone: what was lost is told, the rest is kept."""
    form = await typed(request)
    ticked = _ids(form.many("helped"))
    if not ticked:
        said = _Said(errors=[("today", _("Tick who was helped, then save."))])
        return await _desk(session, actor, now, said, status=400)
    word = _word(actor, form, now)
    lost = [
        words
        for referral_id in ticked
        if (words := await _helped(session, referral_id, word)) is not None
    ]
    saved = len(ticked) - len(lost)
    said = _Said(
        saved=ngettext("1 saved.", "%(n)s saved.", saved) if saved else "",
        lost_title=_lost_title(len(lost), len(ticked)) if lost else "",
        lost=lost,
    )
    return await _desk(session, actor, now, said)


@get("/desk/{referral_id:uuid}", guards=[WORKERS])
async def show_request(
    session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """One request."""
    return await _request(session, actor, now, referral_id, _Said())


@post("/desk/{referral_id:uuid}", guards=[WORKERS], status_code=200)
async def act_on_request(
    request: AnyRequest, session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template | Redirect:
    """Do what the button says. A form from the desk goes back to the desk."""
    form = await typed(request)
    on_desk = form.text("back") == "desk"
    zone = await _zone(session, actor)
    said = _Said(about=str(referral_id), form=form)
    try:
        async with session.begin_nested():
            pressed = Press(referral_id, _word(actor, form, now), zone, now)
            outcome = await press(session, form, pressed)
    except ReferralNotFound:
        raise
    except AlreadyAnswered as refusal:
        said.race = await _race(session, referral_id, actor, refusal, now)
        status = 409
    except HandbackError as refusal:
        said.errors = errors_of(refusal)
        status = 409 if isinstance(refusal, Conflict) else 400
    else:
        shown = outcome.linked.id if outcome.linked is not None else referral_id
        return Redirect("/desk" if on_desk else f"/desk/{shown}", status_code=303)
    if on_desk:
        return await _desk(session, actor, now, said, status=status)
    return await _request(session, actor, now, referral_id, said, status=status)


@post("/desk/services/{place_id:uuid}", guards=[WORKERS], status_code=200)
async def mark_service(
    request: AnyRequest, session: Session, actor: Caller, now: Now, place_id: FromPath[UUID]
) -> Template | Redirect:
    """One of our services: full until a day, or open again."""
    form = await typed(request)
    zone = await _zone(session, actor)
    try:
        async with session.begin_nested():
            await change_service(session, place_id, form, how=PauseHow.DESK, zone=zone, now=now)
    except InvalidInput as refusal:
        said = _Said(errors=errors_of(refusal))
        return await _desk(session, actor, now, said, status=400)
    return Redirect("/desk#services", status_code=303)


staff_routers = [
    show_desk, print_desk, take_ticks, show_request, act_on_request, mark_service
]  # fmt: skip


async def _desk(
    session: AsyncSession, actor: Actor, now: datetime, said: _Said, *, status: int = 200
) -> Template:
    context = {**await _context(session, actor, now), "said": said}
    return Template("desk.html", context=context, status_code=status)


async def _context(session: AsyncSession, actor: Actor, now: datetime) -> dict[str, Any]:
    agency, zone = _organization(actor), await _zone(session, actor)
    desk = await agency_desk(session, agency, now=now)
    services = await service_rows(session, agency, zone, now)
    first = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "desk": desk_view(desk, zone, now),
        "services": services,
        "open_words": open_words(services),
        "figures": figure_rows(await agency_figures(session, agency, first.astimezone(UTC))),
        "month": month_words(now, zone),
        "who_words": who_words,
        "agency": await _name(session, actor),
        "member_name": await _name(session, actor),
        "why_not": [(reason.value, _(words)) for reason, words in WHY_NOT],
        "here": "desk",
    }


async def _request(  # noqa: PLR0913 -- whose page, of what, and what is said on top
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    referral_id: UUID,
    said: _Said,
    *,
    status: int = 200,
) -> Template:
    view = await agency_link_page(session, referral_id, _organization(actor), now=now)
    facts = await agency_facts(session, referral_id)
    context = {
        **request_context(view, facts, now),
        "by_link": False,
        "race": said.race,
        "errors": said.errors,
        "form": said.form,
        "member_name": await _name(session, actor),
        "here": "desk",
    }
    return Template("desk_request.html", context=context, status_code=status)


async def _race(
    session: AsyncSession,
    referral_id: UUID,
    actor: Actor,
    refusal: AlreadyAnswered,
    now: datetime,
) -> str:
    last = (await agency_facts(session, referral_id)).last
    zone = await _zone(session, actor)
    return race_words(refusal, last, await _name(session, actor), now, zone)


async def _helped(session: AsyncSession, referral_id: UUID, word: Word) -> str | None:
    """None when it was saved; else why not, with the code."""
    try:
        async with session.begin_nested():
            outcome = await answer_as_agency(
                session, referral_id, word, AgencyWord(AgencySays.HELPED)
            )
    except AlreadyAnswered as refusal:
        words = await _race(session, referral_id, word.actor, refusal, word.now)
        return f"{await _code(session, referral_id, word)}: {words}"
    except HandbackError as refusal:
        return f"{await _code(session, referral_id, word)}: {words_of(refusal)}"
    if outcome.event.kind is EventKind.LATE_WORD and not outcome.repeated:
        referral = outcome.referral
        told = _(
            "It had ended already. %(name)s has your word and reads it.", name=referral.owner_name
        )
        return f"{referral.code or '–'}: {told}"
    return None


async def _code(session: AsyncSession, referral_id: UUID, word: Word) -> str:
    """The code, and the name if it has been shown."""
    try:
        view = await agency_link_page(session, referral_id, _organization(word.actor), now=word.now)
    except ReferralNotFound:
        return "–"
    name = str((view.identity or {}).get("name") or "")
    return ", ".join(part for part in (str(view.request.code or "–"), name) if part)


def _lost_title(lost: int, ticked: int) -> str:
    return _(
        "%(lost)s of %(ticked)s were not saved: someone answered them first",
        lost=lost,
        ticked=ticked,
    )


def _ids(given: tuple[str, ...]) -> list[UUID]:
    """In one order for everybody, so that two people saving at once can't lock each other out."""
    found = set()
    for text in given[:TICKED_AT_MOST]:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return sorted(found)


def _word(actor: Actor, form: Typed, now: datetime) -> Word:
    return Word(
        actor=actor, party=Party.AGENCY, event_key=f"page:{nonce_of(form)}", now=now, way=Way.PAGE
    )


def _organization(actor: Actor) -> UUID:
    if actor.organization_id is None:
        raise ReferralNotFound
    return actor.organization_id


async def _zone(session: AsyncSession, actor: Actor) -> ZoneInfo:
    card = await member_card(session, _organization(actor))
    return ZoneInfo(card.time_zone if card is not None else DEFAULT_ZONE)


async def _name(session: AsyncSession, actor: Actor) -> str:
    card = await member_card(session, _organization(actor))
    return card.name if card is not None else ""
