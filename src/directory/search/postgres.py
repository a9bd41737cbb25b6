"""The search engine that is always there: one read-only statement on bare tables, then its rows.

Order: distance within what matches; a name that fits comes first; area-wide, virtual and private
services in a block of their own that no radius hides.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from directory.geography import METRES_PER_MILE, Near, cell_ranges
from directory.opening_hours import Hours, Opening, OpenState, is_open_at, opening_at
from directory.search.query import (
    WIDER_RADII_M,
    Match,
    Relaxation,
    Result,
    SearchAnswer,
    SearchRequest,
    Understood,
    unknown_place,
    zip_of,
)
from directory.search.sql import (
    FEW_CELLS,
    Shape,
    count_statement,
    nearest_statement,
    search_statement,
)
from directory.search.synonyms import Meaning, Reading
from directory.search.tags import age_tag, flag_tag, language_tag
from directory.search.vocabulary import TOWN, ZIP, VocabularyHolder, need_meaning
from shared.i18n import language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Row, TextClause
    from sqlalchemy.ext.asyncio import AsyncConnection

ZIP_SLACK_DEGREES = 0.05  # about 5 km: a ZIP's middle is that wrong
UNDERSTOOD_AT_MOST = 6
RELAXED_AWAY: dict[str, dict[str, Any]] = {
    "open_now": {"open_now": False},
    "flags": {"flags": ()},
    "languages": {"languages": ()},
    "age": {"age": None},
}


class Searcher:
    """Answers requests; holds the process's vocabulary."""

    def __init__(self) -> None:
        self.vocabulary = VocabularyHolder()

    async def search(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> SearchAnswer:
        """One statement; more only when nothing local was found. Raises UnreadableInput."""
        question = await self._understand(connection, request, now)
        answer = await self._answer(connection, question)
        if not answer.local and not request.offset:
            for other in question.alternatives():
                found = await self._answer(connection, other)
                if found.local:
                    return found
        return answer

    async def _answer(self, connection: AsyncConnection, question: Question) -> SearchAnswer:
        rows = (await connection.execute(*question.statement(search_statement))).all()
        local = [question.result(row) for row in rows if row.block == "local"]
        remote = [question.result(row) for row in rows if row.block == "remote"]
        return SearchAnswer(
            request=question.request,
            understood=question.understood(),
            local=local,
            local_total=next((row.total for row in rows if row.block == "local"), 0),
            remote=remote,
            remote_total=next((row.total for row in rows if row.block == "remote"), 0),
        )

    async def relaxations(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> list[Relaxation]:
        """What to change when nothing was found: a wider circle, or one filter less."""
        question = await self._understand(connection, request, now)
        if question.request.near is None:
            return []
        found: list[Relaxation] = []
        for radius_m in WIDER_RADII_M:
            if radius_m > request.radius_m and not found:
                count = await question.changed(radius_m=radius_m).count(connection)
                if count:
                    found.append(Relaxation("radius", radius_m, count))
        for change, without in RELAXED_AWAY.items():
            if getattr(request, change):
                count = await question.changed(**without).count(connection)
                if count:
                    found.append(Relaxation(change, request.radius_m, count))
        return found

    async def nearest(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> Result | None:
        """The nearest place that fits, however far."""
        question = await self._understand(connection, request, now)
        if question.request.near is None:
            return None
        row = (await connection.execute(*question.statement(nearest_statement))).first()
        return None if row is None else question.result(row)

    async def _understand(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> Question:
        near = request.near or await self._near(connection, request.place)
        reading = Reading()
        if request.words:
            reading = await self.vocabulary.read(connection, request.words, now)
        return Question(request.with_changes(near=near), reading, now)

    async def _near(self, connection: AsyncConnection, place: str) -> Near | None:
        if not place:
            return None
        key = place.casefold()
        if key not in self.vocabulary.places:
            code = zip_of(place)
            statement, keys = (ZIP, {"zip": code}) if code else (TOWN, {"town": _town(place)})
            row = (await connection.execute(statement, keys)).first()
            if row is None:
                raise unknown_place(place)
            self.vocabulary.places[key] = (row.lat, row.lon)
        lat, lon = self.vocabulary.places[key]
        return Near(lat, lon, label=place, exact=False)


class Question:
    """A request whose words and place have been understood."""

    def __init__(self, request: SearchRequest, reading: Reading, now: datetime) -> None:
        self.request, self.reading, self.now = request, reading, now
        asked = [need_meaning(code) for code in request.needs]
        self.meanings: tuple[Meaning, ...] = (*asked, *reading.meanings)
        # All words named a need: the need says more than the words do.
        self.words = " ".join(reading.words) if reading.leftover or not reading.meanings else ""

    def alternatives(self) -> Iterator[Question]:
        """Other readings for when nothing is near: the words as they stand, the whole need."""
        if self.reading.meanings and not self.words:
            other = Question(self.request, self.reading, self.now)
            other.words = " ".join(self.reading.words)
            yield other
        wider = tuple(
            need_meaning(each.need) if each.need else each for each in self.reading.meanings
        )
        if wider != self.reading.meanings:
            yield Question(self.request, replace(self.reading, meanings=wider), self.now)

    def changed(self, **changes: Any) -> Question:  # noqa: ANN401 -- as replace()
        """The same question, one thing different."""
        return Question(self.request.with_changes(**changes), self.reading, self.now)

    async def count(self, connection: AsyncConnection) -> int:
        """How many local places."""
        return int((await connection.execute(*self.statement(count_statement))).scalar_one())

    def understood(self) -> Understood:
        """For the reader: needs and what they are called."""
        labels = dict.fromkeys(meaning.label(language()) for meaning in self.meanings)
        return Understood(
            needs=tuple(dict.fromkeys(each.need for each in self.meanings if each.need)),
            labels=tuple(label for label in labels if label)[:UNDERSTOOD_AT_MOST],
            corrected=self.reading.corrected,
        )

    def statement(self, make: Any) -> tuple[TextClause, dict[str, Any]]:  # noqa: ANN401
        """(statement, parameters) for one of the statement makers of search.sql."""
        parameters = self._parameters()
        shape = Shape(
            near=self.request.near is not None,
            tags=min(len(self._tags()), 2),
            words=bool(self.words),
            cells=0 < len(parameters["cells"]) <= FEW_CELLS,
            filters=bool(parameters["must"]),
            open_now=self.request.open_now,
        )
        statement = make(shape)
        return statement, {name: parameters[name] for name in names_of(statement)}

    def result(self, row: Row[Any]) -> Result:
        """A row of any of the statements."""
        display = row.display if isinstance(row.display, dict) else json.loads(row.display)
        state = row.open
        if row.hours_dated and row.tz:
            state = str(is_open_at(hours_of(display), zone(row.tz), self.now))
        local = row.kind == "local"
        return Result(
            id=row.id,
            service_id=row.service_id,
            kind=row.kind,
            distance_m=None if row.m is None or not local else round(row.m),
            lat=row.lat if local else None,
            lon=row.lon if local else None,
            tz=row.tz,
            open=state,
            checked_on=row.checked_on,
            match=self._match(row),
            display=display,
        )

    def _match(self, row: Row[Any]) -> Match:
        matched = set(row.matched or ())
        return Match(
            needs=tuple(
                dict.fromkeys(
                    each.need or each.label("en") for each in self.meanings if each.tag in matched
                )
            ),
            by_name=bool(row.named),
            by_words=bool(self.words) and not matched,
        )

    def _tags(self) -> list[int]:
        return list(dict.fromkeys(meaning.tag for meaning in self.meanings))

    def _parameters(self) -> dict[str, Any]:
        request, near = self.request, self.request.near
        tags = self._tags()
        low, high = cell_ranges(near.lat, near.lon, request.radius_m) if near else ([], [])
        count = sum(last - first + 1 for first, last in zip(low, high, strict=True))
        return {
            "lat": near.lat if near else None,
            "lon": near.lon if near else None,
            "slack": 0.0 if near is None or near.exact else ZIP_SLACK_DEGREES,
            "r": request.radius_m,
            "lo": low,
            "hi": high,
            "cells": _listed(low, high) if count <= FEW_CELLS else [],
            "tag": tags[0] if tags else None,
            "tags": tags,
            "must": self._must(),
            "words": self.words,
            "now": self.now,
            "today": self.now.date(),
            "limit": request.limit,
            "offset": request.offset,
        }

    def _must(self) -> list[int]:
        request = self.request
        found = [language_tag(code) for code in request.languages]
        found += [flag_tag(flag) for flag in request.flags]
        return found + ([age_tag(request.age)] if request.age is not None else [])


@lru_cache(maxsize=256)
def names_of(statement: TextClause) -> tuple[str, ...]:
    """The parameters that a statement takes."""
    return tuple(statement.compile().params)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """An IANA zone; UTC where a feed brought a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def hours_of(display: dict[str, Any]) -> list[Hours]:
    """The schedule rows that the projection packed."""
    return [_unpacked(*row) for row in display.get("hours", ())]


def opening_of(result: Result, now: datetime) -> Opening:
    """Everything a page says about a result's hours."""
    if result.tz is None:
        return Opening(OpenState.UNKNOWN, now.replace(tzinfo=None))
    return opening_at(hours_of(result.display), zone(result.tz), now)


def miles(radius_m: float) -> int:
    """Whole miles of a radius."""
    return max(1, round(radius_m / METRES_PER_MILE))


@lru_cache(maxsize=8192)
def _unpacked(*row: Any) -> Hours:  # noqa: ANN401 -- the projection's JSON
    freq, byday, opens, closes, *dates, interval, bymonthday = row
    valid_from, valid_to, dtstart, until = map(_date, dates)
    return Hours(
        freq,
        byday,
        _time(opens),
        _time(closes),
        valid_from,
        valid_to,
        dtstart,
        until,
        interval,
        bymonthday,
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)


def _listed(low: list[int], high: list[int]) -> list[int]:
    return [cell for first, last in zip(low, high, strict=True) for cell in range(first, last + 1)]


def _town(place: str) -> str:
    return place.split(",", maxsplit=1)[0].strip()
