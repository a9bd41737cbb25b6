"""Whether a steward changed what every process holds in memory: words, towns of hidden places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

ASKED_EVERY = timedelta(seconds=2)
VERSION = text("select version from search_version")
NEXT = text("update search_version set version = version + 1")


@dataclass(slots=True)
class Watch:
    """Of one process; asks every two seconds at most."""

    version: int | None = None
    asked_at: datetime | None = None

    async def saw_change(self, connection: AsyncConnection, now: datetime) -> bool:
        """Whether what was read before is old."""
        if self.asked_at is not None and timedelta(0) <= now - self.asked_at < ASKED_EVERY:
            return False
        before, self.asked_at = self.version, now
        self.version = await connection.scalar(VERSION)
        return before is not None and before != self.version


async def tell_every_process(session: AsyncSession) -> None:
    """With the commit: read words and towns anew."""
    await session.execute(NEXT)
