"""Who is calling: the one middleware that reads credentials, before anything else of a request.

It runs in its own short transaction. Each group of routes says what it takes: pages the session's
cookie, the API a key (never the cookie), links the token in the address. Public pages have none.
"""

from __future__ import annotations

from enum import StrEnum

from litestar.connection import ASGIConnection
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from accounts.guards import Connection, actor_of
from accounts.links import look_up_link
from accounts.rules import Actor
from accounts.sessions import resolve_api_key, resolve_session
from shared import clock
from shared.database import Context, Database
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.settings import Settings
from web.security import cookie_name, machine_time

IDENTIFY = Context(actor="identify")
LONGEST_CREDENTIAL = 200


class Takes(StrEnum):
    """Which credential a group of routes takes."""

    SESSION = "session"
    API_KEY = "api_key"
    LINK = "link"


class Identify(ASGIMiddleware):
    """Puts the caller into the request's state as `actor`, and a link's grant as `link`."""

    def __init__(self, takes: Takes) -> None:
        self.takes = takes

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Look at the credentials once, then go on; guards decide what they are good for."""
        scope["state"]["identified"] = True
        await self._identify(ASGIConnection(scope))
        await next_app(scope, receive, send)

    async def _identify(self, connection: Connection) -> None:
        state = connection.scope["state"]
        settings: Settings = connection.app.state.settings
        database: Database = connection.app.state.database
        if self.takes is Takes.LINK:
            # Whoever else they are signed in as: on its page the link is the caller.
            await _follow_link(connection, database)
            return
        cookie = connection.cookies.get(cookie_name(settings), "")
        keys = _keys_in(connection)
        _refuse_two([*keys, cookie] if self.takes is Takes.SESSION else keys)
        if self.takes is Takes.API_KEY and keys:
            state["actor"] = await _by_key(database, keys[0])
        elif self.takes is Takes.SESSION and cookie:
            handler = connection.scope["route_handler"]
            extends = bool(handler.opt.get("extends_session", True))
            state["actor"] = await _by_cookie(database, cookie, extends=extends)


def context_of(connection: Connection) -> Context:
    """The database context of a request: its caller's organization, referral and teams."""
    actor = actor_of(connection)
    if actor is None:
        return Context(actor="anonymous")
    return Context(
        organization_id=actor.context_organization_id,
        referral_id=actor.referral_id,
        team_ids=actor.team_ids,
        actor=actor.word,
    )


def _keys_in(connection: Connection) -> list[str]:
    """API keys of the two headers that may carry one; another scheme is not ours to read."""
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    found = [connection.headers.get("x-api-key", "").strip()]
    if scheme.lower() == "bearer":
        found.append(bearer.strip())
    return [key for key in found if key]


def _refuse_two(credentials: list[str]) -> None:
    if sum(1 for credential in credentials if credential) > 1:
        raise InvalidInput(
            _("Two credentials were sent."),
            code="two_credentials",
            remedy=_("Send one: a key, or the cookie of a signed-in browser."),
        )


async def _by_key(database: Database, key: str) -> Actor | None:
    if len(key) > LONGEST_CREDENTIAL:
        return None
    async with database.transaction(IDENTIFY) as session:
        return await resolve_api_key(session, key)


async def _by_cookie(database: Database, token: str, *, extends: bool) -> Actor | None:
    if len(token) > LONGEST_CREDENTIAL:
        return None
    async with database.transaction(IDENTIFY) as session:
        return await resolve_session(session, token, now=machine_time(), extends=extends)


async def _follow_link(connection: Connection, database: Database) -> None:
    token = str(connection.path_params.get("token", ""))
    if not token or len(token) > LONGEST_CREDENTIAL:
        return
    state = connection.scope["state"]
    grant = await look_up_link(database, token)
    if grant is None:
        return
    if grant.expires_at > clock.now():
        state["link"], state["actor"] = grant, grant.actor()
    else:
        state["expired_link"] = grant
