"""A town whose agency is asked by e-mail, and what its mailboxes and servers send back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from accounts.api import ChannelState, known_channels
from accounts.channels import NewChannel, add_answering_channel, preset_channel
from accounts.rules import ChannelKind
from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY, Town, a_town
from fakes.messaging import FakeMails
from notify.api import email_hash, suppression_reason
from notify.channels import Channels
from notify.mail_reports.addresses import return_address
from notify.mail_reports.intake import Taken, take_mail
from notify.mail_reports.models import MailReport
from notify.models import Message
from notify.worker import Sender
from referrals.pages.said_words import entry_title
from referrals.queries import referral_page
from shared.database import Context
from web.jobs import read_mail, tell_outcome

if TYPE_CHECKING:
    from uuid import UUID

    from referrals.models import Referral
    from shared.database import Database

MAILBOX, SECOND = "desk@harbor.example", "office@harbor.example"
SAMPLES = Path(__file__).parents[1] / "unit/notify/mail_samples"


def filled(sample: str, message_id: UUID) -> bytes:
    """The sample as an answer to this mail."""
    words = (SAMPLES / f"{sample}.eml").read_text(encoding="utf-8")
    words = words.replace("{{RETURN}}", return_address("bounce@handback.example", message_id))
    return words.replace("{{MESSAGE_ID}}", str(message_id)).encode()


@dataclass
class Post:
    """A town whose agency is asked by e-mail, and what comes back from there."""

    town: Town
    phones: Phones
    mails: FakeMails
    web: Database

    async def sent(self) -> Referral:
        """A request whose mails have gone out."""
        referral = await self.town.sent()
        await self.phones.deliver()
        return referral

    async def brings(self, sample: str, message_id: UUID | None = None) -> Taken:
        """The sample arrives about the last mail, and is read."""
        about = message_id or self.mails.sent[-1].message_id
        return await self.arrives(filled(sample, about))

    async def brings_again(self, sample: str, number: int) -> Taken:
        """Another mail of the same words."""
        about = self.mails.sent[0].message_id
        words = filled(sample, about).decode()
        return await self.arrives(words.replace(f"<{sample}@", f"<{number}@").encode())

    async def arrives(self, raw: bytes) -> Taken:
        taken = await take_mail(self.web, raw, recipient="", now=self.phones.clock.now)
        async with self.phones.database.transaction(Context(actor="worker")) as session:
            rows = await session.scalars(
                select(MailReport.id).where(MailReport.handled_at.is_(None))
            )
            waiting = list(rows)
        for report_id in waiting:
            await read_mail(self.phones.sender, self.town.clinic, report_id)
        await self.tell()
        await self.phones.deliver()
        return taken

    async def tell(self) -> None:
        async with self.town.as_clinic() as session:
            rows = await session.scalars(
                select(Message.id).where(Message.outcome_told_at.is_(None))
            )
            ids = list(rows)
        for message_id in ids:
            await tell_outcome(self.phones.sender, self.town.clinic, message_id)

    async def states(self) -> list[ChannelState]:
        async with self.town.as_clinic() as session:
            found = await known_channels(session, self.town.agency, now=TUESDAY)
        return [each.state for each in found]

    async def suppressed(self, mailbox: str = MAILBOX) -> str | None:
        async with self.town.as_clinic() as session:
            return await suppression_reason(session, self.town.clinic, email_hash(mailbox))

    async def tasks(self, referral: Referral) -> list[tuple[str, str]]:
        async with self.town.as_clinic() as session:
            page = await referral_page(session, referral.id, self.town.clinic, now=TUESDAY)
        return [(task.kind.value, task.says.what) for task in page.tasks]

    async def timeline(self, referral: Referral) -> list[str]:
        async with self.town.as_clinic() as session:
            page = await referral_page(session, referral.id, self.town.clinic, now=TUESDAY)
        names = {"place": "Harbor Pantry", "patient": "Ana"}
        return [entry_title(each, names) for each in page.timeline if each.message is None]

    async def message(self) -> Message:
        async with self.town.as_clinic() as session:
            row = await session.get(Message, self.mails.sent[0].message_id)
        assert row is not None
        return row


async def a_post(database: Database, worker: Database, **reached: Any) -> Post:
    town = await a_town(database, **reached)
    phones = await some_phones(town, worker)
    mails = FakeMails()
    phones.sender = Sender(worker, Channels(phones.carrier, mails), phones.clock)
    return Post(town, phones, mails, database)


async def a_verified_mailbox(town: Town, mailbox: str = SECOND) -> UUID:
    """One more mailbox that the agency agreed to."""
    async with town.as_clinic() as session:
        new = NewChannel(town.agency, ChannelKind.EMAIL, mailbox)
        channel_id = await add_answering_channel(session, new, now=TUESDAY)
        await preset_channel(session, channel_id, now=TUESDAY)
    return channel_id
