"""What an adapter hands to the gate: rows as the feed wrote them, with their places."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as filled
from enum import StrEnum
from typing import Any

from directory.importing.spool import Spool
from directory.importing.table_names import spoken
from shared.i18n import gettext


class Unreadable(Exception):  # noqa: N818 -- a value of the feed that says nothing certain
    """A value that can't be read without guessing; its message is a catalogue string."""

    def __init__(self, message: str, **values: str) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the feed something stands; lines count from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Link:
    """A row of this feed, or (canonical) a term of Open Eligibility by its code."""

    table: str
    external_id: str
    canonical: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """One row of one HSDS table, unchecked. `links` are its foreign keys, by column."""

    table: str
    external_id: str
    values: Mapping[str, object]
    links: Mapping[str, Link]
    place: Place
    # a field that the adapter itself could not read, and why: the row is kept back
    problem: tuple[str, Unreadable] | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same row in the next import."""
        return self.table, self.external_id


def _packed(record: Record) -> tuple[Any, ...]:
    links = [
        (column, link.table, link.external_id, link.canonical)
        for column, link in record.links.items()
    ]
    place = record.place
    return record.external_id, record.values, links, place.file, place.line, record.problem


def _unpacked(table: str, packed: tuple[Any, ...]) -> Record:
    external_id, values, links, file, line, problem = packed
    found = {column: Link(*link) for column, *link in links}
    return Record(table, external_id, values, found, Place(file, line), problem)


class Records:
    """All rows of a feed by their tables, each in the feed's order (spool: any number of them)."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._tables: dict[str, Spool[Record]] = {}
        # what was said about each row, while rows that are met twice are made one
        self._said: dict[str, dict[str, int]] = {}
        self._again: dict[tuple[str, str], Record] = {}
        self.extend(records)

    def append(self, record: Record) -> None:
        """Keep a row, also where one of its id is there: the gate tells of it."""
        table = record.table
        if table not in self._tables:
            self._tables[table] = Spool(_packed, lambda packed: _unpacked(table, packed))
        self._tables[table].append(record)

    def extend(self, records: Iterable[Record]) -> None:
        """Keep all of these."""
        for record in records:
            self.append(record)

    def keep(self, record: Record) -> None:
        """Keep a row, or add what it says to the mention of it that came first."""
        said = self._said.setdefault(record.table, {})
        what, known = _fingerprint(record), said.get(record.external_id)
        if known is None:
            said[record.external_id] = what
            self.append(record)
        elif known != what:
            before = self._again.get(record.key)
            self._again[record.key] = _fuller(before, record) if before else record

    def all_read(self) -> None:
        """Nothing more comes: forget what was only needed to know rows again."""
        self._said.clear()

    def of(self, table: str) -> Iterator[Record]:
        """The rows of one table."""
        again = self._again
        for record in self._tables.get(table, ()):
            later = again.get(record.key) if again else None
            yield _fuller(record, later) if later else record

    def __iter__(self) -> Iterator[Record]:
        for table in self._tables:
            yield from self.of(table)

    def __len__(self) -> int:
        return sum(len(found) for found in self._tables.values())


def _fuller(first: Record, later: Record) -> Record:
    """Two mentions of a row: the later one fills the gaps of the first."""
    return Record(
        first.table,
        first.external_id,
        {**later.values, **{k: v for k, v in first.values.items() if v is not None}},
        {**later.links, **first.links},
        first.place,
    )


def _fingerprint(record: Record) -> int:
    links = [(column, link.table, link.external_id) for column, link in record.links.items()]
    try:
        return hash(marshal.dumps((list(record.values.items()), links)))
    except ValueError:  # objects in objects
        return hash(repr((record.values, links)))


@dataclass(slots=True)
class Feed:
    """Everything one adapter read."""

    feed_format: str
    name: str
    records: Records = filled(default_factory=Records)
    # what the adapter itself left out, and why
    findings: list[Finding] = filled(default_factory=list)


class Held(StrEnum):
    """What was kept back: the row, or one value of it; noted: in, but a person should look."""

    ROW = "row"
    VALUE = "value"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something kept back, with its place and a sentence that a person can act on.

    `value` is what the feed said; None where it must not be repeated (confidential places).
    """

    held: Held
    place: Place
    table: str
    external_id: str
    field: str | None
    message: str
    values: Mapping[str, str] = filled(default_factory=dict)
    value: str | None = None

    @property
    def reason(self) -> str:
        """The sentence, in the language being spoken."""
        return gettext(self.message, **spoken(self.values))
