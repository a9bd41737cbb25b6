from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from fakes.mail_server import mail_server
from fakes.messaging import CLINIC_NUMBER, FAST, FakeSource, a_message
from fakes.twilio_server import twilio_server
from notify.api import give_sender_number, queue_message
from shared import clock
from shared.database import Context, Database, turn_clock
from shared.identifiers import new_id
from shared.jobs import Job, defer
from shared.settings import Settings
from web import worker


async def until(database: Database, clinic: UUID, query: str, expected: Any) -> None:
    """Wait, at most ten seconds, for the worker to have done it."""
    found: Any = None
    for _ in range(200):
        async with database.transaction(Context(organization_id=clinic)) as session:
            found = (await session.execute(text(query))).scalar_one_or_none()
        if found == expected:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(found)


async def queue(database: Database, clinic: UUID, **changes: Any) -> None:
    async with database.transaction(Context(organization_id=clinic)) as session:
        assert await queue_message(session, a_message(clinic, **changes)) is not None


async def test_a_worker_sends_by_both_channels_acts_on_a_turned_clock_and_ends_when_asked(
    committed: dict[str, Database],
    database_urls: dict[str, str],
    source: FakeSource,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, clinic, stop = committed["app"], new_id(), asyncio.Event()
    monkeypatch.setattr(worker, "TICK_SIMULATED_S", 0.1)
    async with committed["worker"].transaction(Context()) as session:
        await give_sender_number(session, clinic, CLINIC_NUMBER, segments_per_second=FAST)
    async with twilio_server() as twilio, mail_server() as mails:
        settings = Settings(
            mode="test",
            twilio_account_sid="AC" + "0" * 32,
            twilio_auth_token="token",
            twilio_api_url=twilio.url,
            smtp_host="127.0.0.1",
            smtp_port=mails.port,
            smtp_plain=True,
        )
        working = asyncio.create_task(worker.work(settings, stop, database_urls["worker"]))
        try:
            await queue(app, clinic)
            await queue(app, clinic, channel="email")
            await until(app, clinic, "select count(*) from message where state = 'sent'", 2)
            assert (len(twilio.taken), len(mails.taken)) == (1, 1)

            twilio.answer = (429, {"code": 20429, "message": "slower"})
            await queue(app, clinic)
            await until(app, clinic, "select count(*) from message where state = 'retry_at'", 1)
            twilio.answer = (201, {"sid": "SM" + "2" * 32})
            async with app.transaction(Context()) as session:
                await turn_clock(session, 3600)
            await until(app, clinic, "select count(*) from message where state = 'sent'", 3)
        finally:
            stop.set()
            await asyncio.wait_for(working, 10)
    assert clock.offset().total_seconds() == 3600


async def test_a_worker_whose_connections_were_cut_comes_back_by_itself(
    committed: dict[str, Database], database_urls: dict[str, str], source: FakeSource
) -> None:
    app, clinic, stop = committed["app"], new_id(), asyncio.Event()
    async with mail_server() as mails:
        settings = Settings(
            mode="test", smtp_host="127.0.0.1", smtp_port=mails.port, smtp_plain=True
        )
        working = asyncio.create_task(worker.work(settings, stop, database_urls["worker"]))
        try:
            await queue(app, clinic, channel="email")
            await until(app, clinic, "select count(*) from message where state = 'sent'", 1)
            with psycopg.connect(database_urls["admin"], autocommit=True) as admin:
                admin.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where usename = 'handback_worker' and datname = current_database()"
                )
            await queue(app, clinic, channel="email")
            await until(app, clinic, "select count(*) from message where state = 'sent'", 2)
        finally:
            stop.set()
            await asyncio.wait_for(working, 10)
    assert len(mails.taken) == 2


async def test_a_job_that_fails_stays_to_be_seen_without_its_words(
    committed: dict[str, Database],
    database_urls: dict[str, str],
    source: FakeSource,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop, clinic = asyncio.Event(), new_id()

    async def fail(*_: object) -> None:
        msg = "Ana 202-555-0144"
        raise ValueError(msg)

    kinds = {**worker.JOBS, Job.REFERRAL_DUE: worker.JobKind(fail, at_once=1)}
    monkeypatch.setattr(worker, "JOBS", kinds)
    async with committed["app"].transaction(Context(organization_id=clinic)) as session:
        await defer(session, Job.REFERRAL_DUE, clinic, new_id())
    settings = Settings(mode="test", twilio_api_url=None)
    working = asyncio.create_task(worker.work(settings, stop, database_urls["worker"]))
    try:
        await until(committed["worker"], clinic, "select status::text from pgqueuer", "failed")
        kept = "select string_agg(traceback::text, ' ') from pgqueuer_log"
        async with committed["worker"].transaction(Context()) as session:
            words = (await session.execute(text(kept))).scalar_one()
        assert "ValueError" in words
        assert "Ana" not in words
    finally:
        stop.set()
        await asyncio.wait_for(working, 10)
