from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from fakes.messaging import ANA, CLINIC_NUMBER, NOON, Clock, FakeTexts, a_message
from notify.api import queue_message
from notify.delivery import Outcome, SendResult
from notify.inbound import ArrivedText, store_inbound
from notify.worker import Sender, send_message
from shared.database import Context, Database
from shared.jobs import Job
from web import jobs

Calls = list[tuple[str, UUID, UUID]]


class FakeReferralJobs:
    """The slice above, which remembers what it was asked and fails when told to."""

    def __init__(self) -> None:
        self.calls: Calls = []
        self.fault: Exception | None = None

    async def _take(self, name: str, organization_id: UUID, subject_id: UUID) -> None:
        self.calls.append((name, organization_id, subject_id))
        if self.fault is not None:
            raise self.fault

    async def reply_received(self, _: Database, owner: UUID, subject: UUID, __: datetime) -> None:
        await self._take("reply_received", owner, subject)

    async def message_outcome(self, _: Database, owner: UUID, subject: UUID, __: datetime) -> None:
        await self._take("message_outcome", owner, subject)

    async def referral_due(self, _: Database, owner: UUID, subject: UUID, __: datetime) -> None:
        await self._take("referral_due", owner, subject)

    async def run_due(self, _: Database, __: datetime) -> None:
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def above(monkeypatch: pytest.MonkeyPatch) -> FakeReferralJobs:
    fake = FakeReferralJobs()
    monkeypatch.setattr(jobs, "referral_jobs", fake)
    return fake


async def arrived(database: Database, clinic: UUID, sid: str = "SM1") -> UUID:
    async with database.transaction(Context(organization_id=clinic)) as session:
        stored = await store_inbound(
            session, ArrivedText(sid, ANA, CLINIC_NUMBER, "1"), clinic, NOON
        )
    assert stored is not None
    return stored


async def value(database: Database, clinic: UUID, query: str) -> Any:
    async with database.transaction(Context(organization_id=clinic)) as session:
        return (await session.execute(text(query))).scalar_one()


def test_every_job_has_its_function() -> None:
    assert set(jobs.JOBS) == set(Job)


async def test_a_text_is_read_once(
    database: Database, clinic: UUID, sender: Sender, above: FakeReferralJobs
) -> None:
    inbound_id = await arrived(database, clinic)
    for _ in range(3):
        await jobs.read_reply(sender, clinic, inbound_id)
    assert above.calls == [("reply_received", clinic, inbound_id)]


async def test_a_reading_that_fails_is_tried_five_times_and_then_left_to_people(
    database: Database, clinic: UUID, sender: Sender, above: FakeReferralJobs, turned: Clock
) -> None:
    above.fault = ValueError("Ana")
    await arrived(database, clinic)
    await jobs.sweep_readings(sender)
    assert above.calls == []  # its job may still be coming
    turned.now = NOON + timedelta(seconds=11)
    for _ in range(8):
        await jobs.sweep_readings(sender)
    assert len(above.calls) == 5
    unread = "select count(*) from inbound_text where handled_at is null"
    assert await value(sender.database, clinic, unread) == 1


async def test_an_outcome_is_told_once_also_when_its_job_was_lost(
    database: Database, clinic: UUID, sender: Sender, above: FakeReferralJobs, turned: Clock
) -> None:
    async with database.transaction(Context(organization_id=clinic)) as session:
        message_id = await queue_message(session, a_message(clinic), NOON)
    assert message_id is not None
    await send_message(sender, clinic, message_id)
    await jobs.sweep_outcomes(sender)
    assert above.calls == []
    async with database.transaction(Context(organization_id=clinic)) as session:
        await session.execute(text("update message set state = 'delivered'"))
    turned.now = NOON + timedelta(seconds=11)
    for _ in range(3):
        await jobs.sweep_outcomes(sender)
        await jobs.tell_outcome(sender, clinic, message_id)
    assert above.calls == [("message_outcome", clinic, message_id)]


async def test_a_tick_goes_on_when_one_of_its_steps_fails(
    database: Database,
    clinic: UUID,
    sender: Sender,
    texts: FakeTexts,
    above: FakeReferralJobs,
    turned: Clock,
) -> None:
    async with database.transaction(Context(organization_id=clinic)) as session:
        message_id = await queue_message(session, a_message(clinic), NOON)
    assert message_id is not None
    texts.results.append(SendResult(Outcome.UNCLEAR, error_code="timeout"))
    await send_message(sender, clinic, message_id)
    above.fault = RuntimeError("the rules")
    turned.now = NOON + timedelta(seconds=61)
    await jobs.tick(sender)
    assert await value(database, clinic, "select provider_asked from message") == 1
