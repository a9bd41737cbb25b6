"""`handback demo`: one supervisor for the private database, web, worker and simulator.

Invented data, simulated texts and mails, a clock that can be turned. SIGINT and SIGTERM stop all.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shared.private_cluster import PrivateCluster, default_directory
from shared.provision import local_keys
from shared.settings import REPOSITORY, Settings, child_environment, get_settings
from shared.settings import set_for_this_process as set_settings

if TYPE_CHECKING:
    from shared.provision import DatabaseUrls

READY_WITHIN = 60.0
STOP_WITHIN = 8.0
STAMP = "demo-stamp"


@dataclass
class Child:
    """A process the supervisor started."""

    name: str
    process: subprocess.Popen[bytes]


def run_demo() -> int:
    """Start everything, print where it is, wait for the end; 0 when it ended as asked."""
    home = default_directory("demo")
    settings = _demo_settings(home)
    with (home / "demo-lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("The demo of this folder runs already: stop it first, or open its address.")
            return 1
        return _run(home, settings)


def _run(home: Path, settings: Settings) -> int:
    cluster = PrivateCluster(home)
    stopping = _Stopping()
    children: list[Child] = []
    try:
        # The processes find, or start, the database themselves: nothing here is waited for twice.
        if not _prepared(home):
            _prepare(home)
        children += [_start(name) for name in ("serve", "worker", "simulator")]
        if not _wait_until_ready(settings, children, stopping):
            return 0 if stopping.asked else 1
        _name_phones(settings)
        _print_welcome(settings)
        return _watch(children, stopping)
    finally:
        _say("\nStopping …")
        _stop(children)
        cluster.stop()


class _Stopping:
    """Whether somebody asked for the end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True


def _demo_settings(home: Path) -> Settings:
    port = get_settings().port
    token = home / "simulator-token"
    home.mkdir(parents=True, exist_ok=True)
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(secrets.token_hex(16))
    set_settings(
        mode="demo",
        keys=local_keys(home),
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token=token.read_text(),
        twilio_api_url=f"http://127.0.0.1:{port + 1}",
        smtp_host="127.0.0.1",
        smtp_port=str(port + 2),
        smtp_plain="true",
        mail_return="bounce@handback.example",
        mail_secret=token.read_text(),
    )
    return get_settings()


def _prepared(home: Path) -> bool:
    """Whether tables and invented data are those of this version already."""
    stamp = home / STAMP
    return stamp.exists() and stamp.read_text() == _fingerprint()


def _prepare(home: Path) -> None:
    """Start the database, migrate, load the invented data."""
    from shared import provision  # noqa: PLC0415 -- only a first start needs it

    _say("Starting the database …")
    urls = provision.private_urls(home)
    _say("Preparing tables and invented data (first start only) …")
    provision.migrate(urls.owner)
    asyncio.run(_load(urls))
    (home / STAMP).write_text(_fingerprint())


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for folder in ("migrations", "seeds", "src/directory", "src/accounts"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.is_file() and path.suffix in {".py", ".json", ".csv", ".gz"}:
                digest.update(str(path.relative_to(REPOSITORY)).encode() + path.read_bytes())
    return digest.hexdigest()


async def _load(urls: DatabaseUrls) -> None:
    from directory.api import load_reference_data  # only a first start needs them
    from shared.database import Context, Database
    from web.invented import load_invented_data

    owner = Database(urls.owner, pool_size=2)
    try:
        async with owner.transaction(Context(actor="set-up")) as session:
            await load_reference_data(session)
    finally:
        await owner.dispose()
    await load_invented_data(urls)


def _start(name: str) -> Child:
    command = [sys.executable, "-m", "web.cli", name]
    process = subprocess.Popen(  # noqa: S603 -- our own command
        command, env=child_environment(), start_new_session=True
    )
    return Child(name, process)


def _wait_until_ready(settings: Settings, children: list[Child], stopping: _Stopping) -> bool:
    end = time.monotonic() + READY_WITHIN
    import httpx  # noqa: PLC0415 -- while the processes start

    addresses = [
        f"http://127.0.0.1:{settings.port}/readyz",
        f"http://127.0.0.1:{settings.simulator_port}/simulator/api/phones",
    ]
    while addresses and time.monotonic() < end and not stopping.asked:
        if dead := _dead(children):
            _say(f"{dead} ended before it was ready; its words are above.")
            return False
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(addresses[0], timeout=2).is_success:
                addresses.pop(0)
                continue
        time.sleep(0.1)
    if addresses and not stopping.asked:
        _say(f"Not ready within {READY_WITHIN:.0f} seconds: {addresses[0]}")
    return not addresses


def _dead(children: list[Child]) -> str | None:
    return next((child.name for child in children if child.process.poll() is not None), None)


def _watch(children: list[Child], stopping: _Stopping) -> int:
    while not stopping.asked:
        if dead := _dead(children):
            _say(f"{dead} ended by itself; stopping the rest.")
            return 1
        time.sleep(0.3)
    return 0


def _stop(children: list[Child]) -> None:
    for child in reversed(children):
        if child.process.poll() is None:
            child.process.terminate()
    end = time.monotonic() + STOP_WITHIN
    for child in children:
        try:
            child.process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()


def _name_phones(settings: Settings) -> None:
    """Tell the simulator whose phones and mailboxes the invented ones are."""
    import httpx  # noqa: PLC0415

    from accounts.network import names_of_addresses  # noqa: PLC0415

    httpx.post(
        f"http://127.0.0.1:{settings.simulator_port}/simulator/api/names",
        json=names_of_addresses(REPOSITORY / "seeds" / "network.json"),
        timeout=5,
    )


def _print_welcome(settings: Settings) -> None:
    from accounts.network import demo_sign_ins  # noqa: PLC0415

    address = settings.address
    lines = [
        "",
        f"Handback is ready:   {address}",
        f"Sign in:             {address}/sign-in",
        f"Phones, mailboxes:   {address}/simulator   (no text or mail leaves this computer)",
        "",
        *(
            f"  {who:<44} {email}   {password}"
            for who, email, password in demo_sign_ins(REPOSITORY / "seeds" / "network.json")
        ),
        "",
        "Ctrl-C stops all of it.",
    ]
    _say("\n".join(lines))


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
