"""What a mail server can do to us at each step, and what becomes of the mail (reliability M19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import select

from fakes.mail_server import MailServer, mail_server
from fakes.messaging import Clock, FakeSource, a_message
from notify.api import MessageState, address_is_dead, queue_message
from notify.channels import Channels
from notify.channels.email import SmtpChannel
from notify.models import Message
from notify.worker import Sender, send_message
from shared.database import Context, Database
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

FOUR_HOURS = timedelta(hours=4)


@dataclass
class Office:
    """One mail of a clinic, a worker, and a mail server that misbehaves."""

    server: MailServer
    sender: Sender
    turned: Clock
    clinic: UUID
    message_id: UUID

    async def row(self) -> Message:
        async with self.sender.database.transaction(Context(self.clinic)) as session:
            rows = await session.scalars(select(Message).where(Message.id == self.message_id))
            return rows.one()

    async def tries(self) -> Message:
        await send_message(self.sender, self.clinic, self.message_id)
        return await self.row()

    async def tries_until_it_is_over(self) -> Message:
        row = await self.tries()
        while row.not_before is not None:
            self.turned.now = row.not_before
            row = await self.tries()
        return row


@pytest_asyncio.fixture
async def office(
    worker_database: Database, clinic: UUID, source: FakeSource, turned: Clock
) -> AsyncIterator[Office]:
    assert source
    async with mail_server() as server:
        settings = Settings(
            mode="test", smtp_host="127.0.0.1", smtp_port=server.port, smtp_plain=True
        )
        channel = SmtpChannel.from_settings(settings)
        assert channel is not None
        sender = Sender(worker_database, Channels(None, channel), turned, chance=lambda: 0.5)
        async with worker_database.transaction(Context(clinic)) as session:
            message_id = await queue_message(session, a_message(clinic, channel="email"), turned())
        assert message_id is not None
        yield Office(server, sender, turned, clinic, message_id)
        await channel.close()


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
