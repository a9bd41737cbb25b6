"""`python -m drills [--depth nightly|ci] [--only M1 M7 …] [--blind-retry]`."""

from __future__ import annotations

import sys

# Worker processes import this module again: nothing heavy, and nothing runs there.
if __name__ == "__main__":
    from drills.command import main

    sys.exit(main(sys.argv[1:]))
