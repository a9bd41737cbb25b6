"""A simulator on free ports, and a program that listens to it and checks every signature."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, Request, Response, get, post
from litestar.params import FromPath, JSONBody
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from notify.channels.simulator.app import running_simulator, served
from notify.channels.simulator.options import SimulatorOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from twilio.http.response import Response as TwilioResponse

    from notify.channels.simulator.state import Simulator

HOST = "127.0.0.1"


def unused_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for each in sockets:
        each.bind((HOST, 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@dataclass
class Listener:
    """The program's side: what came in, whether it was signed rightly, what to answer."""

    options: SimulatorOptions
    calls: list[tuple[str, bool, dict[str, str]]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    clock: list[int] = field(default_factory=list)
    # TwiML that answers the next voice webhooks.
    documents: list[str] = field(default_factory=list)

    def app(self) -> Litestar:
        validator = RequestValidator(self.options.auth_token)

        @post("/webhooks/twilio/{kind:str}")
        async def webhook(
            request: Request[Any, Any, Any], kind: FromPath[str]
        ) -> Response[str | None]:
            form = await request.form()
            query = f"?{request.url.query}" if request.url.query else ""
            url = f"{self.options.program_url}/webhooks/twilio/{kind}{query}"
            signed = request.headers.get("X-Twilio-Signature", "")
            self.calls.append((kind + query, validator.validate(url, form, signed), dict(form)))
            if kind == "voice":
                return Response(self.documents.pop(0), media_type="text/xml", status_code=200)
            return Response(None, status_code=self.answers.pop(0) if self.answers else 204)

        @post("/simulator/api/clock", status_code=200)
        async def turn(data: JSONBody[dict[str, int]]) -> None:
            self.clock.append(data["advance_seconds"])

        @get("/simulator/api/clock")
        async def read() -> dict[str, object]:
            return {"now": "", "offset_seconds": 86_400}

        return Litestar([webhook, turn, read], openapi_config=None, logging_config=None)

    def forms(self, kind: str) -> list[dict[str, str]]:
        assert all(right for _, right, _ in self.calls), "a signature was wrong"
        return [form for path, _, form in self.calls if path.startswith(kind)]

    def statuses(self) -> list[str]:
        return [form["MessageStatus"] for form in self.forms("status")]


@dataclass
class Running:
    """Everything a test needs of one simulator."""

    simulator: Simulator
    options: SimulatorOptions
    listener: Listener
    http: httpx.AsyncClient
    smtp_port: int
    twilio: Client

    @property
    def callback(self) -> str:
        return f"{self.options.program_url}/webhooks/twilio/status?message=018f"

    async def send(self, **changes: Any) -> Any:
        wanted = {"to": "+12025550144", "from_": "+12025550100", "body": "Hello", **changes}
        return await self.twilio.messages.create_async(status_callback=self.callback, **wanted)

    async def strike(self, *rules: dict[str, Any]) -> None:
        answer = await self.http.post("/simulator/api/faults", json={"rules": rules})
        assert answer.status_code == 200, answer.text

    async def _pending(self) -> int:
        return int((await self.http.get("/simulator/api/version")).json()["pending"])

    async def settled(self) -> None:
        """Wait until every callback and reply has been handed over."""
        async with asyncio.timeout(5):
            while await self._pending():  # noqa: ASYNC110 -- asked as a test of the product asks
                await asyncio.sleep(0.01)


@pytest.fixture
def free_ports() -> Callable[[int], list[int]]:
    return unused_ports


class ToSimulator(AsyncTwilioHttpClient):
    """The SDK's client, pointed at the simulator, with a time-out for each request."""

    def __init__(self, base: str, seconds: float) -> None:
        super().__init__()
        self._base, self._seconds = urlsplit(base), seconds

    async def request(self, method: str, url: str, **values: Any) -> TwilioResponse:
        there = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        values["timeout"] = self._seconds
        return await super().request(method, urlunsplit(there), **values)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _started() -> AsyncIterator[Running]:
    """One simulator for all tests of a module: starting it takes longer than using it."""
    http_port, smtp_port, program_port = unused_ports(3)
    base = f"http://{HOST}:{http_port}"
    options = SimulatorOptions(
        program_url=f"http://{HOST}:{program_port}",
        status_step_seconds=0.005,
        retry_after_seconds=(0.01, 0.02),
    )
    listener = Listener(options)
    async with (
        served(listener.app(), HOST, program_port),
        running_simulator(options, http_port=http_port, smtp_port=smtp_port) as simulator,
        httpx.AsyncClient(base_url=base, trust_env=False) as http,
        ToSimulator(base, 0.5) as seam,
    ):
        twilio = Client(options.account_sid, options.auth_token, http_client=seam)
        yield Running(simulator, options, listener, http, smtp_port, twilio)


@pytest_asyncio.fixture(loop_scope="module")
async def running(_started: Running) -> AsyncIterator[Running]:
    """The module's simulator, as if just started."""
    yield _started
    await _started.settled()
    _started.simulator.reset()
    _started.simulator.names.clear()
    for heard in (_started.listener.calls, _started.listener.answers, _started.listener.clock):
        heard.clear()
