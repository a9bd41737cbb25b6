"""The process's vocabulary: synonyms, term names, needs and known words from the database.

Held in memory, renewed when it is ten minutes old or when told; a query never waits for it twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from directory.needs import need_of, needs
from directory.search.port import Meaning
from directory.search.renewal import Watch
from directory.search.synonyms import Reading, Vocabulary, make_vocabulary
from directory.search.tags import first_of, need_tag, term_tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

KEPT_FOR = timedelta(minutes=10)
TERMS = text("""
select t.code, p.code as parent, t.name, w.text as spanish from taxonomy_term t
join source c on c.id = t.source_id left join taxonomy x on x.id = t.taxonomy_id
left join taxonomy_term p on p.id = t.parent_id
left join translation w on w.entity_id = t.id and w.language = 'es' and w.field = 'name'
where 'open eligibility' in (replace(lower(c.name), '-', ' '), lower(x.name))""")
SYNONYMS = text("""
select s.phrase, s.language, s.need, t.code from synonym s
left join taxonomy_term t on t.id = s.term_id""")
OF_STEWARDS = text(
    "select phrase, language, need from search_phrase where removed_at is null order by id"
)
LEXEMES = text(
    "select lower(unaccent(word)) as word, sum(places)::int as places from search_lexeme group by 1"
)
TOWN = text(
    "select lat, lon, name from search_town where key = lower(unaccent(:town))"
    " order by places desc limit 1"
)
KNOWN = text("""
select word from unnest(cast(:words as text[])) word where exists (select from search_doc
where tsv @@ (to_tsquery('simple', quote_literal(word)) || plainto_tsquery('english', word)
  || plainto_tsquery('spanish', word)))""")
ZIP = text("select lat, lon from zip_centroid where zip = :zip")


@dataclass(slots=True)
class VocabularyHolder:
    """One per application; tests make their own."""

    _held: Vocabulary | None = None
    _since: datetime | None = None
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    _watch: Watch = field(default_factory=Watch)

    async def renew(self, connection: AsyncConnection, now: datetime) -> None:
        """Forget what a steward changed since, in whichever process."""
        if await self._watch.saw_change(connection, now):
            self.forget()

    async def get(self, connection: AsyncConnection, now: datetime) -> Vocabulary:
        """The vocabulary, at most ten minutes old; a steward's words within seconds."""
        await self.renew(connection, now)
        stale = self._since is None or now - self._since > KEPT_FOR or now < self._since
        if self._held is None or stale:
            self._held = await load_vocabulary(connection)
            self._since = now
        return self._held

    async def read(self, connection: AsyncConnection, words: str, now: datetime) -> Reading:
        """How the words are understood. A word that occurs in the directory is never corrected."""
        vocabulary = await self.get(connection, now)
        unsure = vocabulary.unsure_of(words)
        if not unsure:
            return vocabulary.read(words)
        known = await connection.execute(KNOWN, {"words": unsure})
        return vocabulary.read(words, set(known.scalars()))

    def forget(self) -> None:
        """Read it anew at the next query (after an import in this process)."""
        self._held = None
        self.places.clear()


async def load_vocabulary(connection: AsyncConnection) -> Vocabulary:
    """Three reads, then all in memory."""
    phrases = list(need_phrases())
    labels: dict[str, tuple[str, str]] = {}
    terms = (await connection.execute(TERMS)).all()
    parents = {row.code: row.parent for row in terms}
    for row in terms:
        tag = term_tag(row.code)
        if tag is not None:
            labels[row.code] = (row.name, row.spanish or row.name)
            meaning = Meaning(tag, need_of_term(row.code, parents), labels[row.code])
            phrases.append((row.name, "en", meaning))
            if row.spanish:
                phrases.append((row.spanish, "es", meaning))
    for row in await connection.execute(SYNONYMS):
        found = meaning_of(row.need, row.code, labels)
        if found is not None:
            phrases.append((row.phrase, row.language, found))
    phrases += [
        (row.phrase, row.language, need_meaning(row.need))
        for row in await connection.execute(OF_STEWARDS)
        if need_of(row.need) is not None
    ]
    words = {row.word: row.places for row in await connection.execute(LEXEMES)}
    return make_vocabulary(phrases, words)


def need_meaning(code: str) -> Meaning:
    """The meaning of a whole need."""
    need = need_of(code)
    labels = (need.label_en, need.label_es) if need else (code, code)
    return Meaning(need_tag(code), need=code, labels=labels, whole=True)


def need_of_term(code: str | None, parents: Mapping[str, str | None]) -> str | None:
    """The need that a term, or the nearest term above it, helps with."""
    while code is not None:
        code = first_of(code)
        found = next((need.code for need in needs() if code in map(first_of, need.terms)), None)
        if found is not None:
            return found
        code = parents.get(code)
    return None


def meaning_of(
    need: str | None, code: str | None, labels: dict[str, tuple[str, str]]
) -> Meaning | None:
    """A term is looked for as such; its need is what a referral would be for."""
    known_need = need if need is not None and need_of(need) is not None else None
    tag = term_tag(code)
    if tag is not None and code is not None:
        return Meaning(tag, need=known_need, labels=labels.get(code, ("", "")))
    return need_meaning(known_need) if known_need else None


def need_phrases() -> Iterator[tuple[str, str, Meaning]]:
    for need in needs():
        meaning = need_meaning(need.code)
        yield need.label_en, "en", meaning
        yield need.label_es, "es", meaning
