"""Delivery: every message's whole story, what is in doubt, who is stopped, how the sender is.

A colleague sees messages of requests that they may see; a coordinator pauses, releases and mends.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api import Role, member_card, people_here, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from accounts.rules import Actor
from notify.api import (
    Channel,
    DoubtReason,
    Looking,
    doubts,
    drop_held,
    give_up_doubt,
    heard_it_arrived,
    mend_address,
    message_history,
    messages_seen,
    pause_own,
    pauses_in_force,
    release_held,
    resend_after_doubt,
    resume_own,
    seen_among,
    sender_health,
    sender_number_facts,
    settle_code,
)
from referrals.errors import ReferralNotFound
from referrals.listing import DEFAULT_TIME_ZONE
from referrals.pages import delivery_view as view
from referrals.pages.forms import FieldErrors, Typed, errors_of, typed
from referrals.queries.delivery import SEEN, abouts, stopped_people
from shared import audit
from shared.errors import HandbackError, InvalidInput, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import ngettext

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)
LEADS = requires_role(Role.COORDINATOR)
PAGE = 50
HELD_AT_MOST = 500
DEFAULT_DAYS = 7


@get("/delivery", guards=[STAFF])
async def show_delivery(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """What waits for somebody, how the sender is, and the list."""
    return await _page(request, session, actor, now, [])


@get("/delivery/{message_id:uuid}", guards=[STAFF])
async def show_message(
    session: Session, actor: Caller, now: Now, message_id: FromPath[UUID]
) -> Template:
    """One message's whole story."""
    return await _story(session, actor, now, message_id, [])


@post("/delivery/{message_id:uuid}", guards=[STAFF], status_code=200)
async def take_message(
    request: AnyRequest, session: Session, actor: Caller, now: Now, message_id: FromPath[UUID]
) -> Template | Redirect:
    """Settle a doubt, or say that a code was looked at."""
    form = await typed(request)
    await _must_see(session, message_id)
    try:
        async with session.begin_nested():
            await _settle(session, form, actor, now, message_id)
    except NotFound:
        raise
    except HandbackError as refusal:
        return await _story(session, actor, now, message_id, errors_of(refusal))
    return Redirect(f"/delivery/{message_id}?done=1", status_code=303)


