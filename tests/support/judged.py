"""Recall@5 of needs in people's own words, over queries judged by somebody who wrote no synonyms.

A query is found when one of the first five terms, or a term above it, is accepted; copies of a
term are one (tests/judged/README.md). The set is split by a hash of the query: one half may be
looked at while widening the vocabulary, the other only counted.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from directory.needs import DATA
from directory.search.danger import danger_in, terms_in_danger
from directory.search.port import Meaning
from directory.search.synonyms import Vocabulary, make_vocabulary
from directory.search.tags import first_of
from directory.search.vocabulary import meaning_of, need_of_term, need_phrases

if TYPE_CHECKING:
    from collections.abc import Iterator

JUDGED = Path(__file__).parents[1] / "judged" / "needs.csv"
UNSEEN = JUDGED.with_name("unseen.csv")
FIRST = 5
Z = 1.96  # 95 %


@dataclass(frozen=True)
class Judged:
    """One query and what may be understood."""

    query: str
    language: str
    kind: str
    accepted: frozenset[str]

    @property
    def looked_at(self) -> bool:
        """Whether it belongs to the half that may be looked at."""
        return sha256(self.query.encode()).digest()[0] % 2 == 0


@dataclass(frozen=True)
class Recall:
    """Found out of asked, with the Wilson interval of 95 %."""

    found: int
    asked: int

    @property
    def share(self) -> float:
        """Found ÷ asked."""
        return self.found / self.asked

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval."""
        n, p = self.asked, self.share
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return middle - half, middle + half

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:.3f}  ({self.found} of {self.asked}; 95 %: {low:.3f} to {high:.3f})"


def judged(path: Path = JUDGED) -> list[Judged]:
    """The whole of a set."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Judged(
                row["query"],
                row["language"],
                row["kind"],
                frozenset(
                    row["accepted"].replace(",", " ").replace("|", " ").replace(";", " ").split()
                ),
            )
            for row in csv.DictReader(file)
        ]


def recall(rows: list[Judged], *, strictly: bool = False) -> Recall:
    """Over these; strictly, only the named terms count and not those beneath them."""
    return Recall(sum(is_found(row, strictly=strictly) for row in rows), len(rows))


def is_found(row: Judged, *, strictly: bool = False) -> bool:
    """Whether one of the first five terms, or a term above it, is accepted."""
    accepted = set(map(first_of, row.accepted))
    offered = [{term} if strictly else above(term) for term in understood(row.query)]
    return any(terms & accepted for terms in offered)


def understood(query: str) -> list[str]:
    """The first five terms; in danger those of the help beneath the danger card come first."""
    reading = the_vocabulary().read(query)
    danger = danger_in(query) or danger_in(reading.corrected or "")
    urgent = [] if danger is None else [str(tag) for tag in terms_in_danger(danger)]
    terms = [*urgent, *(str(meaning.tag) for meaning in reading.terms)]
    return list(dict.fromkeys(terms))[:FIRST]


def above(term: str) -> set[str]:
    """A term and all that stand above it, or above a copy of it."""
    found, waiting = set(), [term]
    while waiting:
        code = first_of(waiting.pop())
        if code not in found:
            found.add(code)
            waiting += parents().get(code, ())
    return found


@lru_cache(maxsize=1)
def parents() -> dict[str, set[str]]:
    """The parents of a term and of all its copies."""
    found: dict[str, set[str]] = {}
    for row in terms_of_file():
        if row["parent_id"]:
            found.setdefault(first_of(row["id"]), set()).add(row["parent_id"])
    return found


@lru_cache(maxsize=1)
def terms_of_file() -> list[dict[str, str]]:
    """The taxonomy."""
    with (DATA / "open_eligibility.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@lru_cache(maxsize=1)
def the_vocabulary() -> Vocabulary:
    """From the data files alone: what a directory without a single service knows."""
    return make_vocabulary(_phrases(), {})


def _phrases() -> Iterator[tuple[str, str, Meaning]]:
    yield from need_phrases()
    terms = terms_of_file()
    above = {row["id"]: row["parent_id"] or None for row in terms}
    labels = {row["id"]: (row["name_en"], row["name_es"]) for row in terms}
    for row in terms:
        meaning = Meaning(
            int(first_of(row["id"])), need_of_term(row["id"], above), labels[row["id"]]
        )
        yield row["name_en"], "en", meaning
        yield row["name_es"], "es", meaning
    with (DATA / "synonyms.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found = meaning_of(row["need"], row["term_id"] or None, labels)
            if found is not None:
                yield row["phrase"], row["language"], found
