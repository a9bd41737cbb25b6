"""A steward ties people's own words to a need; every process searches by them within seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, text

from directory.models import SearchPhrase
from directory.needs import need_of
from directory.search.renewal import tell_every_process
from directory.search.text import content_words, tokens
from shared import audit
from shared.errors import Conflict, InvalidInput, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.actions.edited import Editor

LANGUAGES = ("en", "es")
LONGEST = 60
SETTLE = text(
    "update miss_phrase set settled_at = :now where phrase = :phrase and language = :language"
)


async def add_phrase(  # noqa: PLR0913 -- the facts of one phrase
    session: AsyncSession, said: str, language: str, need: str, *, by: Editor, now: datetime
) -> UUID:
    """'diapers', 'en', need. Raises InvalidInput, or Conflict when it is tied already."""
    phrase = " ".join(tokens(said))
    if not content_words(tokens(said)) or len(phrase) > LONGEST:
        raise InvalidInput(_("Write one to five words that people use."), field="phrase")
    if language not in LANGUAGES:
        raise InvalidInput(_("Choose a language."), field="language")
    if need_of(need) is None:
        raise InvalidInput(_("Choose what it helps with."), field="need")
    standing = await session.scalar(
        select(SearchPhrase).where(
            SearchPhrase.phrase == phrase,
            SearchPhrase.language == language,
            SearchPhrase.removed_at.is_(None),
        )
    )
    if standing is not None:
        raise Conflict(_("These words are tied to a need already. Remove that first."))
    row = SearchPhrase(
        phrase=phrase,
        language=language,
        need=need,
        added_by=by.name,
        added_by_id=by.id,
        added_at=now,
    )
    session.add(row)
    await session.flush()
    await session.execute(SETTLE, {"now": now, "phrase": phrase, "language": language})
    await _told(session, "search_phrase_added", row.id, now)
    return row.id


async def remove_phrase(
    session: AsyncSession, phrase_id: UUID, *, by: Editor, now: datetime
) -> None:
    """It means nothing again. Raises NotFound."""
    row = await session.get(SearchPhrase, phrase_id, with_for_update=True)
    if row is None or row.removed_at is not None:
        raise NotFound(_("These words are not here any more."))
    row.removed_at, row.removed_by = now, by.name
    await session.flush()
    await _told(session, "search_phrase_removed", row.id, now)


async def settle_miss(session: AsyncSession, phrase: str, language: str, *, now: datetime) -> None:
    """Nothing is to be done about these words."""
    await session.execute(SETTLE, {"now": now, "phrase": phrase, "language": language})


async def _told(session: AsyncSession, action: str, phrase_id: UUID, now: datetime) -> None:
    await tell_every_process(session)
    await audit.record(session, action, subject_kind="search_phrase", subject_id=phrase_id, now=now)
