"""Mails that ask an agency carry the mail program's button, and links that last the whole day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from accounts.links import resolve_link
from accounts.rules import LinkPurpose
from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY, Town, a_town
from fakes.messaging import FakeMails
from notify.channels import Channels
from notify.worker import Sender
from shared.database import Context

if TYPE_CHECKING:
    from shared.database import Database

MAILBOX = "desk@harbor.example"


async def _mailed(database: Database, worker: Database) -> tuple[Town, Phones, FakeMails]:
    town = await a_town(database, phones=(), mailboxes=(MAILBOX,))
    phones, mails = await some_phones(town, worker), FakeMails()
    phones.sender = Sender(worker, Channels(phones.carrier, mails), phones.clock)
    await town.sent(how_to_start="patient_calls")
    await town.sent(how_to_start="walk_in")
    await phones.deliver()
    return town, phones, mails


async def test_every_mail_that_asks_can_be_ended_by_the_mail_program(
    database: Database, worker_database: Database
) -> None:
    town, _phones, mails = await _mailed(database, worker_database)
    ours = [mail for mail in mails.sent if mail.recipient == MAILBOX]
    assert len(ours) == 2
    for mail in ours:
        assert mail.words.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = mail.words.headers["List-Unsubscribe"]
        token = address.removeprefix("<").removesuffix("/never>").rpartition("/confirm/")[2]
        assert token not in mail.words.text
        grant = await resolve_link(database, token, TUESDAY)
        assert grant is not None
        assert grant.purpose is LinkPurpose.CONFIRM_CHANNEL
        assert grant.channel_id == town.channels[0]


async def test_a_link_opens_until_its_seventh_day_is_over_where_its_reader_lives(
    database: Database, worker_database: Database
) -> None:
    town, _phones, _mails = await _mailed(database, worker_database)
    async with worker_database.transaction(Context(town.agency)) as session:
        rows = await session.execute(
            text("select distinct expires_at from link where purpose = 'agency'")
        )
        ends = list(rows.scalars())
    # Asked on Tuesday, May 9, 2:15 pm in New York: Tuesday, May 16, 11:59 pm there.
    assert ends == [datetime(2023, 5, 17, 3, 59, tzinfo=UTC)]
