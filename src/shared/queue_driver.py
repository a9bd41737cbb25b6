"""pgqueuer's driver over our session, so that a job is part of the business transaction.

The library's own driver over the raw connection would commit a job by itself: SQLAlchemy sends
BEGIN lazily (seen).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import Driver

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class SessionDriver(Driver):
    """Runs pgqueuer's SQL through the session, whose BEGIN has been sent."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._shutdown, self._tasks = asyncio.Event(), TaskManager()

    async def fetch(self, query: str, *args: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Rows of one statement in asyncpg's $1 style."""
        connection = await self._session.connection()
        result = await connection.exec_driver_sql(query, args)
        return [dict(row) for row in result.mappings()]

    async def execute(self, query: str, *args: Any) -> str:  # noqa: ANN401
        """Run one statement; the command tag is not needed by enqueue."""
        await self.fetch(query, *args)
        return ""

    async def notify(self, channel: str, payload: str) -> None:
        """Tell listeners at commit."""
        await self.fetch("select pg_notify($1, $2)", channel, payload)

    async def add_listener(self, *_: Any) -> None:  # noqa: ANN401
        """Only the worker listens, on a connection of its own."""
        raise NotImplementedError

    async def remove_listener(self, *_: Any) -> None:  # noqa: ANN401
        """Only the worker listens, on a connection of its own."""
        raise NotImplementedError

    @property
    def shutdown(self) -> asyncio.Event:
        """Asked for by the protocol."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """Asked for by the protocol."""
        return self._tasks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None
