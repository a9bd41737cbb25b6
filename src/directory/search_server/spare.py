"""An engine with a spare: when the server fails, PostgreSQL answers and staff are told.

After a failure the server is left alone for a while, so that nobody waits two seconds for nothing;
then one question tries it again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import structlog

from directory.search_server.faults import SearchServerFault, Unsuited

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.port import Result, SearchEngine, SearchPage, SearchQuery

T = TypeVar("T")
LEFT_ALONE_SECONDS = 15.0
log = structlog.get_logger()


class WithSpare:
    """A directory.search.port.SearchEngine out of two."""

    def __init__(
        self,
        engine: SearchEngine,
        spare: SearchEngine,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._spare, self._clock = engine, spare, clock
        self._until: float | None = None  # while it is left alone

    @property
    def name(self) -> str:
        """Of the engine that was chosen."""
        return self._engine.name

    async def search(self, connection: AsyncConnection, query: SearchQuery) -> SearchPage:
        """One page; marked when it should have been the other engine's."""
        page, degraded = await self._either(lambda engine: engine.search(connection, query))
        page.degraded = degraded
        return page

    async def count(self, connection: AsyncConnection, query: SearchQuery) -> int:
        """How many local places."""
        return (await self._either(lambda engine: engine.count(connection, query)))[0]

    async def nearest(self, connection: AsyncConnection, query: SearchQuery) -> Result | None:
        """The nearest place that matches."""
        return (await self._either(lambda engine: engine.nearest(connection, query)))[0]

    async def _either(self, ask: Callable[[SearchEngine], Awaitable[T]]) -> tuple[T, bool]:
        if self._left_alone():
            return await ask(self._spare), True
        try:
            answer = await ask(self._engine)
        except Unsuited:
            return await ask(self._spare), False
        except SearchServerFault as fault:
            self._failed(fault)
            return await ask(self._spare), True
        if self._until is not None:
            self._until = None
            log.info("search_server_back")
        return answer, False

    def _left_alone(self) -> bool:
        now = self._clock()
        if self._until is None:
            return False
        if now < self._until:
            return True
        self._until = now + LEFT_ALONE_SECONDS  # this question tries; the others go on as before
        return False

    def _failed(self, fault: SearchServerFault) -> None:
        if self._until is None:
            log.warning("search_server_down", fault=type(fault).__name__, **_facts(fault))
        self._until = self._clock() + LEFT_ALONE_SECONDS


def _facts(fault: SearchServerFault) -> dict[str, str]:
    """The server's code or our own few words: never a question's."""
    return {name: value for name, value in fault.values.items() if name in {"why", "code"}}
