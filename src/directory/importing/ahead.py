"""The gate at work in a thread, a table at a time, while the database writes those before it.

Checking is Python's work and writing the database's, so the two go side by side.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from directory.importing.checked import Checked


class Ahead:
    """What has passed the gate, and what is still to pass."""

    def __init__(self, checked: Checked, tables: Iterator[str]) -> None:
        self.checked = checked
        self._tables = tables
        self._done: set[str] = set()
        self._told: asyncio.Queue[str | None] = asyncio.Queue()
        self._closed = False
        self._work = asyncio.create_task(self._run())

    async def passed(self, table: str) -> None:
        """Wait until all rows of a table are there; what the gate fails with is raised here."""
        while table not in self._done:
            name = await self._told.get()
            if name is None:
                await self._work
                self._done |= self.checked.rows.keys()
            else:
                self._done.add(name)

    async def whole(self) -> None:
        """Wait until the whole feed has passed."""
        for table in self.checked.rows:
            await self.passed(table)

    async def close(self) -> None:
        """No more than the table at hand."""
        self._closed = True
        await asyncio.gather(self._work, return_exceptions=True)

    async def _run(self) -> None:
        try:
            while not self._closed:
                table = await asyncio.to_thread(next, self._tables, None)
                if table is None:
                    return
                self._told.put_nowait(table)
        finally:
            self._told.put_nowait(None)


@asynccontextmanager
async def working_ahead(checked: Checked, tables: Iterator[str]) -> AsyncIterator[Ahead]:
    """The gate stops at the end, also when what writes failed."""
    ahead = Ahead(checked, tables)
    try:
        yield ahead
    finally:
        await ahead.close()
