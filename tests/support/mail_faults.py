"""One mail, a worker, and a mail server that misbehaves (reliability M19). For tests and drills."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from fakes.mail_server import MailServer, mail_server
from fakes.messaging import Clock, a_message
from notify.api import queue_message
from notify.channels import Channels
from notify.channels.email import SmtpChannel
from notify.models import Message
from notify.worker import Sender, send_message
from shared.database import Context, Database
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID


@dataclass
class Office:
    """The mail of a clinic's, from source "fake", and who carries it."""

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


@asynccontextmanager
async def an_office_with_mail(
    worker: Database, clinic: UUID, turned: Clock
) -> AsyncIterator[Office]:
    """The mail is queued; nothing has been tried yet."""
    async with mail_server() as server:
        channel = smtp_to(server)
        sender = Sender(worker, Channels(None, channel), turned, chance=lambda: 0.5)
        async with worker.transaction(Context(clinic)) as session:
            message_id = await queue_message(session, a_message(clinic, channel="email"), turned())
        assert message_id is not None
        yield Office(server, sender, turned, clinic, message_id)
        await channel.close()


def smtp_to(server: MailServer) -> SmtpChannel:
    """The product's own channel to this server."""
    channel = SmtpChannel.from_settings(
        Settings(mode="test", smtp_host="127.0.0.1", smtp_port=server.port, smtp_plain=True)
    )
    assert channel is not None
    return channel
