"""Names of the background jobs, and putting one on the queue inside the business transaction.

web/jobs.py is the only map from name to function. A payload holds two ids and nothing else.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


class Job(StrEnum):
    """Every job's name."""

    MESSAGE_OUTCOME = "message_outcome"
    REPLY_RECEIVED = "reply_received"
    MAIL_CAME_BACK = "mail_came_back"
    REFERRAL_DUE = "referral_due"
    SEARCH_SERVER = "search_server"


async def defer(
    session: AsyncSession, name: Job, organization_id: UUID | None, subject_id: UUID
) -> None:
    """Queue a job in this transaction: a rollback leaves none."""
    from pgqueuer.queries import Queries  # .36 s of import that the CLI spares

    from shared.queue_driver import SessionDriver

    await session.flush()
    payload = json.dumps(
        {"organization": str(organization_id) if organization_id else None, "id": str(subject_id)}
    )
    queries = Queries(SessionDriver(session))
    await queries.enqueue(str(name), payload.encode(), 0)


def read_payload(payload: bytes | None) -> tuple[UUID | None, UUID]:
    """(organization, subject) of a job."""
    content = json.loads(payload or b"{}")
    organization = content.get("organization")
    return (UUID(organization) if organization else None, UUID(content["id"]))
