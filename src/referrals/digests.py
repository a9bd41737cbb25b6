"""What is routine waits here, and goes to an agency's phone in one text a day (A9, A5, A6).

One list per clinic's number and phone; of several clinics one a day, by turns. New requests come
first; questions how it went wait for a day without new ones. Each text names its requests, and each
of these shows the text.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from notify.api import NewMessage, queue_message
from referrals.consequences import clock_facts
from referrals.digest_rules import (
    TOLD_AT_MOST,
    divided,
    had_one_today,
    is_before,
    next_list_at,
    told_again_at,
    waits_for_list,
    weekly_list_at,
)
from referrals.lifecycle import AFTER_YES, WAITING
from referrals.list_words import WEEKLY, fits_one_text, list_template
from referrals.models import AgencyDigest, AgencyDigestLine, Referral
from referrals.source_name import SOURCE
from referrals.teams import join_teams_here
from shared import due
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import time

    from sqlalchemy.ext.asyncio import AsyncSession

    from shared.database import Database

log = structlog.get_logger()
DUE_KIND = "agency_digest"
NEVER = datetime.min.replace(tzinfo=UTC)
NEW = frozenset({"A1", "A1b"})
OUTCOME = "A5"
Lines = list[tuple[AgencyDigestLine, Referral]]
HOUR_OF = text("select hour, time_zone from digest_hour_of(:channel)")
LAST_LIST_TO = text("select last_list_to(:channel)")
LISTS_TOLD = text("select id, last_text_at from lists_told(:digests)")


async def add_line(  # noqa: PLR0913 -- one line of a list, spelled out
    session: AsyncSession,
    referral: Referral,
    channel: dict[str, str],
    template: str,
    now: datetime,
    *,
    answer_by: datetime | None = None,
    at: datetime | None = None,
) -> None:
    """Let it stand on the next list of that phone (`at`: not on the next, but then)."""
    channel_id = UUID(channel["id"])
    digest = await _digest(session, referral.requester_organization_id, channel_id)
    hour, zone = await list_hour(session, channel_id)
    line = await _line(session, digest.id, referral.id) or AgencyDigestLine(
        organization_id=digest.organization_id, digest_id=digest.id, referral_id=referral.id
    )
    line.template, line.language, line.times = template, channel["language"], 0
    line.answer_by = answer_by
    line.next_at = at or next_list_at(now, hour, zone, digest.last_text_at)
    session.add(line)
    await session.flush()
    await _set_due(session, digest)


async def add_to_week(session: AsyncSession, referral: Referral, now: datetime) -> None:
    """Who just walks in stands on the weekly list that follows the next opening."""
    ends = clock_facts(referral).next_opening_ends
    for channel in referral.asked_channels:
        if channel["kind"] != "sms":
            continue
        hour, zone = await list_hour(session, UUID(channel["id"]))
        at = weekly_list_at(max(ends or now, now), hour, zone)
        await add_line(session, referral, channel, WEEKLY, now, at=at)


async def forget_untold(session: AsyncSession, referral_id: UUID, channel_id: UUID) -> bool:
    """Whether that phone was never told of it: then it need not hear of its end either."""
    line = await session.scalar(
        select(AgencyDigestLine)
        .join(AgencyDigest, AgencyDigest.id == AgencyDigestLine.digest_id)
        .where(
            AgencyDigest.channel_id == channel_id,
            AgencyDigestLine.referral_id == referral_id,
            AgencyDigestLine.times == 0,
            AgencyDigestLine.template.in_(NEW),
        )
    )
    if line is None:
        return False
    line.next_at = None
    return True


async def send_waiting_list(
    session: AsyncSession, sender_id: UUID, channel_id: UUID, now: datetime
) -> None:
    """What waited for a phone's first yes goes out at once, in one list."""
    digest = await session.scalar(
        select(AgencyDigest).where(
            AgencyDigest.organization_id == sender_id, AgencyDigest.channel_id == channel_id
        )
    )
    if digest is not None:
        await send_list(session, digest.id, now)


