"""A source and channels that do what a test tells them, and remember what they were asked."""

# ruff: noqa: ARG002 -- a fake takes what its protocol hands it
from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from notify.api import (
    Drop,
    Hold,
    NewMessage,
    QueuedMessage,
    RenderedMail,
    RenderedText,
    Send,
)
from notify.channels import CannotAsk, Mail, Received, Text
from notify.delivery import Channel, KnownText, Outcome, SendResult
from shared.identifiers import new_id

ANA = "+12025550144"
CLINIC_NUMBER = "+12025550100"
MAILBOX = "intake@harbor.example"
# Segments a second, where the pace is not what a test is about.
FAST = 1000.0
NOON = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)  # 12:00 in New York, a Monday


class Clock:
    """A clock that a test turns by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class FakeSource:
    """Says yes to everything, unless told otherwise."""

    verdict: Send | Hold | Drop | None = None
    body: str = "Lincoln Clinic: there is news."
    fault: Exception | None = None
    asked: list[QueuedMessage] = field(default_factory=list)

    async def may_send(
        self, session: Any, message: QueuedMessage, now: datetime
    ) -> Send | Hold | Drop:
        self.asked.append(message)
        if self.fault is not None:
            raise self.fault
        if self.verdict is not None:
            return self.verdict
        address = ANA if message.channel is Channel.SMS else MAILBOX
        return Send(address, "America/New_York", any_hour=True)

    async def render(
        self, session: Any, message: QueuedMessage, now: datetime
    ) -> RenderedText | RenderedMail:
        if message.channel is Channel.SMS:
            return RenderedText(self.body)
        return RenderedMail("A request", self.body, f"<p>{self.body}</p>")


@dataclass
class FakeTexts:
    """Accepts every text, or gives the results it was loaded with, in order."""

    results: list[SendResult] = field(default_factory=list)
    sent: list[Text] = field(default_factory=list)
    before_answer: Callable[[Text], Awaitable[None]] | None = None
    # What its list holds, and whether it answers questions at all.
    listed: list[KnownText] = field(default_factory=list)
    away: bool = False
    asked: list[str] = field(default_factory=list)
    # How many texts one answer about a number of ours holds.
    page: int = 1000

    async def send(self, text: Text) -> SendResult:
        self.sent.append(text)
        if self.before_answer is not None:
            await self.before_answer(text)
        if self.results:
            return self.results.pop(0)
        return SendResult(Outcome.ACCEPTED, provider_sid=f"SM{text.message_id.hex}")

    async def text_by_id(self, sid: str) -> KnownText | None:
        self._ask(sid)
        return next((each for each in self.listed if each.sid == sid), None)

    async def texts_to(self, recipient: str, since: datetime) -> list[KnownText]:
        self._ask(recipient)
        return [
            each
            for each in self.listed
            if each.recipient == recipient and each.created_at and each.created_at >= since
        ]

    async def texts_received(
        self, number: str, since: datetime, before: datetime | None = None
    ) -> Received:
        self._ask(number)
        found = [
            each
            for each in sorted(self.listed, key=lambda each: each.created_at or NOON, reverse=True)
            if each.recipient == number
            and each.created_at
            and each.created_at >= since
            and (before is None or each.created_at <= before)
        ]
        part = found[: self.page]
        oldest = part[-1].created_at if part else None
        return Received(tuple(part), len(part) < self.page, oldest)

    def _ask(self, about: str) -> None:
        self.asked.append(about)
        if self.away:
            raise CannotAsk

    async def close(self) -> None:
        return None


@dataclass
class FakeMails:
    """Accepts every mail, or gives the results it was loaded with, in order."""

    results: list[SendResult] = field(default_factory=list)
    sent: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> SendResult:
        self.sent.append(mail)
        return self.results.pop(0) if self.results else SendResult(Outcome.ACCEPTED)

    async def close(self) -> None:
        return None


def a_message(organization_id: UUID, **changes: Any) -> NewMessage:
    """A plain text to a patient."""
    values: dict[str, Any] = {
        "organization_id": organization_id,
        "source": "fake",
        "subject_id": new_id(),
        "template": "Pn",
        "language": "en",
        "channel": "sms",
        "recipient_kind": "patient",
        "recipient_id": new_id(),
        "params": {"day": "May 3"},
        "deduplication_key": str(new_id()),
    }
    return NewMessage(**{**values, **changes})
