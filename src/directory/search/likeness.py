"""How much a query is like each phrase, when its words stand apart or in another order. Pure.

"my husband came home and drinks again" is like the phrase "husband drinks". Rare words weigh more
than common ones; endings are cut off, so that 'crying' and 'cry', 'llorar' and 'lloro' meet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING

from directory.search.text import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from directory.search.port import Meaning

Key = tuple[str, ...]
# Longest first. A word keeps at least LEAST letters.
ENDINGS = (
    "aciones", "iciones", "aramos", "ieron", "iendo", "iamos", "acion", "icion", "mente", "ments",
    "ecito", "ecita", "citos", "citas", "aron", "ando", "amos", "emos", "imos", "ados", "adas",
    "idos", "idas", "itos", "itas", "cito", "cita", "aban", "ment", "ness", "able", "tion",
    "ing", "ies", "ado", "ada", "ido", "ida", "aba", "ien", "ers", "ito", "ita",
    "ed", "er", "es", "ly", "ar", "ir", "an", "en", "os", "as", "s", "o", "a", "e", "y",
)  # fmt: skip
LEAST = 3
COVERED_AT_LEAST = 0.6  # of a phrase's weight
WORTH_AT_LEAST = 2.2  # weight of what matched: one word that stands in few phrases
ROUNDING = 1e-9
SAID_AS_IT_STANDS = 1.3
SEVERAL_SAY_SO = 0.15


def root(word: str) -> str:
    """A word without its endings: 'crying' → 'cry', 'llorando', 'lloro' → 'llor'."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST:
            word = word[: -len(ending)]
            break
    if len(word) > LEAST + 1 and word[-1] == word[-2]:
        word = word[:-1]
    return word


LITTLE_WORD = 0.35  # a stop word says little, even where few phrases have it
LITTLE_WORDS = frozenset(map(root, STOP_WORDS))


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a query is like."""

    ranked: list[tuple[Meaning, float]]  # likeliest first
    said_better: set[Meaning]  # every phrase of it that was said is part of a longer one


class Likeness:
    """All phrases, found by their words."""

    def __init__(self, phrases: Mapping[Key, tuple[Key, Iterable[Meaning]]]) -> None:
        """From the words of each phrase to (its key in the exact look-up, meanings)."""
        self._phrases = {words: (key, tuple(each)) for words, (key, each) in phrases.items()}
        roots = {words: frozenset(map(root, words)) for words in self._phrases}
        counts = Counter(word for words in roots.values() for word in words)
        total = len(roots) + 1
        self._weight = {
            word: log(total / (count + 1)) * (LITTLE_WORD if word in LITTLE_WORDS else 1.0)
            for word, count in counts.items()
        }
        self._by_word: defaultdict[str, list[tuple[Key, frozenset[str], float]]] = defaultdict(list)
        for key, words in roots.items():
            whole = sum(self._weight[word] for word in words)
            for word in self._telling(words, whole):
                self._by_word[word].append((key, words, whole))

    def _telling(self, words: frozenset[str], whole: float) -> Iterator[str]:
        """Its weightiest words: without any of them too little of the phrase can match."""
        without = whole
        for word in sorted(words, key=lambda each: (-self._weight[each], each)):
            if without < COVERED_AT_LEAST * whole - ROUNDING:
                return
            yield word
            without -= self._weight[word]

    def ranked(self, words: Iterable[str], exact: Iterable[Key]) -> list[tuple[Meaning, float]]:
        """Meanings, likeliest first; `exact` phrases stand in the query as they are."""
        return self.weighed(words, exact).ranked

    def weighed(self, words: Iterable[str], exact: Iterable[Key]) -> Weighed:
        """Meanings with their scores, and those that a longer phrase says better."""
        said, as_it_stands = frozenset(map(root, words)), set(exact)
        scores: defaultdict[Meaning, list[float]] = defaultdict(list)
        whole: defaultdict[Meaning, set[frozenset[str]]] = defaultdict(set)
        for phrase, words_of_it, score in self._alike(said):
            key, meanings = self._phrases[phrase]
            better = score * SAID_AS_IT_STANDS if key in as_it_stands else score
            for meaning in meanings:
                scores[meaning].append(better)
                if words_of_it <= said:
                    whole[meaning].add(words_of_it - LITTLE_WORDS)
        summed = {
            meaning: max(found) + SEVERAL_SAY_SO * (sum(sorted(found)[-4:]) - max(found))
            for meaning, found in scores.items()
        }
        return Weighed(
            sorted(summed.items(), key=lambda item: (-item[1], item[0].tag)),
            {meaning for meaning in whole if _said_better(meaning, whole)},
        )

    def _alike(self, said: frozenset[str]) -> Iterator[tuple[Key, frozenset[str], float]]:
        seen: set[Key] = set()
        for word in said:
            for key, words, whole in self._by_word.get(word, ()):
                if key in seen:
                    continue
                seen.add(key)
                matched = sum(self._weight[each] for each in words & said)
                if matched >= WORTH_AT_LEAST and matched >= COVERED_AT_LEAST * whole:
                    yield key, words, (matched / whole) ** 2 * sqrt(matched)


def _said_better(meaning: Meaning, whole: Mapping[Meaning, set[frozenset[str]]]) -> bool:
    """Whether each phrase of it is part of a longer one: 'food' in 'food for my cat'."""
    others = [words for other, found in whole.items() if other != meaning for words in found]
    return all(any(words < longer for longer in others) for words in whole[meaning])
