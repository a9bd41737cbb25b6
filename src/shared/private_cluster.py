"""A PostgreSQL cluster of this checkout's own, from whatever server binaries are installed.

No Docker and no root needed. Unix socket only, password in a 0600 file. macOS paths are written
from documentation and were not run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shared.settings import REPOSITORY, child_environment, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPERUSER = "handback_admin"
SOCKET_PATH_LIMIT = 90  # a socket's path holds 107 bytes, with ".s.PGSQL.5432.lock" in it
CANDIDATES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "dynamic_shared_memory_type": "posix",
    "jit": "off",
    "logging_collector": "off",
    "autovacuum_naptime": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
TEST_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ClusterProblem(Exception):  # noqa: N818 -- a sentence for the person who starts Handback
    """Why the private cluster can't be used, and what to do."""


@dataclass(frozen=True, slots=True)
class Server:
    """An installed PostgreSQL server."""

    version: int
    programs: Path
    has_postgis: bool


def default_directory(kind: str = "demo") -> Path:
    """Keyed by checkout: two clones side by side don't share a cluster."""
    if configured := environment("HANDBACK_CLUSTER_DIRECTORY"):
        return Path(configured) / kind
    if os.geteuid() == 0:
        name = hashlib.sha256(str(REPOSITORY).encode()).hexdigest()[:12]
        return Path("/var/lib/handback") / name / kind
    return REPOSITORY / ".local" / "pg" / kind


def find_server() -> Server:
    """The newest installed server that has PostGIS; otherwise the sentence that helps."""
    folders = [Path(environment("PG_BINDIR"))] if environment("PG_BINDIR") else []
    if hit := shutil.which("initdb"):
        folders.append(Path(hit).resolve().parent)
    for pattern in CANDIDATES:
        folders += sorted(Path("/").glob(pattern.lstrip("/")))
    servers = [found for folder in dict.fromkeys(folders) if (found := _server_at(folder))]
    if not servers:
        msg = (
            "No PostgreSQL server found. Debian/Ubuntu: sudo apt install postgresql-15 "
            "postgresql-15-postgis-3; macOS: brew install postgresql@17 postgis"
        )
        raise ClusterProblem(msg)
    best = max(servers, key=lambda server: (server.has_postgis, server.version))
    if not best.has_postgis:
        msg = (
            f"PostgreSQL {best.version} at {best.programs} has no PostGIS. "
            f"Debian/Ubuntu: sudo apt install postgresql-{best.version}-postgis-3"
        )
        raise ClusterProblem(msg)
    return best


