"""`handback sender`: status, pause, resume, and what a restore holds."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from fakes.messaging import CLINIC_NUMBER, NOON, a_message
from notify.api import give_sender_number, queue_message
from notify.restores import pause_after_restore
from shared.database import Context, Database
from shared.identifiers import new_id
from shared.settings import get_settings
from web.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

CLINIC = new_id()


@pytest.fixture
def configured(
    committed: dict[str, Database], database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    monkeypatch.setenv("HANDBACK_DATABASE_URL", database_urls["app"])
    monkeypatch.setenv("HANDBACK_WORKER_DATABASE_URL", database_urls["worker"])
    monkeypatch.setenv("HANDBACK_OWNER_DATABASE_URL", database_urls["owner"])
    get_settings.cache_clear()
    yield database_urls
    monkeypatch.undo()
    get_settings.cache_clear()


async def put_back(urls: dict[str, str]) -> None:
    """Three messages in the queue of a database that then wakes up on another server."""
    app_database, worker = Database(urls["app"]), Database(urls["worker"])
    await pause_after_restore(worker, NOON)
    async with app_database.transaction(Context(CLINIC)) as session:
        for _ in range(3):
            await queue_message(session, a_message(CLINIC), NOON)
    async with worker.transaction(Context()) as session:
        await session.execute(text("update sender_home set timeline = timeline + 1"))
    assert await pause_after_restore(worker, NOON)
    await app_database.dispose()
    await worker.dispose()


def handback(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["sender", *words])
    assert result.exit_code == code, result.output
    return result.stdout


def facts(code: int = 0) -> Any:
    return json.loads(handback("status", "--json", code=code))


def test_the_sender_is_paused_and_resumed_and_says_by_whom(configured: dict[str, str]) -> None:
    assert "Nothing is paused." in handback("status")
    handback("pause", "--by", "Sam Ortiz", "--why", "carrier trouble")
    assert "paused already" in handback("pause", "--by", "Sam Ortiz", "--why", "again")
    told = handback("status", code=1)
    assert "PAUSED Everybody" in told
    assert "by Sam Ortiz: carrier trouble" in told
    handback("resume", "--by", "Sam Ortiz")
    assert "not paused" in handback("resume", "--by", "Sam Ortiz")
    assert facts()["pauses"] == []


def test_a_person_lists_releases_and_drops_what_a_restore_holds(
    configured: dict[str, str],
) -> None:
    asyncio.run(put_back(configured))
    assert facts(code=1)["held"] == 3
    rows = json.loads(handback("held", "--json"))
    assert len(handback("held").splitlines()) == 3
    assert "1 released" in handback("release", rows[0]["id"])
    assert "2 dropped" in handback("drop", "--all")
    assert "0 dropped" in handback("drop", "--all")
    assert handback("held") == "Nothing is held.\n"
    assert facts(code=1)["messages"] == {"queued": 1, "suppressed": 2}


async def number_of_ours(urls: dict[str, str]) -> None:
    worker = Database(urls["worker"])
    async with worker.transaction(Context()) as session:
        await give_sender_number(session, CLINIC, CLINIC_NUMBER)
    await worker.dispose()


async def takes_calls(urls: dict[str, str]) -> bool:
    worker = Database(urls["worker"])
    async with worker.transaction(Context()) as session:
        found = await session.execute(text("select takes_calls(:id)"), {"id": CLINIC})
        answer = bool(found.scalar_one())
    await worker.dispose()
    return answer


def test_a_number_is_said_to_take_calls_and_no_longer(configured: dict[str, str]) -> None:
    asyncio.run(number_of_ours(configured))
    assert asyncio.run(takes_calls(configured)) is False

    assert handback("calls", CLINIC_NUMBER) == f"{CLINIC_NUMBER} takes calls.\n"
    assert asyncio.run(takes_calls(configured)) is True
    assert "Staff give names by phone." in handback("calls", "202-555-0100", "--off")
    assert asyncio.run(takes_calls(configured)) is False


def test_a_number_that_is_not_ours_changes_nothing(configured: dict[str, str]) -> None:
    asyncio.run(number_of_ours(configured))

    told = handback("calls", "+12025550199", code=1)

    assert "is no number of ours. Nothing was changed." in told
    assert asyncio.run(takes_calls(configured)) is False
