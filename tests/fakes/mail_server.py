"""A mail server on loopback in the test's own loop: plain, or with STARTTLS and a home-made key."""

# ruff: noqa: ARG002 -- a fake takes what its protocol hands it
from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class MailServer:
    """What it took, and what it answers next to RCPT and DATA."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    connections: int = 0
    # A step of the next mail at which the connection breaks: mail, rcpt, data, after.
    breaks_at: str = ""
    # How often it breaks there, and how often it did.
    breaks_times: int = 1
    broke: int = 0
    mail_answer: str = "250 OK"
    rcpt_answer: str = "250 OK"
    data_answer: str = "250 OK"
    silent: bool = False
    open_transports: list[Any] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802, PLR0913 -- aiosmtpd's names
        self, server: Any, session: Any, envelope: Any, address: str, mail_options: Any
    ) -> str:
        self._breaks("mail")
        if self.mail_answer.startswith("250"):
            envelope.mail_from = address
        return self.mail_answer

    async def handle_RCPT(  # noqa: N802, PLR0913 -- aiosmtpd's names
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: Any
    ) -> str:
        self._breaks("rcpt")
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.silent:
            await asyncio.sleep(5)
        if self._breaks("data"):
            return "451 gone"
        if self.data_answer.startswith("250"):
            letter = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(letter, EmailMessage)
            self.taken.append(letter)
            self.senders.append(str(envelope.mail_from))
        self._breaks("after")
        return self.data_answer

    def _breaks(self, step: str) -> bool:
        """Hang up here: the answer to this step never leaves."""
        if self.breaks_at != step:
            return False
        self.broke += 1
        if self.broke >= self.breaks_times:
            self.breaks_at = ""
        self.hang_up()
        return True

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        for transport in self.open_transports:
            transport.close()
        self.open_transports.clear()


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    mails = MailServer()

    class Counted(SMTP):
        def connection_made(self, transport: Any) -> None:
            if isinstance(transport, asyncio.Transport):
                mails.open_transports.append(transport)
            mails.connections += 1
            super().connection_made(transport)

    def protocol() -> SMTP:
        return Counted(
            mails,
            hostname="mail.example",
            tls_context=tls,
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    mails.port = server.sockets[0].getsockname()[1]
    try:
        yield mails
    finally:
        mails.hang_up()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)


def own_certificate(folder: Path) -> ssl.SSLContext:
    """A key and a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2036, 1, 1, tzinfo=dt.UTC))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "own.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
