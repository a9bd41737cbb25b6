"""Full or open per service at a place: read by everybody, said by its agency alone.

Nothing runs when "full" ends: it is compared with now. What was said last, and not taken back,
counts. The agency's context decides for which listings it speaks (a definer function checks it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from accounts.api import listings_of_member
from directory.codes import PauseHow
from directory.page_words import texts_of
from shared import audit

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

IN_FORCE = text("""
select last.place, last.full_until from (
  select distinct on (p.service_at_location_id) p.service_at_location_id as place, p.full_until
  from service_pause p
  where p.service_at_location_id = any(cast(:places as uuid[])) and p.undone_at is null
  order by p.service_at_location_id, p.said_at desc, p.id desc) last
where last.full_until > :now
""")
SAY = text(
    "select say_full_or_open(cast(:places as uuid[]), :until, :how, :channel, :change, :now)"
)
UNDO = text("select undo_full_or_open(:change, :now)")
LAST_OF_CHANNEL = text("""
select change_id, said_at, array_agg(service_at_location_id) as places from service_pause
where channel_id = any(cast(:channels as uuid[])) and undone_at is null and said_at > :after
group by change_id, said_at order by said_at desc limit 1
""")
PLACES = text("""
select d.id, d.service_id, d.display from search_doc_of_staff d
join service s on s.id = d.service_id
join service_at_location l on l.id = d.id
where s.organization_id = any(cast(:listings as uuid[]))
  and coalesce(d.display->>'how', '') <> 'no_referrals'
order by d.display->'text'->>'name', d.id
""")


@dataclass(frozen=True, slots=True)
class Said:
    """Who says it how, as one change; `channel_id`: the phone, when it is said by text."""

    how: PauseHow
    change_id: UUID
    now: datetime
    channel_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LastSaid:
    """The last FULL or OPEN of a phone that was not taken back."""

    change_id: UUID
    said_at: datetime
    places: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """One service of an agency at one place, and until when it takes nobody new."""

    id: UUID
    name: str
    where: str
    full_until: datetime | None


async def full_until(
    session: AsyncSession | AsyncConnection, places: Collection[UUID], now: datetime
) -> dict[UUID, datetime]:
    """Those of the places that are full, with the instant at which they open again."""
    if not places:
        return {}
    rows = await session.execute(IN_FORCE, {"places": list(places), "now": now})
    return {row.place: row.full_until for row in rows}


async def say_full(
    session: AsyncSession, places: Collection[UUID], until: datetime, said: Said
) -> set[UUID]:
    """No new requests until then, for those of the places that are the context's own."""
    return await _say(session, places, until, said)


async def say_open(session: AsyncSession, places: Collection[UUID], said: Said) -> set[UUID]:
    """New requests again."""
    return await _say(session, places, None, said)


async def take_back(session: AsyncSession, change_id: UUID, now: datetime) -> set[UUID]:
    """What was said in that change was never said: what stood before it counts again."""
    found = set((await session.execute(UNDO, {"change": change_id, "now": now})).scalars())
    for place in sorted(found):
        await _record(session, "service_full_undone", place, now)
    return found


async def last_said_by(
    session: AsyncSession, channels: Collection[UUID], after: datetime
) -> LastSaid | None:
    """What one of these phones said last, since then."""
    if not channels:
        return None
    keys = {"channels": list(channels), "after": after}
    row = (await session.execute(LAST_OF_CHANNEL, keys)).one_or_none()
    return LastSaid(row.change_id, row.said_at, tuple(row.places)) if row else None


async def own_places(session: AsyncSession, member_id: UUID, now: datetime) -> list[OwnPlace]:
    """Every service of a member that takes requests, by name in the reader's language."""
    listings = await listings_of_member(session, member_id)
    rows = (await session.execute(PLACES, {"listings": listings})).all()
    full = await full_until(session, [row.id for row in rows], now)
    services = [row.service_id for row in rows]
    return [
        _own_place(row.id, row.display, full.get(row.id), alone=services.count(row.service_id) == 1)
        for row in rows
    ]


def _own_place(
    place: UUID, display: dict[str, Any], until: datetime | None, *, alone: bool
) -> OwnPlace:
    words = texts_of(display)
    where = "" if alone else str(words.get("address") or words.get("city") or "")
    return OwnPlace(place, str(words.get("name") or ""), where, until)


async def _say(
    session: AsyncSession, places: Collection[UUID], until: datetime | None, said: Said
) -> set[UUID]:
    rows = await session.execute(
        SAY,
        {
            "places": list(places),
            "until": until,
            "how": said.how.value,
            "channel": said.channel_id,
            "change": said.change_id,
            "now": said.now,
        },
    )
    told = set(rows.scalars())
    for place in sorted(told):
        detail = {"how": said.how.value, **({"until": until.isoformat()} if until else {})}
        action = "service_full" if until else "service_open"
        await _record(session, action, place, said.now, detail)
    return told


async def _record(
    session: AsyncSession,
    action: str,
    place: UUID,
    now: datetime,
    detail: dict[str, str] | None = None,
) -> None:
    await audit.record(
        session,
        action,
        subject_kind="service_at_location",
        subject_id=place,
        now=now,
        detail=detail,
    )
