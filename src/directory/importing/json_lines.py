"""JSON whose objects know their line, so that a report can name it."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable
from json import JSONDecoder, decoder, scanner
from pathlib import Path
from typing import Any

from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _


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
        raise InvalidInput(_("%(file)s is empty."), values={"file": path.name})
    try:
        return _LineDecoder(written).decode(written)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            _("%(file)s is not JSON: line %(line)s, column %(column)s."),
            values={"file": path.name, "line": str(error.lineno), "column": str(error.colno)},
            remedy=_("Export it again, or check that the whole file arrived."),
        ) from None
    except ValueError:  # a number of thousands of digits
        raise InvalidInput(
            _("%(file)s holds a number that is no number."), values={"file": path.name}
        ) from None
    except RecursionError:
        raise InvalidInput(
            _("%(file)s is nested too deeply to be HSDS."), values={"file": path.name}
        ) from None


def read_utf8(path: Path) -> str:
    """The file's text (UTF-8, a byte-order mark is skipped)."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidInput(
            _("%(file)s is not UTF-8 text: line %(line)s."),
            values={"file": path.name, "line": str(line)},
            remedy=_("Save it as UTF-8."),
        ) from None
    except OSError as error:
        raise InvalidInput(
            _("%(file)s can't be read: %(why)s."),
            values={"file": path.name, "why": (error.strerror or "error").lower()},
        ) from None
