"""Words for the person at the terminal."""

from __future__ import annotations

import sys


def say(words: str) -> None:
    """To standard output."""
    sys.stdout.write(words + "\n")


def warn(words: str) -> None:
    """To standard error."""
    sys.stderr.write(words + "\n")
