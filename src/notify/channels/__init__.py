"""How messages leave: one class a channel, made inside the worker's running loop.

A channel never raises for what the outside does: it gives a SendResult.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from uuid import UUID

    from notify.delivery import KnownText, SendResult
    from notify.sources import RenderedMail
    from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Text:
    """A text ready to go; no request may start after `start_by` (monotonic)."""

    message_id: UUID
    sender: str
    recipient: str
    body: str
    validity: timedelta
    start_by: float = math.inf


@dataclass(frozen=True, slots=True)
class Received:
    """A part of what a number of ours got, newest first; `whole`: nothing older was left out.

    `oldest`: how far back the part reaches, also where all of it was our own.
    """

    texts: tuple[KnownText, ...]
    whole: bool
    oldest: datetime | None


class CannotAsk(Exception):  # noqa: N818 -- what happened
    """The provider did not answer a question about its texts: ask again later."""


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail ready to go."""

    message_id: UUID
    recipient: str
    words: RenderedMail
    written_at: datetime


class TextChannel(Protocol):
    """Sends texts, and says what the provider knows of them."""

    async def send(self, text: Text) -> SendResult:
        """Hand one text to the provider."""
        ...

    async def text_by_id(self, sid: str) -> KnownText | None:
        """One text; None when the provider has none of that id. Raises CannotAsk."""
        ...

    async def texts_to(self, recipient: str, since: datetime) -> list[KnownText]:
        """What was sent to a phone since then, all pages of the list. Raises CannotAsk."""
        ...

    async def texts_received(
        self, number: str, since: datetime, before: datetime | None = None
    ) -> Received:
        """What people sent to a number of ours in that time, newest first. Raises CannotAsk."""
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...


class MailChannel(Protocol):
    """Sends e-mail."""

    async def send(self, mail: Mail) -> SendResult:
        """Hand one e-mail to the mail server."""
        ...

    async def close(self) -> None:
        """Let the connection go."""
        ...


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels that are set up; None means that its messages are held as suppressed."""

    texts: TextChannel | None = None
    mails: MailChannel | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Those that the settings name. Call it inside the running loop."""
        from notify.channels.email import SmtpChannel  # noqa: PLC0415 -- imported when needed:
        from notify.channels.sms import TwilioChannel  # noqa: PLC0415 -- .15 s of the CLI's start

        return cls(TwilioChannel.from_settings(settings), SmtpChannel.from_settings(settings))

    async def close(self) -> None:
        """Close those that are there."""
        for channel in (self.texts, self.mails):
            if channel is not None:
                await channel.close()
