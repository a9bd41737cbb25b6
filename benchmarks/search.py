"""need + radius, nearest first: the product beside the floor app, interleaved, one client.

Goal (design: search): p50 at most 2.5 times the floor's, p95 at most 2.5 times for now.
Repeat: `make bench`, or `.venv/bin/python -m benchmarks.search [services] [requests]`.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import psycopg

from benchmarks.scratch import Scratch, scratch_database

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICES, REQUESTS, WARM_UP = 20_000, 600, 100
PRODUCT_PORT, FLOOR_PORT = 18_731, 18_732
GOAL = 2.5
NEEDS = ("food", "bed", "bills", "health", "work", "legal")
RADII_M = (3000, 8000, 16_000)


def main(services: int = SERVICES, requests: int = REQUESTS) -> bool:
    """Print a table; False when the goal is missed."""
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_database("handback_bench_search", services, say))
        paths = _paths(scratch, requests + WARM_UP)
        for command, port, environment in _servers(scratch):
            stack.enter_context(_server(command, port, environment))
        times = _measure(paths)
    floor, product = times[FLOOR_PORT], times[PRODUCT_PORT]
    say(f"need + radius, {services} services, {requests} requests each, one client, milliseconds")
    say("                  p50     p95")
    say(f"floor app      {_p50(floor):6.2f}  {_p95(floor):6.2f}")
    say(f"Handback       {_p50(product):6.2f}  {_p95(product):6.2f}")
    ratio = _p50(product) / _p50(floor)
    say(f"ratio          {ratio:6.2f}  {_p95(product) / _p95(floor):6.2f}   goal p50 ≤ {GOAL}")
    say("Repeat: .venv/bin/python -m benchmarks.search")
    return ratio <= GOAL


def say(words: str) -> None:
    """To standard output, at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _servers(scratch: Scratch) -> list[tuple[list[str], int, dict[str, str]]]:
    product = {
        "HANDBACK_MODE": "production",
        "HANDBACK_KEYS": "bench:" + b64encode(b"k" * 32).decode(),
        "HANDBACK_PUBLIC_URL": f"http://127.0.0.1:{PRODUCT_PORT}",
        "HANDBACK_DATABASE_URL": scratch.app,
        "HANDBACK_WORKER_DATABASE_URL": scratch.worker,
        "HANDBACK_OWNER_DATABASE_URL": scratch.owner,
        "HANDBACK_LOG_LEVEL": "ERROR",
        "PORT": str(PRODUCT_PORT),
    }
    floor = product | {"HANDBACK_FLOOR_URL": scratch.app}
    handback = [sys.executable, "-c", "from web.cli import main; main()", "serve"]
    granian = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--no-ws",
        "--log-level",
        "error",
        "--port",
        str(FLOOR_PORT),
        "benchmarks.floor:app",
    ]
    return [
        (handback, PRODUCT_PORT, product),
        (granian, FLOOR_PORT, floor),
    ]


@contextmanager
def _server(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 -- our own command
        command,
        env={**os.environ, **environment},  # noqa: TID251 -- handed on to a child
    )
    try:
        _wait_for(port, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.connect()
        except OSError:
            time.sleep(0.1)
        else:
            connection.close()
            return
    msg = f"The server on port {port} did not start."
    raise RuntimeError(msg)


def _paths(scratch: Scratch, count: int) -> list[str]:
    """Questions around places that exist, the same every time."""
    with psycopg.connect(scratch.app) as connection:
        rows = connection.execute(
            "select lat, lon from search_doc where kind = 'local' order by id limit 2000"
        ).fetchall()
    dice = random.Random(7)  # noqa: S311 -- repeatable, not secret
    chosen = []
    for _ in range(count):
        lat, lon = dice.choice(rows)
        need, radius_m = dice.choice(NEEDS), dice.choice(RADII_M)
        chosen.append(f"/api/search?near={lat:.4f},{lon:.4f}&radius_m={radius_m}&need={need}")
    return chosen


def _measure(paths: list[str]) -> dict[int, list[float]]:
    connections = {
        port: http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        for port in (FLOOR_PORT, PRODUCT_PORT)
    }
    times: dict[int, list[float]] = {port: [] for port in connections}
    for number, path in enumerate(paths):
        bodies = []
        for port, connection in connections.items():
            started = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            spent = time.perf_counter() - started
            if answer.status != http.client.OK:
                msg = f"{answer.status} from port {port} for {path}"
                raise RuntimeError(msg)
            bodies.append(body)
            if number >= WARM_UP:
                times[port].append(spent * 1000)
        if json.loads(bodies[0]) != json.loads(bodies[1]):
            msg = f"The two gave different answers for {path}"
            raise RuntimeError(msg)
    return times


def _p50(values: list[float]) -> float:
    return statistics.median(values)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    sys.exit(0 if main(*(int(value) for value in sys.argv[1:])) else 1)
