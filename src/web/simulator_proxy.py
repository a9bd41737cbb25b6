"""The demo's way to the simulator's process, and the clock that demo and tests may turn.

Mounted in demo and test only; in production these addresses do not exist.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import structlog
from litestar import HttpMethod, Litestar, Response, get, post, route
from litestar.params import JSONBody
from pydantic import BaseModel, ConfigDict, Field

from accounts.guards import public
from accounts.requests import AnyRequest, OpenDatabase
from shared import clock
from shared.database import Context, refresh_clock, turn_clock
from shared.errors import NotAllowed
from shared.i18n import gettext_noop
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TIMEOUT_S = 10
LONGEST_TURN_S = 5 * 365 * 86_400
PASSED_ON = ("accept", "accept-language", "content-type", "sec-fetch-site")
PASSED_BACK = ("content-type", "location", "cache-control", "content-security-policy")
TURNS_THE_CLOCK = Context(actor="demo_clock")
logger = structlog.get_logger("web")


class ClockTurn(BaseModel):
    """How far to turn the clock; never back, because what happened must stay in the past."""

    model_config = ConfigDict(extra="forbid")

    advance_seconds: int = Field(ge=0, le=LONGEST_TURN_S)


@asynccontextmanager
async def simulator_client(app: Litestar) -> AsyncIterator[None]:
    """One HTTP client for the life of the application."""
    settings: Settings = app.state.settings
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{settings.simulator_port}",
        timeout=TIMEOUT_S,
        trust_env=False,
    ) as client:
        app.state.simulator = client
        yield


@get("/simulator/api/clock", guards=[public], include_in_schema=False)
async def read_clock(database: OpenDatabase) -> dict[str, Any]:
    """The present instant of the demo."""
    async with database.transaction(TURNS_THE_CLOCK) as session:
        await refresh_clock(session)
    return _clock()


@post("/simulator/api/clock", guards=[public], include_in_schema=False, status_code=200)
async def advance_clock(
    request: AnyRequest, database: OpenDatabase, data: JSONBody[ClockTurn]
) -> dict[str, Any]:
    """Turn the clock of all processes, then tell the simulator."""
    _refuse_other_sites(request)
    async with database.transaction(TURNS_THE_CLOCK) as session:
        await turn_clock(session, data.advance_seconds)
    try:
        await _client(request).post(
            "/simulator/api/offset", json={"seconds": _clock()["offset_seconds"]}
        )
    except httpx.HTTPError:
        # It asks at its own next start; texts only show a wrong time until then.
        logger.warning("simulator_unreachable")
    return _clock()


@route(
    ["/simulator", "/simulator/{rest:path}"],
    http_method=[HttpMethod.GET, HttpMethod.POST],
    guards=[public],
    include_in_schema=False,
)
async def forward(request: AnyRequest) -> Response[bytes]:
    """Pass the request on and its answer back."""
    _refuse_other_sites(request)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    try:
        answer = await _client(request).request(
            request.method, path, content=await request.body(), headers=headers
        )
    except httpx.HTTPError:
        return Response(b"The simulator is not running.", status_code=503, media_type="text/plain")
    return Response(
        answer.content,
        status_code=answer.status_code,
        headers={name: answer.headers[name] for name in PASSED_BACK if name in answer.headers},
        media_type=answer.headers.get("content-type", "application/octet-stream"),
    )


def _refuse_other_sites(request: AnyRequest) -> None:
    """A web page elsewhere must not write texts in the name of the demo's phones."""
    if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
        raise NotAllowed(gettext_noop("Another web site may not do this."), code="cross_site")


def _clock() -> dict[str, Any]:
    return {
        "now": clock.now().isoformat(),
        "offset_seconds": int(clock.offset().total_seconds()),
    }


def _client(request: AnyRequest) -> httpx.AsyncClient:
    client: httpx.AsyncClient = request.app.state.simulator
    return client


routers = [read_clock, advance_clock, forward]
