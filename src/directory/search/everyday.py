"""Words of everyday speech in all their forms: real words, so never taken for mistyped ones. Pure.

data/everyday_words.txt holds verbs, nouns and adjectives; the forms are made here by the rules of
each language. A form too many does no harm: it is a word that then isn't corrected.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from directory.needs import DATA
from directory.search.text import common_words, normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = DATA / "everyday_words.txt"

PERSONS_AR = [
    "o",
    "as",
    "a",
    "amos",
    "an",
    "e",
    "es",
    "emos",
    "en",
    "aste",
    "aron",
    "aba",
    "abas",
    "abamos",
    "aban",
    "are",
    "aras",
    "ara",
    "aremos",
    "aran",
    "aria",
    "arias",
    "ariamos",
    "arian",
    "aramos",
    "ase",
    "asen",
    "ar",
    "ando",
    "ado",
    "ada",
    "ados",
    "adas",
    "arse",
    "arte",
]
PERSONS_ER = [
    "o",
    "es",
    "e",
    "emos",
    "en",
    "a",
    "as",
    "amos",
    "an",
    "i",
    "iste",
    "io",
    "imos",
    "ieron",
    "ia",
    "ias",
    "iamos",
    "ian",
    "ere",
    "eras",
    "era",
    "eremos",
    "eran",
    "eria",
    "erias",
    "eriamos",
    "erian",
    "iera",
    "ieras",
    "ieramos",
    "ieran",
    "iese",
    "er",
    "iendo",
    "ido",
    "ida",
    "idos",
    "idas",
    "erse",
    "erte",
]
PERSONS_IR = [
    "o",
    "es",
    "e",
    "imos",
    "en",
    "a",
    "as",
    "amos",
    "an",
    "i",
    "iste",
    "io",
    "ieron",
    "ia",
    "ias",
    "iamos",
    "ian",
    "ire",
    "iras",
    "ira",
    "iremos",
    "iran",
    "iria",
    "irias",
    "iriamos",
    "irian",
    "iera",
    "ieras",
    "ieramos",
    "ieran",
    "iese",
    "ir",
    "iendo",
    "ido",
    "ida",
    "idos",
    "idas",
    "irse",
    "irte",
]
ENDINGS = {"ar": PERSONS_AR, "er": PERSONS_ER, "ir": PERSONS_IR}
CLITICS = [
    "me",
    "te",
    "se",
    "nos",
    "le",
    "les",
    "lo",
    "la",
    "los",
    "las",
    "melo",
    "mela",
    "selo",
    "sela",
    "noslo",
]
VOWELS = "aeiou"
FORM_ENDINGS = ("s", "ed", "ing", "ly", "mente")
FORM_BEGINNINGS = ("un", "re", "pre", "mis", "over", "des", "in")
SHORTEST_BASE = 3


@lru_cache(maxsize=1)
def everyday_words() -> frozenset[str]:
    """Every form of every word, without accents."""
    found: set[str] = set(common_words())
    make = {
        "es verbs": _spanish_verb,
        "es nouns": _spanish_name,
        "es adjectives": _spanish_name,
        "en verbs": _english_verb,
        "en nouns": _english_noun,
        "en adjectives": _english_adjective,
    }
    for section, word in _listed():
        found |= make.get(section, _as_it_stands)(word)
    return frozenset(found)


def bases(word: str) -> Iterator[str]:
    """The word and what it may be a form of: 'referrals' of 'referral', 'resend' of 'send'."""
    yield word
    for ending in FORM_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_BASE:
            yield word[: -len(ending)]
    if word.endswith("ed"):
        yield word[:-1]
    for beginning in FORM_BEGINNINGS:
        if word.startswith(beginning) and len(word) - len(beginning) > SHORTEST_BASE:
            yield word[len(beginning) :]


def _listed() -> Iterator[tuple[str, str]]:
    section = ""
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            for word in line.split():
                verb, _, change = word.partition(":")
                yield section, f"{normalise(verb)}:{change}" if change else normalise(verb)


def _as_it_stands(word: str) -> set[str]:
    return {word}


# ── Spanish


def _spanish_verb(word: str) -> set[str]:
    """All simple forms, the changing stem tried with every ending, and pronouns hung on."""
    verb, *changes = word.split(":")
    stem, kind = verb[:-2], verb[-2:]
    stems = [stem, *(_changed(stem, change) for change in changes)]
    forms = {
        _spelt(each, ending, kind) + ending for each in stems for ending in ENDINGS.get(kind, ())
    }
    commands = {_spelt(each, letter, kind) + letter for each in stems for letter in "ae"}
    commands |= {command + "n" for command in commands}
    gerunds = {form for form in forms if form.endswith("ndo")}
    return forms | {bare + pronoun for bare in {verb, *gerunds, *commands} for pronoun in CLITICS}


def _changed(stem: str, change: str) -> str:
    """The last vowel of the stem changed: pens + ie → piens, ped + i → pid."""
    old = {"ie": "e", "i": "e", "ue": "o", "u": "o"}[change]
    at = stem.rfind("u" if old == "o" and "o" not in stem else old)
    return stem if at < 0 else stem[:at] + change + stem[at + 1 :]


def _spelt(stem: str, ending: str, kind: str) -> str:
    """The stem as it is written before this ending: busc + e → busqu, recog + o → recoj."""
    soft = ending[0] in "ei"
    if kind == "ar" and soft:
        for last, written in (("gu", "gu"), ("c", "qu"), ("g", "gu"), ("z", "c")):
            if stem.endswith(last):
                return stem.removesuffix(last) + written
    if kind != "ar" and not soft:
        for last, written in (("gu", "g"), ("g", "j"), ("nc", "nz"), ("c", "zc")):
            if stem.endswith(last):
                return stem.removesuffix(last) + written
    return stem


def _spanish_name(word: str) -> set[str]:
    """Plural, the other gender, and the small and great forms that people use all the time."""
    base = word[:-1] if word[-1] in "oa" else word
    forms = {word, _spanish_plural(word)}
    if word[-1] in "oa":
        soft = _spelt(base, "i", "ar")
        forms |= {base + end for end in ("o", "a", "os", "as")}
        forms |= {soft + end for end in ("ito", "ita", "itos", "itas", "isimo", "isima")}
        forms |= {base + "amente"}
    else:
        stem = word[:-1] if word[-1] == "e" else word
        forms |= {stem + end for end in ("ecito", "ecita", "cito", "cita", "ito", "ita", "a", "as")}
        forms |= {word + "mente"}
    return forms


def _spanish_plural(word: str) -> str:
    if word[-1] in VOWELS:
        return word + "s"
    return word[:-1] + "ces" if word[-1] == "z" else word + "es"


# ── English


def _english_verb(word: str) -> set[str]:
    """Such as stop: stops, stopped, stopping, stopper."""
    return {word, _english_plural(word), *(_joined(word, end) for end in ("ed", "ing", "er"))} | {
        _english_plural(_joined(word, "er"))
    }


def _english_noun(word: str) -> set[str]:
    return {word, _english_plural(word)}


def _english_adjective(word: str) -> set[str]:
    adverb = word[:-1] + "ily" if word.endswith("y") else word + "ly"
    noun = (word[:-1] + "i" if word.endswith("y") else word) + "ness"
    return {word, adverb, noun, _joined(word, "er"), _joined(word, "est")}


def _english_plural(word: str) -> str:
    if word.endswith("y") and word[-2:-1] not in VOWELS:
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    return word + "s"


def _joined(word: str, ending: str) -> str:
    if word.endswith("ie") and ending == "ing":
        return word[:-2] + "ying"
    if word.endswith("e"):
        return (word if word.endswith("ee") and ending[0] == "i" else word[:-1]) + ending
    if word.endswith("y") and word[-2:-1] not in VOWELS and ending[0] == "e":
        return word[:-1] + "i" + ending
    return (word + word[-1] if _doubles(word) else word) + ending


def _doubles(word: str) -> bool:
    """Whether a short word ends in one vowel and one consonant, as stop does."""
    return (
        len(word) > 2  # noqa: PLR2004 -- consonant, vowel, consonant
        and word[-1] not in VOWELS + "wxy"
        and word[-2] in VOWELS
        and word[-3] not in VOWELS
        and sum(letter in VOWELS for letter in word) == 1
    )
