"""One line for each row: id, what, the number that must hold, the number seen."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drills.bar import Row

WIDE = 44


class Mark(StrEnum):
    """How a row ended."""

    HOLDS = "holds"
    FAILS = "FAILS"
    NOT_RUN = "NOT RUN"


@dataclass(frozen=True, slots=True)
class Line:
    """A row and what was seen."""

    row: Row
    mark: Mark
    seen: str
    seconds: float = 0.0


def as_text(lines: list[Line]) -> str:
    """The table, for a terminal."""
    parts = []
    for line in lines:
        columns = [
            [line.row.id],
            textwrap.wrap(line.row.what, WIDE),
            textwrap.wrap(line.row.must, WIDE),
            textwrap.wrap(line.seen, WIDE) or [""],
            [f"{line.mark} {line.seconds:.0f} s" if line.seconds else str(line.mark)],
        ]
        parts += _wrapped(columns)
    head = _wrapped([["id"], ["what"], ["number that must hold"], ["number seen"], [""]])
    return "\n".join(head + parts)


def _wrapped(columns: list[list[str]]) -> list[str]:
    widths = (4, WIDE, WIDE, WIDE, 1)
    rows = []
    for number in range(max(len(column) for column in columns)):
        cells = [column[number] if number < len(column) else "" for column in columns]
        shown = (f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
        rows.append("  ".join(shown).rstrip())
    return rows


def exit_code(lines: list[Line]) -> int:
    """1 if a row fails or did not run, for whatever reason."""
    return 0 if lines and all(line.mark is Mark.HOLDS for line in lines) else 1
