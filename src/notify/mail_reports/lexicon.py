"""The words of words.toml, looked for in normal form. Pure."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("words.toml")


@cache
def _raw() -> dict[str, Any]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


def listed(section: str, name: str) -> list[str]:
    """A list as it stands."""
    return list(_raw()[section][name])


def months() -> dict[str, int]:
    """Names of months, EN and ES."""
    return dict(_raw()["months"])


@cache
def _pattern(section: str, name: str) -> re.Pattern[str]:
    words = sorted(listed(section, name), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + ")")


def says(section: str, name: str, normal: str) -> bool:
    """Whether a text in normal form holds one of these."""
    return _pattern(section, name).search(normal) is not None


def after(section: str, name: str, normal: str, length: int = 40) -> list[str]:
    """What follows each of these."""
    return [
        normal[found.end() : found.end() + length].strip()
        for found in _pattern(section, name).finditer(normal)
    ]
