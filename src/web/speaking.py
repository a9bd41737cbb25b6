"""The language of an answer: ?lang, the cookie, the person's setting, the browser's."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection

from accounts.guards import actor_of
from shared.i18n import SUPPORTED, set_language

Connection = ASGIConnection[Any, Any, Any, Any]


async def speak(connection: Connection) -> None:
    """Set the language of this request (before_request of the application).

    Asynchronous, because Litestar runs a synchronous hook in a thread, where the choice stays.
    """
    speak_to(connection)


def speak_to(connection: Connection) -> None:
    """Set the language of whatever is said to this caller."""
    set_language(chosen_language(connection))


def chosen_language(connection: Connection) -> str:
    """The first of the four sources that names a language we have, else English."""
    asked = connection.query_params.get("lang")
    if asked in SUPPORTED:
        connection.scope["state"]["language_chosen"] = asked
        return str(asked)
    kept = connection.cookies.get("lang")
    if kept in SUPPORTED:
        return str(kept)
    actor = actor_of(connection)
    if actor is not None and actor.language in SUPPORTED:
        return actor.language
    return from_header(connection.headers.get("accept-language", ""))


def from_header(header: str) -> str:
    """The best language of an Accept-Language header (RFC 9110 12.5.4)."""
    best, best_weight = "en", 0.0
    for part in header.split(",")[:20]:
        name, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        code = name.strip()[:2].lower()
        if code in SUPPORTED and weight > best_weight:
            best, best_weight = code, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
