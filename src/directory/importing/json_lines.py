"""JSON whose objects know their line, so that a report can name it."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator
from json import JSONDecoder, decoder, scanner
from pathlib import Path
from typing import Any

from directory.importing.refusals import AGAIN, empty, too_deep
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

LINE_ENDINGS = frozenset({".ndjson", ".jsonl"})
LONGEST_FILE = 1_000_000_000  # bytes: a feed is held in memory while it is checked


class JsonObject(dict[str, Any]):
    """A JSON object with the line of its opening brace (from 1)."""

    line: int = 1


class _LineDecoder(JSONDecoder):
    """The standard library's Python scanner, with objects that remember where they began."""

    def __init__(self, text: str) -> None:
        super().__init__()
        ends = [at for at, letter in enumerate(text) if letter == "\n"]

        def parse_object(start: tuple[str, int], *rest: Any) -> tuple[JsonObject, int]:  # noqa: ANN401
            plain, end = decoder.JSONObject(start, *rest)  # type: ignore[attr-defined]
            found = JsonObject(plain)
            found.line = bisect_right(ends, start[1] - 1) + 1
            return found, end

        self.parse_object: Callable[..., Any] = parse_object
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]


def read_json(path: Path) -> Any:  # noqa: ANN401 -- any JSON value
    """The file's value; objects are JsonObjects. Anything unreadable is refused in words."""
    written = read_utf8(path)
    if not written.strip():
        raise empty(path.name)
    return _decoded(path, written, 0, lambda text: _LineDecoder(text).decode(text))


def read_json_lines(path: Path) -> Iterator[JsonObject]:
    """One object a line (NDJSON), read line by line; the last one may not be cut off."""
    found = False
    for number, written in enumerate(_lines(path), start=1):
        if not written.strip():
            continue
        value = _decoded(path, written, number - 1, _OneLine(number).decode)
        if not isinstance(value, JsonObject):
            raise InvalidInput(
                _("%(file)s, line %(line)s is JSON, but no object."),
                values={"file": path.name, "line": str(number)},
                remedy=_("Give one organization or service a line."),
            )
        found = True
        yield value
    if not found:
        raise empty(path.name)


class _OneLine:
    """The C decoder, whose objects all stand on the same line."""

    def __init__(self, line: int) -> None:
        self.line = line

    def decode(self, written: str) -> Any:  # noqa: ANN401 -- any JSON value
        return json.loads(written, object_pairs_hook=self._object)

    def _object(self, pairs: list[tuple[str, Any]]) -> JsonObject:
        found = JsonObject(pairs)
        found.line = self.line
        return found


def _decoded(path: Path, written: str, lines_before: int, decode: Callable[[str], Any]) -> Any:  # noqa: ANN401
    try:
        return decode(written)
    except json.JSONDecodeError as error:
        line = str(error.lineno + lines_before)
        raise InvalidInput(
            _("%(file)s is not JSON: line %(line)s, column %(column)s."),
            values={"file": path.name, "line": line, "column": str(error.colno)},
            remedy=AGAIN,
        ) from None
    except ValueError:  # a number of thousands of digits
        raise InvalidInput(
            _("%(file)s holds a number that is no number."),
            values={"file": path.name},
            remedy=AGAIN,
        ) from None
    except RecursionError:
        raise too_deep(path.name) from None


def _lines(path: Path) -> Iterator[str]:
    """The file's lines without their ends, one at a time."""
    number = 0
    try:
        with path.open("rb") as file:
            for raw in file:
                number += 1
                yield raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _not_utf8(path, number) from None
    except OSError as error:
        raise _not_readable(path, error) from None


def read_utf8(path: Path) -> str:
    """The file's text (UTF-8, a byte-order mark is skipped)."""
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise InvalidInput(
                _("%(file)s is larger than 1 GB."),
                values={"file": path.name},
                remedy=_("Export it as NDJSON, or in parts with one source each."),
            )
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error.object[: error.start].count(b"\n") + 1) from None
    except OSError as error:
        raise _not_readable(path, error) from None


def _not_utf8(path: Path, line: int) -> InvalidInput:
    return InvalidInput(
        _("%(file)s is not UTF-8 text: line %(line)s."),
        values={"file": path.name, "line": str(line)},
        remedy=_("Save it as UTF-8."),
    )


def _not_readable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        _("%(file)s can't be read: %(why)s."),
        values={"file": path.name, "why": (error.strerror or "error").lower()},
        remedy=_("Check that this account may read the file."),
    )
