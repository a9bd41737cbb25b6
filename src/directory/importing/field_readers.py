"""Readers of single fields that only one table has: codes, zones, lists, steps. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from directory.codes import Delivery, ServiceFlag
from directory.importing.records import Unreadable
from directory.importing.values import one_of, text
from shared.i18n import gettext_noop as _
from shared.languages import code_of

_code_of = lru_cache(maxsize=2000)(code_of)  # feeds name few languages, many times


def flags(raw: object) -> dict[str, bool]:
    """A map of directory.codes.ServiceFlag to true or false."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise Unreadable(_("Flags are a map of names to true or false."))
    known = {flag.value for flag in ServiceFlag}
    unknown = sorted(str(name) for name in raw if name not in known)
    if unknown or not all(isinstance(value, bool) for value in raw.values()):
        raise Unreadable(_("Flags are a map of names to true or false."))
    return {name: raw[name] for name in sorted(raw)}


def delivery(raw: object) -> list[str]:
    """Ways to get help without going anywhere: a word or a list of them."""
    listed = raw if isinstance(raw, list) else re.split(r"[\s,]+", text(raw) or "")
    read = one_of(Delivery)
    return sorted({str(word) for word in map(read, listed) if word is not None})


def steps(raw: object) -> str | None:
    """A list of steps, one a line."""
    if isinstance(raw, list):
        return "\n".join(line for line in map(text, raw) if line) or None
    return text(raw)


def language_code(raw: object) -> str | None:
    """ISO 639: 'es', 'spa', 'es-MX' → 'es'; a three-letter code we can't shorten stays."""
    written = text(raw)
    if written is None:
        return None
    known = _code_of(written.split("-")[0])
    if known:
        return known
    if len(written) == 3 and written.isalpha():  # noqa: PLR2004
        return written.lower()
    raise Unreadable(_("A language code has two or three letters (ISO 639)."))


def country(raw: object) -> str | None:
    """Two letters (ISO 3166)."""
    written = text(raw)
    if written is None:
        return None
    found = {"usa": "US", "united states": "US", "u.s.": "US"}.get(written.casefold(), written)
    if len(found) != 2 or not found.isalpha():  # noqa: PLR2004
        raise Unreadable(_("A country is given by two letters, such as US."))
    return found.upper()


def time_zone(raw: object) -> str | None:
    """An IANA name that this machine knows."""
    written = text(raw)
    if written is None:
        return None
    try:
        ZoneInfo(written)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise Unreadable(_("A time zone is written like this: America/New_York.")) from None
    return written


def currency(raw: object) -> str | None:
    """Three letters (ISO 4217)."""
    written = text(raw)
    if written is None:
        return None
    if not re.fullmatch(r"[A-Za-z]{3}", written):
        raise Unreadable(_("A currency is given by three letters, such as USD."))
    return written.upper()


def said_text(raw: object) -> str:
    """Text that may be nothing: the old value of a field that was empty."""
    return text(raw) or ""
