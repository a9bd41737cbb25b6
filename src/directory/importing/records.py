"""What an adapter hands to the gate: rows as the feed wrote them, with their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as filled
from enum import StrEnum

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


@dataclass(slots=True)
class Feed:
    """Everything one adapter read."""

    feed_format: str
    name: str
    records: list[Record] = filled(default_factory=list)
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
        return gettext(self.message, **self.values)
