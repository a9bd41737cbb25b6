"""Everything a result can be filtered by, as one number each, so that one index serves them all.

Open Eligibility terms keep their own numbers (1101 …); needs, languages and flags get a number far
above them, made from their name so that no table of numbers has to be kept. Pure.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from zlib import crc32

from directory.codes import ServiceFlag
from directory.needs import DATA, needs
from shared.languages import LANGUAGES

OURS_FROM = 1 << 30  # above any taxonomy number, within PostgreSQL's int
VIRTUAL_FLAG = "virtual"
NO_SOBRIETY_RULE = "no_sobriety_rule"
# What may be asked for as `eligibility=`.
ASKABLE_FLAGS = (*(str(flag) for flag in ServiceFlag), NO_SOBRIETY_RULE)


def term_tag(code: str | None) -> int | None:
    """The number of an Open Eligibility term; None for a code that is no number of theirs.

    The taxonomy lists some terms more than once; all copies have the number of the first.
    """
    if code is None or not code.isdecimal() or int(code) >= OURS_FROM:
        return None
    return int(first_of(code))


def first_of(code: str) -> str:
    """The term that this one is a copy of, or itself."""
    return _copies().get(code, code)


def need_tag(code: str) -> int:
    """A need of the network ('food')."""
    return _number("need", code)


def language_tag(code: str) -> int:
    """A language that is spoken there (ISO 639)."""
    return _number("language", code)


def flag_tag(flag: str) -> int:
    """One of ASKABLE_FLAGS."""
    return _number("flag", flag)


def age_tags(minimum: float | None, maximum: float | None) -> list[int]:
    """One number for each age group that a service takes."""
    low, high = minimum or 0, maximum if maximum is not None else LAST_AGE
    return [age_tag(first) for first, last in AGE_GROUPS if low < last + 1 and first <= high]


def age_tag(age: float) -> int:
    """The age group of an age in years."""
    first = next(first for first, last in AGE_GROUPS if age < last + 1)
    return _number("age", str(first))


def facet_of(tag: int) -> tuple[str, str] | None:
    """('language', 'es') of a number that is a facet's value; None for a term."""
    return _facets().get(tag) if tag >= OURS_FROM else None


LAST_AGE = 200
AGE_GROUPS = ((0, 4), (5, 12), (13, 17), (18, 24), (25, 54), (55, 59), (60, 64), (65, LAST_AGE))


def _number(kind: str, name: str) -> int:
    return OURS_FROM | (crc32(f"{kind}:{name}".encode()) & (OURS_FROM - 1))


VIRTUAL = _number("mark", VIRTUAL_FLAG)  # to be had by phone or online


@lru_cache(maxsize=1)
def _copies() -> dict[str, str]:
    with (DATA / "open_eligibility.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["same_as_id"] for row in csv.DictReader(file) if row["same_as_id"]}


@lru_cache(maxsize=1)
def _facets() -> dict[int, tuple[str, str]]:
    found = {flag_tag(flag): ("eligibility", flag) for flag in ASKABLE_FLAGS}
    found |= {language_tag(code): ("language", code) for code in LANGUAGES}
    found |= {_number("age", str(first)): ("age", str(first)) for first, _last in AGE_GROUPS}
    found |= {need_tag(need.code): ("need", need.code) for need in needs()}
    return found | {VIRTUAL: (VIRTUAL_FLAG, "true")}
