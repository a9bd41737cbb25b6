"""Who waits for whom: imports for each other, edits of a source for the import that writes it.

An edit waits for a moment only, and then says so: a large import may write for minutes, and a
page must not hang that long. Edits of other sources never wait.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import Conflict
from shared.i18n import gettext_noop as _

ONE_IMPORT_AT_A_TIME = 7_215_420_004  # advisory lock
LONGEST_WAIT = "2s"
GAVE_UP = "55P03"  # PostgreSQL's code for it
# Two numbers, so that no key of a source is ever one of another lock.
OF_SOURCE = "7215420, hashtext(cast(:source as text))"


async def one_import_at_a_time(session: AsyncSession) -> None:
    """Imports and their undoing follow each other, whatever their sources."""
    await session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ONE_IMPORT_AT_A_TIME})


async def lock_for_import(session: AsyncSession, source: UUID) -> None:
    """From here to the end of the transaction nobody edits rows of this source."""
    await session.execute(
        text(f"select pg_advisory_xact_lock({OF_SOURCE})"), {"source": str(source)}
    )


async def lock_for_edit(session: AsyncSession, source: UUID) -> None:
    """Edits of a source don't keep each other waiting, only an import. Conflict when it is long."""
    try:
        async with session.begin_nested():
            await session.execute(text(f"set local lock_timeout = '{LONGEST_WAIT}'"))
            await session.execute(
                text(f"select pg_advisory_xact_lock_shared({OF_SOURCE})"), {"source": str(source)}
            )
            await session.execute(text("set local lock_timeout to default"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != GAVE_UP:
            raise
        raise Conflict(
            _("An import is writing this source just now. Your change was not saved."),
            remedy=_("Try again in a few minutes."),
        ) from None
