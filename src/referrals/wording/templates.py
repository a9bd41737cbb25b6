"""The text templates as data: who reads each, which answers it takes, its words at each level.

The words stand in texts.toml (design: practice 4 and 2.4) and in further languages' catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from notify.replies import Option
from referrals.wording.catalogues import LEVELS, folder, languages, merged, placeholders

ENGLISH = "en"
__all__ = [
    "ENGLISH",
    "Party",
    "Template",
    "TemplateFacts",
    "UnknownTemplateError",
    "form_at",
    "languages",
    "pattern_at",
    "phrases",
    "placeholders",
    "template",
    "template_facts",
    "templates",
]


class Party(StrEnum):
    """Who reads a template."""

    PATIENT = "patient"
    AGENCY = "agency"


class UnknownTemplateError(LookupError):
    """A template, level or language that does not exist: a mistake in the program."""


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """What the program must know of a template besides its words.

    `is_question`: a bare digit sent back answers it. `needs_code`: the answer follows a code.
    """

    id: str
    party: Party
    is_question: bool
    needs_code: bool
    options: tuple[Option, ...]

    @property
    def digits(self) -> frozenset[int]:
        return frozenset(option.digit for option in self.options)


@dataclass(frozen=True, slots=True)
class Template:
    """`words` maps level and language to a pattern; `other` maps a level to another template."""

    facts: TemplateFacts
    words: Mapping[tuple[str, str], str]
    other: Mapping[str, str]


def phrases() -> dict[str, dict[str, list[str]]]:
    """Longest first; by name, then language."""
    found: dict[str, dict[str, list[str]]] = merged()["phrases"]
    return found


def templates() -> dict[str, Template]:
    """Every template by its id."""
    return _templates(folder())


@cache
def _templates(_catalogues: Path) -> dict[str, Template]:
    return {name: _template(name, raw) for name, raw in merged().items() if "party" in raw}


def template(template_id: str) -> Template:
    """The template of that id."""
    try:
        return templates()[template_id]
    except KeyError:
        raise UnknownTemplateError(template_id) from None


def template_facts(template_id: str) -> TemplateFacts:
    """Who reads it, whether it is a question, and the digits that answer it."""
    return template(template_id).facts


def form_at(template_id: str, level: str) -> str | None:
    """The template that goes out in its place at this naming level; None: nothing is texted.

    "P2" at the neutral level is "Pn"; "P6" at the neutral level is nothing.
    """
    if level not in LEVELS:
        raise UnknownTemplateError(level)
    found = template(template_id)
    for candidate in _careful_from(level):
        if (candidate, ENGLISH) in found.words:
            return template_id
        if candidate in found.other:
            return form_at(found.other[candidate], level)
    return None


def pattern_at(template_id: str, language: str, level: str) -> str | None:
    """The words with their placeholders, or None when this level texts nothing."""
    form = form_at(template_id, level)
    if form is None:
        return None
    words = template(form).words
    found = (words.get((at, language)) for at in _careful_from(level))
    return next(pattern for pattern in found if pattern is not None)


def _careful_from(level: str) -> tuple[str, ...]:
    """This level and the more careful one whose words may stand in for it.

    Plain may name less than it is allowed to; nothing stands in for neutral.
    """
    return ("plain", "need", "any") if level == "plain" else (level, "any")


def _template(name: str, raw: dict[str, Any]) -> Template:
    words: dict[tuple[str, str], str] = {}
    other: dict[str, str] = {}
    for level in (*LEVELS, "any"):
        form = raw.get(level, {})
        if "other" in form:
            other[level] = form["other"]
        words.update({(level, code): form[code] for code in languages() if code in form})
    options = merged()[raw.get("options_of", name)].get("options", {})
    facts = TemplateFacts(
        id=name,
        party=Party(raw["party"]),
        is_question=raw.get("question", False),
        needs_code=raw.get("code", False),
        options=tuple(_option(digit, said) for digit, said in sorted(options.items())),
    )
    return Template(facts, words, other)


def _option(digit: str, said: str | list[str]) -> Option:
    """An option's words, or the name of words that several options share."""
    words = merged()["words"][said] if isinstance(said, str) else said
    return Option(int(digit), frozenset(words))
