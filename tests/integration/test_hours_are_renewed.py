from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from shared.database import Context, Database
from web.jobs import HOURS_KIND, renew_hours

NOW = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)


class WorkerAt:
    """What the tick hands to its steps, at an instant of our choosing."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database, self.now = database, now

    def clock(self) -> datetime:
        return self.now


async def due_at(database: Database) -> datetime | None:
    async with database.transaction(Context()) as session:
        found = await session.execute(
            text("select due_at from due where kind = :kind"), {"kind": HOURS_KIND}
        )
        return found.scalar_one_or_none()


async def test_dated_hours_are_renewed_once_a_day(worker_database: Database) -> None:
    await renew_hours(WorkerAt(worker_database, NOW))  # type: ignore[arg-type]
    assert await due_at(worker_database) == NOW + timedelta(days=1)
    await renew_hours(WorkerAt(worker_database, NOW + timedelta(hours=3)))  # type: ignore[arg-type]
    assert await due_at(worker_database) == NOW + timedelta(days=1), "not yet"
    late = NOW + timedelta(days=30)
    await renew_hours(WorkerAt(worker_database, late))  # type: ignore[arg-type]
    assert await due_at(worker_database) == late + timedelta(days=1)
