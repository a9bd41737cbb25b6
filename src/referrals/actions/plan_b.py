"""Plan B: the next places of the patient's list, asked when one says no or stays silent.

The list is the sender's alone; the request carries only how many are left. Nothing is asked
without the fourth tick, nor while the place has asked us something.
"""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, select

from directory.api import full_until
from referrals.actions.patients import consent_of
from referrals.consent import is_in_force
from referrals.decisions import Decision
from referrals.lifecycle import WAITING, BusinessStatus
from referrals.listing import ListingWords, listing_words
from referrals.models import NextPlace, Referral
from referrals.reasons import Reason
from referrals.transition import transition
from referrals.words import Audience, EventKind, Rule
from shared.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.words import Word

S = BusinessStatus
PLACES = 3
ASKS_FROM = frozenset({S.SENT, S.DECLINED, S.UNABLE})


@dataclass(frozen=True, slots=True)
class PlaceInOrder:
    """A place of the list as pages show it."""

    service_at_location_id: UUID
    name: str


async def set_places(
    session: AsyncSession, referral: Referral, places: Sequence[PlaceInOrder]
) -> None:
    """The places to ask after this one, in order; what stood there before is replaced."""
    await session.execute(delete(NextPlace).where(NextPlace.referral_id == referral.id))
    first = referral.service_at_location_id
    kept = {each.service_at_location_id: each for each in places}
    kept.pop(first, None)
    chosen = list(kept.values())[: PLACES - 1]
    for position, place in enumerate(chosen):
        session.add(
            NextPlace(
                organization_id=referral.requester_organization_id,
                referral_id=referral.id,
                position=position,
                service_at_location_id=place.service_at_location_id,
                name=place.name,
            )
        )
    referral.places_left = len(chosen)
    await session.flush()


async def places_of(session: AsyncSession, referral_id: UUID) -> tuple[PlaceInOrder, ...]:
    """The places still to ask, in order."""
    rows = await session.scalars(
        select(NextPlace).where(NextPlace.referral_id == referral_id).order_by(NextPlace.position)
    )
    return tuple(PlaceInOrder(row.service_at_location_id, row.name) for row in rows)


async def move_places(
    session: AsyncSession, old: Referral, new: Referral, *, without: UUID | None = None
) -> None:
    """The rest of the list goes on with the request that took the first one's place."""
    rest = [
        place
        for place in await places_of(session, old.id)
        if place.service_at_location_id != without
    ]
    await set_places(session, new, rest)
    await set_places(session, old, ())


async def next_listing(
    session: AsyncSession, referral: Referral, now: datetime
) -> ListingWords | None:
    """The first place of the list that is still listed and takes requests, now and at all."""
    places = await places_of(session, referral.id)
    full = await full_until(session, [each.service_at_location_id for each in places], now)
    for place in places:
        if place.service_at_location_id in full:
            continue
        found = await listing_words(session, place.service_at_location_id, now)
        if found is not None and found.how_to_start != "no_referrals":
            return found
    return None


async def ask_next_place(session: AsyncSession, referral: Referral, word: Word) -> bool:
    """The clock's own re-route. False: there is none to ask, a person is reminded instead."""
    from referrals.actions.owning import Reroute, reroute  # owning's re-route moves the list here

    if referral.held is not None:
        wait = Decision(
            kind=EventKind.CLOCK_RANG,
            audience=Audience.SENDER,
            clocks={Rule.NEXT_PLACE: referral.clock(Rule.HELD)},
        )
        await transition(session, referral.id, word, lambda _row: wait)
        return True
    listing = await _may_ask(session, referral, word.now)
    if listing is None:
        return await _nothing_to_ask(session, referral, word)
    speaks = replace(word.actor, organization_id=referral.requester_organization_id)
    asking = replace(word, actor=speaks)
    try:
        async with session.begin_nested():
            reason = Reason.NO_RESPONSE_EXPIRED
            await reroute(session, referral.id, word=asking, to=Reroute(listing, reason))
    except (Conflict, InvalidInput):
        return await _nothing_to_ask(session, referral, word)
    return True


async def _may_ask(session: AsyncSession, referral: Referral, now: datetime) -> ListingWords | None:
    if referral.status not in ASKS_FROM or not referral.places_left:
        return None
    consent = await consent_of(session, referral.id)
    if consent is None or not consent.next_places or not is_in_force(consent.terms(), now):
        return None
    return await next_listing(session, referral, now)


async def _nothing_to_ask(session: AsyncSession, referral: Referral, word: Word) -> bool:
    """After an ending the owner has it already; before one the usual reminder follows."""
    if referral.status in WAITING:
        return False
    stop = Decision(
        kind=EventKind.CLOCK_RANG, audience=Audience.SENDER, clocks={Rule.NEXT_PLACE: None}
    )
    await transition(session, referral.id, word, lambda _row: stop)
    return True
