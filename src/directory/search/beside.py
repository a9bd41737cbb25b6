"""A process that makes search documents while the database writes those before.

It is given facts and gives back rows, both through a pipe; it knows no database and no address,
and ends when the pipe does, also when whoever started it was killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from directory.search.documents import documents_of
from directory.search.packing import Packed, packed

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from directory.search.facts import Facts, TermFacts


@dataclass(frozen=True, slots=True)
class Made:
    """The documents of a batch: what everybody may see, and what only staff may."""

    shown: Packed
    hidden: Packed


def make(facts: tuple[Facts, Facts], terms: Mapping[UUID, TermFacts], today: date) -> Made:
    """Of the public's facts and of staff's."""
    shown, hidden = (documents_of(each, terms, today) for each in facts)
    for document in hidden:
        document.display["hidden"] = True
    return Made(packed(shown), packed(hidden))


class Maker(Protocol):
    """Makes one batch at a time, with hours counted from `today`."""

    today: date

    async def make(self, facts: tuple[Facts, Facts]) -> Made:
        """Without holding up the one who asks."""

    def close(self) -> None:
        """No more are coming."""


class InAThread:
    """For a few: a process takes longer to start than they take to make."""

    def __init__(self, terms: Mapping[UUID, TermFacts], today: date) -> None:
        self._terms, self.today = terms, today

    async def make(self, facts: tuple[Facts, Facts]) -> Made:
        """In this process."""
        return await asyncio.to_thread(make, facts, self._terms, self.today)

    def close(self) -> None:
        """Nothing was opened."""


class InAProcess:
    """For many: the work of two processors."""

    def __init__(self, terms: Mapping[UUID, TermFacts], today: date) -> None:
        self.today = today
        spawning = get_context("spawn")
        self._pipe, theirs = spawning.Pipe()
        self._process: BaseProcess = spawning.Process(
            target=_work, args=(theirs, today), daemon=True
        )
        self._process.start()
        theirs.close()
        self._terms: Mapping[UUID, TermFacts] | None = terms

    async def make(self, facts: tuple[Facts, Facts]) -> Made:
        """Over there; what fails there fails here."""
        return await asyncio.to_thread(self._asked, facts)

    def _asked(self, facts: tuple[Facts, Facts]) -> Made:
        if self._terms is not None:
            self._pipe.send(self._terms)
            self._terms = None
        self._pipe.send(facts)
        found: Made | Exception = self._pipe.recv()
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        """The pipe ends, and the process with it."""
        self._pipe.close()
        self._process.join()
        self._process.close()


def _work(pipe: Connection, today: date) -> None:
    try:
        terms = pipe.recv()
        while True:
            facts = pipe.recv()
            try:
                pipe.send(make(facts, terms, today))
            except Exception as problem:  # noqa: BLE001 -- told to whoever asked
                pipe.send(problem)
    except (EOFError, OSError):
        pipe.close()
