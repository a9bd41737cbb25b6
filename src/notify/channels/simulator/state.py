"""Everything the simulator remembers: texts, calls, mails, names, who sent STOP, what it saw.

Held in one event loop, so it needs no locks. `version` grows with every change that a page shows.
"""

from __future__ import annotations

import secrets
from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from notify.channels.simulator.carrier import DEFAULT_ANSWERS, Keyword
from notify.channels.simulator.faults import Faults
from shared import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from notify.channels.simulator.voice import Call

JOURNAL_LENGTH = 60


class Direction(StrEnum):
    """Twilio's word for who wrote."""

    OUTBOUND = "outbound-api"
    CARRIER_ANSWER = "outbound-reply"
    INBOUND = "inbound"


class TextStatus(StrEnum):
    """The statuses of Twilio's that the simulator uses."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    RECEIVED = "received"


@dataclass(kw_only=True)
class Text:
    """One SMS in either direction."""

    sid: str
    direction: Direction
    from_number: str
    to_number: str
    body: str
    status: TextStatus
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    error_code: int | None = None
    status_callback: str | None = None
    validity_seconds: int | None = None
    hidden: bool = False
    listed_from: datetime | None = None
    account_sid: str = ""

    @property
    def phone(self) -> str:
        """The phone in somebody's pocket."""
        return self.from_number if self.direction is Direction.INBOUND else self.to_number

    @property
    def sender(self) -> str:
        """The number at the provider."""
        return self.to_number if self.direction is Direction.INBOUND else self.from_number

    @property
    def on_screen(self) -> bool:
        """Whether the phone's owner sees it."""
        return self.status is not TextStatus.UNDELIVERED


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link in a mail, with the words it stands under."""

    href: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail as one recipient got it."""

    id: str
    from_header: str
    to: str
    subject: str
    at: datetime
    text: str
    html: str
    links: tuple[Link, ...]
    headers: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Name:
    """Whose phone, number or mailbox it is; a sender's carrier answers may be worded here."""

    label: str
    is_sender: bool = False
    answers: dict[Keyword, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JournalEntry:
    """Something the simulator saw: a message id and its values, put into words by the page."""

    at: datetime
    message: str
    values: dict[str, object]


class Simulator:
    """The memory. Methods say what happened; nothing here talks to a network."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        self.now = now
        self.faults = Faults()
        self.names: dict[str, Name] = {}
        # Further accounts beside the first one (whose name is ""), with their tokens.
        self.accounts: dict[str, str] = {}
        self._started = secrets.token_hex(3)
        self._changes = 0
        self.reset()

    def reset(self) -> None:
        """Forget texts, calls, mails, STOPs, faults and the journal; names and the clock stay."""
        self.texts: dict[str, Text] = {}
        self.by_phone: dict[str, list[Text]] = {}
        self.mailboxes: dict[str, list[Mail]] = {}
        self.stopped: set[tuple[str, str]] = set()
        self._calls: dict[str, list[Call]] = {}
        self.refused: Counter[int] = Counter()
        self._number_of: dict[str, str] = {}
        self.journal: deque[JournalEntry] = deque(maxlen=JOURNAL_LENGTH)
        self.faults.replace([])
        self.changed()

    @property
    def version(self) -> str:
        """Another text after every change, also after a restart."""
        return f"{self._started}-{self._changes}"

    def changed(self) -> None:
        """Tell open pages that there is something new."""
        self._changes += 1

    def saw(self, message: str, **values: object) -> None:
        """Note an event for the page's last box."""
        self.journal.append(JournalEntry(self.now(), message, values))
        self.changed()

    def add_text(  # noqa: PLR0913 -- a text in its parts
        self,
        direction: Direction,
        *,
        from_number: str,
        to_number: str,
        body: str,
        status_callback: str | None = None,
        validity_seconds: int | None = None,
        account_sid: str = "",
    ) -> Text:
        """Remember a new text; a message of the program's starts as queued."""
        now = self.now()
        outbound = direction is Direction.OUTBOUND
        received = direction is Direction.INBOUND
        text_sender = to_number if received else from_number
        text = Text(
            sid="SM" + secrets.token_hex(16),
            direction=direction,
            from_number=from_number,
            to_number=to_number,
            body=body,
            status=TextStatus.RECEIVED if received else TextStatus.QUEUED,
            created_at=now,
            updated_at=now,
            sent_at=None if outbound else now,
            status_callback=status_callback,
            validity_seconds=validity_seconds,
            account_sid=account_sid or self.account_of(text_sender),
        )
        self.texts[text.sid] = text
        self._number_of[text.sender] = text.account_sid
        self.by_phone.setdefault(text.phone, []).append(text)
        self.changed()
        return text

    def set_status(self, text: Text, status: TextStatus) -> None:
        """Move a text on."""
        text.status = status
        text.updated_at = self.now()
        if status is TextStatus.SENT:
            text.sent_at = text.updated_at
        self.changed()

    def add_call(self, phone: str, call: Call) -> None:
        """Remember a call."""
        self._calls.setdefault(phone, []).append(call)
        self.changed()

    def calls_of(self, phone: str) -> list[Call]:
        """The calls of a phone, oldest first."""
        return self._calls.get(phone, [])

    def add_mail(self, mail: Mail) -> None:
        """Put a mail into its recipient's box."""
        self.mailboxes.setdefault(mail.to, []).append(mail)
        self.changed()

    def newest_first(self, account_sid: str = "") -> Iterator[Text]:
        """The texts that the provider's list shows to an account."""
        now = self.now()
        return (
            text
            for text in reversed(self.texts.values())
            if text.account_sid == account_sid
            and not text.hidden
            and (text.listed_from is None or text.listed_from <= now)
        )

    def set_names(self, names: dict[str, Name]) -> None:
        """Add or change names."""
        self.names.update(names)
        self.changed()

    def label(self, address: str) -> str | None:
        """The name of a number or mailbox, if it has one."""
        name = self.names.get(address)
        return name.label if name else None

    def account_of(self, sender: str) -> str:
        """Whose number it is: the account that wrote from it last."""
        return self._number_of.get(sender, "")

    def senders(self) -> list[str]:
        """The provider's numbers that are known: named as such, or seen writing."""
        named = [number for number, name in self.names.items() if name.is_sender]
        seen = [text.sender for text in self.texts.values()]
        return list(dict.fromkeys([*named, *seen]))

    def phones(self) -> list[str]:
        """Phones that are named or have texts, newest text first, then by name."""
        named = [a for a, name in self.names.items() if "@" not in a and not name.is_sender]
        quiet = [a for a in sorted(named, key=self._by_label) if a not in self.by_phone]
        busy = sorted(self.by_phone, key=lambda a: self.by_phone[a][-1].created_at, reverse=True)
        return [*busy, *quiet]

    def mailbox_addresses(self) -> list[str]:
        """Mailboxes that are named or have mail, newest mail first, then by name."""
        named = [a for a in self.names if "@" in a]
        quiet = [a for a in sorted(named, key=self._by_label) if a not in self.mailboxes]
        busy = sorted(self.mailboxes, key=lambda a: self.mailboxes[a][-1].at, reverse=True)
        return [*busy, *quiet]

    def _by_label(self, address: str) -> str:
        return (self.label(address) or address).casefold()

    def senders_to(self, phone: str) -> list[str]:
        """Numbers this phone can answer, the one that wrote last first; known ones if none did."""
        texts = self.by_phone.get(phone, [])
        wrote = [t.sender for t in reversed(texts) if t.direction is not Direction.INBOUND]
        written_to = [t.sender for t in reversed(texts)]
        return list(dict.fromkeys([*wrote, *written_to])) or self.senders()

    def carrier_answer(self, sender: str, keyword: Keyword) -> str:
        """What the carrier says by itself for this number."""
        name = self.names.get(sender)
        return (name.answers if name else {}).get(keyword, DEFAULT_ANSWERS[keyword])
