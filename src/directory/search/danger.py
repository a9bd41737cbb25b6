"""Words that mean danger now: the page then shows numbers to call before anything else. Pure.

The phrases (data/danger_phrases.csv) and ways of saying it (data/danger_patterns.toml) are ours.
They err towards showing the card; places are still listed below it.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from directory.search.everyday import everyday_words
from directory.search.spelling import Lexicon
from directory.search.text import acronyms, tokens

DATA = Path(__file__).parents[1] / "data"
PHRASES, PATTERNS = DATA / "danger_phrases.csv", DATA / "danger_patterns.toml"


class Danger(StrEnum):
    """What the danger is, life before roof; decides which numbers come first."""

    OVERDOSE = "overdose"
    SUICIDE = "suicide"
    MEDICAL = "medical"
    CHILD = "child"
    ELDER = "elder"
    VIOLENCE = "violence"
    EVICTION = "eviction"


HURTS = re.compile(
    r"(?:rap(?:e|ed|es|ing|ist|ists)|sex\w*|viol(?:o|a|ar|aron|ad[oa]s?|acion|en\w+)|molest\w*"
    r"|abus\w*|incest\w*|suicid\w*|kill\w*|mat(?:a|ar|an|o|aron|arme|arse|ando)|murder\w*"
    r"|asesin\w*|prostit\w*|traffick\w*|die[sd]?|dead|deaths?|dying|muer\w*|mori\w*|chok\w*"
    r"|strang\w*|ahorc\w*|golpe\w*|beat(?:s|en|ing)?|hit(?:s|ting)?|hurt(?:s|ing)?|guns?"
    r"|stab(?:s|bed|bing)?|shot|shoot\w*|pistol\w*|overdos\w*|sobredos\w*|maltrat\w*|amenaz\w*"
    r"|threat\w*|assault\w*|harass\w*|acos(?:o|a|ar|ad[oa]|ador)|secuestr\w*|kidnap\w*|porn\w*"
    r"|desnud\w*|nudes?)$"
)
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
    """The gravest danger that the words tell of, mistyped or not."""
    said = tokens(words)
    found = _told_by(said)
    kept = acronyms(words)
    meant = [word if word in kept else _meant(word) for word in said]
    if meant != said:
        found |= _told_by(meant)
    return next((danger for danger in Danger if danger in found), None)


def _told_by(said: list[str]) -> set[Danger]:
    """All dangers that these words tell of: set phrases, then ways of saying it."""
    patterns, plain = danger_patterns(), " ".join(said)
    found: set[Danger] = set()
    if patterns.begin.search(plain):
        plain = patterns.idioms.sub(" ", plain)
        found = {danger for danger, ways in patterns.ways.items() if ways.search(plain)}
        said = plain.split()
    return found | {
        danger
        for at, word in enumerate(said)
        for danger, phrase in _by_first_word().get(word, ())
        if tuple(said[at : at + len(phrase)]) == phrase
    }


def _meant(word: str) -> str:
    """The word of danger that a mistyped one stands for; what is a real word stands for itself."""
    return word if word in everyday_words() else _typed_words().correct(word) or word


def hurts_to_read(word: str) -> bool:
    """Whether a word tells of violence, sex or death: nobody's own word is turned into it."""
    return HURTS.match(word) is not None


@lru_cache(maxsize=1)
def danger_phrases() -> dict[Danger, list[tuple[str, ...]]]:
    """The phrases of each danger, as words."""
    found: dict[Danger, list[tuple[str, ...]]] = {danger: [] for danger in Danger}
    with PHRASES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[Danger(row["kind"])].append(tuple(tokens(row["phrase"])))
    return found


@dataclass(frozen=True, slots=True)
class DangerPatterns:
    """danger_patterns.toml, made ready."""

    begin: re.Pattern[str]
    idioms: re.Pattern[str]
    ways: dict[Danger, re.Pattern[str]]
    typed: tuple[str, ...]


@lru_cache(maxsize=1)
def danger_patterns() -> DangerPatterns:
    """The ways of saying it, one expression for each danger."""
    with PATTERNS.open("rb") as file:
        told = tomllib.load(file)
    words, fragments = told["words"], told["fragments"]

    def spelt_out(pattern: str) -> str:
        return re.sub(r"<(\w+)>", lambda found: spelt_out(fragments[found[1]]), pattern)

    def whole_words(patterns: list[str]) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(spelt_out, patterns))})(?!\w)")

    return DangerPatterns(
        begin=re.compile(rf"\b(?:{'|'.join(words['begin'].split())})"),
        idioms=whole_words(words["idioms"]),
        ways={danger: whole_words(told[danger]["patterns"]) for danger in Danger},
        typed=tuple(words["typed"].split()),
    )


@lru_cache(maxsize=1)
def _typed_words() -> Lexicon:
    """Words of danger that people mistype."""
    words = {word for phrases in danger_phrases().values() for phrase in phrases for word in phrase}
    telling = {word for word in words if hurts_to_read(word)}
    return Lexicon(dict.fromkeys(sorted(telling | set(danger_patterns().typed)), 1))


@lru_cache(maxsize=1)
def _by_first_word() -> dict[str, list[tuple[Danger, tuple[str, ...]]]]:
    found: defaultdict[str, list[tuple[Danger, tuple[str, ...]]]] = defaultdict(list)
    for danger, phrases in danger_phrases().items():
        for phrase in phrases:
            found[phrase[0]].append((danger, phrase))
    return dict(found)
