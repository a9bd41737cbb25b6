"""A clinic, an agency and the whole product as processes, on a database of the benchmarks' own.

The same means as the tests': tests/builders makes the people, tests/support starts the processes.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from accounts.api import Scope  # noqa: E402
from accounts.api_keys import create_api_key  # noqa: E402
from benchmarks.scratch import scratch_database  # noqa: E402
from builders.referrals import CLINIC_NUMBER, Town, a_town  # noqa: E402
from notify.api import give_sender_number  # noqa: E402
from shared import clock  # noqa: E402
from shared.database import Context, Database  # noqa: E402
from shared.settings import set_for_this_process  # noqa: E402
from support.running import RunningSystem  # noqa: E402

KEY = "bench:" + b64encode(b"k" * 32).decode()
POOL = 16
Result = TypeVar("Result")


@dataclass(frozen=True)
class Stage:
    """The database, the processes (not started yet), and the agency's key."""

    system: RunningSystem
    agency_key: str

    def with_town(self, act: Callable[[Town], Awaitable[Result]]) -> Result:
        """Do something with the clinic and the agency, over the app's own kind of pool."""
        return asyncio.run(_with_town(self.system.urls, act))

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
        """Rows by the owner of the benchmarks' cluster, whom no policy hides anything from."""
        with psycopg.connect(self.system.urls["admin"], autocommit=True) as connection:
            return connection.execute(query, values).fetchall()


@contextmanager
def set_stage(say: Callable[[str], None]) -> Iterator[Stage]:
    """Make the database and the people; the processes are started by whoever needs them."""
    set_for_this_process(mode="test", keys=KEY)
    with (
        scratch_database("handback_bench_loop", 40, say) as scratch,
        tempfile.TemporaryDirectory() as logs,
    ):
        urls = {
            "owner": scratch.owner,
            "app": scratch.app,
            "worker": scratch.worker,
            "admin": scratch.owner,
        }
        agency_key = asyncio.run(_make_people(urls))
        system = RunningSystem(urls, Path(logs), KEY)
        try:
            yield Stage(system, agency_key)
        finally:
            system.stop()


_TOWN: list[Town] = []


async def _make_people(urls: dict[str, str]) -> str:
    owner, app = Database(urls["owner"], pool_size=1), Database(urls["app"], pool_size=2)
    try:
        town = await a_town(app, now=clock.now())
        _TOWN[:] = [town]
        async with owner.transaction(Context(town.clinic, actor="benchmark")) as session:
            await give_sender_number(
                session, town.clinic, CLINIC_NUMBER, segments_per_second=10_000
            )
        scopes = frozenset(Scope)
        async with app.transaction(Context(town.agency, actor="benchmark")) as session:
            _key_id, key = await create_api_key(session, "bench", scopes, now=clock.now())
    finally:
        await owner.dispose()
        await app.dispose()
    return key


async def _with_town(urls: dict[str, str], act: Callable[[Town], Awaitable[Result]]) -> Result:
    database = Database(urls["app"], pool_size=POOL)
    try:
        _TOWN[0].database = database
        return await act(_TOWN[0])
    finally:
        await database.dispose()
