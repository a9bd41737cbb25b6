"""A steward's corrections of records that feeds brought (design: practice 2.17).

The row takes our value at once, so every reader is right; the feed's own value stands in `overlay`.
Each is audited and leaves an HSDS `metadata` row. When the feed agrees, the correction drops away;
when it says a third thing, a steward keeps ours or takes theirs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from directory.actions.edited import (
    Correction,
    Editor,
    also_set,
    note_change,
    refuse_other_tables,
    refuse_secret,
    seen_by_search,
    value_of,
    while_no_import_runs,
)
from directory.importing.keeping import HIDDEN
from directory.importing.locks import lock_for_edit
from directory.models import Overlay, OverlayEnd
from directory.rows import OURS, Written, read_rows, write_rows
from shared.audit import record
from shared.errors import Conflict, InvalidInput, NotFound
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

RUN_BY = "organization_id"


async def correct(session: AsyncSession, correction: Correction, by: Editor, now: datetime) -> None:
    """Set one field of one row. InvalidInput when the value can't be that field's."""
    value = value_of(correction)
    await while_no_import_runs(session, correction.entity, correction.entity_id)
    for field, said in {correction.field: value, **also_set(correction)}.items():
        await _lay_over(session, correction, field, said, by, now)
    await seen_by_search(session, correction.entity, correction.entity_id, now)


async def hide_row(
    session: AsyncSession, entity: str, entity_id: UUID, reason: str, by: Editor, now: datetime
) -> None:
    """Take a wrong phone, schedule or whole service out, whatever its feed says."""
    refuse_other_tables(entity)
    await while_no_import_runs(session, entity, entity_id)
    hidden = Correction(entity, entity_id, HIDDEN, now.isoformat(), reason)
    await _lay_over(session, hidden, HIDDEN, now.isoformat(), by, now)
    await seen_by_search(session, entity, entity_id, now)


async def run_by(  # noqa: PLR0913, PLR0917 -- the facts of one action
    session: AsyncSession,
    service_id: UUID,
    organization_id: UUID,
    reason: str,
    by: Editor,
    now: datetime,
) -> None:
    """Another agency runs this service now, whatever its feed says."""
    await while_no_import_runs(session, "service", service_id)
    standing = text("select 1 from organization where id = :id and withdrawn_at is null")
    if await session.scalar(standing, {"id": organization_id}) is None:
        raise NotFound(_("This record is not in the directory."))
    said = Correction("service", service_id, RUN_BY, str(organization_id), reason)
    await _lay_over(session, said, RUN_BY, said.value, by, now)
    await seen_by_search(session, "service", service_id, now)


async def keep_ours(session: AsyncSession, overlay_id: UUID, by: Editor, now: datetime) -> None:
    """Answer a conflict: the feed is wrong, our value stands until the feed says another one."""
    overlay = await _in_conflict(session, overlay_id)
    overlay.base_value, overlay.conflict_at = overlay.feed_value, None
    await note_change(session, overlay, overlay.feed_value, overlay.value, by, now)
    await _audit(session, overlay, "directory.conflict_ours_kept", now)


async def take_theirs(session: AsyncSession, overlay_id: UUID, by: Editor, now: datetime) -> None:
    """Answer a conflict: the feed is right, our correction ends."""
    overlay = await _in_conflict(session, overlay_id)
    await _end(session, overlay, OverlayEnd.THEIRS, by, now)
    await _audit(session, overlay, "directory.conflict_theirs_taken", now)


async def undo_correction(
    session: AsyncSession, overlay_id: UUID, by: Editor, now: datetime
) -> None:
    """Show what the feed says again."""
    overlay = await _standing(session, overlay_id)
    await _end(session, overlay, OverlayEnd.UNDONE, by, now)
    await _audit(session, overlay, "directory.correction_undone", now)


async def _lay_over(  # noqa: PLR0913, PLR0917 -- the facts of one correction
    session: AsyncSession,
    correction: Correction,
    field: str,
    value: Any,  # noqa: ANN401 -- JSON
    by: Editor,
    now: datetime,
) -> None:
    entity, entity_id = correction.entity, correction.entity_id
    source, external_id = await _locked(session, entity, entity_id)
    before = (await read_rows(session, entity, [entity_id]))[entity_id]
    refuse_secret(entity, field, before)
    await write_rows(session, entity, [Written(entity_id, {field: value})])
    after = (await read_rows(session, entity, [entity_id]))[entity_id]
    if after[field] == before[field]:
        if field == correction.field:
            raise InvalidInput(_("That is what it says already."), field=field)
        return
    old = await session.scalar(
        select(Overlay).where(
            Overlay.entity_id == entity_id, Overlay.field == field, Overlay.ended_at.is_(None)
        )
    )
    feed_says = old.feed_value if old is not None else before[field]
    if old is not None:
        old.ended_at, old.ended_how, old.ended_by = now, OverlayEnd.REPLACED, by.name
        old.conflict_at = None
        await session.flush()
    overlay = Overlay(
        id=new_id(),
        source_id=source,
        entity=entity,
        entity_id=entity_id,
        field=field,
        value=after[field],
        base_value=feed_says,
        feed_value=feed_says,
        made_by=by.name,
        made_by_id=by.id,
        made_at=now,
        reason=correction.reason,
    )
    # What stewards added has no feed; and back to the feed's word needs no correction.
    if not external_id.startswith(OURS) and after[field] != feed_says:
        session.add(overlay)
        await session.flush()
    await note_change(session, overlay, before[field], after[field], by, now)
    await _audit(session, overlay, "directory.corrected", now)


async def _locked(session: AsyncSession, entity: str, entity_id: UUID) -> tuple[UUID, str]:
    """The row's source and name there; nobody else edits the row meanwhile."""
    found = await session.execute(
        text(f"select source_id, external_id from {entity} where id = :id for update"),
        {"id": entity_id},
    )
    row = found.first()
    if row is None:
        raise NotFound(_("This record is not in the directory."))
    return row.source_id, row.external_id


