"""Everything a result can be filtered by, as one number each, so that one index serves them all.

Open Eligibility terms keep their own numbers (1101 …); needs, languages and flags get a number far
above them, made from their name so that no table of numbers has to be kept. Pure.
"""

from __future__ import annotations

from zlib import crc32

OURS_FROM = 1 << 30  # above any taxonomy number, within PostgreSQL's int


def term_tag(code: str | None) -> int | None:
    """The number of an Open Eligibility term; None for a code that is no number of theirs."""
    if code is None or not code.isdecimal() or int(code) >= OURS_FROM:
        return None
    return int(code)


def need_tag(code: str) -> int:
    """A need of the network ('food')."""
    return _number("need", code)


def language_tag(code: str) -> int:
    """A language that is spoken there (ISO 639)."""
    return _number("language", code)


def flag_tag(flag: str) -> int:
    """A directory.codes.ServiceFlag."""
    return _number("flag", flag)


def age_tags(minimum: float | None, maximum: float | None) -> list[int]:
    """One number for each age group that a service takes."""
    low, high = minimum or 0, maximum if maximum is not None else LAST_AGE
    return [age_tag(first) for first, last in AGE_GROUPS if low < last + 1 and first <= high]


def age_tag(age: float) -> int:
    """The age group of an age in years."""
    first = next(first for first, last in AGE_GROUPS if age < last + 1)
    return _number("age", str(first))


LAST_AGE = 200
AGE_GROUPS = ((0, 4), (5, 12), (13, 17), (18, 24), (25, 54), (55, 59), (60, 64), (65, LAST_AGE))


def _number(kind: str, name: str) -> int:
    return OURS_FROM | (crc32(f"{kind}:{name}".encode()) & (OURS_FROM - 1))
