"""E-mail through aiosmtplib: one kept connection a worker, TLS unless it is a server right here.

At least once: the Message-ID is made from our message's id, so a mail that was sent twice is one
mail for its reader.
"""

from __future__ import annotations

import asyncio
import ssl
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import aiosmtplib

from notify.codes import MAILBOX_GONE
from notify.delivery import REQUEST_TIMEOUT, Outcome, SendResult
from notify.mail_reports.addresses import return_address

if TYPE_CHECKING:
    from notify.channels import Mail
    from shared.settings import Settings

PERMANENT_FROM = 500
# Their box is full, or their server refuses us for now: the mailbox itself may be a good one.
FULL_OR_POLICY = frozenset({552, 554})
TLS_FROM_THE_START = 465
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Ours alone: a source's headers may add to a mail, never make it somebody else's.
OWN_HEADERS = frozenset(
    {"from", "to", "subject", "date", "message-id", "auto-submitted", "reply-to", "return-path"}
)


class SmtpChannel:
    """One mail server, one connection, one mail at a time."""

    def __init__(
        self,
        connection: aiosmtplib.SMTP,
        *,
        sender: str,
        id_domain: str,
        return_base: str | None = None,
    ) -> None:
        self._smtp = connection
        self._return_base = return_base
        self._sender = sender
        self._id_domain = id_domain
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """None when no mail server is set."""
        if not settings.smtp_host:
            return None
        host = urlsplit(settings.address).hostname or "localhost"
        plain = settings.smtp_plain and (settings.simulated or settings.smtp_host in LOOPBACK)
        from_the_start = settings.smtp_port == TLS_FROM_THE_START
        connection = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=settings.smtp_password,
            local_hostname=host,
            timeout=REQUEST_TIMEOUT.total_seconds(),
            use_tls=from_the_start and not plain,
            start_tls=not plain and not from_the_start,
        )
        _, sender = parseaddr(settings.mail_from)
        return cls(
            connection,
            sender=settings.mail_from,
            id_domain=sender.partition("@")[2] or host,
            return_base=settings.mail_return,
        )

    async def send(self, mail: Mail) -> SendResult:
        """Hand one mail over, once more on a fresh connection when the kept one had been closed."""
        try:
            letter = written(mail, sender=self._sender, id_domain=self._id_domain)
            comes_back = self._comes_back(letter, mail)
        except (ValueError, IndexError, MessageError):
            return SendResult(Outcome.REFUSED, error_code="bad_address")
        async with self._one_at_a_time:
            result = await self._try(letter, comes_back)
            if result.error_code == "disconnected":
                result = await self._try(letter, comes_back)
            return result

    def _comes_back(self, letter: EmailMessage, mail: Mail) -> str | None:
        """The envelope's sender: bounces, complaints and answers say by it which mail they mean."""
        if self._return_base is None:
            return None
        address = return_address(self._return_base, mail.message_id)
        letter["Reply-To"] = Address(addr_spec=address)
        button = letter["List-Unsubscribe"]
        if button is not None:
            by_mail = f"<mailto:{address}?subject=unsubscribe>"
            letter.replace_header("List-Unsubscribe", f"{button}, {by_mail}")
        return address

    async def examine(self) -> str | None:
        """Why no mail can leave now, by its code; None when one can."""
        try:
            await self._smtp.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            self._smtp.close()
            return _connect_code(fault)
        await self.close()
        return None

    async def close(self) -> None:
        """Say goodbye to the server, if it still listens."""
        if not self._smtp.is_connected:
            return
        try:
            await self._smtp.quit()
        except (aiosmtplib.SMTPException, OSError):
            self._smtp.close()

    async def _try(self, letter: EmailMessage, comes_back: str | None) -> SendResult:
        try:
            if not self._smtp.is_connected:
                await self._smtp.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            self._smtp.close()
            return SendResult(Outcome.NOT_SENT, error_code=_connect_code(fault))
        try:
            await self._smtp.send_message(letter, sender=comes_back)
        except aiosmtplib.SMTPRecipientsRefused as refused:
            return _answer(refused.recipients[0].code, of_mailbox=True)
        except aiosmtplib.SMTPResponseException as refused:
            return _answer(refused.code)
        except (aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPException, OSError) as fault:
            return self._lost(fault)
        return SendResult(Outcome.ACCEPTED)

    def _lost(self, fault: Exception) -> SendResult:
        """The connection broke or fell silent; the mail may have been taken just before."""
        self._smtp.close()
        silent = isinstance(fault, TimeoutError)
        return SendResult(Outcome.UNCLEAR, error_code="timeout" if silent else "disconnected")


def written(mail: Mail, *, sender: str, id_domain: str) -> EmailMessage:
    """The mail with its headers: plain text first, HTML beside it."""
    letter = EmailMessage(policy=SMTP_POLICY)
    letter["From"] = sender
    letter["To"] = Address(addr_spec=mail.recipient)
    letter["Subject"] = mail.words.subject
    letter["Date"] = format_datetime(mail.written_at)
    letter["Message-ID"] = f"<{mail.message_id}@{id_domain}>"
    # Autoresponders that honour it leave us alone (RFC 3834).
    letter["Auto-Submitted"] = "auto-generated"
    for name, value in mail.words.headers.items():
        if name.lower() not in OWN_HEADERS:
            letter[name] = value
    letter.set_content(mail.words.text)
    if mail.words.html:
        letter.add_alternative(mail.words.html, subtype="html")
    return letter


def _answer(code: int, *, of_mailbox: bool = False) -> SendResult:
    """A refusal for good of this recipient is a hard bounce; any other is of this one letter."""
    if code < PERMANENT_FROM:
        return SendResult(Outcome.NOT_SENT, error_code=str(code))
    gone = f"{MAILBOX_GONE}{code}" if of_mailbox and code not in FULL_OR_POLICY else str(code)
    return SendResult(Outcome.REFUSED, error_code=gone)


def _connect_code(fault: Exception) -> str:
    """A refused log-in or a bad certificate is ours to mend: the mail waits, it is not lost."""
    if isinstance(fault, aiosmtplib.SMTPAuthenticationError):
        return "log_in_refused"
    if "STARTTLS" in str(fault):
        return "no_starttls"
    seen: BaseException | None = fault
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return "bad_certificate"
        seen = seen.__cause__ or seen.__context__
    return "not_connected"
