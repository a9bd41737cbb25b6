"""Real PostGIS, the real migrations, one database per test process, savepoints, loopback only."""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
TEST_KEY = "test:" + "dGVzdC1rZXktb2YtaGFuZGJhY2stdGhpcnR5LXR3byE="
# Before the first import of the product: settings are read once.
for _name in [name for name in os.environ if name.startswith("HANDBACK_")]:  # noqa: TID251
    if _name not in {"HANDBACK_SHARED", "HANDBACK_CLUSTER_DIRECTORY"}:
        del os.environ[_name]  # noqa: TID251
os.environ["HANDBACK_MODE"] = "test"  # noqa: TID251
os.environ["HANDBACK_KEYS"] = TEST_KEY  # noqa: TID251
os.environ["HANDBACK_TWILIO_ACCOUNT_SID"] = "AC" + "0" * 32  # noqa: TID251
os.environ["HANDBACK_TWILIO_AUTH_TOKEN"] = "test-token"  # noqa: TID251, S105
os.environ["HANDBACK_PUBLIC_URL"] = "http://testserver.local"  # noqa: TID251

import hypothesis  # noqa: E402
import psycopg  # noqa: E402
import pytest  # noqa: E402
import pytest_asyncio  # noqa: E402
from psycopg import sql  # noqa: E402
from sqlalchemy.ext.asyncio import create_async_engine  # noqa: E402
from sqlalchemy.pool import NullPool  # noqa: E402

from shared import clock, i18n, provision  # noqa: E402
from shared.database import Database, async_url  # noqa: E402
from shared.private_cluster import PrivateCluster, default_directory  # noqa: E402
from support.databases import PASSWORDS, copied_database, load_invented_data  # noqa: E402
from support.running import RunningSystem  # noqa: E402
from support.scheduling import GroupedScheduling, longest_first  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from xdist.remote import Producer

# Tables whose rows come with the migrations or the reference data and outlive each test.
KEPT_TABLES = {
    "alembic_version",
    "spatial_ref_sys",
    "demo_clock",
    "synonym",
    "zip_centroid",
    "search_version",
    "sdoh_crosswalk",
    "search_tag",
}
# Tables that hold reference data and, after an import, rows of feeds.
SHARED_WITH_FEEDS = {"taxonomy", "taxonomy_term", "translation", "source"}
# The same examples on every run: a red build must be red again. `--hypothesis-profile=explore`
# looks for new ones.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile("ci")
_real_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> Any:  # noqa: ANN401
    if self.family in {socket.AF_INET, socket.AF_INET6}:
        host = address[0]
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            msg = f"A test reached for the network: {host}"
            raise RuntimeError(msg)
    return _real_connect(self, address)


socket.socket.connect = _loopback_only  # type: ignore[method-assign]


def _fingerprint() -> str:
    """Changes whenever a migration or the reference data does: then a new template is made."""
    digest = hashlib.sha256()
    for folder in ("migrations", "src/directory/data", "src/directory/actions"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.name.encode() + path.read_bytes())
    digest.update((ROOT / "src/shared/provision.py").read_bytes())
    return digest.hexdigest()[:10]


def _load_reference(owner_url: str) -> None:
    import asyncio  # noqa: PLC0415

    try:
        from directory.actions.reference import load_reference_data  # noqa: PLC0415
    except ModuleNotFoundError:
        return
    from shared.database import Context  # noqa: PLC0415

    async def load() -> None:
        database = Database(owner_url)
        try:
            async with database.transaction(Context(actor="set-up")) as session:
                await load_reference_data(session)
        finally:
            await database.dispose()

    asyncio.run(load())


