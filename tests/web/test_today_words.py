"""What Today and a race say: numbers that add up, what is late, who was first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest_asyncio

from builders.browsing import hidden
from builders.navigator_office import Office, a_navigators_office, shown
from referrals.lifecycle import BusinessStatus
from referrals.pages.today import _late_words, _next_due
from referrals.queries import Turn
from referrals.tasks import TASKS, TaskKind

if TYPE_CHECKING:
    import httpx

    from shared.database import Database


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database, owner_database: Database) -> Office:
    return await a_navigators_office(client, database, owner_database)


async def _ended(office: Office, **fields: Any) -> str:
    address = await office.sent(**fields)
    said = {"agency_says": "no", "agency_by": "Denise", "agency_reason": "no_capacity"}
    await office.step(address, "agency-said", **said)
    return address


async def test_what_has_ended_is_never_counted_as_open(office: Office) -> None:
    await _ended(office)
    await _ended(office, name="Theo Banks")

    page = shown(await office.browser.get("/today"))

    assert "Nothing is open. 2 have ended and wait for your word." in page
    assert "0 open" not in page
    assert "need you" not in page


async def test_the_numbers_of_today_add_up(office: Office) -> None:
    await _ended(office)
    await office.sent(name="Theo Banks", phone="202-555-0172")

    page = shown(await office.browser.get("/today"))

    assert "You have 1 open. 1 is with somebody else. 1 has ended and waits for your word." in page


def test_what_is_late_is_told_apart_from_what_is_due_next() -> None:
    now = datetime(2026, 5, 6, 15, tzinfo=UTC)
    dues = (now - timedelta(hours=1), now + timedelta(days=1), None)
    page: Any = SimpleNamespace(others=[SimpleNamespace(turn=Turn("theirs", due)) for due in dues])

    assert _late_words(page, now) == "1 is late."
    assert _next_due(page, now, ZoneInfo("America/New_York")) == "tomorrow 11 am"


def test_whoever_asked_us_something_is_answered_not_chased() -> None:
    asked = {BusinessStatus.INFO_NEEDED}

    assert TASKS[TaskKind.ANSWER_QUESTION].while_status == asked
    assert not (TASKS[TaskKind.CALL_AGENCY].while_status or asked) & asked


async def test_who_was_first_is_told_before_a_field_that_is_missing(office: Office) -> None:
    address = await office.sent()
    version = hidden((await office.browser.get(address)).text, "version")
    await office.step(address, "agency-said", agency_says="yes", agency_by="Denise")

    answer = await office.step(address, "agency-said", agency_says="no", version=version)

    assert answer.status_code == 409
    assert "Denise was first, by phone: yes" in shown(answer)
    assert "Choose why." not in shown(answer)
