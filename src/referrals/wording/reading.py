"""How hard a text is to read: a school grade for English and for Spanish.

Pure, and no word list has to be fetched: our texts use a few hundred words, whose syllables rules
count (the few that rules get wrong stand in syllables.toml). docs/decisions/0022-reading-grade.md
says why no library does it, and what a grade of twenty words is worth: it is a trip-wire, so the
length of sentences and words is held, too.

English: Flesch and Kincaid (1975). Spanish: Crawford (1989), made for primary-school Spanish.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_EXCEPTIONS = Path(__file__).with_name("syllables.toml")
# "1 Got it 2 Still waiting" is a list: each answer is read by itself.
_ENDS = re.compile(r"[.?!:;¿¡()=]|,? ?\b\d[\d-]*\b|,(?= [A-Z])")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VOWELS_EN = re.compile(r"[aeiouy]+")
_SILENT_EN = re.compile(
    r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouyszxcgh])es$"
)
# Weak vowels join their neighbour, unless they carry the accent.
_VOWELS_ES = re.compile(
    r"[iuü]?[aeoáéó][iuüy](?![aeoáéóíú])|[iuü][aeoáéó]|[iuü]{2}|[aeoáéóiuüíú]", re.IGNORECASE
)
_MUTE_U_ES = re.compile(r"(?<=[gq])u(?=[eiéí])")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as its reader meets it; `longest_word` is the one with most syllables."""

    words: int
    sentences: int
    syllables: int
    longest_sentence: int
    longest_word: str
    most_syllables: int
    grade: float


def read(text: str, language: str) -> Reading | None:
    """Measure a text without its names and digits; None in a language without a formula."""
    if language not in _GRADES:
        return None
    sentences = [found for part in _ENDS.split(text) if (found := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return Reading(0, 0, 0, 0, "", 0, 0.0)
    counts = {word: syllables(word, language) for word in words}
    total = sum(counts[word] for word in words)
    longest = max(words, key=lambda word: counts[word])
    return Reading(
        words=len(words),
        sentences=len(sentences),
        syllables=total,
        longest_sentence=max(map(len, sentences)),
        longest_word=longest,
        most_syllables=counts[longest],
        grade=_GRADES[language](len(words), len(sentences), total),
    )


def syllables(word: str, language: str) -> int:
    """How many a word has when it is said aloud."""
    word = word.lower().replace("’", "'")
    known = _known().get(language, {}).get(word)
    if known is not None:
        return known
    return _spanish(word) if language == "es" else _english(word)


def _english(word: str) -> int:
    letters = _SILENT_EN.sub("", word.split("'", maxsplit=1)[0])
    letters = re.sub(r"(?<=[^aeiouy])y(?=[aeiou])|^y", "j", letters)
    return max(len(_VOWELS_EN.findall(letters)), 1)


def _spanish(word: str) -> int:
    letters = _MUTE_U_ES.sub("", word)
    letters = re.sub(r"(?<![aeiouáéíóú])y$", "i", letters)
    return max(len(_VOWELS_ES.findall(letters)), 1)


def _flesch_kincaid(words: int, sentences: int, total: int) -> float:
    return 0.39 * words / sentences + 11.8 * total / words - 15.59


def _crawford(words: int, sentences: int, total: int) -> float:
    """Sentences and syllables in a hundred words."""
    return -0.205 * 100 * sentences / words + 0.049 * 100 * total / words - 3.407


_GRADES = {"en": _flesch_kincaid, "es": _crawford}


@cache
def _known() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = tomllib.loads(_EXCEPTIONS.read_text(encoding="utf-8"))
    return found
