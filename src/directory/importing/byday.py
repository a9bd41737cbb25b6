"""RRULE's days of the week as HSDS allows them: 'MO,TU', monthly '2MO,-1FR'. Pure."""

from __future__ import annotations

import re

from directory.importing.records import Unreadable
from directory.importing.values import text
from shared.i18n import gettext_noop as _

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PART = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


NUMBERS = re.compile(r"[+-]?\d{1,3}(?:\s*,\s*[+-]?\d{1,3})*")


def day_numbers(raw: object) -> str | None:
    """RRULE's days of the month, weeks or days of the year: '1,15,-1'."""
    written = text(raw)
    if written is None:
        return None
    if not NUMBERS.fullmatch(written):
        raise Unreadable(_("Numbers are expected here: 1,15 or -1 for the last."))
    return re.sub(r"[\s+]", "", written)


def read_byday(raw: object) -> str | None:
    """Checked and in capitals; what is in no known form is refused."""
    written = text(raw)
    if written is None:
        return None
    parts = [part.strip().upper() for part in written.split(",") if part.strip()]
    if not parts or not all(PART.fullmatch(part) for part in parts):
        raise Unreadable(_("Days are written as MO,TU,WE,TH,FR,SA,SU (monthly: 2MO, -1FR)."))
    return ",".join(part.lstrip("+") for part in parts)
