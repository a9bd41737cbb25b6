"""Languages as people list them: "English and Spanish", "Creole (limited)", interpreters. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from shared.languages import code_of

# Names that catalogues of languages write otherwise.
OTHER_NAMES = {
    "haitian creole": ("Haitian Creole", "ht"),
    "haitian-creole": ("Haitian Creole", "ht"),
    "haitian": ("Haitian Creole", "ht"),
    "kreyol": ("Haitian Creole", "ht"),
    "mandarin": ("Mandarin", "zh"),
    "cantonese": ("Cantonese", "zh"),
    "farsi": ("Farsi", "fa"),
    "tagalog": ("Tagalog", "tl"),
    "american sign language": ("American Sign Language", "ase"),
    "asl": ("American Sign Language", "ase"),
    "ingles": ("English", "en"),
    # which one is not said: no code is given
    "creole": ("Creole", None),
    "sign language": ("Sign language", None),
    "taiwanese": ("Taiwanese", None),
}
INTERPRETED = re.compile(
    r"interpret|translat|tranlat|language line|teleinter|other language|others? (?:available|upon"
    r"|may)|all languages|any language|additional languages|bilingual|intérprete|traduc",
    re.IGNORECASE,
)
NOTE = re.compile(r"\(([^()]*)\)")
PARTS = re.compile(r"\s*(?:,|;|&|/|\n|\.(?:\s|$)|\band\b|\by\b)\s*", re.IGNORECASE)
ASIDES = re.compile(r"^[*\s]+|\b(?:limited|some)\s+", re.IGNORECASE)
MOST = 20


@dataclass(frozen=True, slots=True)
class Spoken:
    """A language and what is said about it."""

    name: str
    code: str | None
    note: str | None = None


@lru_cache(maxsize=2000)
def language_named(name: str) -> Spoken | None:
    """The language of this name, if it is one."""
    folded = name.strip().casefold()
    if folded in OTHER_NAMES:
        return Spoken(*OTHER_NAMES[folded])
    code = code_of(folded) if len(folded) > 3 else None  # noqa: PLR2004 -- 'is' is also a word
    return Spoken(name.strip().capitalize(), code) if code else None


def read_spoken(written: str) -> list[Spoken] | None:
    """The languages, if the words are nothing but names of languages with notes; else None."""
    note = ", ".join(part.strip() for part in NOTE.findall(written) if part.strip()) or None
    plain = NOTE.sub(" ", written)
    if ASIDES.search(plain) and not note and re.search(r"limited|some", plain, re.IGNORECASE):
        note = "limited"
    parts = [ASIDES.sub("", part).strip() for part in PARTS.split(plain)]
    parts = [part for part in parts if part]
    found = [language_named(part) for part in parts]
    if not found or len(found) > MOST or any(each is None for each in found):
        return None
    return [Spoken(each.name, each.code, note) for each in found if each is not None]


def is_about_interpreters(written: str) -> bool:
    """'Language line available': a word for service.interpretation_services."""
    return INTERPRETED.search(written) is not None
