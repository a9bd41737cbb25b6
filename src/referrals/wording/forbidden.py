"""The words that no text or mail may hold as its own (forbidden.toml). Pure."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_WORDS = Path(__file__).with_name("forbidden.toml")


@cache
def forbidden() -> dict[str, Any]:
    """The lists by kind."""
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))


def matches(kind: str, language: str, words: str) -> list[str]:
    """Those of a kind's words that stand here."""
    listed = forbidden()[kind].get(language, [])
    found = (re.escape(word).replace(r"\*", r"\w*") for word in listed)
    return re.findall(rf"\b(?:{'|'.join(found)})\b", words.lower()) if listed else []
