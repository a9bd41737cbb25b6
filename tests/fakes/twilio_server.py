"""A server on loopback that speaks of Messages as a test tells it to."""

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
    # What it lists, and how it was asked for it.
    texts: list[dict[str, object]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    async def create(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.taken.append({name: str(value) for name, value in form.items()})
        if self.fault == "silent":
            await asyncio.sleep(5)
        if self.fault == "reset" and request.transport is not None:
            request.transport.abort()
        status, body = self.answer
        if body.get("sid") == "":  # its own for each
            body = {**body, "sid": f"SM{len(self.taken):032}"}
        return web.json_response(body, status=status)

    async def list(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        self.asked.append(query)
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        more = (page + 1) * size < len(self.texts)
        following = f"{request.path}?PageSize={size}&Page={page + 1}"
        shown = self.texts[page * size : (page + 1) * size]
        return web.json_response(
            {"messages": shown, "next_page_uri": following if more else None, "page": page}
        )

    async def read(self, request: web.Request) -> web.Response:
        sid = request.match_info["sid"]
        for each in self.texts:
            if each["sid"] == sid:
                return web.json_response(each)
        return web.json_response({"code": 20404, "message": "not found"}, status=404)


@asynccontextmanager
async def twilio_server() -> AsyncIterator[TwilioServer]:
    server = TwilioServer()
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", server.create)
    app.router.add_get("/2010-04-01/Accounts/{account}/Messages.json", server.list)
    app.router.add_get("/2010-04-01/Accounts/{account}/Messages/{sid}.json", server.read)
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
