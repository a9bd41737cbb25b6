"""The web server as a process of its own, over one row's database."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from drills.stage import KEYS
from support.running import RunningSystem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from drills.stage import Place, Stage


@asynccontextmanager
async def a_server(
    stage: Stage, place: Place, *, app_url: str | None = None
) -> AsyncIterator[RunningSystem]:
    """Serves from `app_url` if given (a proxy's address); ended by its pid at the end."""
    urls = place.urls if app_url is None else {**place.urls, "app": app_url}
    system = RunningSystem(urls, stage.logs, KEYS)
    try:
        system.start_one("serve")
        # In a thread: the proxy that it may need lives in this loop.
        await asyncio.to_thread(system.wait_until_served)
        yield system
    finally:
        await asyncio.to_thread(system.stop)
