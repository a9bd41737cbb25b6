"""Append-only record of who did and saw what. Ids and constant names only, no personal data.

`chain_seq` and `hash` stay empty at first: a job seals committed rows (a chain under a lock inside
the request would serialize a tenant's page views).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from shared.identifiers import new_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Context, Database

INSERT = text(
    "insert into audit_event"
    " (id, organization_id, actor, action, subject_kind, subject_id, detail, at)"
    " values (:id, nullif(current_setting('handback.organization', true), '')::uuid,"
    " current_setting('handback.actor', true), :action, :subject_kind, :subject_id,"
    " cast(:detail as jsonb), :at)"
)


async def record(  # noqa: PLR0913 -- the facts of one record
    session: AsyncSession,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append one record in this transaction, under its context's organization and actor."""
    await session.execute(
        INSERT,
        {
            "id": new_id(),
            "action": action,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "detail": json.dumps(detail or {}),
            "at": now,
        },
    )


async def record_refusal(  # noqa: PLR0913 -- the facts of one record
    database: Database,
    context: Context,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """What must survive a refusal, in a transaction of its own."""
    async with database.transaction(context) as session:
        await record(
            session,
            action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            now=now,
            detail=detail,
        )
