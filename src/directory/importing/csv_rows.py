"""Rows of a CSV file by column name, each with its place; what is not whole is refused in words."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from directory.importing.json_lines import read_utf8
from directory.importing.records import Place
from directory.importing.refusals import empty
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

LIMIT = 10_000_000  # letters in one cell; the module's own limit is 131,072
Names = Callable[[Path, Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A row by our column names, with its place."""

    cells: dict[str, str]
    place: Place

    def get(self, column: str) -> str | None:
        """The cell's text; None when empty or missing."""
        return self.cells.get(column, "").strip() or None

    def listed(self, column: str) -> list[str]:
        """Comma lists of ids, each once, in order."""
        parts = (part.strip() for part in self.cells.get(column, "").split(","))
        return list(dict.fromkeys(part for part in parts if part))


def csv_files(folder: Path) -> dict[str, Path]:
    """The folder's CSV files by their names in small letters, without ending."""
    return {path.stem.casefold(): path for path in sorted(folder.glob("*.[cC][sS][vV]"))}


def read_csv(path: Path, our_names: Names) -> Iterator[Row]:
    """The file's rows, lazily; `our_names` gives the header's columns our names."""
    csv.field_size_limit(LIMIT)
    written = read_utf8(path)
    reader = csv.reader(io.StringIO(written, newline=""), strict=True)
    started = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        if not any(header):
            raise empty(path.name)
        names = our_names(path, header)
        _check_twice(path, names)
        for cells in reader:
            line, started = started + 1, reader.line_num
            if any(cells):
                _check_width(path, started, cells, len(names))
                yield Row(dict(zip(names, cells, strict=False)), Place(path.name, line))
        _check_end(path, written, cells if started > 1 else [], len(names))
    except csv.Error as error:
        raise InvalidInput(
            _("%(file)s is not a CSV file: line %(line)s, %(why)s."),
            values={"file": path.name, "line": str(reader.line_num), "why": str(error)},
            remedy=_("Export it again with quotes around texts."),
        ) from None


def _check_twice(path: Path, names: Sequence[str]) -> None:
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(
            _("%(file)s has the column %(column)s twice."),
            values={"file": path.name, "column": twice[:60]},
            remedy=_("Give the folder as it was exported, with the header line."),
        )


def _check_width(path: Path, line: int, cells: Sequence[str], width: int) -> None:
    if any(cell.strip() for cell in cells[width:]):
        raise InvalidInput(
            _("%(file)s, line %(line)s has more cells than the header has columns."),
            values={"file": path.name, "line": str(line)},
            remedy=_("Export it again with quotes around texts."),
        )


def _check_end(path: Path, written: str, last: Sequence[str], width: int) -> None:
    """A last line without its end and its cells: the rest of the file did not arrive."""
    if last and len(last) < width and not written.endswith(("\n", "\r")):
        raise InvalidInput(
            _("%(file)s is cut off in its last line."),
            values={"file": path.name},
            remedy=_("Export it again, or check that the whole file arrived."),
        )
