"""From people's own words to needs and taxonomy terms: longest phrase first, EN and ES. Pure.

"can't pay my light bill" → need bills. Phrases come from the table `synonym` and the terms' own
names; stop words are left out on both sides, plurals are cut off on both sides.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nsmallest
from typing import TYPE_CHECKING

from directory.needs import DATA
from directory.search.danger import hurts_to_read
from directory.search.everyday import bases, everyday_words
from directory.search.likeness import Likeness, Weighed
from directory.search.port import Meaning
from directory.search.spelling import Lexicon
from directory.search.text import STOP_WORDS, acronyms, common_words, content_words, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

# A phrase's word outweighs a word that only occurs in some description.
PHRASE_WEIGHT = 1_000_000
LONG_ENOUGH_TO_CUT = 3
GUESSED_AT_MOST, NEARLY_AS_LIKE = 3, 0.7
# Of the best: below, what stands there is by the way; from there on, a likeness counts beside it.
FAR_LESS_LIKE, MORE_LIKE, MUCH_MORE_LIKE = 0.4, 0.9, 1.25
TERMS_AT_MOST = 5
ROOTS = range(1101, 1112)  # the eleven heads of Open Eligibility: too wide to be an answer


@dataclass(frozen=True, slots=True)
class Reading:
    """How a query was understood."""

    words: tuple[str, ...] = ()  # content words, corrected
    meanings: tuple[Meaning, ...] = ()
    leftover: tuple[str, ...] = ()  # content words that no phrase took
    corrected: str | None = None  # the whole query, when a word was corrected
    typed: tuple[str, ...] = ()  # content words as they were typed
    terms: tuple[Meaning, ...] = ()  # single terms it may be about, likeliest first


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All phrases and known words; made once per process and renewed when it is old."""

    phrases: dict[tuple[str, ...], frozenset[Meaning]]
    lexicon: Lexicon
    longest: int
    likeness: Likeness
    suggestions: tuple[tuple[str, str, str], ...] = field(
        default=()
    )  # (key, phrase, language), sorted

    def unsure_of(self, query: str) -> list[str]:
        """Words that `read` would correct, unless somebody knows them."""
        kept = acronyms(query)
        return [word for word in tokens(query) if word not in kept and self._fix(word) != word]

    def read(self, query: str, known: Collection[str] = ()) -> Reading:
        """Correct words that are not known, then map phrases, longest first."""
        said = tokens(query)
        kept = acronyms(query)
        fixed = [word if word in known or word in kept else self._fix(word) for word in said]
        words = content_words(fixed)
        keys, leftover = self._match(words)
        found = dict.fromkeys(each for key in keys for each in _widest(self.phrases[key]))
        # What was typed counts beside what was made of it.
        weighed = self.likeness.weighed([*fixed, *said], keys)
        return Reading(
            words=tuple(words),
            meanings=_without_parts(_searched(found, weighed)),
            leftover=leftover,
            corrected=" ".join(fixed) if fixed != said else None,
            typed=tuple(content_words(said)),
            terms=_terms([meaning for meaning, _score in weighed.ranked], found),
        )

    def suggest(self, start: str, limit: int) -> list[str]:
        """Phrases that begin like this, shortest first (for typing ahead)."""
        key = " ".join(tokens(start))
        first = bisect_left(self.suggestions, (key,))
        last = bisect_left(self.suggestions, (f"{key}\uffff",), lo=first)
        alike = self.suggestions[first:last] if key else ()
        return [
            each[1] for each in nsmallest(limit, alike, key=lambda each: (len(each[0]), each[0]))
        ]

    def _fix(self, word: str) -> str:
        if word in STOP_WORDS or any(self._knows(each) for each in bases(word)):
            return word
        return self.lexicon.correct(word) or word

    def _knows(self, word: str) -> bool:
        return word in everyday_words() or word in self.lexicon

    def _match(self, words: list[str]) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
        """(phrases that stand there, longest first at each word; words that none took)."""
        stems = [stem(word) for word in words]
        keys: list[tuple[str, ...]] = []
        leftover: list[str] = []
        at = 0
        while at < len(words):
            size = self._longest_at(stems, at)
            if size:
                keys.append(tuple(stems[at : at + size]))
            else:
                leftover.append(words[at])
            at += size or 1
        return keys, tuple(leftover)

    def _longest_at(self, stems: list[str], at: int) -> int:
        for size in range(min(self.longest, len(stems) - at), 0, -1):
            if tuple(stems[at : at + size]) in self.phrases:
                return size
        return 0


