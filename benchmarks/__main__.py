"""`make bench`: every benchmark, one after the other; exit code 1 when a goal is missed."""

from __future__ import annotations

import sys

from benchmarks import search

sys.exit(0 if search.main() else 1)
