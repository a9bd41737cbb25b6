"""Import at scale: a first import beside COPY and CREATE INDEX of the same rows, in one run.

Then, on a second feed of a tenth of the size: the same feed again writes nothing, a feed of which
one service in a thousand changed writes these. The command is the real one, in its own process.
Repeat: `.venv/bin/python -m benchmarks imports [--size 200000]`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.feed import write_feed
from benchmarks.scratch import Scratch, scratch_database

SIZE, QUICK = 200_000, 4000
GOAL_RATIO, GOAL_MB = 3.0, 1024
TENTH, CHANGED_EVERY = 10, 1000
# what an import writes besides the tables of feeds
ALSO = ("import_change", "search_doc", "search_doc_term", "search_area_term", "search_area")
PIECE = 1 << 20
Say = Callable[[str], None]


@dataclass(frozen=True)
class Import:
    """One run of `handback import`."""

    seconds: float
    peak_mb: float
    written: int
    unchanged: int
    kept_back: int


def main(say: Say, size: int = SIZE) -> bool:
    """Print a table; False when a goal is missed."""
    with (
        scratch_database("handback_bench_imports", 8, say) as scratch,
        tempfile.TemporaryDirectory() as folder,
    ):
        codes = _codes(scratch)
        feed = Path(folder) / "first.ndjson"
        write_feed(feed, size, codes)
        say(f"Importing {size} services ({feed.stat().st_size / 1e6:.0f} MB) …")
        first = _import(scratch, feed, "first")
        say(f"  {first.seconds:.1f} s, {first.written} rows, {first.peak_mb:.0f} MB")
        say("COPY and CREATE INDEX of the same rows …")
        floor = _floor(scratch, Path(folder))
        holds = _judge(say, first, floor)
        return _again(say, scratch, Path(folder), max(size // TENTH, CHANGED_EVERY)) and holds


def _judge(say: Say, first: Import, floor: float) -> bool:
    ratio = first.seconds / floor
    lines = (
        (
            f"first import {first.seconds:.1f} s ÷ floor {floor:.1f} s = {ratio:.2f}",
            ratio,
            GOAL_RATIO,
        ),
        (f"peak memory of the import {first.peak_mb:.0f} MB", first.peak_mb, float(GOAL_MB)),
    )
    for words, value, goal in lines:
        say(f"{words:64} goal ≤ {goal:g}: {_met(value <= goal)}")
    return all(value <= goal for _words, value, goal in lines)


def _again(say: Say, scratch: Scratch, folder: Path, size: int) -> bool:
    feed = folder / "second.ndjson"
    write_feed(feed, size, _codes(scratch))
    _import(scratch, feed, "second")
    same = _import(scratch, feed, "second")
    changed = write_feed(feed, size, _codes(scratch), changed_every=CHANGED_EVERY)
    some = _import(scratch, feed, "second")
    lines = (
        (f"the same {size} again, {same.seconds:.1f} s: rows written", same.written, 0),
        (
            f"1 in {CHANGED_EVERY} changed, {some.seconds:.1f} s: rows written",
            some.written,
            changed,
        ),
    )
    for words, value, goal in lines:
        say(f"{words + f' {value}':64} goal {goal}: {_met(value == goal)}")
    return all(value == goal for _words, value, goal in lines)


def _met(holds: bool) -> str:  # noqa: FBT001 -- the one thing it says
    return "met" if holds else "NOT MET"


def _codes(scratch: Scratch) -> list[str]:
    with psycopg.connect(scratch.owner) as connection:
        rows = connection.execute(
            "select t.code from taxonomy_term t join source s on s.id = t.source_id"
            " where s.name = 'Open Eligibility' and t.code is not null order by t.code"
        ).fetchall()
    return [code for (code,) in rows]


def _import(scratch: Scratch, feed: Path, source: str) -> Import:
    report = feed.with_suffix(".report.json")
    environment = os.environ | {  # noqa: TID251 -- handed on to a child
        "HANDBACK_MODE": "test",
        "HANDBACK_KEYS": "bench:" + b64encode(b"k" * 32).decode(),
        "HANDBACK_DATABASE_URL": scratch.app,
        "HANDBACK_WORKER_DATABASE_URL": scratch.worker,
        "HANDBACK_OWNER_DATABASE_URL": scratch.owner,
    }
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [
            sys.executable,
            "-c",
            "from web.cli import main; main()",
            *("import", str(feed), "--source", source, "--report", str(report)),
        ],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _pid, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 3}:
        sys.exit("The import failed; its words stand above.")
    told = json.loads(report.read_text())
    return Import(
        seconds, used.ru_maxrss / 1024, told["written"], told["unchanged"], told["quarantined"]
    )


def _floor(scratch: Scratch, folder: Path) -> float:
    """Seconds to COPY all rows into bare tables and to make their indexes."""
    with psycopg.connect(scratch.owner, autocommit=True) as connection:
        connection.execute("create schema floor")
        tables = _tables(connection)
        for table in tables:
            _copy_out(connection, table, folder / table)
            connection.execute(
                sql.SQL("create table floor.{0} (like public.{0} including generated)").format(
                    sql.Identifier(table)
                )
            )
        indexes = _indexes(connection, tables)
        began = time.monotonic()
        for table in tables:
            _copy_in(connection, table, folder / table)
        for statement in indexes:
            connection.execute(statement.encode())
        took = time.monotonic() - began
        connection.execute("drop schema floor cascade")
    for table in tables:
        (folder / table).unlink()
    return took


def _tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "select c.table_name from information_schema.columns c join information_schema.tables t"
        " using (table_schema, table_name) where c.table_schema = 'public'"
        " and t.table_type = 'BASE TABLE' and c.column_name = 'external_id' order by 1"
    ).fetchall()
    return [name for (name,) in rows] + list(ALSO)


def _indexes(connection: psycopg.Connection, tables: list[str]) -> list[str]:
    rows = connection.execute(
        "select indexdef from pg_indexes where schemaname = 'public' and tablename = any(%s)",
        (tables,),
    ).fetchall()
    return [definition.replace(" ON public.", " ON floor.") for (definition,) in rows]


def _copy_out(connection: psycopg.Connection, table: str, path: Path) -> None:
    statement = sql.SQL("copy public.{} to stdout (format binary)").format(sql.Identifier(table))
    with connection.cursor().copy(statement) as copied, path.open("wb") as file:
        for piece in copied:
            file.write(piece)


def _copy_in(connection: psycopg.Connection, table: str, path: Path) -> None:
    statement = sql.SQL("copy floor.{} from stdin (format binary)").format(sql.Identifier(table))
    with connection.cursor().copy(statement) as copied, path.open("rb") as file:
        while piece := file.read(PIECE):
            copied.write(piece)


if __name__ == "__main__":
    from benchmarks.search import say as out

    sys.exit(0 if main(out, *(int(value) for value in sys.argv[1:])) else 1)
