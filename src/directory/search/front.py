"""The front of search: reads words and places, asks an engine, tries again when nothing is near."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from directory.geography import METRES_PER_MILE, Near, cell_ranges
from directory.search.covering import StateMap, area_keys
from directory.search.danger import Danger, danger_in, terms_in_danger
from directory.search.hydrate import zone
from directory.search.port import SearchQuery
from directory.search.postgres import PostgresSearch
from directory.search.query import (
    WIDER_RADII_M,
    Relaxation,
    SearchAnswer,
    SearchRequest,
    Understood,
    UnreadableInput,
    read_point,
    unknown_place,
    zip_of,
)
from directory.search.sql import NEEDS_WITH_HELP, TAGS_NEAR
from directory.search.synonyms import Reading
from directory.search.tags import VIRTUAL, age_tag, flag_tag, language_tag, need_tag
from directory.search.vocabulary import TOWN, ZIP, VocabularyHolder, need_meaning
from directory.time_zones import zone_at
from shared.i18n import language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from directory.search.port import Meaning, Result, SearchEngine, SearchPage

UNDERSTOOD_AT_MOST = 6
LONGEST_PLACE = 200
RELAXED_AWAY: dict[str, dict[str, Any]] = {
    "open_now": {"open_now": False},
    "open_at": {"open_at": None},
    "flags": {"flags": ()},
    "languages": {"languages": ()},
    "age": {"age": None},
    "virtual": {"virtual": False},
}

NEEDS_IN_DANGER = {
    Danger.SUICIDE: "mental_health",
    Danger.OVERDOSE: "substance_use",
    Danger.VIOLENCE: "safety",
    Danger.CHILD: "safety",
    Danger.ELDER: "safety",
}


class Searcher:
    """Answers requests; holds the process's vocabulary, its places and its map of states."""

    def __init__(self, engine: SearchEngine | None = None) -> None:
        self.engine: SearchEngine = engine or PostgresSearch()
        self.vocabulary = VocabularyHolder()
        self.states = StateMap()

    async def search(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> SearchAnswer:
        """One page; more questions only when nothing local was found. Raises UnreadableInput."""
        question = await self._understand(connection, request, now)
        answer = await self._answer(connection, question)
        if not answer.local and not request.offset:
            for other in question.alternatives():
                found = await self._answer(connection, other)
                if found.local:
                    return found
        return answer

    async def _answer(self, connection: AsyncConnection, question: Question) -> SearchAnswer:
        page = await self.engine.search(connection, question.query)
        return question.answer(page)

    async def relaxations(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> list[Relaxation]:
        """What to change when nothing was found: a wider circle, or one filter less."""
        question = await self._understand(connection, request, now)
        if question.query.near is None:
            return []
        found: list[Relaxation] = []
        for radius_m in WIDER_RADII_M:
            if radius_m > request.radius_m and not found:
                wider = question.query.with_changes(radius_m=radius_m)
                count = await self.engine.count(connection, wider)
                if count:
                    found.append(Relaxation("radius", radius_m, count))
        for change, without in RELAXED_AWAY.items():
            if getattr(request, change):
                other = question.changed(**without)
                count = await self.engine.count(connection, other.query)
                if count:
                    found.append(Relaxation(change, request.radius_m, count))
        return found

    async def nearest(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> Result | None:
        """The nearest place that fits, however far."""
        question = await self._understand(connection, request, now)
        return await self.engine.nearest(connection, question.query)

    async def offered(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> set[str]:
        """Those of the request's needs that lead to something around its place, if it has one."""
        bare = request.with_changes(words="", needs=())
        query = (await self._understand(connection, bare, now)).query
        tags = {need_tag(code): code for code in request.needs}
        statement, keys = NEEDS_WITH_HELP, dict[str, Any](tags=list(tags))
        if query.near is not None:
            low, high = cell_ranges(query.near.lat, query.near.lon, query.radius_m)
            statement = TAGS_NEAR
            keys |= {**area_keys(query), "r": query.radius_m, "lo": low, "hi": high}
        return {tags[tag] for tag in (await connection.execute(statement, keys)).scalars()}

    async def _understand(
        self, connection: AsyncConnection, request: SearchRequest, now: datetime
    ) -> Question:
        await self.vocabulary.renew(connection, now)
        near = request.near or await self._near(connection, request.place)
        reading = Reading()
        if request.words:
            reading = await self.vocabulary.read(connection, request.words, now)
        states: tuple[str, ...] = ()
        if near is not None:
            await self.states.load(connection)
            states = self.states.states_at(near)
        return Question(request.with_changes(near=near), reading, now, states)

    async def place(self, connection: AsyncConnection, words: str, now: datetime) -> Near | None:
        """Where these words are; None when nobody knows or they are not readable as a place."""
        if not words or len(words) > LONGEST_PLACE:
            return None
        try:
            await self.vocabulary.renew(connection, now)
            return read_point(words) or await self._near(connection, words)
        except UnreadableInput:
            return None

    async def _near(self, connection: AsyncConnection, place: str) -> Near | None:
        if not place:
            return None
        key = place.casefold()
        if key not in self.vocabulary.places:
            code = zip_of(place)
            statement, keys = (ZIP, {"zip": code}) if code else (TOWN, _town(place))
            row = (await connection.execute(statement, keys)).first()
            if row is None:
                raise unknown_place(place)
            self.vocabulary.places[key] = (row.lat, row.lon)
        lat, lon = self.vocabulary.places[key]
        return Near(lat, lon, label=place, exact=False)


class Question:
    """A request whose words and place have been understood."""

    def __init__(
        self, request: SearchRequest, reading: Reading, now: datetime, states: tuple[str, ...] = ()
    ) -> None:
        self.request, self.reading, self.now, self.states = request, reading, now, states
        asked = [need_meaning(code) for code in request.needs]
        self.danger = danger_in(request.words) or danger_in(reading.corrected or "")
        if self.danger and terms_in_danger(self.danger):
            # A protective order is help in that danger too.
            legal = [each for each in reading.meanings if each.need == "legal"]
            asked, self.words = [*asked, *_in_danger(self.danger), *legal], ""
            self.meanings: tuple[Meaning, ...] = tuple(asked)
            return
        self.meanings = (*asked, *reading.meanings)
        # All words named a need: the need says more than the words do.
        self.words = " ".join(reading.words) if reading.leftover or not reading.meanings else ""

    @property
    def query(self) -> SearchQuery:
        """For an engine."""
        request = self.request
        return SearchQuery(
            now=self.now,
            meanings=self.meanings,
            words=self.words,
            near=request.near,
            states=self.states,
            radius_m=request.radius_m,
            must=_must(request),
            open_at=self.now if request.open_now else _instant(request),
            facets=request.facets,
            limit=request.limit,
            offset=request.offset,
        )

    def alternatives(self) -> Iterator[Question]:
        """Other readings for when nothing is near: the words (read or typed), the need."""
        if self.danger and terms_in_danger(self.danger):
            return
        if self.reading.meanings and not self.words:
            other = Question(self.request, self.reading, self.now, self.states)
            other.words = " ".join(self.reading.words)
            yield other
        if self.reading.corrected is not None:
            other = Question(self.request, self.reading, self.now, self.states)
            other.words = " ".join(self.reading.typed)
            yield other
        wider = tuple(
            need_meaning(each.need) if each.need else each for each in self.reading.meanings
        )
        if wider != self.reading.meanings:
            yield Question(
                self.request, replace(self.reading, meanings=wider), self.now, self.states
            )

    def changed(self, **changes: Any) -> Question:  # noqa: ANN401 -- as replace()
        """The same question, one thing different."""
        request = self.request.with_changes(**changes)
        return Question(request, self.reading, self.now, self.states)

    def understood(self) -> Understood:
        """For the reader: needs and what they are called."""
        labels = dict.fromkeys(meaning.label(language()) for meaning in self.meanings)
        return Understood(
            needs=tuple(dict.fromkeys(each.need for each in self.meanings if each.need)),
            labels=tuple(label for label in labels if label)[:UNDERSTOOD_AT_MOST],
            corrected=self.reading.corrected,
            terms=tuple(str(each.tag) for each in self.reading.terms),
        )

    def answer(self, page: SearchPage) -> SearchAnswer:
        """What was found, with how it was understood."""
        return SearchAnswer(
            request=self.request,
            understood=self.understood(),
            local=page.local,
            local_total=page.local_total,
            remote=page.remote,
            remote_total=page.remote_total,
            facets=page.facets,
            engine=page.engine,
            only_on_page=page.only_on_page,
            degraded=page.degraded,
            danger=self.danger,
        )


def miles(radius_m: float) -> int:
    """Whole miles of a radius."""
    return max(1, round(radius_m / METRES_PER_MILE))


def _in_danger(danger: Danger) -> list[Meaning]:
    """The kinds of help that may stand beneath the danger card."""
    whole = need_meaning(NEEDS_IN_DANGER[danger])
    return [replace(whole, tag=term, whole=False) for term in terms_in_danger(danger)]


def _must(request: SearchRequest) -> tuple[int, ...]:
    found = [language_tag(code) for code in request.languages]
    found += [flag_tag(flag) for flag in request.flags]
    found += [age_tag(request.age)] if request.age is not None else []
    return tuple(found + ([VIRTUAL] if request.virtual else []))


def _instant(request: SearchRequest) -> datetime | None:
    """The asked date and time; without a zone it is by the clock of the place."""
    moment, near = request.open_at, request.near
    if moment is None or moment.tzinfo is not None:
        return moment
    name = zone_at(near.lat, near.lon) if near else None
    return moment.replace(tzinfo=zone(name or "America/New_York"))


def _town(place: str) -> dict[str, str]:
    return {"town": place.split(",", maxsplit=1)[0].strip()}
