"""Names of the background jobs, and putting one on the queue inside the business transaction.

web/jobs.py is the only map from name to function. A payload holds two ids and nothing else.
"""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


class Job(StrEnum):
    """Every job's name."""

    SEND_MESSAGE = "send_message"
    MESSAGE_OUTCOME = "message_outcome"
    REPLY_RECEIVED = "reply_received"
    REFERRAL_DUE = "referral_due"


async def defer(
    session: AsyncSession, name: Job, organization_id: UUID | None, subject_id: UUID
) -> None:
    """Queue a job in this transaction: a rollback leaves none."""
    from pgqueuer.queries import Queries  # noqa: PLC0415 -- .36 s of import that the CLI spares

    await session.flush()
    payload = json.dumps(
        {"organization": str(organization_id) if organization_id else None, "id": str(subject_id)}
    )
    queries = Queries(_session_driver(session))
    await queries.enqueue(str(name), payload.encode(), 0)


def read_payload(payload: bytes | None) -> tuple[UUID | None, UUID]:
    """(organization, subject) of a job."""
    from uuid import UUID  # noqa: PLC0415 -- kept beside its use; a type only elsewhere

    content = json.loads(payload or b"{}")
    organization = content.get("organization")
    return (UUID(organization) if organization else None, UUID(content["id"]))


def _session_driver(session: AsyncSession) -> Any:  # noqa: ANN401 -- pgqueuer's protocol, lazily
    from pgqueuer.core.tm import TaskManager  # noqa: PLC0415
    from pgqueuer.ports.driver import Driver  # noqa: PLC0415

    class SessionDriver(Driver):
        """Runs pgqueuer's SQL through the session, whose BEGIN has been sent."""

        def __init__(self) -> None:
            self._shutdown, self._tasks = asyncio.Event(), TaskManager()

        async def fetch(self, query: str, *args: Any) -> list[dict[str, Any]]:
            connection = await session.connection()
            result = await connection.exec_driver_sql(query, args)
            return [dict(row) for row in result.mappings()]

        async def execute(self, query: str, *args: Any) -> str:
            await self.fetch(query, *args)
            return ""

        async def notify(self, channel: str, payload: str) -> None:
            await self.fetch("select pg_notify($1, $2)", channel, payload)

        async def add_listener(self, *_: Any) -> None:
            raise NotImplementedError

        async def remove_listener(self, *_: Any) -> None:
            raise NotImplementedError

        @property
        def shutdown(self) -> asyncio.Event:
            return self._shutdown

        @property
        def tm(self) -> TaskManager:
            return self._tasks

        async def __aenter__(self) -> Any:
            return self

        async def __aexit__(self, *_: object) -> None:
            return None

    return SessionDriver()
