"""The search documents of a whole source: computed while the ones before are being written.

Computing is Python's work and writing the database's, so the two go side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from directory.search import projection
from directory.search.beside import InAProcess, InAThread, Made, Maker
from directory.search.facts import Facts, load_facts, load_terms
from directory.search.facts_sql import SOME_HIDDEN
from directory.search.hidden import in_hidden_tables

BATCH = 1000
MANY = 5000  # services for which a process of their own is worth its start
# All services that have or had something: those that left lose their documents.
OF_SOURCE = text("select id from service where source_id = :source order by id")
HAS_ANY = text(
    "select exists (select from service s join search_doc d on d.service_id = s.id"
    " where s.source_id = :source)"
)
Progress = Callable[[int, int], None]


def unseen(_done: int, _all: int) -> None:
    """For callers that show no progress."""


async def project_source(
    session: AsyncSession,
    source: UUID,
    now: datetime,
    progress: Progress = unseen,
    *,
    many: int = MANY,
) -> int:
    """Make all documents of a source anew; the same as `project` of each of its services."""
    services = list(await session.scalars(OF_SOURCE, {"source": source}))
    if not services:
        return 0
    terms = await load_terms(session)
    kind = InAThread if len(services) < many else InAProcess
    maker: Maker = kind(terms, projection.day_of(now))
    try:
        writer = await _writer(session, source, maker.today)
        return await _project(writer, maker, services, progress)
    finally:
        maker.close()


@dataclass(frozen=True, slots=True)
class _Writer:
    session: AsyncSession
    # of a source that has no documents, none have to be taken out
    first: bool
    first_hidden: bool
    # where all may be shown, nobody need look for what may not
    some_hidden: bool

    async def facts(self, services: Sequence[UUID], today: date) -> tuple[Facts, Facts]:
        """What everybody may see, and what only staff may."""
        shown = await load_facts(self.session, services, today)
        if not self.some_hidden:
            return shown, Facts()
        return shown, await load_facts(self.session, services, today, shown="hidden")

    async def write(self, services: Sequence[UUID], made: Made) -> None:
        await projection.replace(self.session, services, made.shown, first=self.first)
        # What staff alone may see goes into tables of its own, which no public statement names.
        twins = in_hidden_tables(self.session)
        await projection.replace(twins, services, made.hidden, first=self.first_hidden)


async def _writer(session: AsyncSession, source: UUID, today: date) -> _Writer:
    values = {"source": source}
    some = await session.execute(SOME_HIDDEN, values | {"today": today})
    shown = await session.execute(HAS_ANY, values)
    hidden = await in_hidden_tables(session).execute(HAS_ANY, values)
    return _Writer(session, not shown.scalar_one(), not hidden.scalar_one(), some.scalar_one())


async def _project(
    writer: _Writer, maker: Maker, services: Sequence[UUID], progress: Progress
) -> int:
    """Each batch is made while the one before is written and the facts of the next are read."""
    today, written = maker.today, 0
    making: asyncio.Task[Made] | None = None
    before: Sequence[UUID] = ()
    try:
        for start in range(0, len(services), BATCH):
            batch = services[start : start + BATCH]
            facts = await writer.facts(batch, today)
            made, of = (await making if making else None), before
            making, before = asyncio.create_task(maker.make(facts)), batch
            if made is not None:
                await writer.write(of, made)
                written += made.shown.number
            progress(start, len(services))
        assert making is not None  # noqa: S101 -- there are services
        made = await making
    finally:
        if making is not None:
            making.cancel()
    await writer.write(before, made)
    progress(len(services), len(services))
    return written + made.shown.number