async def send_list(
    session: AsyncSession, digest_id: UUID, now: datetime, *, at_its_hour: bool = False
) -> None:
    """Queue the texts of the lines that are due, and say when the next list comes.

    Nothing routine goes to a phone that had a list today, whoever's it was; with `at_its_hour` nor
    before the hour its people chose, which may have changed since the line was written.
    """
    digest = await session.get(AgencyDigest, digest_id, with_for_update=True)
    if digest is None:
        return
    hour, zone = await list_hour(session, digest.channel_id)
    ready = await _ready(session, digest, now)
    last = await _last_list_to(session, digest.channel_id) if ready else None
    if had_one_today(last, now, zone) or (at_its_hour and is_before(now, hour, zone)):
        for line, _referral in _routine(ready):
            line.next_at = next_list_at(now, hour, zone, last)
        ready = [each for each in ready if each not in _routine(ready)]
    if ready:
        await _tell(session, digest, ready, now)
    await session.flush()
    await _set_due(session, digest)


def _routine(lines: Lines) -> Lines:
    """What may wait another day; this week's requests, listed after a first yes, may not."""
    return [each for each in lines if waits_for_list(each[1].urgency)]


async def _tell(session: AsyncSession, digest: AgencyDigest, ready: Lines, now: datetime) -> None:
    """New ones if there are any, a text for each team's; the others wait for the next list."""
    hour, zone = await list_hour(session, digest.channel_id)
    chosen = [each for each in ready if each[0].template in NEW] or ready
    by_team: dict[UUID | None, Lines] = defaultdict(list)
    for line, referral in chosen:
        by_team[referral.restricted_team_id].append((line, referral))
    for lines in by_team.values():
        await _queue(session, digest, lines, now)
    digest.last_text_at = now
    for line, _referral in chosen:
        line.times += 1
        again = line.template in NEW and line.times < TOLD_AT_MOST
        line.next_at = told_again_at(now, hour, zone) if again else None
    for line, _referral in ready:
        if line.next_at is not None and line.next_at <= now:
            line.next_at = next_list_at(now, hour, zone, digest.last_text_at)


async def run_digests_due(database: Database, now: datetime) -> None:
    """Every phone's list whose hour has come (worker)."""
    async with database.transaction(Context(actor="clock")) as session:
        rows = [row for row in await due.due_rows(session, now) if row.kind == DUE_KIND]
        told = await _lists_told(session, [row.subject_id for row in rows])
    for row in sorted(rows, key=lambda row: told.get(row.subject_id, NEVER)):
        try:
            context = Context(organization_id=row.organization_id, actor="clock")
            async with database.transaction(context) as session:
                await join_teams_here(session)
                await send_list(session, row.subject_id, now, at_its_hour=True)
        except Exception as fault:  # noqa: BLE001 -- logged by kind; the row stays for next time
            kind = type(fault).__name__
            log.error("digest_due_failed", digest=str(row.subject_id), fault=kind)  # noqa: TRY400


async def list_hour(session: AsyncSession, channel_id: UUID) -> tuple[time, str]:
    """At what hour, and in which zone, that phone gets its list."""
    row = (await session.execute(HOUR_OF, {"channel": channel_id})).one()
    return row.hour, row.time_zone


async def _last_list_to(session: AsyncSession, channel_id: UUID) -> datetime | None:
    """When any clinic's list last went to that phone, which is ours until the commit."""
    last: datetime | None = await session.scalar(LAST_LIST_TO, {"channel": channel_id})
    return last


async def _lists_told(session: AsyncSession, digest_ids: list[UUID]) -> dict[UUID, datetime]:
    """When each was told last, so that the one that waits longest has its turn (worker)."""
    rows = await session.execute(LISTS_TOLD, {"digests": digest_ids})
    return {row.id: row.last_text_at for row in rows if row.last_text_at is not None}