@pytest.fixture(scope="session")
def template() -> tuple[PrivateCluster, str]:
    """The test cluster and its template database, made when the migrations have changed."""
    home = default_directory("test")
    cluster = PrivateCluster(home, for_tests=True)
    cluster.start()
    name = f"hb_template_{_fingerprint()}"
    with (home / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(cluster.admin_url(), autocommit=True) as admin:
            row = admin.execute(
                "select datallowconn from pg_database where datname = %s", (name,)
            ).fetchone()
            if row is not None and row[0]:  # a run was killed while making it
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
                row = None
            if row is None:
                _make_template(cluster, admin, name)
    return cluster, name


def _make_template(cluster: PrivateCluster, admin: psycopg.Connection, name: str) -> None:
    provision.provision(cluster.admin_url(), name, PASSWORDS)
    owner_url = cluster.url(provision.OWNER, PASSWORDS[provision.OWNER], name)
    provision.migrate(owner_url)
    _load_reference(owner_url)
    admin.execute(sql.SQL("alter database {} allow_connections false").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def database_urls(template: tuple[PrivateCluster, str]) -> Iterator[dict[str, str]]:
    """This process's own database, copied from the template: admin, owner, app, worker."""
    with copied_database(*template, f"hb_test_{os.getpid()}") as urls:
        yield urls


@pytest.fixture(scope="session")
def running_system(
    template: tuple[PrivateCluster, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSystem]:
    """Web, worker and simulator as real processes on the invented data."""
    with copied_database(*template, f"hb_system_{os.getpid()}") as urls:
        load_invented_data(urls)
        system = RunningSystem(urls, tmp_path_factory.mktemp("logs"), TEST_KEY)
        system.start()
        yield system
        system.stop()


@pytest_asyncio.fixture
async def _savepoint_databases(
    database_urls: dict[str, str],
) -> AsyncIterator[dict[str, Database]]:
    """Databases of all roles on ONE connection whose outer transaction is rolled back."""
    engine = create_async_engine(
        async_url(database_urls["admin"]), plugins=["geoalchemy2"], poolclass=NullPool
    )
    async with engine.connect() as connection:
        outer = await connection.begin()
        yield {role: Database(engine=connection, role=role) for role in provision.ROLES}
        await outer.rollback()
    await engine.dispose()


@pytest.fixture
def database(_savepoint_databases: dict[str, Database]) -> Database:
    """App role; nothing stays after the test. One task at a time (it is one connection)."""
    return _savepoint_databases[provision.APP]


@pytest.fixture
def worker_database(_savepoint_databases: dict[str, Database]) -> Database:
    """Worker role on the same connection and outer transaction as `database`."""
    return _savepoint_databases[provision.WORKER]


@pytest.fixture
def owner_database(_savepoint_databases: dict[str, Database]) -> Database:
    """Owner role (imports, seeds) on the same connection and outer transaction."""
    return _savepoint_databases[provision.OWNER]


def _empty(admin_url: str) -> None:
    """Delete what a test committed; reference data and its source stay."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        for (name,) in admin.execute(
            "select tablename from pg_tables where schemaname = 'public'"
        ).fetchall():
            if name in SHARED_WITH_FEEDS:
                admin.execute(
                    sql.SQL(
                        "delete from {} where {} not in (select id from source"
                        " where name = 'Open Eligibility')"
                    ).format(
                        sql.Identifier(name),
                        sql.Identifier("id" if name == "source" else "source_id"),
                    )
                )
            elif name not in KEPT_TABLES:
                admin.execute(sql.SQL("delete from {}").format(sql.Identifier(name)))
        admin.execute("update demo_clock set offset_seconds = 0")


@pytest_asyncio.fixture
async def committed(database_urls: dict[str, str]) -> AsyncIterator[dict[str, Database]]:
    """Real commits, for races, COPY and jobs: keys 'app', 'worker', 'owner'. Emptied afterwards."""
    databases = {
        role: Database(
            engine=create_async_engine(
                async_url(database_urls[role]), plugins=["geoalchemy2"], pool_size=10
            )
        )
        for role in ("app", "worker", "owner")
    }
    yield databases
    for each in databases.values():
        await each.dispose()
    _empty(database_urls["admin"])


@pytest.fixture
def committed_database(committed: dict[str, Database]) -> Database:
    """App role with real commits."""
    return committed["app"]


@pytest.fixture(autouse=True)
def _calm_clock_and_language() -> Iterator[None]:
    clock.set_offset(timedelta(0))
    i18n.set_language("en")
    yield
    clock.set_offset(timedelta(0))
    i18n.set_language("en")


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of real exports and standards; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("HANDBACK_SHARED") or ROOT.parent / "shared")  # noqa: TID251
    if not folder.is_dir():
        pytest.skip("The folder of real exports ($HANDBACK_SHARED or ../shared) is not here.")
    return folder


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupedScheduling:
    """Tests that share something dear to make run on one worker."""
    return GroupedScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After the shuffling: the same order on every worker."""
    longest_first(items)
