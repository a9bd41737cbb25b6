"""What time does for a request that only a team may see: the next place, reminders, the patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import text

from builders.listings import Listed, Listing, list_service
from builders.looking import templates
from builders.phones import Phones
from directory.codes import HowToStart
from referrals.actions import AgencySays, plan_b, send_referral
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus as S
from referrals.queries import linked_referrals
from referrals.reasons import Reason
from referrals.words import Rule
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from builders.referrals import Town
    from referrals.models import Referral
    from shared.database import Database

ANA = "+12025550137"
# Rows of the sender that speak of a request; a colleague who is not on the team sees none.
SPEAKING = ("referral", "referral_event", "staff_task", "message", "patient", "next_place")


@pytest_asyncio.fixture
async def kept(town: Town, phones: Phones) -> Town:
    """The clinic's requests are kept to a team; the phones look with its eyes."""
    town = replace(town, teams=(new_id(),))
    phones.town = town
    return town


@pytest_asyncio.fixture
async def table(owner_database: Database) -> Listed:
    """A place that may come next."""
    async with owner_database.transaction(Context()) as session:
        listing = Listing("St Mary's Table", how_to_start=HowToStart.AGENCY_CALLS_PATIENT)
        return await list_service(session, listing)


async def with_next(town: Town, place: Listed) -> Referral:
    draft = await town.draft()
    async with town.as_clinic() as session:
        draft = await session.merge(draft)
        await plan_b.set_places(session, draft, [plan_b.PlaceInOrder(place.id, "Next")])
        return (await send_referral(session, draft.id, word=town.sender())).referral


async def left_for_others(town: Town) -> dict[str, int]:
    """What somebody of the same clinic finds who is on no team."""
    found = {}
    async with town.database.transaction(Context(town.clinic)) as session:
        for name in SPEAKING:
            rows = await session.execute(text(f"select count(*) from {name}"))
            found[name] = rows.scalar_one()
    return {name: count for name, count in found.items() if count}


async def test_after_silence_the_next_place_is_asked_for_the_same_team(
    kept: Town, table: Listed, phones: Phones
) -> None:
    referral = await with_next(kept, table)
    told, turn = referral.clock(Rule.PLAN_B_TOLD), referral.clock(Rule.NEXT_PLACE)
    assert told is not None
    assert turn is not None

    await run_due(phones.database, told)
    assert "P11" in await templates(kept, referral.id)
    await run_due(phones.database, turn)

    assert (await kept.read(referral.id)).status is S.REROUTED
    async with kept.as_clinic() as session:
        [second] = await linked_referrals(session, referral.id)
    following = await kept.read(second.id)
    assert (following.status, following.restricted_team_id) == (S.SENT, kept.teams[0])
    assert await left_for_others(kept) == {}


async def test_after_a_no_as_well(kept: Town, table: Listed) -> None:
    referral = await with_next(kept, table)

    await kept.says(referral.id, AgencySays.NO, kept.page(), reason=Reason.NO_CAPACITY)

    async with kept.as_clinic() as session:
        found = await linked_referrals(session, referral.id)
    for each in found:
        assert (await kept.read(each.id)).restricted_team_id == kept.teams[0]
    assert await left_for_others(kept) == {}


async def test_the_reminder_the_day_before_a_visit_goes_out(kept: Town, phones: Phones) -> None:
    referral = await kept.sent()
    visit = phones.clock.now + timedelta(days=6)
    await kept.says(referral.id, AgencySays.SCHEDULED, kept.page(), visit_at=visit)
    await phones.deliver()
    before = len(phones.inbox(ANA))

    await phones.turn(days=5)

    assert len(phones.inbox(ANA)) == before + 1
    assert await left_for_others(kept) == {}


async def test_the_patient_is_asked_by_the_calendar_and_the_owner_is_called(
    kept: Town, phones: Phones
) -> None:
    await kept.sent()
    await phones.deliver()
    before = len(phones.inbox(ANA))

    for _day in range(12):
        await phones.turn(days=1)

    assert len(phones.inbox(ANA)) > before
    async with kept.as_clinic() as session:
        tasks = await session.execute(text("select count(*) from staff_task"))
        assert tasks.scalar_one() > 0
    assert await left_for_others(kept) == {}
