"""A server on loopback that answers POST …/Messages.json as a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class TwilioServer:
    """What it was asked, and how it answers next: a status with a code, or a fault."""

    url: str = ""
    answer: tuple[int, dict[str, object]] = (201, {"sid": "SM" + "0" * 32})
    fault: str | None = None  # "silent" | "reset"
    taken: list[dict[str, str]] = field(default_factory=list)

    async def create(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.taken.append({name: str(value) for name, value in form.items()})
        if self.fault == "silent":
            await asyncio.sleep(5)
        if self.fault == "reset" and request.transport is not None:
            request.transport.abort()
        status, body = self.answer
        return web.json_response(body, status=status)


@asynccontextmanager
async def twilio_server() -> AsyncIterator[TwilioServer]:
    server = TwilioServer()
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", server.create)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()
