"""The port every search engine answers through. Stable: engines and the front depend on it only.

The front (front.py) has already read the parameters, understood the words and found the place, so
an engine sees numbers and plain words; it never guesses what somebody meant.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from directory.geography import METRES_PER_MILE, Near

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

RADIUS_M = 5 * METRES_PER_MILE
RESULTS = 20
REMOTE_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase stands for: a need of the network, or one taxonomy term."""

    tag: int
    need: str | None = None
    labels: tuple[str, str] = ("", "")  # EN, ES
    whole: bool = False  # the need itself, not one term of it

    def label(self, language: str) -> str:
        """In the reader's language."""
        return self.labels[1 if language == "es" else 0] or self.labels[0]


@dataclass(frozen=True, slots=True)
class Match:
    """Why a result is here."""

    needs: tuple[str, ...] = ()  # need codes, or the English label of a term without a need
    by_name: bool = False
    by_words: bool = False
    labels: tuple[tuple[str, str], ...] = ()  # (EN, ES) of the meanings that it carries


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One understood question.

    A document matches when it carries any of `meanings`' tags or has the `words` (neither: it
    matches anything), carries every tag of `must` (directory.search.tags: languages, flags, age
    group, virtual), and, when `open_at` is set, is known to be open at that instant.

    With `near`: `local` are kind "local" within `radius_m`, nearest first; `remote` are those that
    are no local hit and whose areas cover the point (covering.covering_areas), one for a service.
    Without: `local` are kind "local", `remote` the rest, each best first.
    """

    now: datetime
    meanings: tuple[Meaning, ...] = ()
    words: str = ""  # normalised, corrected; every word has to occur
    near: Near | None = None
    states: tuple[str, ...] = ()  # of the point: 'MD'; more than one close to a border
    radius_m: float = RADIUS_M
    must: tuple[int, ...] = ()
    open_at: datetime | None = None
    without_sources: tuple[UUID, ...] = ()  # their services count as not there
    facets: bool = False
    limit: int = RESULTS
    offset: int = 0

    @property
    def tags(self) -> tuple[int, ...]:
        """The numbers of the meanings, each once."""
        return tuple(dict.fromkeys(meaning.tag for meaning in self.meanings))

    def with_changes(self, **changes: Any) -> SearchQuery:  # noqa: ANN401 -- as replace()
        """The same question, one thing different."""
        return replace(self, **changes)

    def match(self, carried: frozenset[int] | set[int], *, named: bool) -> Match:
        """Why a document is here, from those of `tags` that it carries."""
        found = [each for each in self.meanings if each.tag in carried]
        return Match(
            needs=tuple(dict.fromkeys(each.need or each.labels[0] for each in found)),
            by_name=named,
            by_words=bool(self.words) and not found,
            labels=tuple(dict.fromkeys(each.labels for each in found if each.labels[0])),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """One service at a place. `display` is the projection's JSON; distance None when not told.

    kind "private" (confidential) has neither point nor distance, whatever the engine holds.
    """

    id: UUID
    service_id: UUID
    kind: str  # local, private or remote
    distance_m: int | None
    lat: float | None
    lon: float | None
    tz: str | None
    open: str  # open, closed or unknown
    checked_on: date | None
    match: Match
    display: dict[str, Any]


# facet → value → how many local hits would stay if it were asked for as well.
# Facets: "open_now" {"true"}, "eligibility" {flag}, "language" {code}, "age" {"0", "5", …: first
# year of the group}, "virtual" {"true"}, "need" {code}. Values that count 0 are left out.
Facets = dict[str, dict[str, int]]


@dataclass(slots=True)
class SearchPage:
    """What an engine found. Totals are exact and count beyond this page."""

    local: list[Result] = field(default_factory=list)
    local_total: int = 0
    remote: list[Result] = field(default_factory=list)  # at most REMOTE_SHOWN
    remote_total: int = 0
    facets: Facets = field(default_factory=dict)  # empty unless query.facets
    engine: str = "postgresql"
    only_on_page: int = 0  # more that our pages show, but that may not be handed on
    degraded: bool = False  # another engine answered because the chosen one did not


class SearchEngine(Protocol):
    """What searches. `connection` is an open read-only connection to the directory."""

    @property
    def name(self) -> str:
        """'postgresql', 'meilisearch'."""

    async def search(self, connection: AsyncConnection, query: SearchQuery) -> SearchPage:
        """One page."""

    async def count(self, connection: AsyncConnection, query: SearchQuery) -> int:
        """How many local places match (limit, offset and facets don't matter)."""

    async def nearest(self, connection: AsyncConnection, query: SearchQuery) -> Result | None:
        """The one nearest local place that matches, however far; None without `near`."""


def facets_of(counts: Mapping[int, int], open_count: int) -> Facets:
    """Facets from (tag → number of hits that carry it) and the number of hits open now."""
    from directory.search.tags import facet_of  # noqa: PLC0415 -- tags knows nothing of us

    found: Facets = {"open_now": {"true": open_count}} if open_count else {}
    for tag, count in counts.items():
        named = facet_of(tag)
        if named is not None and count:
            found.setdefault(named[0], {})[named[1]] = count
    return found