async def _ready(session: AsyncSession, digest: AgencyDigest, now: datetime) -> Lines:
    """Lines whose hour has come and whose request still asks; others are crossed out.

    What cannot be seen from here (a team's) is left to the worker.
    """
    lines = await session.scalars(
        select(AgencyDigestLine)
        .where(AgencyDigestLine.digest_id == digest.id, AgencyDigestLine.next_at <= now)
        .order_by(AgencyDigestLine.next_at, AgencyDigestLine.id)
    )
    ready: Lines = []
    for line in lines.all():
        referral = await session.get(Referral, line.referral_id)
        if referral is None:
            continue
        if still_asks(referral, line.template):
            ready.append((line, referral))
        else:
            line.next_at = None
    return ready


def still_asks(referral: Referral, template: str) -> bool:
    """Whether the request still stands where the text speaks of it."""
    if referral.held is not None or referral.code is None:
        return False
    return referral.status in (WAITING if template in NEW else AFTER_YES)


async def _queue(session: AsyncSession, digest: AgencyDigest, lines: Lines, now: datetime) -> None:
    walked_in = any(line.template == WEEKLY for line, _referral in lines)
    language = lines[-1][0].language
    template = list_template(
        new=lines[0][0].template in NEW, again=any(line.times for line, _referral in lines)
    )
    parts = divided(
        lines, lambda part: fits_one_text(template, language, [row for _line, row in part])
    )
    for part in parts:
        alone = len(part) == 1 and not walked_in
        await _queue_one(session, digest, part, part[0][0].template if alone else template, now)


async def _queue_one(
    session: AsyncSession,
    digest: AgencyDigest,
    part: Sequence[tuple[AgencyDigestLine, Referral]],
    template: str,
    now: datetime,
) -> None:
    first, *others = [referral for _line, referral in part]
    line = part[0][0]
    params = {}
    if line.answer_by is not None:
        params["by"] = line.answer_by.isoformat()
    await queue_message(
        session,
        NewMessage(
            organization_id=digest.organization_id,
            source=SOURCE,
            subject_id=first.id,
            also_about=tuple(referral.id for referral in others),
            template=template,
            language=line.language,
            channel="sms",
            recipient_kind="channel",
            recipient_id=digest.channel_id,
            params=params,
            deduplication_key=f"list:{digest.id}:{now.isoformat()}:{first.id}",
            is_question=True,
        ),
        now,
    )


async def _digest(session: AsyncSession, sender_id: UUID, channel_id: UUID) -> AgencyDigest:
    await session.execute(
        insert(AgencyDigest)
        .values(id=new_id(), organization_id=sender_id, channel_id=channel_id, last_text_at=None)
        .on_conflict_do_nothing()
    )
    found = await session.execute(
        select(AgencyDigest)
        .where(AgencyDigest.organization_id == sender_id, AgencyDigest.channel_id == channel_id)
        .with_for_update()
    )
    return found.scalar_one()


async def _line(
    session: AsyncSession, digest_id: UUID, referral_id: UUID
) -> AgencyDigestLine | None:
    return await session.scalar(
        select(AgencyDigestLine).where(
            AgencyDigestLine.digest_id == digest_id, AgencyDigestLine.referral_id == referral_id
        )
    )


async def _set_due(session: AsyncSession, digest: AgencyDigest) -> None:
    following = await session.scalar(
        select(AgencyDigestLine.next_at)
        .where(AgencyDigestLine.digest_id == digest.id, AgencyDigestLine.next_at.is_not(None))
        .order_by(AgencyDigestLine.next_at)
        .limit(1)
    )
    if following is None:
        await due.clear_due(session, DUE_KIND, digest.id)
        return
    await due.set_due(session, digest.organization_id, DUE_KIND, digest.id, following)
