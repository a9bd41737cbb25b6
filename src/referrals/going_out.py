"""Requests that wait for a way to ask: they go out once somebody said yes to a phone or mailbox.

Each goes once to each channel: the event's key is the channel. The clinic that asked is served at
once, every other sender by the worker's next round (a row in `due`). What finds all 90 codes of a
phone taken goes out with its first list for which one is free.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import update

from accounts.api import member_of_channel, verified_channels
from notify.api import forgive_channel
from referrals import overdue
from referrals.consequences import HOTLINE, THEY_CALL
from referrals.decisions import Decision, Recipient, Text
from referrals.digest_rules import next_list_at
from referrals.digests import list_hour, send_waiting_list
from referrals.lifecycle import BusinessStatus, Party
from referrals.models import StaffTask
from referrals.queries.channels import requests_waiting, senders_waiting
from referrals.sending_out import open_code
from referrals.tasks import TaskKind
from referrals.teams import join_teams_here
from referrals.transition import known_event, lock_referral, transition
from referrals.words import CLOCK_ACTOR, Audience, EventKind, Rule, Way, Word
from shared import due
from shared.database import Context

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import ChannelFact
    from referrals.models import Referral
    from shared.database import Database

log = structlog.get_logger()
DUE_KIND = "channel"
SMS = "sms"


class Went(StrEnum):
    """What became of a request that waits for this channel."""

    OUT = "out"
    NOT = "not"
    NO_CODE = "no_code"


async def channel_agreed(
    session: AsyncSession, channel_id: UUID, now: datetime, *, sender_id: UUID | None = None
) -> None:
    """A yes came for this channel: send what waits, the sender's own at once.

    `sender_id` is the organization whose context this is, when it is a sender's.
    """
    member_id = await member_of_channel(session, channel_id)
    if member_id is None:
        return
    await forgive_channel(session, channel_id)
    if sender_id is not None:
        await send_waiting(session, sender_id, member_id, channel_id, now)
    await due.set_due(session, member_id, DUE_KIND, channel_id, now)


async def send_waiting(
    session: AsyncSession, sender_id: UUID, member_id: UUID, channel_id: UUID, now: datetime
) -> bool:
    """Ask that agency on this channel what the sender still waits for.

    True when something has to wait on, until one of the phone's codes is free.
    """
    channels = await verified_channels(session, member_id, now=now)
    channel = next((each for each in channels if each.id == channel_id), None)
    if channel is None:
        return False
    waiting = await requests_waiting(session, sender_id, member_id)
    went = [await _send(session, each, channel, now) for each in waiting]
    await send_waiting_list(session, sender_id, channel_id, now)
    return Went.NO_CODE in went


async def wait_for_codes(
    session: AsyncSession, member_id: UUID, channel_ids: Iterable[UUID], now: datetime
) -> None:
    """All 90 codes of a phone are open: look again when its next list goes out."""
    for channel_id in channel_ids:
        hour, zone = await list_hour(session, channel_id)
        at = next_list_at(now, hour, zone)
        await due.set_due(session, member_id, DUE_KIND, channel_id, at)


async def ask_elsewhere(session: AsyncSession, referral: Referral, now: datetime) -> bool:
    """Ask them at a phone or mailbox that was not asked yet; False when there is none."""
    member_id = referral.performer_organization_id
    for channel in await verified_channels(session, member_id, now=now):
        if await _send(session, referral.id, channel, now) is Went.OUT:
            return True
    return False


async def _send(
    session: AsyncSession, referral_id: UUID, channel: ChannelFact, now: datetime
) -> Went:
    referral = await lock_referral(session, referral_id)
    word = Word(CLOCK_ACTOR, Party.CLOCK, f"channel:{channel.id}", now, Way.CLOCK)
    known = await known_event(session, referral_id, word.event_key)
    if known is not None or not _waits_for(referral, channel):
        return Went.NOT
    code = referral.code
    if channel.kind == SMS:
        code = await open_code(session, referral_id, [channel.id], now)
        if code is None:  # all 90 are open: it stays with whoever calls
            return Went.NO_CODE
    await transition(session, referral_id, word, lambda row: _goes_out(row, channel, code, now))
    await _retire_call(session, referral_id, now)
    return Went.OUT


def _waits_for(referral: Referral, channel: ChannelFact) -> bool:
    asked = {each["id"] for each in referral.asked_channels}
    return (
        referral.status is BusinessStatus.SENT
        and referral.held is None
        and referral.how_to_start != HOTLINE
        and str(channel.id) not in asked
    )


def _goes_out(
    referral: Referral, channel: ChannelFact, code: int | None, now: datetime
) -> Decision:
    """The agency gets its full time from now; what the patient was promised stays as it is."""
    clocks = overdue.answer_clocks(referral.urgency, now, referral.performer_hours)
    promised = referral.answer_due_at
    by = promised if promised is not None and promised > now else clocks.answer_due
    started: dict[Rule, datetime | None] = {}
    if not referral.asked_channels:
        expires = max(referral.clock(Rule.EXPIRES) or clocks.expires, clocks.expires)
        started = {Rule.OWNER_CALLS: clocks.owner_calls, Rule.EXPIRES: expires}
    asked = {"id": str(channel.id), "kind": channel.kind.value, "language": channel.language}
    template = "A1" if referral.how_to_start == THEY_CALL else "A1b"
    return Decision(
        kind=EventKind.WENT_OUT,
        audience=Audience.SENDER,
        changes={
            "asked_channels": [*referral.asked_channels, asked],
            "code": code,
            "answer_due_at": by,
        },
        clocks=started,
        texts=(Text(template, Recipient.AGENCY, by=by, channel=channel.id),),
    )


async def _retire_call(session: AsyncSession, referral_id: UUID, now: datetime) -> None:
    """Nobody needs to call only because there was nowhere to write."""
    await session.execute(
        update(StaffTask)
        .where(
            StaffTask.referral_id == referral_id,
            StaffTask.kind == TaskKind.CALL_AGENCY_UNREACHABLE,
            StaffTask.done_at.is_(None),
        )
        .values(done_at=now)
    )


async def run_channels_due(database: Database, now: datetime) -> None:
    """For every channel with a fresh yes: what other senders have waiting there goes out too."""
    async with database.transaction(Context(actor="clock")) as session:
        rows = [row for row in await due.due_rows(session, now) if row.kind == DUE_KIND]
    for row in rows:
        try:
            await _send_everywhere(database, row.organization_id, row.subject_id, now)
        except Exception as fault:  # noqa: BLE001 -- logged by kind; the row stays for next time
            kind = type(fault).__name__
            log.error("channel_due_failed", channel=str(row.subject_id), fault=kind)  # noqa: TRY400


async def _send_everywhere(
    database: Database, member_id: UUID, channel_id: UUID, now: datetime
) -> None:
    agency = Context(organization_id=member_id, actor="clock")
    async with database.transaction(agency) as session:
        senders = await senders_waiting(session, member_id)
    lacks_codes = False
    for sender_id in senders:
        context = Context(organization_id=sender_id, actor="clock")
        async with database.transaction(context) as session:
            await join_teams_here(session)
            lacks_codes |= await send_waiting(session, sender_id, member_id, channel_id, now)
    async with database.transaction(agency) as session:
        if lacks_codes:
            await wait_for_codes(session, member_id, [channel_id], now)
        else:
            await due.clear_due(session, DUE_KIND, channel_id)
