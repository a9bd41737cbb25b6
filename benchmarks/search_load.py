"""What the search benchmark asks, of which servers, and how long each answer takes.

All servers run at once and are asked in turn, one question at a time, so that the noise of a
shared machine falls on all of them alike.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import time
from base64 import b64encode
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.scratch import Scratch

WARM_UP = 60
START_WITHIN_S, END_WITHIN_S = 90, 20
NEEDS = ("food", "bed", "bills", "health", "work", "legal")
RADII_M = (3000, 8000, 16_000)
OWN_WORDS = (
    "cant pay my light bill", "comida para mi familia", "somewhere to sleep tonight", "food pantry",
    "dentista", "necesito un abogado", "looking for a job", "diapers",
)  # fmt: skip
# 22 words, half of them mistyped; a note that somebody pastes; what a phone's keyboard offers.
MANY_WORDS = (
    "my husband lost his jbo and we cannt pay the rnet or the electrik bill this mnth"
    " with three smal kidz"
)
PASTED = (
    "Pt is a 34 yo mother of 3 who screens positive for food insecurity and is behind on rent. "
    "She reports that her hours at work were cut in March, the lights are to be shut off next "
    "week, and that the family skips meals. No car, takes the bus. Prefers Spanish. Would like a "
    "call after 3 pm. Has tried the church on Elm Street but they were closed. Please find a "
    "pantry, help with the electric bill and, if there is one, a clinic with a dentist. Thank you "
    "very much for helping this family out"
)[:500]
EMOJI = "🍞🥫 food 🙏🏽 👩‍👧‍👦 ayuda 🏠❓"
UNUSUAL = {"22 words": MANY_WORDS, "500 characters": PASTED, "emoji": EMOJI}
Times = dict[tuple[str, int], list[float]]


@dataclass(frozen=True)
class Site:
    """A directory with the two servers on it."""

    services: int
    scratch: Scratch
    product: int
    floor: int


@dataclass(frozen=True)
class Ask:
    """One question: its kind, how many services the asked directory has, where to, its address."""

    kind: str
    services: int
    port: int
    path: str


@contextmanager
def served(services: int, scratch: Scratch) -> Iterator[Site]:
    """The product and the floor app on one database."""
    site = Site(services, scratch, _free_port(), _free_port())
    product = {
        "HANDBACK_MODE": "production",
        "HANDBACK_KEYS": "bench:" + b64encode(b"k" * 32).decode(),
        "HANDBACK_PUBLIC_URL": f"http://127.0.0.1:{site.product}",
        "HANDBACK_DATABASE_URL": scratch.app,
        "HANDBACK_WORKER_DATABASE_URL": scratch.worker,
        "HANDBACK_OWNER_DATABASE_URL": scratch.owner,
        "HANDBACK_LOG_LEVEL": "ERROR",
        "PORT": str(site.product),
    }
    floor = product | {"HANDBACK_FLOOR_URL": scratch.app}
    handback = ["-c", "from web.cli import main; main()", "serve"]
    granian = [
        "-m", "granian", "--interface", "asgi", "--no-ws", "--log-level", "error",
        "--port", str(site.floor), "benchmarks.floor:app",
    ]  # fmt: skip
    with _server(handback, site.product, product), _server(granian, site.floor, floor):
        yield site


def questions(site: Site, count: int, kinds: Sequence[str]) -> list[list[Ask]]:
    """Rounds of one question of each kind around a place that exists; the same every time."""
    with psycopg.connect(site.scratch.app) as connection:
        rows = connection.execute(
            "select lat, lon from search_doc where kind = 'local' order by id limit 2000"
        ).fetchall()
    dice = random.Random(7)  # noqa: S311 -- repeatable, not secret
    return [_round(site, dice, *dice.choice(rows), kinds) for _ in range(count)]


def _round(
    site: Site, dice: random.Random, lat: float, lon: float, kinds: Sequence[str]
) -> list[Ask]:
    """The same place and radius for every kind."""
    where = f"/api/search?near={lat:.4f},{lon:.4f}&radius_m={dice.choice(RADII_M)}"
    need = f"{where}&need={dice.choice(NEEDS)}"
    text = dice.choice(("people ages", f"service {dice.randrange(1, site.services)}"))
    words = dice.choice((text, dice.choice(OWN_WORDS)))
    paths = {
        "floor": need,
        "need": need,
        "words": f"{where}&q={quote(words)}",
        "facets": f"{need}&facets=1",
        "facets alone": f"{where}&facets=1",
        "facets within 50 miles": f"/api/search?near={lat:.4f},{lon:.4f}&radius_m=80467&facets=1",
        **{name: f"{where}&q={quote(unusual)}" for name, unusual in UNUSUAL.items()},
    }
    return [
        Ask(kind, site.services, site.floor if kind == "floor" else site.product, paths[kind])
        for kind in kinds
    ]


def measure(rounds: Iterable[Sequence[Ask]]) -> Times:
    """Milliseconds of each kind; the floor's and the product's answers must be the same."""
    connections: dict[int, http.client.HTTPConnection] = {}
    times: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for number, asked in enumerate(rounds):
        bodies: dict[tuple[str, int], bytes] = {}
        for ask in asked:
            started = time.perf_counter()
            bodies[ask.kind, ask.services] = get(connections, ask.port, ask.path)
            spent = time.perf_counter() - started
            if number >= WARM_UP:
                times[ask.kind, ask.services].append(spent * 1000)
        _compare(bodies)
    return times


def get(connections: dict[int, http.client.HTTPConnection], port: int, path: str) -> bytes:
    """One answer over a connection that is kept."""
    connection = connections.setdefault(
        port, http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    )
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        msg = f"{answer.status} from port {port} for {path}"
        raise RuntimeError(msg)
    return body


def _compare(bodies: dict[tuple[str, int], bytes]) -> None:
    """So that neither can be quick by saying less."""
    for (kind, services), body in bodies.items():
        product = bodies.get(("need", services))
        if kind == "floor" and product and json.loads(body) != json.loads(product):
            msg = "The floor and the product gave different answers"
            raise RuntimeError(msg)


def p50(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """Worst but 5 %."""
    return statistics.quantiles(values, n=20)[-1]


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def _server(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [sys.executable, *command],
        env={**os.environ, **environment},  # noqa: TID251 -- handed on to a child
    )
    try:
        _wait_for(port, process)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(10 * START_WITHIN_S):
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
