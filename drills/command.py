"""Runs the rows that were asked for, one after the other, and prints the table.

Ctrl-C stops at once: what was started is ended by its pid, the cluster is stopped and removed.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING

from drills.bar import Depth, NotRunHere, Row, rows_named
from drills.table import Line, Mark, as_text, exit_code

if TYPE_CHECKING:
    from types import FrameType

    from drills.stage import Stage

STOPPED = 130


def say(words: str) -> None:
    """Progress, beside the table."""
    print(words, file=sys.stderr, flush=True)


def main(words: list[str]) -> int:
    """Exit code 0: every row that had to run holds."""
    asked = _asked(words)
    try:
        rows = rows_named(asked.only)
    except KeyError as unknown:
        say(f"There is no row {unknown}.")
        return 2
    signal.signal(signal.SIGTERM, _as_interrupt)
    depth, lines = Depth(asked.depth), []
    try:
        _run_all(rows, depth, lines, blind=asked.blind_retry)
    except KeyboardInterrupt:
        say("Stopped.")
        return STOPPED
    finally:
        if lines:
            print(as_text(lines), flush=True)
    return exit_code(lines)


def _asked(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make drills", description=__doc__)
    parser.add_argument("--depth", choices=list(Depth), default=Depth.NIGHTLY)
    parser.add_argument("--only", nargs="*", default=[], metavar="M1")
    parser.add_argument(
        "--blind-retry",
        action="store_true",
        help="M1's control: the drill's own workers send again whatever is unclear, and must fail",
    )
    return parser.parse_args(words)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """asyncio ends its task at a SIGINT; a bare exception would strike just anywhere."""
    signal.raise_signal(signal.SIGINT)


def _run_all(rows: list[Row], depth: Depth, lines: list[Line], *, blind: bool) -> None:
    from drills.stage import set_stage

    with set_stage(say, blind_retry=blind) as stage:
        for row in rows:
            lines.append(run_one(row, stage, depth))
            say(f"{row.id}: {lines[-1].mark} {lines[-1].seen}")


def run_one(row: Row, stage: Stage, depth: Depth) -> Line:
    """A drill that breaks fails its row; it doesn't keep the others from running."""
    say(f"{row.id}: {row.what} …")
    started = time.monotonic()
    try:
        seen = asyncio.run(_one(row, stage, depth))
        mark, number = Mark.HOLDS if seen.holds else Mark.FAILS, seen.number
    except NotRunHere as reason:
        mark, number = Mark.NOT_RUN, f"not run: {reason}"
    except Exception as fault:  # noqa: BLE001 -- shown in the table
        mark, number = Mark.FAILS, f"{type(fault).__name__}: {fault}"[:400]
    return Line(row, mark, number, time.monotonic() - started)


async def _one(row: Row, stage: Stage, depth: Depth):  # noqa: ANN202
    return await row.drill()(stage, depth)
