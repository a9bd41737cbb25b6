"""What a mail server can do to us at each step, and what becomes of the mail (reliability M19)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from notify.api import MessageState, address_is_dead
from support.mail_faults import Office, an_office_with_mail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from fakes.messaging import Clock, FakeSource
    from shared.database import Database

FOUR_HOURS = timedelta(hours=4)


@pytest_asyncio.fixture
async def office(
    worker_database: Database, clinic: UUID, source: FakeSource, turned: Clock
) -> AsyncIterator[Office]:
    assert source
    async with an_office_with_mail(worker_database, clinic, turned) as made:
        yield made


STEPS = ("mail", "rcpt", "data")


@pytest.mark.parametrize(("step", "code"), [("mail", "421"), ("rcpt", "450"), ("data", "452")])
async def test_later_at_any_step_is_tried_for_four_hours_and_then_a_person_hears(
    office: Office, step: str, code: str
) -> None:
    setattr(office.server, f"{step}_answer", f"{code} later")
    begun = office.turned.now
    row = await office.tries_until_it_is_over()
    assert row.state is MessageState.FAILED
    assert office.turned.now - begun >= FOUR_HOURS
    assert office.server.taken == []
    assert not address_is_dead(row.error_code)


@pytest.mark.parametrize("step", STEPS)
async def test_later_and_then_taken_is_one_mail(office: Office, step: str) -> None:
    setattr(office.server, f"{step}_answer", "451 later")
    assert (await office.tries()).state is MessageState.RETRY_AT
    setattr(office.server, f"{step}_answer", "250 OK")
    assert (await office.tries_until_it_is_over()).state is MessageState.SENT
    assert len(office.server.taken) == 1


@pytest.mark.parametrize(
    ("step", "code", "dead"),
    [
        ("mail", "550", False),
        ("rcpt", "550", True),
        ("rcpt", "551", True),
        ("rcpt", "553", True),
        ("rcpt", "552", False),
        ("rcpt", "554", False),
        ("data", "550", False),
        ("data", "554", False),
    ],
)
async def test_no_ends_it_at_once_and_only_a_no_to_the_recipient_ends_the_mailbox(
    office: Office, step: str, code: str, *, dead: bool
) -> None:
    setattr(office.server, f"{step}_answer", f"{code} no")
    row = await office.tries()
    assert row.state is MessageState.FAILED
    assert address_is_dead(row.error_code) is dead
    assert office.server.taken == []


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
async def test_a_connection_that_breaks_before_the_mail_was_taken_is_opened_again(
    office: Office, step: str
) -> None:
    office.server.breaks_at = step
    assert (await office.tries_until_it_is_over()).state is MessageState.SENT
    assert len(office.server.taken) == 1
    assert office.server.connections == 2


async def test_a_server_killed_after_it_took_the_mail_gets_it_again_under_one_message_id(
    office: Office,
) -> None:
    office.server.breaks_at = "after"
    assert (await office.tries_until_it_is_over()).state is MessageState.SENT
    assert len(office.server.taken) == 2
    assert len({letter["Message-ID"] for letter in office.server.taken}) == 1
