"""Headers of every answer, the session's cookie, and proof that a form is ours.

A form counts when it comes from our own page (Sec-Fetch-Site, else Origin) and carries a secret
that only our page could show: HMAC of the session's id, or a signed nonce where nobody is known.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope

from accounts.guards import actor_of, expired_link_of, link_of
from accounts.rules import SESSION_ABSOLUTE, ActorKind
from accounts.sessions import form_token
from shared import clock
from shared.crypto import routing_hash
from shared.errors import NotAllowed
from shared.i18n import gettext_noop as _
from shared.settings import Settings, get_settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
NONCE_LIFETIME = timedelta(hours=12)
CSRF_FIELD, CSRF_HEADER, NONCE_FIELD = "csrf", "x-csrf-token", "nonce"
YEAR_S = 365 * 24 * 3600
Connection = ASGIConnection[Any, Any, Any, Any]


class FormNotOurs(NotAllowed):
    """The form was not sent from our own page, or from one that is too old."""

    default_code = "form_not_ours"


def machine_time() -> datetime:
    """The machine's time: turning the demo's clock must not sign people out."""
    return clock.now() - clock.offset()


def security_headers(settings: Settings) -> dict[str, str]:
    """Headers of every answer. Scripts, styles and fonts come from ourselves alone."""
    images = "'self' data:"
    if settings.tile_url:
        tiles = urlsplit(settings.tile_url)
        images += f" {tiles.scheme}://{tiles.netloc}"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src {images}; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "permissions-policy": "camera=(), microphone=(), geolocation=(self)",
    }
    if is_https(settings):
        headers["strict-transport-security"] = f"max-age={YEAR_S}; includeSubDomains"
    return headers


async def add_headers(message: Message, scope: Scope) -> None:
    """Put the headers on an answer, whoever made it (before_send of the application)."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in scope["litestar_app"].state.security_headers.items():
        headers.setdefault(name, value)
    # Whatever somebody was identified for may hold personal data.
    if scope["state"].get("identified"):
        headers["cache-control"] = "no-store"
    chosen = scope["state"].get("language_chosen")
    if chosen:
        headers.add("set-cookie", language_cookie(chosen).to_header(header=""))


def is_https(settings: Settings) -> bool:
    """Whether people reach us by https."""
    return settings.address.startswith("https://")


def cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host and https; browsers refuse it elsewhere."""
    return "__Host-handback" if is_https(settings) else "handback"


def session_cookie(settings: Settings, token: str) -> Cookie:
    """The cookie of a new session; it ends with the browser or after 12 hours."""
    return Cookie(
        key=cookie_name(settings),
        value=token,
        path="/",
        httponly=True,
        secure=is_https(settings),
        samesite="lax",
        max_age=int(SESSION_ABSOLUTE.total_seconds()),
    )


def ended_cookie(settings: Settings) -> Cookie:
    """What takes the cookie away again."""
    return Cookie(
        key=cookie_name(settings),
        value="",
        path="/",
        httponly=True,
        secure=is_https(settings),
        samesite="lax",
        max_age=0,
    )


def language_cookie(language: str) -> Cookie:
    """Which language somebody chose; nothing else is remembered of them."""
    return Cookie(
        key="lang",
        value=language,
        path="/",
        samesite="lax",
        secure=is_https(get_settings()),
        max_age=YEAR_S,
    )


def csrf_token(request: Connection) -> str:
    """The secret for this session's forms; empty when nobody is signed in."""
    actor = actor_of(request)
    if actor is None or actor.kind is not ActorKind.PERSON or actor.credential_id is None:
        return ""
    return form_token(actor.credential_id)


def form_nonce(request: Connection) -> str:
    """A signed one-time word for one shown form; a second press of its button is the same act."""
    expires = int((machine_time() + NONCE_LIFETIME).timestamp())
    word = f"{expires}.{secrets.token_urlsafe(9)}"
    return f"{word}.{_signature(request, word)}"


async def check_session_form(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Guard of signed-in pages: an unsafe method needs our origin and the session's token."""
    if connection.scope.get("method") in SAFE_METHODS or actor_of(connection) is None:
        return
    _check_origin(connection)
    given = connection.headers.get(CSRF_HEADER) or await _form_value(connection, CSRF_FIELD)
    if not _same(given, csrf_token(connection)):
        raise _not_ours()


async def check_nonce_form(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Guard of sign-in and of pages by link: our origin and a nonce that we signed.

    A link's page may stay open for days: its nonce lives as long as the link, whose token in the
    address is itself a secret. Old phones send `Origin: null` under our referrer policy and no
    Sec-Fetch-Site; by link alone that is let through.
    """
    if connection.scope.get("method") in SAFE_METHODS:
        return
    by_link = link_of(connection) or expired_link_of(connection)
    _check_origin(connection, null_is_fine=bool(by_link))
    if not _nonce_is_ours(
        connection, await _form_value(connection, NONCE_FIELD), may_be_old=bool(by_link)
    ):
        raise _not_ours()


async def check_public_form(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Guard of forms that anybody may send: a nonce that we signed, and no foreign origin.

    Nobody is known there, so an old phone's `Origin: null` takes nothing from anybody.
    """
    if connection.scope.get("method") in SAFE_METHODS:
        return
    _check_origin(connection, null_is_fine=True)
    if not _nonce_is_ours(connection, await _form_value(connection, NONCE_FIELD), may_be_old=False):
        raise _not_ours()


def _check_origin(connection: Connection, *, null_is_fine: bool = False) -> None:
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        ours = site == "same-origin"
    else:
        origin = connection.headers.get("origin", "")
        ours = origin == get_settings().address or (null_is_fine and origin in {"null", ""})
    if not ours:
        raise _not_ours()


def _nonce_is_ours(connection: Connection, nonce: str, *, may_be_old: bool) -> bool:
    word, _, signature = nonce.rpartition(".")
    expires = word.partition(".")[0]
    if not expires.isdecimal() or not _same(signature, _signature(connection, word)):
        return False
    return may_be_old or int(expires) >= machine_time().timestamp()


def _signature(connection: Connection, word: str) -> str:
    grant = link_of(connection) or expired_link_of(connection)
    actor = actor_of(connection)
    bound = grant.link_id if grant else actor.credential_id if actor else "nobody"
    return routing_hash("form_nonce", f"{bound}|{word}").hex()


def _same(given: str, wanted: str) -> bool:
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


async def _form_value(connection: Connection, field: str) -> str:
    if not isinstance(connection, Request):
        return ""
    form = await connection.form()
    value = form.get(field, "")
    return value if isinstance(value, str) else ""


def _not_ours() -> FormNotOurs:
    return FormNotOurs(
        _("This form did not come from our own page, or the page was open too long."),
        remedy=_("Go back, load the page again and send it once more. Nothing was changed."),
    )
