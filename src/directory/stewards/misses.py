"""Counts searches that found nothing: a need's code and three digits of a ZIP.

Words are kept as a keyed hash, and readable only once the same came three times on two days. What
looks like a number, a name, an address or a mailbox is left out before that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from directory.needs import need_of
from directory.search.text import content_words, tokens
from shared.crypto import routing_hash
from shared.database import Context
from shared.i18n import language

if TYPE_CHECKING:
    from directory.search.query import SearchAnswer
    from shared.database import Database

NOTE = text("select note_search_miss(:need, :zip3, :day)")
NOTE_PHRASE = text("select note_miss_phrase(:hash, :phrase, :language, :day)")
ZIP = re.compile(r"\s*(\d{3})\d{2}(-\d{4})?\s*")
# A mailbox, a web address, a number before a word (12 Elm St), somebody who introduces themselves.
PERSONAL = re.compile(
    r"@|://|www\.|\b\d+\w*\s+\w|\b(my name|i am|i'm|me llamo|mi nombre|yo soy|soy)\b", re.IGNORECASE
)
# A capital letter within a search is a name more often than not.
NAME = re.compile(r"(?<=\s)[A-ZÁÉÍÓÚÑ][\w’'-]*")
MOST_WORDS, SHORTEST, LONGEST_WORD = 5, 3, 20


@dataclass(frozen=True, slots=True)
class Missed:
    """A search in vain; `phrase` is "" when its words are not to be counted."""

    need: str
    zip3: str
    phrase: str
    language: str


def miss_of(answer: SearchAnswer) -> Missed | None:
    """None when it found something. Pure.

    A need that nobody should be counted by, and words we did not understand, are "".
    """
    if answer.local_total or answer.remote_total or answer.request.offset:
        return None
    codes = (*answer.request.needs, *answer.understood.needs)
    known = next((need for code in codes if (need := need_of(code)) is not None), None)
    sensitive = answer.danger is not None or (known is not None and known.sensitive)
    written = ZIP.fullmatch(answer.request.place)
    return Missed(
        need="" if known is None or known.sensitive else known.code,
        zip3=written.group(1) if written else "",
        phrase="" if sensitive else phrase_of(answer.request.words),
        language=language(),
    )


def phrase_of(words: str) -> str:
    """The words that tell what was looked for; "" where they may tell who looked. Pure."""
    if PERSONAL.search(words):
        return ""
    telling = content_words(tokens(NAME.sub(" ", words)))
    kept = [word for word in telling if not any(letter.isdigit() for letter in word)]
    if not kept or len(kept) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in kept):
        return ""
    phrase = " ".join(kept)
    return phrase if len(phrase) >= SHORTEST else ""


async def note_miss(database: Database, missed: Missed, now: datetime) -> None:
    """After the page has gone out; in a transaction of nobody's."""
    day = now.date()
    async with database.transaction(Context(actor="public")) as session:
        await session.execute(NOTE, {"need": missed.need, "zip3": missed.zip3, "day": day})
        if missed.phrase:
            key = routing_hash("miss_phrase", f"{missed.language}|{missed.phrase}")
            said = {"hash": key, "phrase": missed.phrase, "language": missed.language, "day": day}
            await session.execute(NOTE_PHRASE, said)