async def _standing(session: AsyncSession, overlay_id: UUID) -> Overlay:
    source = await session.scalar(select(Overlay.source_id).where(Overlay.id == overlay_id))
    if source is not None:
        await lock_for_edit(session, source)
    overlay = await session.scalar(
        select(Overlay).where(Overlay.id == overlay_id).with_for_update()
    )
    if overlay is None:
        raise NotFound(_("There is no such correction."))
    if overlay.ended_at is not None:
        raise Conflict(_("This correction has ended already."))
    return overlay


async def _in_conflict(session: AsyncSession, overlay_id: UUID) -> Overlay:
    overlay = await _standing(session, overlay_id)
    if overlay.conflict_at is None:
        raise Conflict(_("Somebody has answered this already."))
    return overlay


async def _end(
    session: AsyncSession, overlay: Overlay, how: OverlayEnd, by: Editor, now: datetime
) -> None:
    await _locked(session, overlay.entity, overlay.entity_id)
    # A hidden row is shown again: its feed has it.
    shown = None if overlay.field == HIDDEN else overlay.feed_value
    await write_rows(session, overlay.entity, [Written(overlay.entity_id, {overlay.field: shown})])
    overlay.ended_at, overlay.ended_how, overlay.ended_by = now, how, by.name
    overlay.conflict_at = None
    await note_change(session, overlay, overlay.value, shown, by, now)
    await seen_by_search(session, overlay.entity, overlay.entity_id, now)


async def _audit(session: AsyncSession, overlay: Overlay, action: str, now: datetime) -> None:
    await session.flush()
    await record(
        session,
        action,
        subject_kind=overlay.entity,
        subject_id=overlay.entity_id,
        now=now,
        detail={"field": overlay.field},
    )
