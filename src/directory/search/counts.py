"""How many places carry each tag in each cell of the grid: search_cell_tag.

Renewed by job and after an import, never in an edit: edits of one town would wait for each other.
So only a wide circle's filters are counted from it; whether something is found never hangs on it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from directory.search.tags import OURS_FROM
from shared.database import Context
from shared.due import set_due

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Database

RENEWED_EVERY = timedelta(minutes=10)
KIND = "search_counts"
NOBODY, THE_GRID = UUID(int=0), UUID(int=2)  # its one subject belongs to no organization
DUE_AT = text("select due_at from due where kind = :kind and subject_id = :subject for update")
# One at a time; whoever comes second finds nothing to do.
LOCK = text("select pg_advisory_xact_lock(hashtext('search_cell_tag'))")
COUNTED = f"""
select tag, cell, count(*)::int as places from search_doc_term where tag >= {OURS_FROM}
group by tag, cell"""
# Only what differs is written: most cells are the same as yesterday.
RENEW = text(f"""
with counted as materialized ({COUNTED}),
gone as (delete from search_cell_tag old
  where not exists (select from counted new where new.cell = old.cell and new.tag = old.tag))
insert into search_cell_tag as old (tag, cell, places) select tag, cell, places from counted
on conflict (cell, tag) do update set places = excluded.places
where old.places <> excluded.places""")


async def renew_counts(session: AsyncSession) -> int:
    """Make the counts true; returns how many were new or had changed."""
    await session.execute(LOCK)
    result = await session.execute(RENEW)
    return int(result.rowcount)  # type: ignore[attr-defined]  # a cursor's result has it


async def renew_counts_if_due(database: Database, now: datetime) -> None:
    """Every ten minutes, by whichever worker comes first."""
    async with database.transaction(Context(actor="worker")) as session:
        found = await session.execute(DUE_AT, {"kind": KIND, "subject": THE_GRID})
        due_at = found.scalar_one_or_none()
        if due_at is not None and due_at > now:
            return
        await set_due(session, NOBODY, KIND, THE_GRID, now + RENEWED_EVERY)
        await renew_counts(session)
