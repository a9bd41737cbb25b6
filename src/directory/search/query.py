"""What is asked of search and what comes back; reads HTTP parameters. Pure, engine-free.

A refusal names the field and says what would do (400), never a 500.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from directory.codes import ServiceFlag
from directory.geography import METRES_PER_MILE, Near
from directory.needs import need_of, needs
from directory.search.danger import Danger
from directory.search.port import RADIUS_M, RESULTS, Facets, Match, Result
from directory.search.tags import ASKABLE_FLAGS
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

__all__ = ["RADIUS_M", "Match", "Result"]  # service_page reads them from here
WIDER_RADII_M = (15 * METRES_PER_MILE, 50 * METRES_PER_MILE)
LARGEST_RADIUS_M = 160_000.0
MOST_RESULTS = 100
MOST_CHARACTERS = 200
MOST_PASTED = 500  # a note that somebody pastes as what they look for
POINT = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
ZIP = re.compile(r"\s*(\d{5})(?:-\d{4})?\s*")
LANGUAGE = re.compile(r"[a-z]{2,3}")
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class UnreadableInput(InvalidInput):
    """A search parameter that can't be used."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question. `near` None means no place was given; `place` is how the place was written."""

    words: str = ""
    place: str = ""
    near: Near | None = None
    radius_m: float = RADIUS_M
    needs: tuple[str, ...] = ()
    open_now: bool = False
    open_at: datetime | None = None  # without a zone: by the clock of the place asked about
    languages: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    age: float | None = None
    virtual: bool = False
    facets: bool = False
    limit: int = RESULTS
    offset: int = 0

    def with_changes(self, **changes: Any) -> SearchRequest:  # noqa: ANN401 -- as replace()
        """The same question, one thing different."""
        return replace(self, **changes)

    @property
    def asks_something(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.words or self.needs or self.place or self.near)


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One thing to change so that something is found."""

    change: str  # radius, open_now, open_at, languages, flags, age, virtual
    value: float
    count: int


@dataclass(frozen=True, slots=True)
class Understood:
    """What the words were taken for."""

    needs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # of needs and terms, in the reader's language
    corrected: str | None = None
    terms: tuple[str, ...] = ()  # codes of the terms it may be about, likeliest first


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Local places nearest first; by phone, online or for a whole area in a block of their own."""

    request: SearchRequest
    understood: Understood
    local: list[Result] = field(default_factory=list)
    local_total: int = 0
    remote: list[Result] = field(default_factory=list)
    remote_total: int = 0
    facets: Facets = field(default_factory=dict)
    engine: str = "postgresql"
    only_on_page: int = 0
    degraded: bool = False
    danger: Danger | None = None

    @property
    def next_cursor(self) -> str | None:
        """Where the next page of local places starts."""
        end = self.request.offset + len(self.local)
        return str(end) if self.local and end < self.local_total else None


def read_request(parameters: Mapping[str, list[str]]) -> SearchRequest:
    """From a query string's values, by name. Raises UnreadableInput."""
    one = _One(parameters)
    place = one.text("near")
    return SearchRequest(
        words=one.text("q", at_most=MOST_PASTED),
        place=place,
        near=read_point(place),
        radius_m=one.number("radius_m", RADIUS_M, 1.0, LARGEST_RADIUS_M),
        needs=_needs(one.many("need")),
        open_now=one.yes("open_now"),
        open_at=one.moment("open_at"),
        languages=_languages(one.many("language")),
        flags=_flags(one),
        age=one.number("age", None, 0.0, 130.0),
        virtual=one.yes("virtual"),
        facets=one.yes("facets"),
        limit=int(one.number("limit", RESULTS, 1, MOST_RESULTS)),
        offset=int(one.number("cursor", 0, 0, 10_000)),
    )


