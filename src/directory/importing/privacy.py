"""The gate's part for what must not be shown: places, addresses, phones, contacts. Pure.

A flag that can't be read counts as private: the error on the other side could cost a life.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from directory.importing.records import Record, Unreadable
from directory.importing.values import text, truth

# What feeds call it; HSDS itself has no such field.
NAMES = (
    "private",
    "is_private",
    "confidential",
    "is_confidential",
    "location_is_private",
    "address_is_private",
    "physical_address_is_private",
    "physicaladdressisprivate",
    "phone_is_private",
    "phoneisprivate",
    "do_not_publish",
    "unlisted",
)
FLAGGED = frozenset({"location", "address", "phone", "contact"})
KEY = "private"
# Words of a confidential place itself that may say where it is, beside its point and address.
TELLS_WHERE = ("transportation", "alternate_name", "description")
# An address line that says nothing else: the place is not to be found by strangers.
WHAT = r"(?:location|address|site|place|shelter|ubicaci[oó]n|direcci[oó]n|domicilio)"
HIDDEN = (
    r"(?:confidential|undisclosed|not disclosed|withheld|secret|confidencial|reservad[ao]"
    r"|no revelad[ao])"
)
SAID = re.compile(
    rf"(?:the )?(?:{WHAT}\s*(?:is|:|-)?\s*)?{HIDDEN}(?:\s*{WHAT})?|private location",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Private:
    """What must not be shown: locations by their ids, phones and contacts by theirs."""

    locations: set[str] = field(default_factory=set)
    rows: set[tuple[str, str]] = field(default_factory=set)


def flag_of(cells: Mapping[str, object]) -> object:
    """What the feed says about privacy under any of the names, or None."""
    folded = {name.casefold(): value for name, value in cells.items()}
    found = [folded[name] for name in NAMES if folded.get(name) not in (None, "")]
    return next((raw for raw in found if _is_private(raw)), found[0] if found else None)


def find_private(records: Iterable[Record]) -> Private:
    """Gather what any row flags."""
    found = Private()
    for record in records:
        if record.table not in FLAGGED:
            continue
        if record.table == "location":
            if record.values.get("confidential") is True or _flagged(record):
                found.locations.add(record.external_id)
        elif record.table == "address":
            location = record.links.get("location_id")
            if location is not None and (_flagged(record) or _says_so(record)):
                found.locations.add(location.external_id)
        elif _flagged(record):
            found.rows.add(record.key)
    return found


def _flagged(record: Record) -> bool:
    return _is_private(record.values.get(KEY))


def _is_private(raw: object) -> bool:
    try:
        return bool(truth(raw))
    except Unreadable:
        return True


def _says_so(record: Record) -> bool:
    try:
        said = text(record.values.get("address_1"))
    except Unreadable:
        return False
    return said is not None and SAID.fullmatch(said.strip(" .()*")) is not None
