"""Loads lexicon.toml: the words of revocation, danger, and questions about us."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("lexicon.toml")
_FRAGMENT = re.compile(r"<(\w+)>")


@cache
def _raw() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


@cache
def word_set(section: str, name: str) -> frozenset[str]:
    """A list of whole phrases."""
    return frozenset(_raw()[section][name])


@cache
def pattern(section: str, name: str) -> re.Pattern[str]:
    """One expression."""
    return _compiled(_raw()[section][name])


@cache
def patterns(section: str, *names: str) -> tuple[re.Pattern[str], ...]:
    """The expressions of these lists."""
    return tuple(_compiled(text) for name in names for text in _raw()[section][name])


def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(_FRAGMENT.sub(lambda found: _whole(found[1]), text))


def _whole(fragment: str) -> str:
    words: str = _raw()["fragments"][fragment]
    return words
