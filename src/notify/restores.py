"""Noticing that the database was put back from a backup: the sender then starts paused.

What stood in the backup's queue may have been sent in the time that was lost. So everything
pauses, and each of those messages waits for a person to release or drop it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select, text

from notify.models import SenderHome
from notify.pauses import RESTORED, pause_all
from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Database

log = structlog.get_logger()
NAME = "sender"
WHERE = text(
    "select (select system_identifier::text from pg_control_system()) as system,"
    " (select timeline_id from pg_control_checkpoint()) as timeline,"
    " pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint as position"
)
HOLD = text("select hold_waiting_messages(:now)")


@dataclass(frozen=True, slots=True)
class Place:
    """Which server this is, and how far its log has got."""

    system: str
    timeline: int
    position: int


# The furthest log position this process has seen: a marker outside of the database.
_furthest: dict[str, int] = {}


async def pause_after_restore(database: Database, now: datetime) -> bool:
    """Pause everything if this is not the database it was; whether it did. Call at each start."""
    async with database.transaction(Context(actor="worker")) as session:
        row = (await session.execute(WHERE)).one()
        place = Place(row.system, row.timeline, row.position)
        home = await session.scalar(
            select(SenderHome).where(SenderHome.name == NAME).with_for_update()
        )
        restored = _is_another(home, place)
        _furthest[place.system] = place.position
        await _remember(session, home, place, now)
        if not restored:
            return False
        held = (await session.execute(HOLD, {"now": now})).scalar_one()
        await pause_all(session, by="handback", why=RESTORED, now=now)
    log.error("sender_paused_after_restore", held=held)
    return True


def _is_another(home: SenderHome | None, place: Place) -> bool:
    went_back = place.position < _furthest.get(place.system, 0)
    moved = home is not None and (home.system_identifier, home.timeline) != (
        place.system,
        place.timeline,
    )
    return moved or went_back


async def _remember(
    session: AsyncSession, home: SenderHome | None, place: Place, now: datetime
) -> None:
    if home is None:
        session.add(
            SenderHome(
                name=NAME,
                system_identifier=place.system,
                timeline=place.timeline,
                seen_at=now,
            )
        )
        return
    home.system_identifier, home.timeline, home.seen_at = place.system, place.timeline, now
