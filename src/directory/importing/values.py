"""Reads one value of a feed, or refuses it in words. Never guesses. Pure.

Every reader takes what the feed held (text, number, list) and gives a typed value, or None for
nothing, or raises Unreadable.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from directory.importing.mending import mended
from directory.importing.records import Unreadable
from shared.i18n import gettext_noop as _

Reader = Callable[[object], object]

NOTHING = frozenset({"", "null", "none", "n/a", "na", "-", "nan"})
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
BREAK = re.compile(r"<(?:br|/p|/li|/div)\b[^<>]{0,50}>", re.IGNORECASE)
SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
LINES = re.compile(r" ?\n ?(?:\n ?)+")
MAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
TIME_12H = re.compile(r"(\d{1,2})(?::([0-5]\d))?(?::[0-5]\d)?\s*([ap])\.?m\.?", re.IGNORECASE)
TIME_24H = re.compile(
    r"([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
NOON = 12
LAST_HOUR = 24
YES = frozenset({"true", "yes", "y", "1", "t", "sí", "si"})
NO = frozenset({"false", "no", "n", "0", "f"})
LONGEST_TEXT = 50_000  # letters: twenty pages; the search index holds no longer ones
LONGEST_OUTLINE = 5_000_000
LONGEST_QUOTE = 60
LARGEST = 2**31 - 1  # what an integer column holds
# What no text column holds: NUL, and halves of UTF-16 pairs out of JSON escapes.
IMPOSSIBLE = re.compile("[\x00\ud800-\udfff]")


def quoted(value: object) -> str:
    """A value as it may stand in a report: one short line."""
    text = " ".join(IMPOSSIBLE.sub("", str(value)).split())
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"


def text(raw: object) -> str | None:
    """Text without markup, entities or broken encoding; None when there is nothing."""
    if raw is None:
        return None
    if not isinstance(raw, str | int | float):
        raise Unreadable(_("Text was expected here."))
    return _cleaned(raw, LONGEST_TEXT)


def outline(raw: object) -> str | None:
    """The outline of an area (GeoJSON and the like), which may be long."""
    if raw is not None and not isinstance(raw, str):
        raise Unreadable(_("Text was expected here."))
    return None if raw is None else _cleaned(raw, LONGEST_OUTLINE)


def _cleaned(raw: str | float, longest: int) -> str | None:
    found = str(raw)
    if len(found) > longest:
        raise Unreadable(
            _("This is %(length)s letters long; no more than %(longest)s are taken."),
            length=f"{len(found):,}",
            longest=f"{longest:,}",
        )
    if _is_plain(found):  # nearly all values of nearly all feeds
        found = found.strip()
        return None if found.casefold() in NOTHING else found
    if "\\n" in found:
        found = found.replace("\\r", "").replace("\\n", "\n")
    if "<" in found:
        found = TAG.sub("", BREAK.sub("\n", found))
    found = IMPOSSIBLE.sub("", mended(html.unescape(found)))
    found = LINES.sub("\n\n", SPACES.sub(" ", found)).strip()
    return None if found.casefold() in NOTHING else found


def _is_plain(found: str) -> bool:
    """One line of ASCII in which nothing has to be looked for."""
    return (
        found.isascii()
        and found.isprintable()
        and "  " not in found
        and "&" not in found
        and "<" not in found
        and "\\" not in found
    )


def whole_number(raw: object) -> int | None:
    """12, '12', 12.0."""
    found = decimal(raw)
    if found is None:
        return None
    if abs(found) > LARGEST or found != found.to_integral_value():
        raise Unreadable(_("A whole number was expected here."))
    return int(found)


def positive(raw: object) -> int | None:
    """A whole number above 0."""
    found = whole_number(raw)
    if found is not None and found < 1:
        raise Unreadable(_("A whole number from 1 on was expected here."))
    return found


def decimal(raw: object) -> Decimal | None:
    """A plain number."""
    written = text(raw)
    if written is None:
        return None
    try:
        found = Decimal(written.replace(",", ""))
    except InvalidOperation:
        raise Unreadable(_("A number was expected here.")) from None
    if not found.is_finite():
        raise Unreadable(_("A number was expected here."))
    return found


def age(raw: object) -> Decimal | None:
    """Years, 0 to 150."""
    found = decimal(raw)
    if found is not None and not 0 <= found <= 150:  # noqa: PLR2004
        raise Unreadable(_("An age lies between 0 and 150 years."))
    return found


def money(raw: object) -> Decimal | None:
    """An amount from 0 to ten thousand million, that the column holds."""
    found = decimal(raw)
    if found is not None and not 0 <= found < Decimal(10) ** 10:
        raise Unreadable(_("An amount of money is not below 0."))
    return found


def quantity(raw: object) -> Decimal | None:
    """A number from 0 to a thousand thousand million, that the column holds."""
    found = decimal(raw)
    if found is not None and not 0 <= found < Decimal(10) ** 12:
        raise Unreadable(_("A number from 0 on was expected here."))
    return found


def day(raw: object) -> date | None:
    """An ISO date, with or without a time behind it."""
    written = text(raw)
    if written is None:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        raise Unreadable(_("A date is written as year-month-day: 2026-03-31.")) from None


def moment(raw: object) -> datetime | None:
    """An ISO date and time; without a zone it is taken as UTC, as HSDS says."""
    written = text(raw)
    if written is None:
        return None
    try:
        found = datetime.fromisoformat(written.replace(" UTC", "+00:00"))
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unreadable(
            _("A date with time is written like this: 2026-03-31T09:30:00Z.")
        ) from None


def clock_time(raw: object) -> time | None:
    """'9:00AM', '9 pm', '09:00', '09:00:00Z' → wall-clock time; 24:00 is 23:59 (HSDS: all day).

    An offset is dropped: feeds write local times with Z, and location.time_zone is what counts.
    """
    written = text(raw)
    if written is None:
        return None
    found = TIME_12H.fullmatch(written)
    if found:
        hour, minute = int(found[1]), int(found[2] or 0)
        if not 1 <= hour <= NOON:
            raise Unreadable(_("A time is written like this: 9:30 AM, or 09:30."))
        return time(hour % NOON + (NOON if found[3].lower() == "p" else 0), minute)
    found = TIME_24H.fullmatch(written)
    if not found:
        raise Unreadable(_("A time is written like this: 9:30 AM, or 09:30."))
    hour, minute = int(found[1]), int(found[2])
    if hour == LAST_HOUR:
        if minute:
            raise Unreadable(_("A day ends at 24:00."))
        return time(23, 59)
    return time(hour, minute)


def mail_address(raw: object) -> str | None:
    """One e-mail address."""
    written = text(raw)
    if written is not None and not MAIL.fullmatch(written):
        raise Unreadable(_("This is not one e-mail address."))
    return written


def web_address(raw: object) -> str | None:
    """An http(s) address; 'www.example.org' gets its scheme. Any other scheme is refused."""
    written = text(raw)
    if written is None:
        return None
    scheme, colon, _rest = written.partition("://")
    if not colon:
        written = f"https://{written}"
    elif scheme.lower() not in {"http", "https"}:
        raise Unreadable(_("A web address starts with https:// or http://."))
    host = written.partition("://")[2].split("/")[0]
    if "." not in host or any(letter.isspace() for letter in written):
        raise Unreadable(_("This is not a web address."))
    return written


def one_of(words: type[StrEnum]) -> Reader:
    """A reader for a closed list of words; capitals don't matter."""
    by_fold = {word.value.casefold(): word.value for word in words}
    listed = ", ".join(word.value for word in words)

    def read(raw: object) -> str | None:
        written = text(raw)
        if written is None:
            return None
        found = by_fold.get(written.casefold())
        if found is None:
            raise Unreadable(_("This must be one of: %(words)s."), words=listed)
        return found

    return read


def truth(raw: object) -> bool | None:
    """true or false; in tables also yes, no, 1, 0, sí."""
    if raw is None or isinstance(raw, bool):
        return raw
    written = text(raw) if isinstance(raw, str | int) else ""
    if written is None:
        return None
    if written.casefold() in YES | NO:
        return written.casefold() in YES
    raise Unreadable(_("true or false was expected here."))
