"""The list of next places while a request runs: one more, or fewer; noted, and its clocks set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from referrals.actions.plan_b import PLACES, PlaceInOrder, places_of, set_places
from referrals.clockwork import plan_b_told_at
from referrals.consequences import clock_facts
from referrals.decisions import Decision
from referrals.lifecycle import NOT_SENT, WAITING
from referrals.listing import listing_words
from referrals.transition import lock_referral, transition
from referrals.words import Audience, EventKind, Rule
from shared.errors import Conflict, InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral
    from referrals.words import Word


async def add_place(
    session: AsyncSession, referral_id: UUID, place_id: UUID, *, word: Word
) -> Referral:
    """The place goes to the end of the list; three in all."""
    listing = await listing_words(session, place_id, word.now)
    if listing is None or listing.how_to_start == "no_referrals":
        raise InvalidInput(_("This place takes no requests."), field="place")
    places = await places_of(session, referral_id)
    if place_id not in {each.service_at_location_id for each in places}:
        if len(places) >= PLACES - 1:
            raise InvalidInput(_("Three places at most. Take one off first."), field="place")
        places = (*places, PlaceInOrder(place_id, listing.organization))
    return await keep_places(session, referral_id, places, word=word)


async def keep_places(
    session: AsyncSession, referral_id: UUID, places: Sequence[PlaceInOrder], *, word: Word
) -> Referral:
    """The list as given, for a request that has not been answered yet."""
    referral = await lock_referral(session, referral_id)
    if referral.status not in NOT_SENT | WAITING:
        raise Conflict(_("They have answered already."), code="answered_already")
    await set_places(session, referral, places)
    decision = Decision(
        kind=EventKind.PLACES_CHANGED,
        audience=Audience.SENDER,
        words={"note": ", ".join(each.name for each in places)},
        clocks=_clocks(referral, word.now),
    )
    return (await transition(session, referral_id, word, lambda _row: decision)).referral


def _clocks(referral: Referral, now: datetime) -> dict[Rule, datetime | None]:
    turn = referral.clock(Rule.NEXT_PLACE)
    if turn is None:
        return {}
    return {Rule.PLAN_B_TOLD: plan_b_told_at(clock_facts(referral), turn, now)}
