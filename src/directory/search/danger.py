"""Words that mean danger now: the page then shows numbers to call before anything else. Pure.

The list (data/danger_phrases.csv) is ours. It errs towards showing the card; places are still
listed below it.
"""

from __future__ import annotations

import csv
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from directory.search.text import tokens

PHRASES = Path(__file__).parents[1] / "data" / "danger_phrases.csv"


class Danger(StrEnum):
    """What the danger is, life before roof; decides which numbers come first."""

    OVERDOSE = "overdose"
    SUICIDE = "suicide"
    VIOLENCE = "violence"
    CHILD = "child"
    ELDER = "elder"
    EVICTION = "eviction"


# Under the numbers to call stand only places for that very danger, or none at all.
TERMS_IN_DANGER = {
    Danger.SUICIDE: (1126, 1305),
    Danger.OVERDOSE: (1178, 1180),
    Danger.VIOLENCE: (1123, 1124, 1125, 1305),
    Danger.CHILD: (1123, 1124, 1125, 1305),
    Danger.ELDER: (1123, 1124, 1125, 1305),
}


def terms_in_danger(danger: Danger) -> tuple[int, ...]:
    """Terms of the only help to list in this danger; empty: what was asked for."""
    return TERMS_IN_DANGER.get(danger, ())


def danger_in(words: str) -> Danger | None:
    """The gravest danger that the words tell of."""
    said = tokens(words)
    for danger, phrases in danger_phrases().items():
        if any(_has(said, phrase) for phrase in phrases):
            return danger
    return None


def danger_words() -> set[str]:
    """Every word of the phrases, so that a mistyped one is corrected."""
    return {word for phrases in danger_phrases().values() for phrase in phrases for word in phrase}


@lru_cache(maxsize=1)
def danger_phrases() -> dict[Danger, list[tuple[str, ...]]]:
    """The phrases of each danger, as words."""
    found: dict[Danger, list[tuple[str, ...]]] = {danger: [] for danger in Danger}
    with PHRASES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[Danger(row["kind"])].append(tuple(tokens(row["phrase"])))
    return found


def _has(said: list[str], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(tuple(said[at : at + size]) == phrase for at in range(len(said) - size + 1))
