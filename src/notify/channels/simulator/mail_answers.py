"""What a mailbox and its server may send back to a mail: a bounce, a complaint, an answer."""

from __future__ import annotations

import hashlib
import hmac
from email.message import EmailMessage
from email.utils import make_msgid
from enum import StrEnum
from typing import TYPE_CHECKING

from shared import clock

if TYPE_CHECKING:
    from notify.channels.simulator.state import Mail

LONGEST_WORDS = 4_000


class MailAnswer(StrEnum):
    """The buttons below a mail."""

    BOUNCE = "bounce"
    FULL = "full"
    AWAY = "away"
    COMPLAIN = "complain"
    UNSUBSCRIBE = "unsubscribe"
    REPLY = "reply"


_REPORTS = {
    MailAnswer.BOUNCE: ("failed", "5.1.1", "550 5.1.1 User unknown"),
    MailAnswer.FULL: ("failed", "5.2.2", "552 5.2.2 Mailbox full"),
}


def goes_to(mail: Mail) -> str:
    """Where answers to it go."""
    return mail.headers.get("Reply-To", "") or mail.headers.get("From", "")


def raw_answer(mail: Mail, answer: MailAnswer, words: str = "") -> bytes:
    """The mail that comes back."""
    made = EmailMessage()
    made["To"] = goes_to(mail)
    made["Message-ID"] = make_msgid(domain="simulator.example")
    made["In-Reply-To"] = mail.headers.get("Message-ID", "")
    if answer in _REPORTS:
        _bounce(made, mail, *_REPORTS[answer])
    elif answer is MailAnswer.COMPLAIN:
        _report(made, "feedback-report", "Feedback-Type: abuse\nVersion: 1\n", mail)
    else:
        _written(made, mail, answer, words)
    return made.as_bytes()


def signed_headers(secret: str, raw: bytes) -> dict[str, str]:
    """As the program asks for them, by this machine's own clock."""
    time = (clock.now() - clock.offset()).isoformat()
    signature = hmac.new(secret.encode(), f"{time}\n\n".encode() + raw, hashlib.sha256)
    return {"X-Handback-Time": time, "X-Handback-Signature": signature.hexdigest()}


def _bounce(made: EmailMessage, mail: Mail, action: str, status: str, said: str) -> None:
    fields = (
        "Reporting-MTA: dns; simulator.example\n\n"
        f"Final-Recipient: rfc822; {mail.to}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said}\n"
    )
    _report(made, "delivery-status", fields, mail)


def _report(made: EmailMessage, kind: str, fields: str, mail: Mail) -> None:
    made["From"] = "Mail Delivery System <mailer-daemon@simulator.example>"
    made["Subject"] = "A report about your mail"
    made["Auto-Submitted"] = "auto-generated"
    letter = f"Message-ID: {mail.headers.get('Message-ID', '')}\nTo: {mail.to}\n"
    parts = (
        ("text/plain", "This is a report about your mail.\n"),
        (f"message/{kind}", fields),
        ("text/rfc822-headers", letter),
    )
    lines = [f"--report\nContent-Type: {part}\n\n{words}" for part, words in parts]
    made["Content-Type"] = f'multipart/report; report-type={kind}; boundary="report"'
    made.set_payload("\n".join([*lines, "--report--\n"]))


def _written(made: EmailMessage, mail: Mail, answer: MailAnswer, words: str) -> None:
    made["From"] = mail.to
    subject = f"Re: {mail.subject}"
    if answer is MailAnswer.AWAY:
        made["Auto-Submitted"] = "auto-replied"
        subject = f"Automatic reply: {mail.subject}"
        words = words or "We are out of the office and will be back on Monday."
    if answer is MailAnswer.UNSUBSCRIBE:
        subject = "unsubscribe"
    made["Subject"] = " ".join(subject.split())
    made.set_content(words[:LONGEST_WORDS])
