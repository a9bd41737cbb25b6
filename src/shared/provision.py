"""Roles, database and extensions, made once by a superuser; then the migrations by the owner.

Migrations never make roles. All of it runs under an advisory lock: roles made from several
processes at once fail (13 of 80 tries).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from shared.private_cluster import PrivateCluster, default_directory
from shared.settings import REPOSITORY, Settings

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

OWNER, APP, WORKER = "handback_owner", "handback_app", "handback_worker"
ROLES = (OWNER, APP, WORKER)
EXTENSIONS = ("postgis", "pg_trgm", "unaccent", "btree_gin", "btree_gist", "intarray")
LOCK = 7_215_420_001
# The public search path must not wait behind a stuck writer, nor a stuck writer for ever.
ROLE_SETTINGS = {
    APP: {"statement_timeout": "15s", "idle_in_transaction_session_timeout": "30s"},
    WORKER: {"statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"},
    OWNER: {"statement_timeout": "0"},
}


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """Addresses of one database, a role each."""

    owner: str
    app: str
    worker: str


def provision(admin_url: str, database: str, passwords: dict[str, str]) -> None:
    """Make roles (with these passwords), the database and its extensions; again is harmless."""
    import psycopg  # noqa: PLC0415 -- most commands find a database that stands
    from psycopg import sql  # noqa: PLC0415

    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        for role in ROLES:
            _make_role(connection, role, passwords[role])
        found = connection.execute("select 1 from pg_database where datname = %s", (database,))
        if found.fetchone() is None:
            connection.execute(
                sql.SQL("create database {} owner {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
    with psycopg.connect(_with_database(admin_url, database), autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        for extension in EXTENSIONS:
            connection.execute(
                sql.SQL("create extension if not exists {}").format(sql.Identifier(extension))
            )
        connection.execute(
            sql.SQL("grant usage on schema public to {}, {}").format(
                sql.Identifier(APP), sql.Identifier(WORKER)
            )
        )
        connection.execute(sql.SQL("alter schema public owner to {}").format(sql.Identifier(OWNER)))


def _make_role(connection: psycopg.Connection, role: str, password: str) -> None:
    from psycopg import sql  # noqa: PLC0415

    name = sql.Identifier(role)
    found = connection.execute("select 1 from pg_roles where rolname = %s", (role,))
    verb = sql.SQL("alter role {}" if found.fetchone() else "create role {}").format(name)
    connection.execute(
        verb + sql.SQL(" login nosuperuser nobypassrls password {}").format(sql.Literal(password))
    )
    for key, value in ROLE_SETTINGS[role].items():
        connection.execute(
            sql.SQL("alter role {} set {} = {}").format(
                name, sql.Identifier(key), sql.Literal(value)
            )
        )


def migrate(owner_url: str, to: str = "head") -> None:
    """Run the migrations up (or down to a revision) as the owner."""
    import psycopg  # noqa: PLC0415
    from alembic import command  # noqa: PLC0415 -- .2 s of import that most commands spare
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(REPOSITORY / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("prepend_sys_path", str(REPOSITORY))
    config.attributes["url"] = owner_url
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        current = _revision(connection)
        goes_down = current is not None and (to == "base" or to < current)
        if goes_down and to not in {"head", "heads"}:
            command.downgrade(config, to)
        else:
            command.upgrade(config, to)


def _revision(connection: psycopg.Connection) -> str | None:
    exists = connection.execute("select to_regclass('public.alembic_version')").fetchone()
    if exists is None or exists[0] is None:
        return None
    row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def private_urls(
    home: Path, database: str = "handback", *, for_tests: bool = False
) -> DatabaseUrls:
    """Start this checkout's cluster, provision it when new, and give its addresses."""
    cluster = PrivateCluster(home, for_tests=for_tests)
    cluster.start()
    kept = home / f"roles-{database}.json"
    if kept.exists():
        passwords = json.loads(kept.read_text())
    else:
        passwords = _role_passwords(home)
        provision(cluster.admin_url(), database, passwords)
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(passwords))
    return DatabaseUrls(*(cluster.url(role, passwords[role], database) for role in ROLES))


def _role_passwords(home: Path) -> dict[str, str]:
    """Roles belong to the cluster: its databases share their passwords."""
    for other in sorted(home.glob("roles-*.json")):
        return dict(json.loads(other.read_text()))
    return {role: secrets.token_urlsafe(24) for role in ROLES}


def database_urls(settings: Settings) -> DatabaseUrls:
    """The configured addresses; the private cluster's when none is configured."""
    given = (settings.owner_database_url, settings.database_url, settings.worker_database_url)
    if any(given):
        app = settings.database_url or ""
        return DatabaseUrls(given[0] or app, app, given[2] or app)
    kind = "test" if settings.mode == "test" else "demo"
    return private_urls(default_directory(kind), for_tests=kind == "test")


def _with_database(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


def local_keys(home: Path) -> str:
    """The encryption keys of a private cluster, made once and kept beside it (mode 0600)."""
    from shared.crypto import new_key  # noqa: PLC0415

    kept = home / "keys"
    if not kept.exists():
        home.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(new_key())
    return kept.read_text().strip()


def provision_server(admin_url: str, database: str, given: list[str]) -> dict[str, str]:
    """Provision somebody's server; the settings to keep, by name."""
    made = given or [secrets.token_urlsafe(24) for _ in ROLES]
    passwords = dict(zip(ROLES, made, strict=True))
    provision(admin_url, database, passwords)
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    names = ("HANDBACK_OWNER_DATABASE_URL", "HANDBACK_DATABASE_URL", "HANDBACK_WORKER_DATABASE_URL")
    return {
        name: urlunsplit(
            parts._replace(netloc=f"{role}:{passwords[role]}@{host}", path=f"/{database}")
        )
        for name, role in zip(names, ROLES, strict=True)
    }
