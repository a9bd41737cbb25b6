"""Phones of feeds: E.164, short codes, extensions written into the number. Pure."""

from __future__ import annotations

import re

from directory.importing.records import Unreadable
from directory.importing.values import text
from shared.i18n import gettext_noop as _
from shared.phone_numbers import to_e164

SHORT_CODES = frozenset({"211", "311", "411", "511", "711", "811", "911", "988"})
KINDS = frozenset({"text", "voice", "fax", "cell", "video", "pager", "textphone"})
EXTENSION = re.compile(r"[\s,;]*(?:ext(?:ension)?|x)\s*[.:#]?\s*(\d{1,7})\s*$", re.IGNORECASE)
LABEL = re.compile(r"^[A-Za-z .]{2,20}:\s*")
US_LENGTH = 12  # "+1" and ten digits


def split_extension(written: str) -> tuple[str, str | None]:
    """'Phone No: (202) 555-0106 Ext: 1041' → ('(202) 555-0106', '1041')."""
    found = EXTENSION.search(written)
    number = written[: found.start()] if found else written
    return LABEL.sub("", number).strip().strip("\"'"), found[1] if found else None


def read_number(raw: object) -> str | None:
    """E.164, or a three-digit code as it is."""
    written = text(raw)
    if written is None:
        return None
    number, _extension = split_extension(written)
    if number in SHORT_CODES:
        return number
    # phonenumbers takes letters for digits (1-800-FLOWERS) but also whole sentences.
    if sum(letter.isdigit() for letter in number) < 3:  # noqa: PLR2004
        raise Unreadable(_("This is not a phone number."))
    found = to_e164(number)
    if found is None or (found.startswith("+1") and len(found) != US_LENGTH):
        raise Unreadable(_("This is not a phone number: ten digits, or + and the country code."))
    return found


def read_extension(raw: object) -> str | None:
    """Digits; HSDS calls it a number."""
    written = text(raw)
    if written is None:
        return None
    digits = re.sub(r"^(?:ext(?:ension)?|x)[.:# ]*|\.0$", "", written, flags=re.IGNORECASE)
    if not digits.isdigit():
        raise Unreadable(_("An extension has digits only."))
    return digits


def read_phone_type(raw: object) -> str | None:
    """One of RFC 6350's words; a code of the feed's own says nothing to others and is left out."""
    written = text(raw)
    return written.lower() if written and written.lower() in KINDS else None