def _server_at(folder: Path) -> Server | None:
    if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres", "psql")):
        return None
    told = subprocess.run(  # noqa: S603 -- a server program found on this machine
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    number = re.search(r"(\d+)", told.stdout)
    version = int(number[1]) if number else 0
    shares = (
        Path("/usr/share/postgresql") / str(version),
        folder.parent / "share" / "postgresql",
        folder.parent / "share",
    )
    postgis = any((share / "extension" / "postgis.control").exists() for share in shares)
    return Server(version, folder, postgis)


class PrivateCluster:
    """One data directory; `start()` makes and starts it when needed."""

    def __init__(self, home: Path, *, for_tests: bool = False) -> None:
        self.home = home
        self.data = home / "data"
        self.for_tests = for_tests
        self.server = find_server()
        self._account = _unprivileged_account() if os.geteuid() == 0 else None
        sockets = home / "run"
        if len(str(sockets)) >= SOCKET_PATH_LIMIT:
            short = hashlib.sha256(str(sockets).encode()).hexdigest()[:10]
            sockets = Path(tempfile.gettempdir()) / f"handback-{short}"
        self.sockets = sockets

    def start(self) -> None:
        """Make the cluster when it is new, start it when it stands; harmless when called twice."""
        self._make_folders()
        with self._lock():
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if not self.running():
                self._write_options()
                self._run(
                    "pg_ctl",
                    "-D",
                    self.data,
                    "-w",
                    "-t",
                    "60",
                    "-l",
                    self.home / "postgres.log",
                    "start",
                )

    def stop(self, mode: str = "fast") -> None:
        """Stop it if it runs; "immediate" as a crash would, for drills."""
        if self.running():
            self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def running(self) -> bool:
        """Whether the server answers to pg_ctl."""
        if not self.data.exists():
            return False
        return self._run("pg_ctl", "-D", self.data, "status", check=False).returncode == 0

    def url(self, role: str, password: str, database: str) -> str:
        """The address of a database through the unix socket."""
        host = quote(str(self.sockets), safe="")
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={host}"

    def admin_url(self, database: str = "postgres") -> str:
        """The superuser's address, for `provision` only."""
        password = (self.home / "password").read_text().strip()
        return self.url(SUPERUSER, password, database)

    def _make_folders(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o755)
            self.sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
        except PermissionError as refused:
            msg = f"{self.home} can't be made: run as the account that owns it"
            raise ClusterProblem(msg) from refused
        owner = self.home.stat().st_uid
        expected = self._account.pw_uid if self._account else os.geteuid()
        if owner != expected and self._account is None:
            msg = (
                f"{self.home} belongs to {pwd.getpwuid(owner).pw_name}: it was started as another "
                "user. Start it as that user, or set HANDBACK_CLUSTER_DIRECTORY."
            )
            raise ClusterProblem(msg)
        if self._account:
            for folder in (self.home, self.sockets):
                os.chown(folder, self._account.pw_uid, self._account.pw_gid)
            self._check_reachable()

    def _check_reachable(self) -> None:
        for parent in self.home.parents:
            mode = parent.stat()
            if not (mode.st_mode & stat.S_IXOTH):
                msg = (
                    f"Running as root, and the database account can't enter {parent}. "
                    "Set HANDBACK_CLUSTER_DIRECTORY to a folder it can reach."
                )
                raise ClusterProblem(msg)

    def _initialise(self) -> None:
        password = self.home / "password"
        password.write_text(secrets.token_urlsafe(24))
        password.chmod(0o600)
        if self._account:
            os.chown(password, self._account.pw_uid, self._account.pw_gid)
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            SUPERUSER,
            "--pwfile",
            password,
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--locale-provider",
            "icu",
            "--icu-locale",
            "und",
            "--no-instructions",
            *(["-N"] if self.for_tests else []),
        )

    def _write_options(self) -> None:
        options = OPTIONS | {"unix_socket_directories": str(self.sockets)}
        if self.for_tests:
            options |= TEST_OPTIONS
        lines = [
            f"{key} = '{value.replace(chr(39), chr(39) * 2)}'" for key, value in options.items()
        ]
        own = self.data / "handback.conf"  # a file, not -o: pg_ctl passes -o through a shell
        own.write_text("\n".join(lines) + "\n")
        if self._account:
            os.chown(own, self._account.pw_uid, self._account.pw_gid)
        main = self.data / "postgresql.conf"
        text = main.read_text()
        if "handback.conf" not in text:
            main.write_text(text + "\ninclude_if_exists = 'handback.conf'\n")

    def _run(
        self, program: str, *arguments: object, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in child_environment().items() if not k.startswith("PG")}
        account: dict[str, Any] = (
            {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
            if self._account
            else {}
        )
        done = subprocess.run(  # noqa: S603 -- PostgreSQL's own programs
            [self.server.programs / program, *map(str, arguments)],
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.home,
            env=clean | {"LC_ALL": "C.UTF-8", "HOME": str(self.home)},
            check=False,
            **account,
        )
        if check and done.returncode:
            log = self.home / "postgres.log"
            tail = log.read_text()[-1500:] if log.exists() else ""
            msg = f"{program} failed ({done.returncode}):\n{done.stdout}\n{tail}"
            raise ClusterProblem(msg)
        return done

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.home / "start.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _unprivileged_account() -> pwd.struct_passwd:
    """initdb and postgres refuse root: the account that runs them instead."""
    for name in (environment("PG_OSUSER"), "postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    msg = "Running as root, and there is no account 'postgres' or 'nobody' to run PostgreSQL."
    raise ClusterProblem(msg)
