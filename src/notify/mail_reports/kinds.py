"""What a mail that came back can be, and what is read from it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 -- read at run time by dataclass users
from enum import StrEnum
from uuid import UUID  # noqa: TC003


class MailKind(StrEnum):
    """What came back."""

    HARD = "hard"  # the mailbox does not work
    SOFT = "soft"  # this letter did not arrive; the mailbox may be a good one
    DELAYED = "delayed"  # their server is still trying
    ARRIVED = "arrived"  # a receipt
    COMPLAINT = "complaint"
    AWAY = "away"  # out of office, and every other automatic answer
    PERSON = "person"
    UNSUBSCRIBE = "unsubscribe"
    UNKNOWN = "unknown"


# Written by a machine about the letter, and no answer to it.
REPORTS = frozenset(
    {MailKind.HARD, MailKind.SOFT, MailKind.DELAYED, MailKind.ARRIVED, MailKind.COMPLAINT}
)


@dataclass(frozen=True, slots=True)
class ReadMail:
    """One mail as it was understood. `message_id` is ours, when it carries one that we made."""

    kind: MailKind
    message_id: UUID | None = None
    # RFC 3463, or the three digits of SMTP.
    status: str | None = None
    away_until: date | None = None
    words: str = field(default="", repr=False)
    # The sender's own Message-ID: the same mail counts once.
    own_id: str = field(default="", repr=False)
