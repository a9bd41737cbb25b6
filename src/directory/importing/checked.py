"""Rows that passed the gate: typed values by column, ready for staging."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from asyncpg.pgproto import pgproto  # type: ignore[import-untyped]

from directory.importing.records import Finding
from directory.importing.spool import Spool
from shared.i18n import gettext_noop as _
from shared.identifiers import SOURCE_NAMESPACE

OPEN_ELIGIBILITY = "Open Eligibility"
# why a row that is fine itself stays out
FOLLOWS = _("Its %(table)s was kept back (%(file)s, line %(line)s).")
_SPACE = SOURCE_NAMESPACE.bytes
_NO_VERSION = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION_5 = 0x5000 << 64 | 0x8000 << 48
# Made once: rows are many, and an encoder is dearer than what it encodes.
_in_words = json.JSONEncoder(sort_keys=True, default=str, ensure_ascii=False).encode


def row_id(source_name: str, table: str, external_id: str) -> UUID:
    """The row's identity for ever: UUIDv5 of the source and "table:external id".

    What shared.identifiers.source_id makes, several times as fast: a large feed has millions.
    """
    named = f"{source_name}\x1f{table}:{external_id}".encode()
    digest = hashlib.sha1(_SPACE + named, usedforsecurity=False).digest()
    number = int.from_bytes(digest[:16], "big") & _NO_VERSION | _VERSION_5
    made: UUID = pgproto.UUID(number.to_bytes(16, "big"))  # asyncpg's own, a kind of UUID
    return made


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
        said = self.columns
        if self.unhashed:
            said = {name: value for name, value in said.items() if name not in self.unhashed}
        return hashlib.blake2b(_in_words(said).encode(), digest_size=16).digest()


class Rows(Protocol):
    """The rows of one table: a list, or a spool where they are many."""

    def append(self, row: Row, /) -> None:
        """Add one."""

    def __iter__(self) -> Iterator[Row]: ...

    def __len__(self) -> int: ...


def spooled() -> Rows:
    """Rows of any number."""
    return Spool(_packed, lambda packed: Row(*packed))


def _packed(row: Row) -> tuple[object, ...]:
    columns = {k: str(v) if isinstance(v, UUID) else v for k, v in row.columns.items()}
    return row.table, row.external_id, columns, row.unhashed


@dataclass(slots=True)
class Checked:
    """What the gate let through, what it kept back, and the rows kept back whole."""

    rows: Mapping[str, Rows] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    held: list[tuple[str, str]] = field(default_factory=list)
    # locations that the feed itself calls private
    private_places: set[str] = field(default_factory=set)
    # and those that a steward had hidden when the feed was read
    hidden_places: frozenset[str] = frozenset()