def make_vocabulary(
    phrases: Iterable[tuple[str, str, Meaning]], lexemes: Mapping[str, int]
) -> Vocabulary:
    """From (phrase, language, meaning) and the words that occur in the directory."""
    meanings: defaultdict[tuple[str, ...], set[Meaning]] = defaultdict(set)
    whole: dict[tuple[str, ...], tuple[tuple[str, ...], set[Meaning]]] = {}
    weights: dict[str, int] = dict(lexemes)
    suggestions: dict[str, tuple[str, str, str]] = {}
    for phrase, language, meaning in phrases:
        words = tokens(phrase)
        telling = content_words(words) or words
        key = tuple(stem(word) for word in telling)
        if not key:
            continue
        whole.setdefault(tuple(words), (key, set()))[1].add(meaning)
        # "new here" is not what everything new is about: such a phrase counts as a whole only.
        if len(telling) > 1 or len(words) == 1 or telling[0] not in common_words():
            meanings[key].add(meaning)
        suggestions.setdefault(" ".join(words), (" ".join(words), phrase, language))
        for word in words:
            weights[word] = weights.get(word, 0) + PHRASE_WEIGHT
    # Nobody looks for "for": a mistyped word is never one of these.
    for word in STOP_WORDS:
        weights.pop(word, None)
    return Vocabulary(
        phrases={key: frozenset(found) for key, found in meanings.items()},
        lexicon=Lexicon(weights, never=hurts_to_read),
        likeness=Likeness(whole),
        longest=max((len(key) for key in meanings), default=0),
        suggestions=tuple(sorted(suggestions.values())),
    )


def _terms(alike: Iterable[Meaning], found: Iterable[Meaning]) -> tuple[Meaning, ...]:
    """Single terms: those that phrases name, then the usual ones of a need that was named."""
    ranked = [*alike, *found]
    single = [each for each in ranked if not each.whole and each.tag not in ROOTS]
    usual = [each for meaning in ranked if meaning.whole for each in usual_terms(meaning)]
    by_tag: dict[int, Meaning] = {}
    for each in (*single, *usual):
        by_tag.setdefault(each.tag, each)
    return tuple(by_tag.values())[:TERMS_AT_MOST]


@lru_cache(maxsize=64)
def usual_terms(meaning: Meaning) -> tuple[Meaning, ...]:
    """What people mostly mean by a whole need: 'food' is a pantry before it is a garden."""
    with (DATA / "need_terms.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["need"] == meaning.need]
    return tuple(Meaning(int(row["term_id"]), meaning.need) for row in rows)


def _searched(named: Iterable[Meaning], weighed: Weighed) -> tuple[Meaning, ...]:
    """What to list: what stands there, unless a longer phrase says it better, and what is as like.

    See docs/decisions/0021-two-meanings.md.
    """
    scores = dict(weighed.ranked)
    best = max(scores.values(), default=0.0)
    likely = [each for each, score in weighed.ranked if score >= best * NEARLY_AS_LIKE]
    likely = [each for each in likely if each.tag not in ROOTS][:GUESSED_AT_MOST]
    standing = [
        each
        for each in named
        if each not in weighed.said_better and scores.get(each, best) >= best * FAR_LESS_LIKE
    ]
    if standing:
        top = max(scores.get(each, 0.0) for each in standing)
        whole = {each.need: scores.get(each, 0.0) for each in standing if each.whole}
        likely = [
            each
            for each in likely
            if scores[each] >= max(top * MORE_LIKE, whole.get(each.need, 0.0) * MUCH_MORE_LIKE)
        ]
    return tuple(dict.fromkeys([*standing, *likely]))


def _widest(meanings: Iterable[Meaning]) -> list[Meaning]:
    """Of one phrase: the whole need, where it means that, and not the terms within it."""
    whole = {each.need for each in meanings if each.whole}
    kept = [each for each in meanings if each.whole or each.need not in whole]
    return sorted(kept, key=lambda each: each.tag)


def _without_parts(meanings: Iterable[Meaning]) -> tuple[Meaning, ...]:
    """Who names a term is not answered with its whole need, which would crowd it out."""
    found = tuple(meanings)
    named = {each.need for each in found if not each.whole}
    return tuple(each for each in found if not each.whole or each.need not in named)


def stem(word: str) -> str:
    """Cut off English and Spanish plurals alike: 'bills' → 'bill', 'clases', 'clase' → 'clas'."""
    if len(word) <= LONG_ENOUGH_TO_CUT or word.isdigit():
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word.removesuffix("e") if len(word) > LONG_ENOUGH_TO_CUT + 1 else word
