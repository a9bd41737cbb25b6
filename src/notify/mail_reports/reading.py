"""One raw mail: whose it is, and what it says.

Pure but for the keys that prove our return address. An address that a report only quotes counts for
nothing: the message is found by an id that we made.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from notify.mail_reports.addresses import message_of_address, message_of_id
from notify.mail_reports.bounces import reported
from notify.mail_reports.kinds import MailKind, ReadMail
from notify.mail_reports.lexicon import after, listed, months, says
from notify.mail_reports.parts import parts_of
from notify.replies.normal import normal_form
from notify.replies.revocation import is_revocation

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from notify.mail_reports.parts import Parts

WORDS_AT_MOST = 4_000
_SHORT_WORDS = 40
# Where servers write to whom a mail really came.
_ENVELOPE = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")
_QUOTED = re.compile(
    r"^\s*(?:>|_{10,}|-{2,}\s*(?:original message|mensaje original|forwarded)"
    r"|on .{3,200}\bwrote:|el .{3,200}\bescribi[oó]:|from:\s.+@|de:\s.+@)",
    re.IGNORECASE,
)
_SIGNATURE = "-- "
_DAY_FIRST = re.compile(r"(?:\w+ )?(\d{1,2})(?:st|nd|rd|th)?(?: de)?(?: of)? ([a-z]{3,10})")
_MONTH_FIRST = re.compile(r"(?:[a-z]+ )?([a-z]{3,10}) (\d{1,2})(?:st|nd|rd|th)?\b")
_IN_FIGURES = re.compile(r"(?:[a-z]+ )?(\d{1,2}) (\d{1,2})(?: (\d{4}))?\b")
_ISO = re.compile(r"(?:[a-z]+ )?(20\d\d) (\d{1,2}) (\d{1,2})\b")
LONGEST_AWAY_DAYS = 366


def read_mail(raw: bytes, *, recipient: str = "", today: date) -> ReadMail:
    """Read one mail. `recipient`: the envelope's, when the mail server told it."""
    parts = parts_of(raw)
    message_id = _message_of(parts, recipient)
    own_id = parts.header("message-id")[:500]
    found = reported(parts)
    if found is not None:
        kind, status = found
        return ReadMail(kind, message_id, status=status, own_id=own_id)
    words = own_words(parts.text)
    kind = _of_people(parts, words)
    until = away_until(parts, words, today) if kind is MailKind.AWAY else None
    return ReadMail(kind, message_id, away_until=until, words=words, own_id=own_id)


def own_words(text: str) -> str:
    """What somebody wrote, without our letter below it and without their signature."""
    lines: list[str] = []
    for line in text.replace("\x00", "")[: WORDS_AT_MOST * 4].splitlines():
        if line == _SIGNATURE or _QUOTED.match(line[:400]):
            break
        lines.append(line.rstrip())
    return "\n".join(lines).strip()[:WORDS_AT_MOST]


def away_until(parts: Parts, words: str, today: date) -> date | None:
    """The day they come back, if they say it so that it can be read."""
    normal = normal_form(f"{parts.header('subject')} \n {words[:2000]}")
    for told in after("automatic", "until", normal):
        for expression, make in _DATES:
            found = expression.match(told)
            day = make(found, today) if found else None
            if day is not None and 0 <= (day - today).days <= LONGEST_AWAY_DAYS:
                return day
    return None


def _message_of(parts: Parts, recipient: str) -> UUID | None:
    for text in (recipient, *(parts.header(name) for name in _ENVELOPE)):
        found = message_of_address(text)
        if found is not None:
            return found
    for text in (parts.header("in-reply-to"), parts.header("references"), parts.returned):
        found = message_of_id(text) or message_of_address(text)
        if found is not None:
            return found
    return message_of_id(parts.text)


def _of_people(parts: Parts, words: str) -> MailKind:
    if _asks_for_no_more(parts, words):
        return MailKind.UNSUBSCRIBE
    normal = normal_form(f"{parts.header('subject')} {words}")
    if says("automatic", "challenge", normal):
        return MailKind.UNKNOWN
    if is_automatic(parts):
        return MailKind.AWAY
    return MailKind.PERSON if words else MailKind.UNKNOWN


def is_automatic(parts: Parts) -> bool:
    """Whether no person wrote it just now (RFC 3834, and what came before it)."""
    submitted = parts.header("auto-submitted").split(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if any(parts.header(name) for name in listed("automatic", "headers")):
        return True
    if parts.header("precedence").strip().lower() in listed("automatic", "precedence"):
        return True
    if parts.header("return-path") == "<>":
        return True
    subject = normal_form(parts.header("subject"))
    return not _is_answer(subject) and says("automatic", "subjects", subject)


def _is_answer(subject: str) -> bool:
    """A person's "Re: …" may quote anything."""
    return subject.startswith(("re ", "rv ", "fwd ", "fw "))


def _asks_for_no_more(parts: Parts, words: str) -> bool:
    if is_automatic(parts):
        return False
    subject = normal_form(parts.header("subject"))
    if subject in listed("unsubscribe", "subjects"):
        return True
    short = len(words.split()) <= _SHORT_WORDS
    normal = normal_form(words)
    return short and (
        normal in listed("unsubscribe", "subjects")
        or says("unsubscribe", "words", normal)
        or is_revocation(words)
    )


def _day_first(found: re.Match[str], today: date) -> date | None:
    return _named(found.group(2), int(found.group(1)), today)


def _month_first(found: re.Match[str], today: date) -> date | None:
    return _named(found.group(1), int(found.group(2)), today)


def _figures(found: re.Match[str], today: date) -> date | None:
    """Month and day, as the United States write them."""
    year = found.group(3)
    month, day = int(found.group(1)), int(found.group(2))
    return _made(int(year), month, day) if year else _next(month, day, today)


def _iso(found: re.Match[str], today: date) -> date | None:
    del today
    year, month, day = map(int, found.groups())
    return _made(year, month, day)


def _named(name: str, day: int, today: date) -> date | None:
    month = months().get(name)
    return _next(month, day, today) if month else None


def _next(month: int, day: int, today: date) -> date | None:
    """This year's, or next year's when it has gone by."""
    this = _made(today.year, month, day)
    return this if this is None or this >= today else _made(today.year + 1, month, day)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_DATES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...] = (
    (_ISO, _iso),
    (_IN_FIGURES, _figures),
    (_DAY_FIRST, _day_first),
    (_MONTH_FIRST, _month_first),
)
