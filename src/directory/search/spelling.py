"""Correcting mistyped words against the words we know. Pure.

Each known word is filed under itself with up to two letters left out (the idea of SymSpell), so a
look-up costs a few dictionary reads. What counts is how people slip: a doubled letter or one that
sounds alike is half a mistake, any other letter in its place is two, for that is another word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SHORT, MIDDLE, LONG = 3, 5, 8
PREFIX = 7
SOUNDS = (
    (re.compile("ght"), "t"),
    (re.compile("gh"), ""),
    (re.compile("ph"), "f"),
    (re.compile("ck|qu|q"), "k"),
    (re.compile("c(?=[ei])|z"), "s"),
    (re.compile("c(?!h)"), "k"),
    (re.compile("(?<=.)h"), ""),
    (re.compile("^h(?=[aeiou])"), "h"),
    (re.compile("y"), "i"),
    (re.compile("v"), "b"),
    (re.compile("ei|ie|ee|ea"), "i"),
    (re.compile("(?<=..)e$"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)
SOUNDS_FAR_AT_MOST = 3
SOUNDS_FORGIVE = 5  # halves of a mistake: 'lite' is nearer to 'light' than to 'life'


class Lexicon:
    """The words that are known, with how much each weighs against others equally near."""

    def __init__(
        self, words: Mapping[str, int], never: Callable[[str], bool] = lambda _word: False
    ) -> None:
        """`never` names known words that nothing is ever corrected into."""
        self._weights = dict(words)
        self._filed: defaultdict[str, list[str]] = defaultdict(list)
        self._sounds: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._weights:
            if never(word):
                continue
            for key in _deletions(word[:PREFIX], allowed_mistakes(word)):
                self._filed[key].append(word)
            self._sounds[sound(word)].append(word)

    def __contains__(self, word: str) -> bool:
        return word in self._weights

    def correct(self, word: str) -> str | None:
        """The likeliest known word; None when the word is known, a number, or nothing is near."""
        if word in self._weights or len(word) < SHORT or not word.isalpha():
            return None
        ranked = [
            (
                2 * mistakes - SOUNDS_FORGIVE * alike,
                known[0] != word[0],
                -self._weights[known],
                known,
            )
            for known, mistakes, alike in self._candidates(word)
        ]
        return min(ranked)[3] if ranked else None

    def _candidates(self, word: str) -> Iterator[tuple[str, float, bool]]:
        """(known word, mistakes, sounds alike) of all that are near by letters or by sound."""
        allowed, key = allowed_mistakes(word), sound(word)
        by_sound = set(self._sounds.get(key, ()))
        by_letters = {
            known
            for part in _deletions(word[:PREFIX], allowed)
            for known in self._filed.get(part, ())
        }
        forgiven = forgiven_slips(word)
        for known in by_sound | by_letters:
            mistakes, alike = distance(word, known), known in by_sound
            if alike and len(word) > SHORT and mistakes <= SOUNDS_FAR_AT_MOST:
                yield known, mistakes, True
            elif mistakes <= allowed and (weight := slips(word, known)) <= forgiven:
                yield known, weight, False


def allowed_mistakes(word: str) -> int:
    """How many letters may be wrong: one up to five letters, else two."""
    return 1 if len(word) <= MIDDLE else 2


def sound(word: str) -> str:
    """A rough key of how a word sounds in English or Spanish: 'lite' and 'light' → 'lit'."""
    for pattern, letters in SOUNDS:
        word = pattern.sub(letters, word)
    return word


def forgiven_slips(word: str) -> float:
    """How much may be wrong with a word of this length that only looks alike."""
    if len(word) <= SHORT:
        return 0.5
    return 1.0 if len(word) <= MIDDLE else 1.5 if len(word) < LONG else 2.0


ANY_LETTER, HALF, A_KEY_BESIDE, ANOTHER_WORD = 1.0, 0.5, 1.5, 2.0
VOWELS = frozenset("aeiouy")
ALIKE = tuple(map(frozenset, ("bv", "scz", "ckq", "jgh", "iy", "mn", "ly", "ei", "ou", "dt", "ao")))
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def slips(typed: str, meant: str) -> float:
    """As distance(), with each letter weighed by how likely people mistake it."""
    two_ago: list[float] = []
    last = [float(count) for count in range(len(meant) + 1)]
    for i, a in enumerate(typed):
        row = [i + 1.0]
        for j, b in enumerate(meant):
            too_many = HALF if a == "h" or (i and typed[i - 1] == a) else ANY_LETTER
            left_out = HALF if b == "h" or (j and meant[j - 1] == b) else ANY_LETTER
            cost = min(last[j + 1] + too_many, row[j] + left_out, last[j] + _mistaken(a, b))
            if i and j and a == meant[j - 1] and typed[i - 1] == b:
                cost = min(cost, two_ago[j - 1] + ANY_LETTER)
            row.append(cost)
        two_ago, last = last, row
    return last[-1]


@lru_cache(maxsize=1024)
def _mistaken(typed: str, meant: str) -> float:
    if typed == meant:
        return 0.0
    if any(typed in letters and meant in letters for letters in ALIKE):
        return HALF
    if typed in VOWELS and meant in VOWELS:
        return ANY_LETTER
    beside = any(
        typed in row and meant in row and abs(row.index(typed) - row.index(meant)) == 1
        for row in ROWS
    )
    return A_KEY_BESIDE if beside else ANOTHER_WORD


def distance(one: str, other: str) -> int:
    """Letters added, left out, changed, or two neighbours swapped (optimal string alignment)."""
    two_ago: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one):
        row = [i + 1]
        for j, b in enumerate(other):
            cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a != b))
            if i and j and a == other[j - 1] and one[i - 1] == b:
                cost = min(cost, two_ago[j - 1] + 1)
            row.append(cost)
        two_ago, last = last, row
    return last[-1]


def _deletions(word: str, count: int) -> set[str]:
    found = {word}
    for missing in range(1, min(count, len(word) - 1) + 1):
        for kept in combinations(range(len(word)), len(word) - missing):
            found.add("".join(word[index] for index in kept))
    return found
