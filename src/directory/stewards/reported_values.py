"""What a reader's line proposes: hours, an address, a number, a mailbox, a web page. Pure.

Read whole or not at all: a line that is not understood stays words for a person.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from directory.hours_rules import Hours
from directory.hours_words import schedule_lines
from directory.importing.hours_text import read_hours
from directory.importing.records import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from directory.importing.hours_text import Opening

STREET = re.compile(r"\d+[A-Za-z]?(?:-\d+)? +\S.{2,80}")
TOWN = re.compile(r"[^\W\d_][^\d,]{1,60}")
STATE_AND_ZIP = re.compile(r"(?P<state>[A-Za-z]{2})?\s*(?P<zip>\d{5}(?:-\d{4})?)?")
E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
WEB_PAGE = re.compile(r"(?:https?://|www\.)\S+\.\S+", re.IGNORECASE)
LONGEST_LINE = 120


def openings_in(said: str) -> tuple[Opening, ...]:
    """'Mon-Fri 9am-5pm' → its rules; nothing when any of it is not understood."""
    try:
        return read_hours(said).openings if 0 < len(said) <= LONGEST_LINE else ()
    except Unreadable:
        return ()


def hours_in_words(rows: Iterable[Hours]) -> str:
    """'Every Thursday, 10 am to noon; …' in the reader's language."""
    return "; ".join(", ".join(line) for line in schedule_lines(list(rows)))


def as_rows(openings: Iterable[Opening]) -> list[Hours]:
    """Rules as a page's hours."""
    return [
        Hours(freq=each.freq, byday=each.byday, opens_at=each.opens_at, closes_at=each.closes_at)
        for each in openings
    ]


def address_in(said: str) -> dict[str, str]:
    """'9 Oak Street, Salisbury, MD 21801' → by column; empty when it is no address.

    A street with its number is enough; a town, a state and a ZIP may follow, in this order.
    """
    parts = [part.strip() for part in said.strip(" .").split(",")]
    if len(said) > LONGEST_LINE or STREET.fullmatch(parts[0]) is None:
        return {}
    found = {"address_1": parts.pop(0)}
    if parts and TOWN.fullmatch(parts[0]) and not _is_state(parts[0]):
        found["city"] = parts.pop(0)
    last = STATE_AND_ZIP.fullmatch(" ".join(parts).strip())
    if last is None:
        return {}
    found |= {"state_province": (last["state"] or "").upper()} if last["state"] else {}
    return found | ({"postal_code": last["zip"]} if last["zip"] else {})


def contact_in(said: str) -> tuple[str, str] | None:
    """A mailbox or a web page: (column of a service, value)."""
    if E_MAIL.fullmatch(said.strip()):
        return "email", said.strip()
    if WEB_PAGE.fullmatch(said.strip()):
        page = said.strip()
        return "url", page if page.lower().startswith("http") else f"https://{page}"
    return None


def _is_state(part: str) -> bool:
    return len(part) == 2  # noqa: PLR2004 -- letters
