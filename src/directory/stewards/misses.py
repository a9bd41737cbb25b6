"""Counts searches that found nothing: a need's code and three digits of a ZIP, never the words."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from directory.needs import need_of
from shared.database import Context

if TYPE_CHECKING:
    from directory.search.query import SearchAnswer
    from shared.database import Database

NOTE = text("select note_search_miss(:need, :zip3, :day)")
ZIP = re.compile(r"\s*(\d{3})\d{2}(-\d{4})?\s*")


def miss_of(answer: SearchAnswer) -> tuple[str, str] | None:
    """(need, ZIP3) of a search in vain; None when it found something. Pure.

    A need that nobody should be counted by, and words we did not understand, are "".
    """
    if answer.local_total or answer.remote_total or answer.request.offset:
        return None
    codes = (*answer.request.needs, *answer.understood.needs)
    known = next((need for code in codes if (need := need_of(code)) is not None), None)
    written = ZIP.fullmatch(answer.request.place)
    return (
        "" if known is None or known.sensitive else known.code,
        written.group(1) if written else "",
    )


async def note_miss(database: Database, need: str, zip3: str, now: datetime) -> None:
    """After the page has gone out; in a transaction of nobody's."""
    async with database.transaction(Context(actor="public")) as session:
        await session.execute(NOTE, {"need": need, "zip3": zip3, "day": now.date()})
