"""What a slice gives notify, so that a message is checked and worded at the moment of sending.

notify knows nothing of referrals: a source, registered by name at start, says whether a message may
still go, to which address, and in which words. Both calls run in the claim transaction, under the
message's organization.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.delivery import Channel


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message as its source sees it."""

    id: UUID
    organization_id: UUID
    source: str
    subject_id: UUID
    template: str
    language: str
    channel: Channel
    recipient_kind: str
    recipient_id: UUID
    params: dict[str, str]
    priority: int
    is_question: bool
    is_reply: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Send:
    """It may go, to this address. `time_zone` None means unknown; `any_hour` lifts quiet hours."""

    address: str
    time_zone: str | None
    any_hour: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Never: consent ended, the referral moved on, no address."""

    reason: str


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A text as it will be sent."""

    body: str


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """An e-mail as it will be sent; the subject names no patient."""

    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class MessageSource(Protocol):
    """What a slice registers under the name that its messages carry."""

    async def may_send(
        self, session: AsyncSession, message: QueuedMessage, now: datetime
    ) -> Send | Hold | Drop:
        """Whether the message may go at this moment, and where to."""
        ...

    async def render(
        self, session: AsyncSession, message: QueuedMessage, now: datetime
    ) -> RenderedText | RenderedMail:
        """The words, in the message's language."""
        ...


@runtime_checkable
class ReadsAhead(Protocol):
    """What a source may have besides: the rows of many messages, read in a few statements."""

    async def read_ahead(
        self, session: AsyncSession, messages: Sequence[QueuedMessage]
    ) -> list[object]:
        """Rows that `may_send` and `render` will ask the session for; the caller keeps them."""
        ...


_SOURCES: dict[str, MessageSource] = {}


def register_source(kind: str, source: MessageSource) -> None:
    """Make a source known; the last registration of a name counts."""
    _SOURCES[kind] = source


def source_named(kind: str) -> MessageSource:
    """The source of a message; a KeyError names a wiring fault."""
    return _SOURCES[kind]
