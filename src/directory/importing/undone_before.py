"""Runs undone in any order: what an earlier run wrote, undone while a later one still stood.

Run 5 wrote B over A, run 6 wrote C over B. Undoing 5 can't put A back, because C stands; so undoing
6 has to go past B, which nobody stands by any more, to A.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing.history import history_of
from directory.models import Change, ImportRun

# Whether there is any such run at all: mostly there is none, and nothing more is asked.
ANY = text("""
select exists (select from import_run where source_id = :source and number < :number
  and undone_at >= :since)""")


@dataclass(frozen=True, slots=True)
class Changed:
    """What the run that is being undone did to one row."""

    entity_id: UUID
    change: Change
    fields: dict[str, Any]
    hash_before: bytes | None
    withdrawn_before: datetime | None
    later: bool  # a later import that still stands wrote the row too


async def through_undone(
    session: AsyncSession, run: ImportRun, table: str, changes: Sequence[Changed]
) -> list[Changed]:
    """The changes as if the runs before, that were undone after this one, had never been."""
    values = {"source": run.source_id, "number": run.number, "since": run.started_at}
    if not changes or not await session.scalar(ANY, values):
        return list(changes)
    history = history_of(table)
    rows = await session.execute(
        text(
            "select c.entity_id, c.change, c.fields, c.content_hash_before, c.withdrawn_before,"
            " coalesce(r.undone_at >= :since, false) as passed"
            f" from {history} c join import_run r on r.id = c.run_id"
            " where c.entity = :table and r.number < :number and c.entity_id = any(:ids)"
            " order by r.number desc"
        ).columns(fields=JSONB),
        values | {"table": table, "ids": [each.entity_id for each in changes]},
    )
    merged = {each.entity_id: each for each in changes}
    ended: set[UUID] = set()
    for own, change, fields, hash_before, withdrawn_before, passed in rows:
        if not passed:
            ended.add(own)  # what came before it is what stands
        elif own not in ended:
            before = Changed(own, Change(change), fields, hash_before, withdrawn_before, later=True)
            merged[own] = _both(before, merged[own])
    return list(merged.values())


def _both(before: Changed, after: Changed) -> Changed:
    """Two changes of one row in a row as one."""
    fields = {
        name: [before.fields[name][0], states[1]]
        if _goes_on(before.fields.get(name), states)
        else states
        for name, states in after.fields.items()
    }
    return replace(
        after,
        change=_as_one(before.change, after.change),
        fields=fields,
        hash_before=before.hash_before,
        withdrawn_before=before.withdrawn_before,
    )


def _goes_on(before: Any, after: Any) -> bool:  # noqa: ANN401 -- [old, new] or nothing
    """Whether the later change of a field began where the earlier one ended."""
    return _is_pair(before) and _is_pair(after) and before[1] == after[0]


def _is_pair(states: Any) -> bool:  # noqa: ANN401 -- how corrections fared is a list, too
    return isinstance(states, list) and len(states) == 2  # noqa: PLR2004


def _as_one(before: Change, after: Change) -> Change:
    if before is Change.ADD:
        return Change.ADD  # there was no row
    if after is Change.BRING_BACK and before is Change.WITHDRAW:
        return Change.UPDATE  # it stood before, and stands
    if before is Change.BRING_BACK:
        return Change.BRING_BACK  # it was withdrawn before
    return after
