"""The sources of the directory with their rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import ImportRun, Service, Source


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """One source; `services` are those that stand."""

    id: UUID
    name: str
    licence: str | None
    licence_url: str | None
    attribution: str | None
    may_show_public: bool
    may_republish: bool
    may_send_to_search_server: bool
    ends_on: date | None
    steward: str | None
    services: int
    imported_at: datetime | None


async def list_sources(session: AsyncSession) -> list[SourceSummary]:
    """By name."""
    services = (
        select(Service.source_id, func.count().label("services"))
        .where(Service.withdrawn_at.is_(None))
        .group_by(Service.source_id)
        .subquery()
    )
    runs = (
        select(ImportRun.source_id, func.max(ImportRun.started_at).label("imported_at"))
        .where(ImportRun.undone_at.is_(None))
        .group_by(ImportRun.source_id)
        .subquery()
    )
    rows = await session.execute(
        select(Source, func.coalesce(services.c.services, 0), runs.c.imported_at)
        .outerjoin(services, services.c.source_id == Source.id)
        .outerjoin(runs, runs.c.source_id == Source.id)
        .order_by(Source.name)
    )
    return [
        SourceSummary(
            id=source.id,
            name=source.name,
            licence=source.licence,
            licence_url=source.licence_url,
            attribution=source.attribution,
            may_show_public=source.may_show_public,
            may_republish=source.may_republish,
            may_send_to_search_server=source.may_send_to_search_server,
            ends_on=source.ends_on,
            steward=source.steward,
            services=count,
            imported_at=imported_at,
        )
        for source, count, imported_at in rows
    ]
