"""Signing in and out, what we keep, and a mailbox owner's yes to requests there."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api import (
    LinkPurpose,
    confirm_channel_by_link,
    public,
    requires_link,
    requires_person,
    stop_channel,
)
from accounts.guards import actor_of, expired_link_of, link_of
from accounts.links import LinkGrant
from accounts.requests import AnyRequest, Caller, Now, OpenDatabase, OurSettings, Session
from accounts.rules import ActorKind, home_of
from accounts.sessions import SignInRefused, sign_in, sign_out
from referrals.going_out import channel_agreed
from shared.database import Context, Database
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop
from web.security import ended_cookie, machine_time, session_cookie

CONFIRMS = requires_link(LinkPurpose.CONFIRM_CHANNEL)


@get("/about", guards=[public], sync_to_thread=False)
def show_about() -> Template:
    """What Handback keeps of people who search, and for whom its pages work."""
    return Template("about.html")


@get("/sign-in", guards=[public])
async def show_sign_in(request: AnyRequest) -> Template | Redirect:
    """The form; somebody who is signed in already goes on to their own page."""
    actor = actor_of(request)
    asked = request.query_params.get("next", "")
    if actor is not None:
        return Redirect(_next_page(asked, actor.roles), status_code=303)
    return Template("sign_in.html", context={"next_page": asked, "errors": [], "email": ""})


@post("/sign-in", guards=[public])
async def check_sign_in(
    request: AnyRequest, database: OpenDatabase, settings: OurSettings
) -> Response[Any]:
    """Sign in; a new session each time, and the browser's old one ends."""
    form = await request.form()
    email, password = str(form.get("email", "")), str(form.get("password", ""))
    asked = str(form.get("next", ""))
    try:
        signed_in = await sign_in(database, email, password, now=machine_time())
    except SignInRefused as refusal:
        return _refused(refusal, email, asked)
    await _end_old_session(request, database)
    answer = Redirect(_next_page(asked, signed_in.roles), status_code=303)
    answer.set_cookie(session_cookie(settings, signed_in.token))
    return answer


@post("/sign-out", guards=[requires_person])
async def check_sign_out(session: Session, actor: Caller, settings: OurSettings) -> Redirect:
    """End this session."""
    if actor.credential_id is not None:
        await sign_out(session, actor.credential_id, now=machine_time())
    answer = Redirect("/sign-in", status_code=303)
    answer.set_cookie(ended_cookie(settings))
    return answer


@get("/confirm/{token:str}", guards=[CONFIRMS])
async def show_confirmation(request: AnyRequest) -> Template:
    """Ask whether requests may come to this mailbox; nothing is changed by looking."""
    return Template("confirm_channel.html", context={"grant": _grant(request), "done": None})


@post("/confirm/{token:str}", guards=[CONFIRMS], status_code=200)
async def take_confirmation(request: AnyRequest, session: Session, now: Now) -> Template:
    """Write down the mailbox owner's yes, or their never."""
    grant = _grant(request)
    if grant.channel_id is None:
        raise NotFound(gettext_noop("This link does not open anything."), code="link_unknown")
    form = await request.form()
    says_yes = form.get("answer") == "yes"
    if says_yes:
        await confirm_channel_by_link(session, grant.channel_id, now=now)
        await channel_agreed(session, grant.channel_id, now)
    else:
        await stop_channel(session, grant.channel_id, now=now)
    return Template(
        "confirm_channel.html", context={"grant": grant, "done": "yes" if says_yes else "no"}
    )


@get("/confirm/{token:str}/never", guards=[CONFIRMS], sync_to_thread=False)
def show_never(token: FromPath[str]) -> Redirect:
    """Opened by a person: the page with both buttons; looking changes nothing."""
    return Redirect(f"/confirm/{token}", status_code=303)


@post("/confirm/{token:str}/never", guards=[CONFIRMS], status_code=200, media_type=MediaType.TEXT)
async def take_never(request: AnyRequest, database: OpenDatabase, now: Now) -> str:
    """The mail program's own unsubscribe button (RFC 8058); good however old the mail is.

    It comes without a page of ours, so the link itself is the proof.
    """
    form = await request.form()
    if form.get("List-Unsubscribe") != "One-Click":
        raise InvalidInput(
            gettext_noop("This address is for mail programs."), field="List-Unsubscribe"
        )
    grant = link_of(request) or expired_link_of(request)
    if grant is not None and grant.channel_id is not None:
        context = Context(organization_id=grant.organization_id, actor=ActorKind.CONFIRM_LINK.value)
        async with database.transaction(context) as session:
            await stop_channel(session, grant.channel_id, now=now)
    return _("We will not write again")


public_routers = [show_about]
sign_in_routers = [show_sign_in, check_sign_in]
staff_routers = [check_sign_out]
link_routers = [show_confirmation, take_confirmation]
# Pressed by mail programs, without a page of ours.
one_click_routers = [show_never, take_never]


def _grant(request: AnyRequest) -> LinkGrant:
    grant = link_of(request)
    if grant is None:
        raise NotFound(
            gettext_noop("This link is older than 7 days."),
            code="link_expired",
            remedy=gettext_noop("Ask the people who sent it for a new one."),
        )
    return grant


def _refused(refusal: SignInRefused, email: str, asked: str) -> Template:
    words = _(refusal.message)
    if refusal.remedy:
        words = f"{words} {_(refusal.remedy)}"
    throttled = refusal.code == "too_many_tries"
    return Template(
        "sign_in.html",
        context={"next_page": asked, "errors": [("email", words)], "email": email[:200]},
        status_code=429 if throttled else 401,
        headers={"retry-after": "900"} if throttled else None,
    )


def _next_page(asked: str, roles: frozenset[Any]) -> str:
    """Back to the page that asked, if it is one of ours."""
    ours = asked.startswith("/") and not asked.startswith(("//", "/\\", "/sign-"))
    return asked if ours and asked.isprintable() else home_of(roles)


async def _end_old_session(request: AnyRequest, database: Database) -> None:
    old = actor_of(request)
    if old is None or old.credential_id is None:
        return
    context = Context(organization_id=old.organization_id, actor=old.word)
    async with database.transaction(context) as session:
        await sign_out(session, old.credential_id, now=machine_time())
