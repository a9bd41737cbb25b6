"""After a table was merged: stewards' corrections go back over the feed's values.

The feed agrees → the correction drops away. It says a third thing → both are kept, and a steward
chooses (directory.actions.corrections). Never undone silently (design: practice 2.17).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.privacy import TELLS_WHERE
from directory.models import Overlay, OverlayEnd
from directory.rows import Written, read_rows, write_rows

HIDDEN = "withdrawn_at"
SECRET = frozenset({"point", *TELLS_WHERE})
REWRITTEN = text(
    "select o.id from overlay o join was w on w.id = o.entity_id where o.ended_at is null"
)
# Beside the columns in import_change.fields: how corrections fared, for undoing.
OVERLAYS = "#overlays"
KEEP = text("""
update import_change c set fields = c.fields || x.states
from jsonb_to_recordset(:rows) as x(id uuid, states jsonb)
where c.run_id = :run and c.entity_id = x.id""").bindparams(bindparam("rows", type_=JSONB))


@dataclass(slots=True)
class Kept:
    """How corrections fared in one table of one import."""

    agreed: int = 0
    conflicts: int = 0
    # row → [correction, its state before, its state after]
    states: dict[UUID, list[tuple[UUID, dict[str, Any], dict[str, Any]]]] = field(
        default_factory=dict
    )


async def keep_corrections(session: AsyncSession, table: str, now: datetime) -> Kept:
    """For the rows in `was` that have corrections."""
    kept = Kept()
    ids = list(await session.scalars(REWRITTEN))
    if not ids:
        return kept
    standing = list(await session.scalars(select(Overlay).where(Overlay.id.in_(ids))))
    rows = await read_rows(session, table, {overlay.entity_id for overlay in standing})
    written: dict[UUID, dict[str, Any]] = {}
    for overlay in standing:
        row = rows[overlay.entity_id]
        before = state_of(overlay)
        if row.get("confidential") and overlay.field in SECRET:
            continue  # forgotten with the rest
        if settle(overlay, row[overlay.field], now):
            kept.agreed += 1
        else:
            written.setdefault(overlay.entity_id, {})[overlay.field] = overlay.value
            kept.conflicts += overlay.conflict_at == now
        kept.states.setdefault(overlay.entity_id, []).append(
            (overlay.id, before, state_of(overlay))
        )
    await session.flush()
    await write_rows(session, table, [Written(row, new) for row, new in written.items()])
    return kept


def settle(overlay: Overlay, feed_says: Any, now: datetime) -> bool:  # noqa: ANN401 -- JSON
    """Compare with what the feed says now; True when it agrees and the correction ends."""
    if overlay.field == HIDDEN:
        # It is in the feed, with other words: is it still to be hidden?
        overlay.conflict_at = overlay.conflict_at or now
        return False
    if feed_says == overlay.value:
        overlay.ended_at, overlay.ended_how = now, OverlayEnd.AGREED
        overlay.conflict_at = None
        overlay.feed_value = feed_says
        return True
    if feed_says != overlay.feed_value:
        overlay.feed_value = feed_says
        overlay.conflict_at = None if feed_says == overlay.base_value else now
    return False


def state_of(overlay: Overlay) -> dict[str, Any]:
    """What an import may change about a correction."""
    return {
        "feed_value": overlay.feed_value,
        "base_value": overlay.base_value,
        "conflict_at": overlay.conflict_at.isoformat() if overlay.conflict_at else None,
        "ended_at": overlay.ended_at.isoformat() if overlay.ended_at else None,
    }


async def note_states(session: AsyncSession, run_id: UUID, kept: Kept) -> None:
    """Put how corrections fared beside the changes of their rows."""
    if kept.states:
        rows = [
            {
                "id": str(row),
                "states": {OVERLAYS: [[str(which), old, new] for which, old, new in states]},
            }
            for row, states in kept.states.items()
        ]
        await session.execute(KEEP, {"rows": rows, "run": run_id})