@post("/delivery/held", guards=[LEADS], status_code=200)
async def take_held(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Release or drop what stood in the queue of a restored database."""
    form = await typed(request)
    asked = [found for each in form.many("message") if (found := Typed({"id": (each,)}).id("id"))]
    ids = sorted(await seen_among(session, SEEN, asked))
    does = form.text("do")
    if not ids or does not in {"release", "drop"}:
        return await _page(
            request, session, actor, now, [("held", _("Tick at least one message."))], 400
        )
    act = release_held if does == "release" else drop_held
    count = await act(session, ids, now, actor.person_id)
    for each in ids[:count]:
        await audit.record(
            session, f"message.held_{does}d" if does == "release" else "message.held_dropped",
            subject_kind="message", subject_id=each, now=now,
        )  # fmt: skip
    return Redirect("/delivery?done=1", status_code=303)


@post("/delivery/pause", guards=[LEADS], status_code=200)
async def take_pause(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Pause or resume what this organization sends."""
    form = await typed(request)
    why = form.text("why", 120)
    if form.text("do") == "pause" and not why:
        wrong = [("why", _("Say why, so that colleagues understand."))]
        return await _page(request, session, actor, now, wrong, 400)
    organization_id = _organization(actor)
    if form.text("do") == "pause":
        changed = await pause_own(session, by=actor.label, why=why, now=now)
        action = "sender.paused"
    elif form.text("do") == "resume":
        changed = await resume_own(session, by=actor.label, now=now)
        action = "sender.resumed"
    else:
        changed, action = False, ""
    if changed:
        await audit.record(
            session, action, subject_kind="member", subject_id=organization_id, now=now
        )
    return Redirect("/delivery?done=1" if changed else "/delivery", status_code=303)


@post("/delivery/stopped", guards=[LEADS], status_code=200)
async def take_mended(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """A dead number was confirmed anew. STOP is never lifted here."""
    form = await typed(request)
    stopped_id = form.id("stopped")
    known = {each.stopped.id for each in await stopped_people(session)}
    if stopped_id is None or stopped_id not in known:
        raise NotFound(noop("This address is not stopped."))
    if not form.ticked("confirmed"):
        wrong = [("confirmed", _("Tick that they confirmed it to you."))]
        return await _page(request, session, actor, now, wrong, 400)
    if not await mend_address(session, stopped_id):
        wrong = [("stopped", _("Only they can lift this, by sending START."))]
        return await _page(request, session, actor, now, wrong, 409)
    await audit.record(
        session, "address.mended", subject_kind="suppression", subject_id=stopped_id, now=now
    )
    return Redirect("/delivery?done=1", status_code=303)


staff_routers = [show_delivery, show_message, take_message, take_held, take_pause, take_mended]


async def _settle(
    session: AsyncSession, form: Typed, actor: Actor, now: datetime, message_id: UUID
) -> None:
    does = form.text("do")
    if does == "looked":
        await settle_code(session, message_id, actor=actor, now=now)
    elif does == "again":
        if not form.ticked("sure"):
            raise InvalidInput(noop("Tick that you know it may arrive twice."), field="sure")
        reason = DoubtReason.READER_DID_NOT_GET_IT
        await resend_after_doubt(session, message_id, actor=actor, reason=reason, now=now)
    elif does == "arrived":
        await heard_it_arrived(session, message_id, actor=actor, now=now)
    elif does == "call":
        reason = DoubtReason.TOLD_ANOTHER_WAY
        await give_up_doubt(session, message_id, actor=actor, reason=reason, now=now)
    else:
        raise InvalidInput(noop("Choose what to do."))


async def _page(  # noqa: PLR0913 -- a page with what was refused
    request: AnyRequest,
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    errors: FieldErrors,
    status: int = 200,
) -> Template:
    organization_id = _organization(actor)
    await audit.record(
        session, "delivery_read", subject_kind="member", subject_id=organization_id, now=now
    )
    card, wall = await _wall(session, actor, now)
    number = await sender_number_facts(session, organization_id)
    health = await sender_health(session, SEEN, now)
    context = {
        "member_name": card,
        "errors": errors,
        "leads": actor.has_role(Role.COORDINATOR),
        "pauses": [view.pause_line(each, wall) for each in await pauses_in_force(session)],
        "facts": view.health_facts(health, number, wall),
        "failures": view.failure_lines(health),
        "stopped": [view.stopped_line(each, wall) for each in await stopped_people(session)],
        "doubts": await _doubt_lines(session, wall),
        "held": await _lines(session, Looking(held=True), wall, HELD_AT_MOST),
        **await _list(request, session, wall),
    }
    return Template("delivery.html", context=context, status_code=status)


async def _list(request: AnyRequest, session: AsyncSession, wall: view.Wall) -> dict[str, Any]:
    asked = Typed({key: (value,) for key, value in request.query_params.items()})
    show, channel = asked.text("show"), asked.text("channel")
    days = next((n for n, _w in view.SPANS if str(n) == asked.text("days")), DEFAULT_DAYS)
    states = next((states for name, _w, states in view.SHOWS if name == show), frozenset())
    looking = Looking(
        states=states,
        channel=Channel(channel) if channel in set(Channel) else None,
        since=wall.now - timedelta(days=days),
        before=asked.id("before"),
    )
    lines = await _lines(session, looking, wall, PAGE + 1)
    shown = lines[:PAGE]
    return {
        "lines": shown,
        "older": shown[-1]["id"] if len(lines) > PAGE else None,
        "count": ngettext("One message", "%(n)s messages", len(shown)),
        "shows": [(name, _(words), name == (show or "all")) for name, words, _s in view.SHOWS],
        "spans": [(n, _(words), n == days) for n, words in view.SPANS],
        "channels": [(name, _(words), name == channel) for name, words in view.CHANNELS],
        "query": {"show": show, "channel": channel, "days": days},
    }


async def _lines(
    session: AsyncSession, looking: Looking, wall: view.Wall, limit: int
) -> list[dict[str, Any]]:
    stories = await messages_seen(session, SEEN, looking, limit=limit)
    about = await abouts(session, stories)
    return [view.line(story, about[story.id], wall) for story in stories]


async def _doubt_lines(session: AsyncSession, wall: view.Wall) -> list[dict[str, Any]]:
    found = await doubts(session)
    seen = await seen_among(session, SEEN, [each.message.id for each in found])
    shown = [each for each in found if each.message.id in seen]
    about = await abouts(session, [each.message for each in shown])
    return [view.doubt_line(each, about[each.message.id], wall) for each in shown]


async def _story(
    session: AsyncSession, actor: Actor, now: datetime, message_id: UUID, errors: FieldErrors
) -> Template:
    await _must_see(session, message_id)
    await audit.record(
        session, "message_read", subject_kind="message", subject_id=message_id, now=now
    )
    card, wall = await _wall(session, actor, now)
    history = await message_history(session, message_id)
    about = (await abouts(session, [history.message]))[message_id]
    people = {person.id: person.name for person in await people_here(session)}
    waiting = next((each for each in await doubts(session) if each.message.id == message_id), None)
    context = {
        "member_name": card,
        "errors": errors,
        "message": view.line(history.message, about, wall),
        "body": history.message.body,
        "steps": [view.step(each, wall, people) for each in history.happenings],
        "doubt": view.doubt_line(waiting, about, wall) if waiting is not None else None,
    }
    return Template("delivery_message.html", context=context, status_code=400 if errors else 200)


async def _must_see(session: AsyncSession, message_id: UUID) -> None:
    if not await seen_among(session, SEEN, [message_id]):
        raise NotFound(noop("There is no such message."))


async def _wall(session: AsyncSession, actor: Actor, now: datetime) -> tuple[str, view.Wall]:
    card = await member_card(session, _organization(actor))
    zone = ZoneInfo(card.time_zone if card else DEFAULT_TIME_ZONE)
    return card.name if card else "", view.Wall(now, zone)


def _organization(actor: Actor) -> UUID:
    if actor.organization_id is None:
        raise ReferralNotFound
    return actor.organization_id
