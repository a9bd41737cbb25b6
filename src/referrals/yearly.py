"""Before a yes to requests is 12 months old, the phone or mailbox is asked again (practice 2.5).

The clinic that sent there last asks, with the same words as the first time. Without an answer the
channel is not used any more when the 12 months end, and requests become calls again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from accounts.api import ChannelKind, create_confirm_link, verified_channels
from accounts.channels import CHECK_KIND
from notify.api import NewMessage, queue_message, sender_number_of
from referrals.message_source import ASKS_AGAIN
from referrals.queries.channels import last_sent_to
from referrals.sending_out import SOURCE
from shared import due
from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import ChannelFact
    from shared.database import Database

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who asks, about which of its requests, and where."""

    sender_id: UUID
    referral_id: UUID
    channel: ChannelFact


async def run_checks_due(database: Database, now: datetime) -> None:
    """Ask again wherever a yes is 11 months old."""
    async with database.transaction(Context(actor="clock")) as session:
        rows = [row for row in await due.due_rows(session, now) if row.kind == CHECK_KIND]
    for row in rows:
        try:
            await _check(database, row.organization_id, row.subject_id, now)
        except Exception as fault:  # noqa: BLE001 -- logged by kind; the row stays for next time
            kind = type(fault).__name__
            log.error("channel_check_failed", channel=str(row.subject_id), fault=kind)  # noqa: TRY400


async def _check(database: Database, member_id: UUID, channel_id: UUID, now: datetime) -> None:
    agency = Context(organization_id=member_id, actor="clock")
    async with database.transaction(agency) as session:
        asking = await _asking(session, member_id, channel_id, now)
        if asking is None:
            await due.clear_due(session, CHECK_KIND, channel_id)
            return
    sender = Context(organization_id=asking.sender_id, actor="clock")
    async with database.transaction(sender) as session:
        await _ask(session, member_id, asking, now)
        await due.clear_due(session, CHECK_KIND, channel_id)


async def _asking(
    session: AsyncSession, member_id: UUID, channel_id: UUID, now: datetime
) -> _Asking | None:
    """None when the channel is not in use, or nobody ever sent there."""
    in_use = await verified_channels(session, member_id, now=now)
    channel = next((each for each in in_use if each.id == channel_id), None)
    row = await last_sent_to(session, member_id)
    return _Asking(row[0], row[1], channel) if channel is not None and row is not None else None


async def _ask(session: AsyncSession, member_id: UUID, asking: _Asking, now: datetime) -> None:
    by_text = asking.channel.kind is ChannelKind.SMS
    if by_text and await sender_number_of(session, asking.sender_id) is None:
        return
    params = {ASKS_AGAIN: "1"}
    if not by_text:
        link_id = await create_confirm_link(
            session, organization_id=member_id, channel_id=asking.channel.id, now=now
        )
        params["link_id"] = str(link_id)
    await queue_message(
        session,
        NewMessage(
            organization_id=asking.sender_id,
            source=SOURCE,
            subject_id=asking.referral_id,
            template="A0" if by_text else "agency_invitation",
            language=asking.channel.language,
            channel="sms" if by_text else "email",
            recipient_kind="channel",
            recipient_id=asking.channel.id,
            params=params,
            deduplication_key=f"again:{asking.channel.id}:{now.date()}",
            is_question=by_text,
        ),
        now,
    )
