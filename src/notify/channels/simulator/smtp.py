"""The simulated mail server: takes every mail and puts it into the recipients' boxes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP

from notify.channels.simulator.faults import FaultKind
from notify.channels.simulator.mail_reading import read_mail
from shared.i18n import gettext_noop

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

    from notify.channels.simulator.state import Simulator

LARGEST_MAIL_BYTES = 10_000_000
PERMANENT = 550


class MailIntake:
    """aiosmtpd's handler; it names the methods."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def handle_RCPT(  # noqa: N802, PLR0913, PLR0917 -- aiosmtpd's name and order
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take a recipient, unless a fault is due for it."""
        rule = self._simulator.faults.take(FaultKind.MAIL_REFUSED, address.lower())
        if rule:
            return f"{rule.code or PERMANENT} Recipient refused by the simulator"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep one copy for each recipient."""
        raw = envelope.content
        content = raw.encode() if isinstance(raw, str) else raw or b""
        at = self._simulator.now()
        for address in envelope.rcpt_tos:
            mail_id = secrets.token_hex(6)
            mail = read_mail(content, mail_id=mail_id, to=address.lower(), at=at)
            self._simulator.add_mail(mail)
            self._simulator.saw(gettext_noop("E-mail to %(mailbox)s arrived"), mailbox=mail.to)
        return "250 OK"


def mail_protocol(simulator: Simulator) -> SMTP:
    """The protocol of one connection."""
    return SMTP(
        MailIntake(simulator),
        data_size_limit=LARGEST_MAIL_BYTES,
        enable_SMTPUTF8=True,
        hostname="simulator.example",
        ident="Handback simulator",
    )
