"""A PostgreSQL cluster of the run's own, one fresh database a row, and what rows share."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import structlog

from directory.api import load_reference_data
from shared import clock, provision
from shared.database import Context, Database
from shared.private_cluster import PrivateCluster, default_directory
from shared.settings import set_for_this_process
from support.databases import PASSWORDS, copied_database

TEMPLATE = "drills_template"
KEYS = "drills:" + b64encode(b"d" * 32).decode()
ACCOUNT, TOKEN = "AC" + "0" * 32, "test-token"
POOL = 20


@dataclass
class Place:
    """One row's database: addresses by role, and pools of the app's and the worker's."""

    urls: dict[str, str]
    app: Database
    worker: Database

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
        """Rows as the superuser, whom no policy hides anything from."""
        with psycopg.connect(self.urls["admin"], autocommit=True) as connection:
            return connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:  # noqa: ANN401
        """The one value."""
        return self.rows(query, *values)[0][0]


@dataclass
class Stage:
    """What a row needs of the run."""

    say: Callable[[str], None]
    logs: Path
    blind_retry: bool = False
    _cluster: PrivateCluster | None = None
    _home: Path = field(default_factory=Path)
    _made: int = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """A database of this row's own, with the clock at the machine's time."""
        cluster = self._ready()
        self._made += 1
        clock.set_offset(timedelta(0))
        with copied_database(cluster, TEMPLATE, f"drills_{self._made}") as urls:
            app, worker = (Database(urls[role], pool_size=POOL) for role in ("app", "worker"))
            try:
                yield Place(urls, app, worker)
            finally:
                await app.dispose()
                await worker.dispose()
                clock.set_offset(timedelta(0))

    def _ready(self) -> PrivateCluster:
        """The cluster is made when the first row asks: pure rows do without."""
        if self._cluster is None:
            self.say("Making a database …")
            self._home = default_directory(f"drills-{os.getpid()}")
            self._cluster = PrivateCluster(self._home, for_tests=True)
            self._cluster.start()
            provision.provision(self._cluster.admin_url(), TEMPLATE, PASSWORDS)
            owner = self._cluster.url(provision.OWNER, PASSWORDS[provision.OWNER], TEMPLATE)
            provision.migrate(owner)
            _in_thread(_load(owner))
        return self._cluster

    def stop_at_once(self) -> None:
        """`pg_ctl stop -m immediate`, and start again: the server recovers from its log."""
        cluster = self._ready()
        cluster.stop(mode="immediate")
        cluster.start()

    def close(self) -> None:
        """Stop the cluster and remove it."""
        if self._cluster is not None:
            self._cluster.stop()
            shutil.rmtree(self._home, ignore_errors=True)


@contextmanager
def set_stage(say: Callable[[str], None], *, blind_retry: bool = False) -> Iterator[Stage]:
    """Settings of a test, a folder for logs; everything is gone afterwards."""
    set_for_this_process(
        mode="test",
        keys=KEYS,
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        public_url="http://drills.local",
    )
    # The product's log would bury the table; a fault that matters shows as a number in it.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="handback-drills-") as logs:
        stage = Stage(say, Path(logs), blind_retry)
        try:
            yield stage
        finally:
            stage.close()


async def _load(owner_url: str) -> None:
    database = Database(owner_url, pool_size=1)
    try:
        async with database.transaction(Context(actor="set-up")) as session:
            await load_reference_data(session)
    finally:
        await database.dispose()


def _in_thread(work: Any) -> None:  # noqa: ANN401
    """Rows run inside a loop already."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()
