"""Corrections that stand, and those that their feeds now contradict, field by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.actions.corrections import RUN_BY
from directory.importing.touched import owners_of
from directory.models import Metadata, Overlay, ServiceAtLocation, Source
from directory.queries.imports import names_of
from directory.rows import OURS


@dataclass(frozen=True, slots=True)
class StandingCorrection:
    """One field as we say it, beside what its feed says and said.

    `service_id` is a service that shows it (None: several or none); `conflict_at` None means that
    nobody has to choose.
    """

    id: UUID
    source: str
    entity: str
    entity_id: UUID
    called: str
    service_id: UUID | None
    field: str
    ours: Any
    theirs: Any
    theirs_before: Any
    made_by: str
    made_at: datetime
    reason: str
    conflict_at: datetime | None
    told_at: datetime | None = None


async def conflicts(
    session: AsyncSession, *, source_id: UUID | None = None
) -> list[StandingCorrection]:
    """What a steward has to choose between, oldest first (actions: keep_ours, take_theirs)."""
    asked = select(Overlay, Source.name).where(Overlay.conflict_at.is_not(None))
    if source_id is not None:
        asked = asked.where(Overlay.source_id == source_id)
    return await _found(session, asked.order_by(Overlay.conflict_at, Overlay.id))


async def standing_corrections(session: AsyncSession) -> list[StandingCorrection]:
    """All that stand, newest first."""
    return await _found(session, select(Overlay, Source.name).order_by(Overlay.made_at.desc()))


@dataclass(frozen=True, slots=True)
class OurChange:
    """One field that somebody here changed: before and after, as HSDS metadata keeps it."""

    field: str
    before: str
    after: str
    by: str
    on: date


async def our_changes(session: AsyncSession, ids: Collection[UUID], most: int) -> list[OurChange]:
    """What people here changed in these rows, the newest first."""
    rows = await session.scalars(
        select(Metadata)
        .where(Metadata.resource_id.in_(ids), Metadata.external_id.startswith(OURS))
        .order_by(Metadata.fetched_at.desc(), Metadata.id.desc())
        .limit(most)
    )
    found = rows.all()
    agencies = await _agencies(
        session,
        {
            value
            for row in found
            if row.field_name == RUN_BY
            for value in (row.previous_value, row.replacement_value)
        },
    )
    return [
        OurChange(
            row.field_name,
            agencies.get(row.previous_value, row.previous_value),
            agencies.get(row.replacement_value, row.replacement_value),
            row.updated_by,
            row.last_action_date,
        )
        for row in found
    ]


async def _agencies(session: AsyncSession, values: Collection[Any]) -> dict[Any, str]:
    """Ids of agencies as corrections hold them → what people call these agencies."""
    ids = {UUID(str(each)) for each in values if each}
    names = await names_of(session, {"organization": ids}) if ids else {}
    return {str(each): name for each, name in names.items()}


async def _found(session: AsyncSession, asked: Any) -> list[StandingCorrection]:  # noqa: ANN401
    rows = (
        await session.execute(
            asked.join(Source, Source.id == Overlay.source_id).where(Overlay.ended_at.is_(None))
        )
    ).all()
    by_entity: defaultdict[str, set[UUID]] = defaultdict(set)
    for overlay, _source in rows:
        by_entity[overlay.entity].add(overlay.entity_id)
    called = await names_of(session, by_entity)
    agencies = await _agencies(
        session,
        {
            value
            for overlay, _source in rows
            if overlay.field == RUN_BY
            for value in (overlay.value, overlay.feed_value, overlay.base_value)
        },
    )

    def said(overlay: Overlay, value: Any) -> Any:  # noqa: ANN401 -- JSON
        return agencies.get(value, value) if overlay.field == RUN_BY else value

    return [
        StandingCorrection(
            id=overlay.id,
            source=source,
            entity=overlay.entity,
            entity_id=overlay.entity_id,
            called=called.get(overlay.entity_id, ""),
            service_id=await _service(session, overlay),
            field=overlay.field,
            ours=said(overlay, overlay.value),
            theirs=said(overlay, overlay.feed_value),
            theirs_before=said(overlay, overlay.base_value),
            made_by=overlay.made_by,
            made_at=overlay.made_at,
            reason=overlay.reason,
            conflict_at=overlay.conflict_at,
            told_at=overlay.told_at,
        )
        for overlay, source in rows
    ]


async def _service(session: AsyncSession, overlay: Overlay) -> UUID | None:
    """Where a steward can look at it."""
    owners = await owners_of(session, {overlay.entity: {overlay.entity_id}})
    services = await session.scalars(
        select(ServiceAtLocation.service_id)
        .where(
            (ServiceAtLocation.service_id.in_(owners))
            | (ServiceAtLocation.location_id.in_(owners))
            | (ServiceAtLocation.id.in_(owners))
        )
        .distinct()
        .limit(2)
    )
    found = services.all()
    return found[0] if len(found) == 1 else None
