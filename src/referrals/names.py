"""Names as they are looked up: folded, cut into words. Pure."""

from __future__ import annotations

import unicodedata

SHORTEST_PREFIX = 3


def fold(text: str) -> str:
    """Lower case without accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


def name_tokens(*names: str) -> tuple[str, ...]:
    """Every word of the names and its beginnings from 3 letters, so that "flo" finds Flores."""
    found: set[str] = set()
    for word in words_of(*names):
        found.add(word)
        found.update(word[:size] for size in range(SHORTEST_PREFIX, len(word)))
    return tuple(sorted(found))


def words_of(*names: str) -> tuple[str, ...]:
    """The folded words of the names."""
    joined = fold(" ".join(names))
    parts = "".join(sign if sign.isalnum() else " " for sign in joined).split()
    return tuple(dict.fromkeys(parts))
