"""The words of every text, in every language that has a whole catalogue.

English and Spanish stand beside each other in texts.toml. A further language is one more file,
catalogues/CODE.toml (docs/languages.md); a language with holes is not texted in, so no reader gets
half a text. Pure, but for reading those files once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

OURS = ("en", "es")
LEVELS = ("plain", "need", "neutral")
SLOTS = (*LEVELS, "any")
BASE = Path(__file__).with_name("texts.toml")
FURTHER = Path(__file__).with_name("catalogues")
DAYS, MONTHS = 7, 12
# Words that the program puts into a text beside names, numbers and dates.
VALUES = ("person", "people", "you", "our contact", "today", "this week", "soon")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_folder: list[Path] = [FURTHER]


def languages() -> tuple[str, ...]:
    """Every language that texts go out in."""
    return (*OURS, *_whole_ones(_folder[0]))


def merged() -> dict[str, Any]:
    """texts.toml with the words of every whole further catalogue in their places."""
    return _merged(_folder[0])


def further() -> dict[str, dict[str, Any]]:
    """Every further catalogue, whole or not, by its language's code."""
    return _further(_folder[0])


def placeholders(pattern: str) -> tuple[str, ...]:
    """The names in braces, in order."""
    return tuple(_PLACEHOLDER.findall(pattern))


def calendar_of(language: str) -> dict[str, Any] | None:
    """A further language's days, months and way to say a date; None for ours."""
    found: dict[str, Any] | None = _whole(language).get("calendar")
    return found


def value_in(language: str, english: str) -> str:
    """A word that the program puts into a text, in a further language; ours come as they are."""
    words: dict[str, str] = _whole(language).get("values", {})
    return words.get(english, english)


@contextmanager
def catalogues_in(folder: Path) -> Iterator[None]:
    """Take further languages from this folder inside the block (the linter's own, tests)."""
    _folder.append(_folder[0])
    _folder[0] = folder
    try:
        yield
    finally:
        _folder[0] = _folder.pop()


def folder() -> Path:
    """Where further catalogues are read from now."""
    return _folder[0]


def holes(raw: dict[str, Any]) -> list[tuple[str, str]]:
    """(where, what) a catalogue lacks, or has that English does not know."""
    return [*_phrase_holes(raw), *_text_holes(raw), *_value_holes(raw)]


def _text_holes(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    base = _base()
    for name, slot, english in _english_texts():
        words = raw.get(name, {}).get(slot)
        if not words:
            yield f"{name}.{slot}", "is missing"
        elif not set(placeholders(words)) <= _allowed(english):
            extra = sorted(set(placeholders(words)) - _allowed(english))
            yield f"{name}.{slot}", f"names what English does not: {', '.join(extra)}"
        for needed in sorted(set(placeholders(english)) - set(placeholders(words or english))):
            yield f"{name}.{slot}", f"leaves out {{{needed}}}"
    known = {"phrases", "words", "values", "calendar"} | {n for n in base if "party" in base[n]}
    for name in sorted(set(raw) - known):
        yield name, "is no text of ours"


def _allowed(english: str) -> set[str]:
    """What a translation may name: the same, and what the phrases in it are made of."""
    inside = {
        name
        for phrase in placeholders(english)
        for pattern in _base()["phrases"].get(phrase, {}).get("en", [])
        for name in placeholders(pattern)
    }
    return set(placeholders(english)) | inside


def _phrase_holes(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, forms in _base()["phrases"].items():
        found = raw.get("phrases", {}).get(name)
        if not found:
            yield f"phrases.{name}", "is missing"
            continue
        english = {each for pattern in forms["en"] for each in placeholders(pattern)}
        for each in sorted({n for pattern in found for n in placeholders(pattern)} - english):
            yield f"phrases.{name}", f"names what English does not: {each}"
        if set(placeholders(found[-1])) - set(placeholders(forms["en"][-1])):
            yield f"phrases.{name}", "its last form needs more than English's last form"


def _value_holes(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for word in VALUES:
        if not raw.get("values", {}).get(word):
            yield f'values."{word}"', "is missing"
    calendar = raw.get("calendar", {})
    for name, count in (("days", DAYS), ("months", MONTHS)):
        if len(calendar.get(name, [])) != count:
            yield f"calendar.{name}", f"needs {count} words"
    if set(placeholders(calendar.get("date", ""))) != {"day", "month"}:
        yield "calendar.date", "needs {day} and {month}"


def _english_texts() -> Iterator[tuple[str, str, str]]:
    for name, raw in _base().items():
        for slot in SLOTS if "party" in raw else ():
            if "en" in raw.get(slot, {}):
                yield name, slot, raw[slot]["en"]


def _whole(language: str) -> dict[str, Any]:
    return further()[language] if language in _whole_ones(_folder[0]) else {}


@cache
def _base() -> dict[str, Any]:
    return tomllib.loads(BASE.read_text(encoding="utf-8"))


@cache
def _further(folder: Path) -> dict[str, dict[str, Any]]:
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    return {
        file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
        for file in files
        if file.stem not in OURS
    }


@cache
def _whole_ones(folder: Path) -> tuple[str, ...]:
    return tuple(code for code, raw in _further(folder).items() if not holes(raw))


@cache
def _merged(folder: Path) -> dict[str, Any]:
    base = tomllib.loads(BASE.read_text(encoding="utf-8"))
    for code in _whole_ones(folder):
        _put(base, code, _further(folder)[code])
    return base


def _put(base: dict[str, Any], code: str, raw: dict[str, Any]) -> None:
    for name, forms in raw["phrases"].items():
        base["phrases"][name][code] = forms
    for name, words in raw.get("words", {}).items():
        base["words"][name] = [*base["words"][name], *words]
    for name, slot, _ in _english_texts():
        base[name][slot][code] = raw[name][slot]
        for digit, words in raw[name].get("answers", {}).items():
            said = base[name]["options"][digit]
            ours = base["words"][said] if isinstance(said, str) else said
            base[name]["options"][digit] = list(dict.fromkeys([*ours, *words]))
