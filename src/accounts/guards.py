"""What a route asks of its caller. Every route has one of these; a test walks all routes.

`web.identify` has put the caller into the request's state before a guard looks at it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from accounts.links import LinkGrant
from accounts.rules import Actor, ActorKind, LinkPurpose, Role, Scope
from shared.errors import NotAllowed, NotFound
from shared.i18n import gettext_noop as _

Connection = ASGIConnection[Any, Any, Any, Any]
# Asynchronous, because Litestar runs a synchronous guard of every request in a thread.
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]
# A refused link is refused after a random while: in it drowns how long its look-up took, which
# would tell a link that exists (taken back, another page's) from one that never was.
REFUSED_WITHIN_S = 0.02
_chance = secrets.SystemRandom()


class Access(StrEnum):
    """Whom a route is for."""

    PUBLIC = "public"
    PERSON = "person"
    API_KEY = "api_key"
    LINK = "link"
    SIGNATURE = "signature"


class NotSignedIn(NotAllowed):
    """Nobody is known by what was sent: a page asks to sign in, the API answers 401."""

    default_code = "not_signed_in"


def actor_of(connection: Connection) -> Actor | None:
    """The caller that identification found."""
    actor = connection.scope["state"].get("actor")
    return actor if isinstance(actor, Actor) else None


def link_of(connection: Connection) -> LinkGrant | None:
    """The link through which this request came, if it still opens something."""
    grant = connection.scope["state"].get("link")
    return grant if isinstance(grant, LinkGrant) else None


def expired_link_of(connection: Connection) -> LinkGrant | None:
    """The link through which this request came, when it is too old: it may ask for a new one."""
    grant = connection.scope["state"].get("expired_link")
    return grant if isinstance(grant, LinkGrant) else None


async def public(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Anybody, known or not."""
    del connection


async def requires_person(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Anybody who is signed in."""
    _signed_in(connection)


def requires_role(*roles: Role) -> Guard:
    """A signed-in person with at least one of the roles."""

    async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        if not _signed_in(connection).has_role(*roles):
            raise NotAllowed(
                _("Your account may not open this page."),
                code="role_missing",
                remedy=_("Ask the person who looks after accounts in your organization."),
            )

    return declares(guard, Access.PERSON)


def requires_api_scope(scope: Scope) -> Guard:
    """An organization's API key that has the scope."""

    async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        actor = actor_of(connection)
        if actor is None or actor.kind is not ActorKind.API_KEY:
            raise NotSignedIn(
                _("This address needs an API key."),
                code="api_key_missing",
                remedy=_("Send it as 'Authorization: Bearer KEY' or as 'X-API-Key: KEY'."),
            )
        if scope not in actor.scopes:
            raise NotAllowed(
                _("This API key lacks the scope %(scope)s."),
                values={"scope": scope.value},
                code="scope_missing",
                remedy=_("Make a key that has it: handback api-key create --scope …"),
            )

    return declares(guard, Access.API_KEY)


def requires_link(*purposes: LinkPurpose) -> Guard:
    """The holder of a link. One that is too old comes in without a caller and sees no rows."""

    async def guard(connection: Connection, _handler: BaseRouteHandler) -> None:
        grant = link_of(connection) or expired_link_of(connection)
        if grant is None or grant.purpose not in purposes:
            # A link for something else reads like one that never was.
            connection.scope["state"]["actor"] = None
            await asyncio.sleep(refusal_takes_s())
            raise NotFound(_("This link does not open anything."), code="link_unknown")

    return declares(guard, Access.LINK)


def refusal_takes_s() -> float:
    """Drawn anew for each refusal."""
    return _chance.uniform(0, REFUSED_WITHIN_S)


async def requires_signature(connection: Connection, _handler: BaseRouteHandler) -> None:
    """A webhook: the handler itself checks the signature over the whole body."""
    del connection


def declares(guard: Guard, access: Access) -> Guard:
    """Mark a function as the guard that says whom a route is for."""
    guard.declares = access  # type: ignore[attr-defined]
    return guard


declares(public, Access.PUBLIC)
declares(requires_person, Access.PERSON)
declares(requires_signature, Access.SIGNATURE)


def _signed_in(connection: Connection) -> Actor:
    actor = actor_of(connection)
    if actor is None or actor.kind is not ActorKind.PERSON:
        raise NotSignedIn(_("Please sign in first."))
    return actor
