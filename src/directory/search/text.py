"""Words as search compares them: lower case, without accents or apostrophes. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

COMMON_WORDS = Path(__file__).parents[1] / "data" / "common_words.txt"
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
WORD = re.compile(r"[a-z0-9]+")
LONGEST_ACRONYM = 5
VOWELS = frozenset("aeiouy")
# Joins "can't" and "cant", "St. Mary's" and "st marys".
JOINERS = str.maketrans("", "", "'’‘`´.")
# Words that carry no need: they neither have to match nor are they corrected.
STOP_WORDS = frozenset(
    re.split(
        r"\s+",
        """a about all am an and any are as at be been being but by can cant could did do does dont
        for from get give had has have he help her here him his how i if im in into is it its ive
        just lets like looking make me my near need needs of on or our out please she so some
        somebody someone something somewhere that the their them there they this to tonight today up
        got really very just ask asking hi hello thanks thank too now still ever every also
        pt pts px pte pts clt client clients patient patients hh req reqs request requests requires
        requiring needing needed wants wanting wanted seeks seeking per wk yo x q via etc appt hx dx
        positive screen screened positivo paciente pide requiere solicita ocupo ocupa
        us want was we were what when where which who will with without would you your
        a al algo alguien alguna alguno algun ante aqui ayuda ayudar como con cuando de del desde
        donde el ella ellos en es esta estoy favor fue gracias ha hay hoy la las le les lo los me mi
        mis muy necesito necesita necesitamos no nos nosotros o para pero por puedo que quiero quien
        se ser si sin sobre son soy su sus tengo tiene tu un una unas unos y ya yo""",
    )
)


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words of everyday speech: known, so never taken for a mistyped other word."""
    lines = COMMON_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def normalise(text: str) -> str:
    """'Día de COMIDA, St. Mary’s' → 'dia de comida st marys'."""
    bare = text.lower() if text.isascii() else _without_accents(text)
    return " ".join(WORD.findall(bare.translate(JOINERS)))


def _without_accents(text: str) -> str:
    return BEYOND_ASCII.sub(_only_letters, unicodedata.normalize("NFKD", text.casefold()))


def _only_letters(found: re.Match[str]) -> str:
    return "".join(letter for letter in found[0] if not unicodedata.combining(letter))


def tokens(text: str) -> list[str]:
    """The words of a text, in order."""
    return normalise(text).split()


def acronyms(text: str) -> set[str]:
    """Words that nobody mistyped: in capitals among others, or short and without a vowel."""
    shout = text.isupper()
    return {
        word
        for written in text.split()
        for word in tokens(written)
        if len(word) <= LONGEST_ACRONYM
        and ((written.isupper() and not shout) or not VOWELS & set(word))
    }


def content_words(words: list[str]) -> list[str]:
    """Words that say something about what is looked for."""
    return [word for word in words if word not in STOP_WORDS and not _is_lone_letter(word)]


def _is_lone_letter(word: str) -> bool:
    return len(word) == 1 and not word.isdigit()
