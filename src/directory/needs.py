"""The network's needs (data/needs.json): what people ask for, and which terms help with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Need:
    """A need; `terms` are Open Eligibility codes, `word_*` the one word that a text may name."""

    code: str
    label_en: str
    label_es: str
    word_en: str
    word_es: str
    icon: str
    home: bool
    terms: tuple[str, ...]
    sdoh: tuple[str, ...]
    sensitive: bool
    # On the search page a need may go by a wider name and stand for other needs as well.
    home_label_en: str | None = None
    home_label_es: str | None = None
    home_also: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """In the reader's language."""
        return self.label_es if language == "es" else self.label_en


@lru_cache(maxsize=1)
def needs() -> tuple[Need, ...]:
    """All needs, in the order of the file."""
    rows: list[dict[str, Any]] = json.loads((DATA / "needs.json").read_text(encoding="utf-8"))
    return tuple(Need(**_frozen(row)) for row in rows)


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def need_of(code: str) -> Need | None:
    """The need with this code."""
    return next((need for need in needs() if need.code == code), None)
