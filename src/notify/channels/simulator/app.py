"""The simulator's process: HTTP and SMTP in one event loop, started and stopped together."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, PermissionDeniedException

from notify.channels.simulator import (
    api_routes,
    call_routes,
    drill_routes,
    mail_routes,
    pages,
    twilio_routes,
)
from notify.channels.simulator.options import SimulatorOptions, options_from
from notify.channels.simulator.program import Program
from notify.channels.simulator.requests import AnyRequest
from notify.channels.simulator.smtp import mail_protocol
from notify.channels.simulator.state import Simulator
from shared import clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from litestar.types import Scope

    from shared.settings import Settings

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
START_SECONDS = 10
CLOCK_TRIES, CLOCK_TRY_SECONDS = 60, 0.5


def create_app(simulator: Simulator, program: Program, options: SimulatorOptions) -> Litestar:
    """All routes around one memory."""
    provided = {"simulator": simulator, "program": program, "options": options}
    return Litestar(
        route_handlers=[
            *twilio_routes.ROUTES,
            *api_routes.ROUTES,
            *call_routes.ROUTES,
            *mail_routes.ROUTES,
            *drill_routes.ROUTES,
            *pages.ROUTES,
        ],
        state=State(provided),
        dependencies={name: _provide(value) for name, value in provided.items()},
        before_request=_refuse_other_sites,
        exception_handlers={HTTPException: _problem},
        after_exception=[_log_exception],
        openapi_config=None,
        logging_config=None,  # its default turns every library's INFO on, bodies' addresses too
    )


def _provide(value: object) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


def _refuse_other_sites(request: AnyRequest) -> None:
    """A web page elsewhere must not write texts in the name of the demo's phones."""
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise PermissionDeniedException("This came from another website.")


def _problem(_request: AnyRequest, error: HTTPException) -> Response[dict[str, object]]:
    body = {"title": error.detail, "status": error.status_code, "errors": error.extra or []}
    return Response(body, status_code=error.status_code, media_type="application/problem+json")


def _log_exception(error: Exception, scope: Scope) -> None:
    if not isinstance(error, HTTPException):
        logger.error("simulator_failed", exc_info=error, extra={"method": scope.get("method")})


@asynccontextmanager
async def running_simulator(
    options: SimulatorOptions, *, http_port: int, smtp_port: int, host: str = LOOPBACK
) -> AsyncIterator[Simulator]:
    """A simulator that listens on both ports inside the block.

    Raises:
        OSError: one of the ports is taken.
    """
    simulator = Simulator()
    program = Program(simulator, options)
    loop = asyncio.get_running_loop()
    try:
        smtp_server = await loop.create_server(lambda: mail_protocol(simulator), host, smtp_port)
        async with smtp_server, served(create_app(simulator, program, options), host, http_port):
            yield simulator
    finally:
        await program.close()


@asynccontextmanager
async def served(app: Litestar, host: str, port: int) -> AsyncIterator[None]:
    """An app that answers on a port inside the block, in this very event loop."""
    _refuse_taken_port(host, port)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_enabled=False,
    )
    serving = asyncio.get_running_loop().create_task(server.serve())
    try:
        await _until_listening(serving, host, port)
        yield
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        with suppress(asyncio.CancelledError):
            await serving


def _refuse_taken_port(host: str, port: int) -> None:
    """granian would share a taken port with whoever has it, and get every other request."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind((host, port))


async def _until_listening(serving: asyncio.Task[None], host: str, port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not serving.done():
            with suppress(OSError):
                _, writer = await asyncio.open_connection(host, port)
                writer.close()
                return
            await asyncio.sleep(0.02)
    serving.result()


def run_simulator(http_port: int, smtp_port: int, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. The supervisor and `handback simulator` call this."""
    asyncio.run(_run_until_signalled(options_from(settings), http_port, smtp_port))


async def _run_until_signalled(options: SimulatorOptions, http_port: int, smtp_port: int) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    async with running_simulator(options, http_port=http_port, smtp_port=smtp_port) as simulator:
        adopting = asyncio.get_running_loop().create_task(adopt_clock(options, simulator))
        await stop.wait()
        adopting.cancel()


async def adopt_clock(options: SimulatorOptions, simulator: Simulator) -> None:
    """Ask the program how far its clock is turned; it may still be starting, or never come."""
    async with httpx.AsyncClient(trust_env=False) as http:
        for _ in range(CLOCK_TRIES):
            with suppress(httpx.HTTPError, ValueError, KeyError):
                answer = await http.get(options.clock_url)
                clock.set_offset(timedelta(seconds=answer.json()["offset_seconds"]))
                simulator.changed()
                return
            await asyncio.sleep(CLOCK_TRY_SECONDS)
