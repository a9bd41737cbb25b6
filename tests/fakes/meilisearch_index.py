"""One index of the fake search server: filters, words with typos, geography, as the real one."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

DEFAULT_SETTINGS: dict[str, Any] = {
    "displayedAttributes": ["*"],
    "searchableAttributes": ["*"],
    "filterableAttributes": [],
    "sortableAttributes": [],
    "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
    "stopWords": [],
    "synonyms": {},
    "distinctAttribute": None,
    "proximityPrecision": "byWord",
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
        "disableOnWords": [],
        "disableOnAttributes": [],
        "disableOnNumbers": False,
    },
    "pagination": {"maxTotalHits": 1000},
    "searchCutoffMs": None,
}
TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<sign>[()\[\],=])|(?P<bare>[^\s()\[\],="]+))'
)
ASKED = re.compile(r'(-?)"([^"]*)"|(\S+)')
MOST_WORDS = 10
EARTH_M = 6_371_000.0


class BadRequest(Exception):
    """An answer other than the wished one: status, code, words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Index:
    """Documents by id, and the settings that stand."""

    uid: str
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: dict(DEFAULT_SETTINGS))

    def search(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Documents that match, in order, before limit and offset."""
        found = self.filtered(body.get("filter"))
        found = [each for each in found if self._has_words(each, body.get("q") or "")]
        for wish in reversed(body.get("sort") or []):
            found.sort(key=self._key(wish))
        return found

    def filtered(self, expression: str | None) -> list[dict[str, Any]]:
        """In the order in which they were added."""
        documents = list(self.documents.values())
        if not expression:
            return documents
        keep = Filter(expression, self.settings["filterableAttributes"]).parsed()
        return [each for each in documents if keep(each)]

    def shown(self, document: dict[str, Any], wished: list[str] | None) -> dict[str, Any]:
        """The attributes that may be seen and are wished for."""
        displayed = self.settings["displayedAttributes"]
        names = [n for n in document if "*" in displayed or n in displayed]
        return {n: document[n] for n in names if wished is None or n in wished or "*" in wished}

    def _has_words(self, document: dict[str, Any], asked: str) -> bool:
        searchable = self.settings["searchableAttributes"]
        texts = [
            str(value)
            for name, value in document.items()
            if "*" in searchable or name in searchable
        ]
        held = [tokens(each) for each in texts]
        parts = list(ASKED.finditer(asked))
        last = len(parts) - 1
        used = 0
        for place, part in enumerate(parts):
            without, phrase, word = part[1], part[2], part[3]
            wanted = tokens(phrase if word is None else word.lstrip("-"))
            shut_out = bool(without) or (word is not None and word.startswith("-"))
            if not shut_out:
                used += len(wanted)
                if used > MOST_WORDS:
                    break
            exact = word is None
            there = any(
                contains_phrase(each, wanted)
                if exact or shut_out
                else all(self._near_enough(w, each, prefix=place == last) for w in wanted)
                for each in held
            )
            if there == shut_out:
                return False
        return True

    def _near_enough(self, word: str, held: list[str], *, prefix: bool) -> bool:
        typos = self.settings["typoTolerance"]
        sizes = typos["minWordSizeForTypos"]
        allowed = 0
        if typos["enabled"]:
            allowed = (len(word) >= sizes["oneTypo"]) + (len(word) >= sizes["twoTypos"])
        return any(
            (prefix and each.startswith(word)) or distance(word, each, allowed) <= allowed
            for each in held
        )

    def _key(self, wish: str) -> Any:
        what, _, direction = wish.rpartition(":")
        sign = -1 if direction == "desc" else 1
        name = what.split("(")[0]
        attribute = "_geo" if name == "_geoPoint" else name
        if attribute not in self.settings["sortableAttributes"]:
            raise BadRequest(400, "invalid_search_sort", f"Attribute `{attribute}` is not sortable")
        if name == "_geoPoint":
            lat, lng = (float(part) for part in what[what.index("(") + 1 : -1].split(","))

            def far(document: dict[str, Any]) -> float:
                point = document.get("_geo")
                return sign * metres(lat, lng, point) if point else math.inf

            return far
        return lambda document: str(document.get(name))


def tokens(text: str) -> list[str]:
    """Words without accents, in small letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", plain)


def contains_phrase(held: list[str], wanted: list[str]) -> bool:
    """The words stand there one after the other."""
    size = len(wanted)
    return any(held[start : start + size] == wanted for start in range(len(held) - size + 1))


def distance(one: str, other: str, at_most: int) -> int:
    """Edits between two words (more than `at_most` is not counted out); a first letter counts 2."""
    if abs(len(one) - len(other)) > at_most:
        return at_most + 1
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    return row[-1] + (one[:1] != other[:1])


def metres(lat: float, lng: float, point: dict[str, float]) -> float:
    """Haversine."""
    a, b = math.radians(lat), math.radians(point["lat"])
    half = math.sin((b - a) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(math.radians(point["lng"] - lng) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(half))


class Filter:
    """Reads `a = 1 AND (b IN [2, "x"] OR NOT _geoRadius(1, 2, 3))`."""

    def __init__(self, expression: str, filterable: list[str]) -> None:
        self._tokens = self._split(expression)
        self._filterable = filterable
        self._at = 0

    def parsed(self) -> Any:
        """A document → whether it passes."""
        keep = self._any()
        if self._at != len(self._tokens):
            raise bad_filter(f"Found unexpected characters: `{self._tokens[self._at]}`")
        return keep

    def _split(self, expression: str) -> list[str]:
        found, at = [], 0
        expression = expression.strip()
        while at < len(expression):
            match = TOKEN.match(expression, at)
            if match is None:
                raise bad_filter(f"Unreadable at {at}")
            found.append(match[0].strip())
            at = match.end()
        return found

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str | None = None) -> str:
        token = self._peek()
        if not token or (wanted is not None and token != wanted):
            raise bad_filter(f"Was expecting `{wanted}`, found `{token}`")
        self._at += 1
        return token

    def _any(self) -> Any:
        parts = [self._all()]
        while self._peek() == "OR":
            self._take()
            parts.append(self._all())
        return lambda document: any(part(document) for part in parts)

    def _all(self) -> Any:
        parts = [self._one()]
        while self._peek() == "AND":
            self._take()
            parts.append(self._one())
        return lambda document: all(part(document) for part in parts)

    def _one(self) -> Any:
        if self._peek() == "NOT":
            self._take()
            inner = self._one()
            return lambda document: not inner(document)
        if self._peek() == "(":
            self._take()
            inner = self._any()
            self._take(")")
            return inner
        return self._condition()

    def _condition(self) -> Any:
        name = self._take()
        attribute = "_geo" if name == "_geoRadius" else name
        if attribute not in self._filterable:
            raise bad_filter(f"Attribute `{attribute}` is not filterable.")
        if name == "_geoRadius":
            return self._radius()
        operator = self._take()
        if operator == "=":
            wanted = {self._value()}
        elif operator == "IN":
            wanted = self._list()
        else:
            raise bad_filter(f"Was expecting an operation, found `{operator}`")
        return lambda document: bool(wanted & values_of(document.get(name)))

    def _radius(self) -> Any:
        numbers = []
        self._take("(")
        while self._peek() != ")":
            numbers.append(float(self._take()))
            if self._peek() == ",":
                self._take()
        self._take(")")
        lat, lng, radius = numbers
        return lambda document: (
            document.get("_geo") is not None and metres(lat, lng, document["_geo"]) <= radius
        )

    def _list(self) -> set[str]:
        found = set()
        self._take("[")
        while self._peek() != "]":
            found.add(self._value())
            if self._peek() == ",":
                self._take()
        self._take("]")
        return found

    def _value(self) -> str:
        token = self._take()
        if token.startswith('"'):
            return re.sub(r"\\(.)", r"\1", token[1:-1]).lower()
        return token.lower()


def values_of(value: Any) -> set[str]:
    """As filters compare: text without case, numbers as they are written."""
    if value is None:
        return set()
    if isinstance(value, list):
        return {part for each in value for part in values_of(each)}
    return {str(value).lower()}


def bad_filter(message: str) -> BadRequest:
    return BadRequest(400, "invalid_search_filter", message)
