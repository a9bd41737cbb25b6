"""Rows that passed the gate: typed values by column, ready for staging."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from directory.importing.records import Finding
from shared.i18n import gettext_noop as _
from shared.identifiers import source_id

OPEN_ELIGIBILITY = "Open Eligibility"
# why a row that is fine itself stays out
FOLLOWS = _("Its %(table)s was kept back (%(file)s, line %(line)s).")


def row_id(source_name: str, table: str, external_id: str) -> UUID:
    """The row's identity for ever: UUIDv5 of the source and "table:external id"."""
    return source_id(source_name, f"{table}:{external_id}")


def term_id(code: str) -> UUID:
    """The identity of an Open Eligibility term by its code ('1102')."""
    return row_id(OPEN_ELIGIBILITY, "taxonomy_term", code)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of one table. `columns` holds neither id nor provenance.

    `unhashed` names columns that move by themselves (an age counted from today).
    """

    table: str
    external_id: str
    columns: Mapping[str, object]
    unhashed: frozenset[str] = frozenset()

    def content_hash(self) -> bytes:
        """Equal for rows that say the same."""
        said = {name: value for name, value in self.columns.items() if name not in self.unhashed}
        written = json.dumps(said, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.blake2b(written.encode(), digest_size=16).digest()


@dataclass(slots=True)
class Checked:
    """What the gate let through, what it kept back, and the rows kept back whole."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    held: list[tuple[str, str]] = field(default_factory=list)
