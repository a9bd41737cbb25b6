"""What templates may call: addresses, the bar's places, phones as people write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup, escape

from shared.i18n import gettext as _
from shared.i18n import gettext_noop, language
from shared.phone_numbers import display

if TYPE_CHECKING:
    from jinja2 import Environment

    from accounts.requests import AnyRequest
    from accounts.rules import Actor

# A number in a sentence stays on one line of a narrow phone.
PHONE_NUMBER = re.compile(r"\b\d{3}-\d{3}-\d{4}\b")

# place → (address, words, roles that see it)
STAFF_PLACES = (
    ("today", "/today", gettext_noop("Today"), {"navigator", "coordinator"}),
    ("send", "/send", gettext_noop("Send"), {"navigator", "coordinator"}),
    ("desk", "/desk", gettext_noop("Today"), {"agency_worker"}),
    (
        "find",
        "/find",
        "Find help",
        {"navigator", "coordinator", "agency_worker", "steward", "network_administrator"},
    ),
    ("team", "/team", gettext_noop("Team"), {"coordinator"}),
    ("steward", "/steward", gettext_noop("Desk"), {"steward"}),
    ("lists", "/lists", gettext_noop("Lists"), {"navigator", "coordinator", "agency_worker"}),
    ("claims", "/network/claims", gettext_noop("Accounts"), {"network_administrator"}),
    (
        "administration",
        "/administration/people",
        gettext_noop("People"),
        {"coordinator"},
    ),
)


def switch_language_url(request: AnyRequest) -> str:
    """This page in the other language; a refused form goes back to its own page."""
    other = "en" if language() == "es" else "es"
    kept = [(key, value) for key, value in parse_qsl(request.url.query) if key != "lang"]
    return f"{request.url.path}?{urlencode([*kept, ('lang', other)])}"


def staff_places(actor: Actor | None) -> list[tuple[str, str, str]]:
    """(name, address, words) of the bar, for this person's roles."""
    if actor is None:
        return []
    roles = {str(role) for role in actor.roles}
    return [(name, href, _(words)) for name, href, words, seen in STAFF_PLACES if roles & seen]


def phone(e164: str | None) -> str:
    """'+12025550144' → '202-555-0144'."""
    return display(e164) if e164 else ""


def whole_numbers(words: str) -> Markup:
    """Words in which no phone number is broken over two lines."""
    marked = PHONE_NUMBER.sub(r'<span class="num">\g<0></span>', str(escape(words)))
    return Markup(marked)  # noqa: S704 -- escaped above; only our own span is added


def register(environment: Environment) -> None:
    """Put the helpers and filters into the Jinja environment."""
    environment.globals.update(switch_language_url=switch_language_url, staff_places=staff_places)
    environment.filters["phone"] = phone
    environment.filters["whole_numbers"] = whole_numbers
