"""The whole product as real processes on free ports: web, worker, simulator, one database."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx

from shared.settings import child_environment

if TYPE_CHECKING:
    from pathlib import Path

READY_WITHIN = 60.0
TUESDAY = 1  # date.weekday()
HERE = ZoneInfo("America/New_York")


def free_port_block() -> int:
    """A port whose two successors are free too (web, simulator, SMTP)."""
    for _ in range(200):
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            if port > 60000:
                continue
            with contextlib.suppress(OSError), socket.socket() as second, socket.socket() as third:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
                return port
    raise RuntimeError("no three free ports in a row")


@dataclass
class RunningSystem:
    """Started with `start()`, ended with `stop()`; talks to itself over loopback only."""

    urls: dict[str, str]
    log_folder: Path
    keys: str
    port: int = field(default_factory=free_port_block)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def phones_address(self) -> str:
        """Where the simulator keeps people's phones."""
        return f"http://127.0.0.1:{self.port + 1}/simulator/api/phones"

    def environment(self) -> dict[str, str]:
        return child_environment(
            HANDBACK_MODE="test",
            HANDBACK_KEYS=self.keys,
            PORT=str(self.port),
            HANDBACK_PUBLIC_URL=self.address,
            HANDBACK_DATABASE_URL=self.urls["app"],
            HANDBACK_WORKER_DATABASE_URL=self.urls["worker"],
            HANDBACK_OWNER_DATABASE_URL=self.urls["owner"],
            HANDBACK_TWILIO_ACCOUNT_SID="AC" + "0" * 32,
            HANDBACK_TWILIO_AUTH_TOKEN="test-token",
            HANDBACK_TWILIO_API_URL=f"http://127.0.0.1:{self.port + 1}",
            HANDBACK_SMTP_HOST="127.0.0.1",
            HANDBACK_SMTP_PORT=str(self.port + 2),
            HANDBACK_SMTP_PLAIN="true",
        )

    def start(self) -> None:
        for name in ("simulator", "worker", "serve"):
            self.start_one(name)
        self.wait_until_ready()

    def start_one(self, name: str) -> None:
        with (self.log_folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "web.cli", name],
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def end_one(self, name: str) -> None:
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)

    def wait_until_ready(self) -> None:
        self.wait_until_served()
        self._wait_for(f"http://127.0.0.1:{self.port + 1}/simulator/api/phones")

    def wait_until_served(self) -> None:
        self._wait_for(f"{self.address}/readyz")

    def _wait_for(self, *addresses: str) -> None:
        end = time.monotonic() + READY_WITHIN
        waiting = list(addresses)
        while waiting:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended:\n{self.log_of(name)}")
            if time.monotonic() > end:
                raise RuntimeError(f"not ready: {waiting[0]}\n{self.log_of('serve')}")
            with contextlib.suppress(httpx.HTTPError):
                if self.client.get(waiting[0], timeout=2).is_success:
                    waiting.pop(0)
                    continue
            time.sleep(0.1)

    def log_of(self, name: str) -> str:
        path = self.log_folder / f"{name}.log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def stop(self) -> None:
        self.client.close()
        for process in self.processes.values():
            process.terminate()
        for name in list(self.processes):
            self.end_one(name)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`handback …` in a process of its own, with this system's settings."""
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "web.cli", *words],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    # What a person does with phones, mailboxes and the clock.

    def texts(self, phone: str) -> list[dict[str, Any]]:
        """Texts on a phone, both ways, oldest first."""
        return self._simulator("GET", f"/phones/{phone}/messages")

    def text_with(self, phone: str, words: str, *, after: int = 0) -> dict[str, Any]:
        """The last text to this phone that holds these words; waits for it.

        `after` leaves out the texts that were there before, in both directions.
        """
        end = time.monotonic() + 45
        while True:
            new = self.texts(phone)[after:]
            texts = [each for each in new if each["direction"].startswith("out")]
            for each in reversed(texts):
                if words in each["body"]:
                    return each
            if time.monotonic() > end:
                bodies = [each["body"] for each in texts]
                raise AssertionError(f"no text with {words!r} on {phone}: {bodies}")
            time.sleep(0.1)

    def reply(self, phone: str, body: str, to: str | None = None) -> None:
        payload = {"body": body} | ({"to": to} if to else {})
        self._simulator("POST", f"/phones/{phone}/replies", payload)

    def mails(self, address: str) -> list[dict[str, Any]]:
        return self._simulator("GET", f"/mailboxes/{address}/messages")

    def now(self) -> datetime:
        """The instant by this system's clock, which may have been turned."""
        read = self.client.get(f"{self.address}/simulator/api/clock").json()
        return datetime.fromisoformat(read["now"])

    def turn_clock_to_tuesday(self, hour: int = 10) -> None:
        """Turn on to the next Tuesday morning: texts go out, and the next days are workdays."""
        local = self.now().astimezone(HERE)
        day = local + timedelta(days=(TUESDAY - local.weekday()) % 7)
        morning = day.replace(hour=hour, minute=0, second=0, microsecond=0)
        if morning < local:
            morning += timedelta(days=7)
        self.turn_clock(seconds=(morning - local).total_seconds())

    def turn_clock(self, **span: float) -> None:
        seconds = int(timedelta(**span).total_seconds())
        self._simulator("POST", "/clock", {"advance_seconds": seconds}, base=self.address)

    def _simulator(
        self, method: str, path: str, payload: Any = None, base: str | None = None
    ) -> Any:
        base = base or f"http://127.0.0.1:{self.port + 1}"
        answer = self.client.request(method, f"{base}/simulator/api{path}", json=payload)
        answer.raise_for_status()
        found = answer.json() if answer.content else None
        return found.get("messages", found) if isinstance(found, dict) else found


def wait_for(what: Any, *, seconds: float = 45.0, every: float = 0.1) -> Any:
    """The first true value of `what()`; fails when none comes in time."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"nothing within {seconds} s: {what}")
        time.sleep(every)