def read_point(text: str) -> Near | None:
    """'38.36,-75.59' → a point; None when it is not written as one."""
    match = POINT.fullmatch(text)
    if match is None:
        return None
    lat, lon = float(match[1]), float(match[2])
    if abs(lat) > 90 or abs(lon) > 180:  # noqa: PLR2004 -- degrees
        raise UnreadableInput(
            _("“%(place)s” is no place on earth."),
            values={"place": text},
            field="near",
            remedy=_("Give latitude,longitude such as 38.36,-75.59, or a ZIP code."),
        )
    return Near(lat, lon)


def zip_of(text: str) -> str | None:
    """The five digits of a ZIP or ZIP+4."""
    match = ZIP.fullmatch(text)
    return match[1] if match else None


def unknown_place(text: str) -> UnreadableInput:
    """No such ZIP or town."""
    return UnreadableInput(
        _("We do not know the place “%(place)s”."),
        values={"place": text},
        field="near",
        remedy=_("Write a ZIP code with 5 digits, such as 21801, or the name of a town near you."),
    )


class _One:
    """Reads single values out of a query string."""

    def __init__(self, parameters: Mapping[str, list[str]]) -> None:
        self._parameters = parameters

    def text(self, name: str, at_most: int = MOST_CHARACTERS) -> str:
        given = self._parameters.get(name) or [""]
        value = given[0].replace("\x00", "").strip()
        if len(value) > at_most:
            raise UnreadableInput(
                _("“%(field)s” is too long."),
                values={"field": name},
                field=name,
                remedy=_("Use fewer words: a few are enough."),
            )
        return value

    def many(self, name: str) -> list[str]:
        given = ",".join(self._parameters.get(name) or []).lower().split(",")
        return list(dict.fromkeys(part.strip() for part in given if part.strip()))

    def yes(self, name: str) -> bool:
        value = self.text(name).lower()
        if value not in YES | NO:
            raise UnreadableInput(
                _("“%(field)s” is neither yes nor no."),
                values={"field": name},
                field=name,
                remedy=_("Use true or false."),
            )
        return value in YES

    def moment(self, name: str) -> datetime | None:
        value = self.text(name)
        try:
            return datetime.fromisoformat(value) if value else None
        except ValueError:
            raise UnreadableInput(
                _("“%(value)s” is no date and time."),
                values={"value": value},
                field=name,
                remedy=_("Write it as 2026-05-14T18:30."),
            ) from None

    def number(self, name: str, default: Any, low: float, high: float) -> Any:  # noqa: ANN401
        value = self.text(name)
        if not value:
            return default
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not low <= number <= high:
            raise UnreadableInput(
                _("“%(field)s” is not a number that can be used."),
                values={"field": name, "low": f"{low:g}", "high": f"{high:g}"},
                field=name,
                remedy=_("Use a number from %(low)s to %(high)s."),
            ) from None
        return number


def _needs(codes: list[str]) -> tuple[str, ...]:
    for code in codes:
        if need_of(code) is None:
            raise UnreadableInput(
                _("There is no need called “%(need)s”."),
                values={"need": code, "known": ", ".join(need.code for need in needs())},
                field="need",
                remedy=_("Use one of: %(known)s"),
            )
    return tuple(codes)


def _languages(codes: list[str]) -> tuple[str, ...]:
    for code in codes:
        if not LANGUAGE.fullmatch(code):
            raise UnreadableInput(
                _("“%(code)s” is not a language code."),
                values={"code": code},
                field="language",
                remedy=_("Use two letters, such as en or es."),
            )
    return tuple(codes)


def _flags(one: _One) -> tuple[str, ...]:
    known = set(ASKABLE_FLAGS)
    asked = one.many("eligibility")
    for flag in asked:
        if flag not in known:
            raise UnreadableInput(
                _("There is no filter called “%(filter)s”."),
                values={"filter": flag, "known": ", ".join(sorted(known))},
                field="eligibility",
                remedy=_("Use one of: %(known)s"),
            )
    if one.yes("free"):
        asked.append(str(ServiceFlag.FREE))
    return tuple(dict.fromkeys(asked))
