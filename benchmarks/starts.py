"""How long a second `make demo` takes until pages and phones answer; the goal is under 5 seconds.

A demo of its own beside the checkout's: own folder, own ports. The first start makes tables and
invented data and is not judged. Repeat: `.venv/bin/python -m benchmarks starts`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.table import Line
from shared.private_cluster import default_directory
from shared.settings import REPOSITORY, child_environment
from support.running import free_port_block

if TYPE_CHECKING:
    from collections.abc import Callable

GOAL_S = 5.0
END_WITHIN_S = 20.0
REPEAT = ".venv/bin/python -m benchmarks starts"


def measure(say: Callable[[str], None]) -> list[Line]:
    """Starts a second, beside the slowest that is allowed; the first start is only told."""
    home = default_directory("bench").parent / "bench-starts"
    shutil.rmtree(home, ignore_errors=True)
    try:
        say(f"The first start took {_start(str(home)):.1f} s, tables and invented data included.")
        times = sorted(_start(str(home)) for _ in range(3))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    say(f"Second starts: {', '.join(f'{seconds:.1f}' for seconds in times)} s.")
    return [Line("second `make demo`", "starts/s", 1 / times[1], 1 / GOAL_S, REPEAT, at_most=1)]


def _start(home: str) -> float:
    """Seconds from `make demo` to its welcome; everything it started has ended after it."""
    environment = child_environment() | {"HANDBACK_CLUSTER_DIRECTORY": home}
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 -- our own command
        ["make", "demo", f"PORT={free_port_block()}"],  # noqa: S607 -- as people type it
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 -- asked for above
    ready = any("Handback is ready" in line for line in process.stdout)
    took = time.monotonic() - began
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=END_WITHIN_S)
    if not ready:
        sys.exit("The demo did not start: run `make demo` to see why.")
    return took
