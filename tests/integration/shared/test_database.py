from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared import audit, clock, due, jobs
from shared.database import Context, Database, turn_clock
from shared.identifiers import new_id

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


async def jobs_for(database: Database, subject: UUID) -> int:
    async with database.transaction(Context()) as session:
        found = await session.execute(
            text("select count(*) from pgqueuer where convert_from(payload, 'UTF8') like :part"),
            {"part": f"%{subject}%"},
        )
        return int(found.scalar_one())


async def test_a_rolled_back_transaction_leaves_no_job(database: Database) -> None:
    subject = uuid4()
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(Context(uuid4())) as session:
            await jobs.defer(session, jobs.Job.MESSAGE_OUTCOME, uuid4(), subject)
            raise ZeroDivisionError
    assert await jobs_for(database, subject) == 0
    async with database.transaction(Context(uuid4())) as session:
        await jobs.defer(session, jobs.Job.MESSAGE_OUTCOME, uuid4(), subject)
    assert await jobs_for(database, subject) == 1


async def test_a_job_deferred_before_any_other_statement_is_rolled_back_for_real(
    committed: dict[str, Database],
) -> None:
    subject = uuid4()
    with pytest.raises(ZeroDivisionError):
        async with committed["app"].transaction(Context(uuid4())) as session:
            await jobs.defer(session, jobs.Job.MESSAGE_OUTCOME, None, subject)
            raise ZeroDivisionError
    assert await jobs_for(committed["worker"], subject) == 0


async def test_a_job_payload_holds_two_ids_and_nothing_else() -> None:
    organization, subject = uuid4(), uuid4()
    payload = f'{{"organization": "{organization}", "id": "{subject}"}}'.encode()
    assert jobs.read_payload(payload) == (organization, subject)


async def test_audit_is_append_only_and_seen_by_its_own_organization(database: Database) -> None:
    mine, other, subject = uuid4(), uuid4(), uuid4()
    async with database.transaction(Context(mine, actor="person:x")) as session:
        await audit.record(
            session, "patient_read", subject_kind="patient", subject_id=subject, now=NOW
        )
    for organization, expected in ((mine, 1), (other, 0), (None, 0)):
        async with database.transaction(Context(organization)) as session:
            found = await session.execute(
                text("select count(*) from audit_event where subject_id = :id"), {"id": subject}
            )
            assert found.scalar_one() == expected
    for statement in ("update audit_event set action = 'x'", "delete from audit_event"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.transaction(Context(mine)) as session:
                await session.execute(text(statement))


async def test_a_due_row_is_moved_not_doubled_and_the_app_cannot_read_it(
    database: Database, worker_database: Database
) -> None:
    organization, subject = new_id(), new_id()
    async with database.transaction(Context(organization)) as session:
        await due.set_due(session, organization, "patient_asked", subject, NOW)
        await due.set_due(session, organization, "patient_asked", subject, NOW - timedelta(days=1))
    async with worker_database.transaction(Context()) as session:
        rows = [row for row in await due.due_rows(session, NOW) if row.subject_id == subject]
    assert rows == [due.Due(organization, "patient_asked", subject, NOW - timedelta(days=1))]
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction(Context(organization)) as session:
            await session.execute(text("select * from due"))
    async with database.transaction(Context(organization)) as session:
        await due.clear_due(session, None, subject)
    async with worker_database.transaction(Context()) as session:
        assert all(row.subject_id != subject for row in await due.due_rows(session, NOW))


async def test_a_turned_clock_is_taken_over_by_the_next_transaction(database: Database) -> None:
    async with database.transaction(Context()) as session:
        await turn_clock(session, 3600)
    clock.set_offset(timedelta(0))
    async with database.transaction(Context()):
        assert clock.offset() == timedelta(hours=1)
    with pytest.raises(ValueError, match="forward"):
        async with database.transaction(Context()) as session:
            await turn_clock(session, -1)
