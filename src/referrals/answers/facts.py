"""Reads who is on the phone that a text came from, in the context of the clinic it was sent to.

A code counts only on the phone that it was sent to, and only while that phone is a verified
channel of the agency that was asked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from accounts.api import channel_by_phone
from directory.api import last_said_by
from notify.api import MessageState, messages_of, open_question
from referrals.answers.agency_meaning import MEANINGS
from referrals.answers.effects import CodedRequest, OpenOptIn, PhoneFacts, SaidFull
from referrals.answers.meaning import OPT_IN_QUESTION, codes_in
from referrals.consequences import WALK_IN
from referrals.list_words import WEEKLY
from referrals.models import Referral
from referrals.overdue import UNDO_WINDOW
from referrals.queries.phones import codes_of_phone, referrals_of_phone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import ChannelMatch
    from notify.api import InboundText, OpenQuestion
    from referrals.queries.phones import CodeRow

# After a yes to A0 the first request may wait for the morning; a thumb that pressed twice must not
# answer it unread. Nobody reads a request and answers in so few seconds.
SAID_AGAIN_WITHIN, READING_TIME = timedelta(hours=16), timedelta(seconds=15)
# A bare "0" may still be told that it comes too late.
UNDO_IS_TALKED_ABOUT = timedelta(days=1)
_WENT_OUT = frozenset({MessageState.CLAIMED, MessageState.IN_DOUBT, MessageState.SENT,
                       MessageState.DELIVERED, MessageState.UNDELIVERED})  # fmt: skip


async def read_facts(
    session: AsyncSession, organization_id: UUID, text: InboundText, now: datetime
) -> PhoneFacts:
    """Everything by which the text is understood."""
    question = await open_question(session, organization_id, text.from_hash)
    channels = await channel_by_phone(session, text.from_hash, now=now)
    return PhoneFacts(
        question=question.template if question else None,
        question_about=question.subject_id if question else None,
        patient_referrals=await referrals_of_phone(session, organization_id, text.from_number),
        requests=await _requests(session, organization_id, text, channels, question, now),
        opt_in=await _opt_in(session, question, channels)
        or await _said_again(session, organization_id, text, question, channels),
        said_full=await _said_full(session, channels, now),
    )


async def _requests(  # noqa: PLR0913 -- a text, its phone, and what was asked
    session: AsyncSession,
    organization_id: UUID,
    text: InboundText,
    channels: Sequence[ChannelMatch],
    question: OpenQuestion | None,
    now: datetime,
) -> tuple[CodedRequest, ...]:
    verified = {channel.member_id: channel for channel in channels if channel.verified}
    rows = [
        row
        for row in await codes_of_phone(session, organization_id, text.from_hash)
        if row.performer_id in verified
    ]
    meant = set(codes_in(text.body))
    only = [row for row in rows if row.is_open]
    # "9 nobody" speaks of all that the list named.
    listed = question is not None and question.template == WEEKLY
    found = []
    for row in rows:
        matters = row.code in meant or (row.is_open and (listed or len(only) == 1))
        request = await _request(session, row, verified[row.performer_id], now, asked=matters)
        if request is not None:
            found.append(request)
    return tuple(found)


async def _request(
    session: AsyncSession, row: CodeRow, channel: ChannelMatch, now: datetime, *, asked: bool
) -> CodedRequest | None:
    referral = await session.get(Referral, row.referral_id)
    if referral is None:
        return None
    at = referral.answered_at
    recent = at is not None and now < at + UNDO_IS_TALKED_ABOUT
    return CodedRequest(
        code=row.code,
        referral_id=row.referral_id,
        performer_id=row.performer_id,
        channel_id=channel.channel_id,
        language=channel.language,
        status=referral.status,
        is_open=row.is_open,
        asked=await _last_asked(session, row.referral_id, channel.channel_id) if asked else None,
        held=referral.held is not None,
        walks_in=referral.how_to_start == WALK_IN,
        answered_at=at.isoformat() if at is not None and recent else "",
        need=referral.need,
        place_id=referral.service_at_location_id,
    )


async def _said_full(
    session: AsyncSession, channels: Sequence[ChannelMatch], now: datetime
) -> SaidFull | None:
    verified = [channel.channel_id for channel in channels if channel.verified]
    last = await last_said_by(session, verified, now - UNDO_IS_TALKED_ABOUT)
    if last is None:
        return None
    may_undo = now < last.said_at + UNDO_WINDOW
    return SaidFull(last.change_id, last.said_at.isoformat(), may_undo=may_undo)


async def _last_asked(session: AsyncSession, referral_id: UUID, channel_id: UUID) -> str | None:
    """The last text that gave this phone digits for this request."""
    asked = [
        story.template
        for story in await messages_of(session, referral_id)
        if story.recipient_id == channel_id
        and story.template in MEANINGS
        and story.state in _WENT_OUT
    ]
    return asked[-1] if asked else None


async def _opt_in(
    session: AsyncSession, question: OpenQuestion | None, channels: Sequence[ChannelMatch]
) -> OpenOptIn | None:
    if question is None or question.template != OPT_IN_QUESTION:
        return None
    referral = await session.get(Referral, question.subject_id)
    for channel in channels:
        theirs = referral is not None and channel.member_id == referral.performer_organization_id
        if theirs or channel.channel_id == question.subject_id:
            about = referral.id if referral is not None else None
            return OpenOptIn(channel.channel_id, channel.language, about)
    return None


async def _said_again(
    session: AsyncSession,
    organization_id: UUID,
    text: InboundText,
    question: OpenQuestion | None,
    channels: Sequence[ChannelMatch],
) -> OpenOptIn | None:
    """The phone said yes just now, and nothing it was asked since can have been read."""
    since = text.received_at - SAID_AGAIN_WITHIN
    fresh = [each for each in channels if each.opted_in_at is not None and each.opted_in_at > since]
    if not fresh:
        return None
    channel = fresh[-1]
    if question is not None:
        unread = question.asked_at + READING_TIME > text.received_at
        return OpenOptIn(channel.channel_id, channel.language, None, again=True) if unread else None
    for row in await codes_of_phone(session, organization_id, text.from_hash):
        if await _last_asked(session, row.referral_id, channel.channel_id) is not None:
            return None
    return OpenOptIn(channel.channel_id, channel.language, None, again=True)
