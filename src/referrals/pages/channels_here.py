"""The agency's own say about where requests come to: pause, start again, never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.api import channels_here, pause_channel, stop_channel
from referrals.pages.moments import moment_words

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.queries.link_facts import AgencyFacts

PAUSED_FOR = timedelta(days=7)
EMAIL = "email"


@dataclass(frozen=True, slots=True)
class MailState:
    """How it stands with the mailboxes that this request was sent to."""

    asked: bool
    stopped: bool
    paused_until: str


async def mail_state(session: AsyncSession, facts: AgencyFacts, now: datetime) -> MailState:
    """Read in the agency's context."""
    asked = [each for each in await channels_here(session) if each.id in _mailboxes(facts)]
    going = [each for each in asked if each.stopped_at is None]
    paused = [each.paused_until for each in going if each.paused_until and each.paused_until > now]
    return MailState(
        asked=bool(asked),
        stopped=bool(asked) and not going,
        paused_until=moment_words(max(paused), now, facts.zone) if paused else "",
    )


async def change_mail(
    session: AsyncSession, facts: AgencyFacts, change: str, now: datetime
) -> None:
    """Pause, start again, or never, for every mailbox that this request was sent to."""
    for channel_id in _mailboxes(facts):
        if change == "never":
            await stop_channel(session, channel_id, now=now)
        else:
            until = now + PAUSED_FOR if change == "pause" else None
            await pause_channel(session, channel_id, until=until, now=now)


async def masked_mailboxes(session: AsyncSession, facts: AgencyFacts) -> str:
    """'d…@harbor.example', so that whoever reads it knows where to look and nobody learns more."""
    asked = _mailboxes(facts)
    found = [each.address or "" for each in await channels_here(session) if each.id in asked]
    return ", ".join(_masked(address) for address in found if "@" in address)


def _masked(address: str) -> str:
    name, _at, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"


def _mailboxes(facts: AgencyFacts) -> list[UUID]:
    return [channel_id for channel_id, kind in facts.asked_channels if kind == EMAIL]
