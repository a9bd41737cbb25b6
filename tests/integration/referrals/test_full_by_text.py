"""FULL, FULL 14, OPEN and 0 from an agency's phone: what is paused, said back, and undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import select

from accounts.members import claim_listing
from builders.accounts import a_member
from builders.full_places import full_here, list_place
from builders.phones import Phones
from builders.referrals import TUESDAY, Town, a_town
from directory.api import PauseHow, Said, say_full
from notify.segments import count_segments
from referrals.lifecycle import BusinessStatus as S
from referrals.models import ReferralEvent
from referrals.words import EventKind
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from shared.database import Database

DENISE = "+12025550144"
FULL_WORDS = (
    "OK, FOOD marked FULL until Mon May 15, 9 am. Open ones 10 stay with you."
    " Reply OPEN to start sooner, or FULL 14 for 14 days."
)
OPEN_WORDS = "OK, FOOD: OPEN. New requests come as before. Reply FULL to pause again."


@pytest_asyncio.fixture
async def town(database: Database, owner_database: Database) -> Town:
    town = await a_town(database)
    town.listing = await list_place(town, owner_database)
    return town


async def until(town: Town, phones: Phones) -> str | None:
    found = await full_here(town, town.listing.service_at_location_id, phones.clock.now)
    return found.isoformat() if found else None


async def test_full_pauses_until_monday_and_the_open_request_stays(
    town: Town, phones: Phones
) -> None:
    referral = await town.sent()
    await phones.deliver()
    assert await phones.says(DENISE, "FULL") == [FULL_WORDS]
    assert await until(town, phones) == "2023-05-15T13:00:00+00:00"
    kept = await town.read(referral.id)
    assert (kept.status, kept.held) == (S.SENT, None)
    async with town.as_clinic() as session:
        last = await session.scalar(
            select(ReferralEvent)
            .where(ReferralEvent.referral_id == referral.id)
            .order_by(ReferralEvent.version.desc())
            .limit(1)
        )
    assert last is not None
    assert last.kind is EventKind.AGENCY_WROTE


async def test_it_ends_by_itself(town: Town, phones: Phones) -> None:
    await town.sent()
    await phones.says(DENISE, "FULL")
    phones.clock.now = TUESDAY + timedelta(days=5, hours=18, minutes=44)
    assert await until(town, phones)
    phones.clock.now += timedelta(minutes=1)
    assert await until(town, phones) is None


async def test_full_fourteen_replaces_what_was_said_before(town: Town, phones: Phones) -> None:
    await town.sent()
    await phones.says(DENISE, "FULL")
    phones.clock.now += timedelta(minutes=1)
    back = await phones.says(DENISE, "FULL 14")
    assert back[0].startswith("OK, FOOD marked FULL until Tue May 23, 9 am.")
    assert await until(town, phones) == "2023-05-23T13:00:00+00:00"


async def test_open_ends_it_sooner(town: Town, phones: Phones) -> None:
    await town.sent()
    await phones.says(DENISE, "FULL")
    phones.clock.now += timedelta(minutes=1)
    assert await phones.says(DENISE, "OPEN") == [OPEN_WORDS]
    assert await until(town, phones) is None
    assert await phones.says(DENISE, "open") == [OPEN_WORDS]


async def test_zero_takes_full_back_for_thirty_minutes(town: Town, phones: Phones) -> None:
    await town.sent()
    await phones.says(DENISE, "FULL")
    phones.clock.now += timedelta(minutes=29)
    assert await phones.says(DENISE, "0") == [OPEN_WORDS]
    assert await until(town, phones) is None
    await phones.says(DENISE, "FULL")
    phones.clock.now += timedelta(minutes=31)
    assert await phones.says(DENISE, "0") == [FULL_WORDS]
    assert await until(town, phones)


async def test_zero_after_open_makes_it_full_again(town: Town, phones: Phones) -> None:
    await town.sent()
    await phones.says(DENISE, "FULL 14")
    phones.clock.now += timedelta(minutes=1)
    await phones.says(DENISE, "OPEN")
    back = await phones.says(DENISE, "0")
    assert back[0].startswith("OK, FOOD marked FULL until Tue May 23")


async def test_the_same_text_read_twice_says_it_once(town: Town, phones: Phones) -> None:
    await town.sent()
    await phones.says(DENISE, "FULL", sid="SM-same")
    assert await phones.says(DENISE, "FULL", sid="SM-same") == []


async def test_all_services_of_the_number_are_paused_and_named(
    town: Town, phones: Phones, owner_database: Database
) -> None:
    await town.sent()
    beds = await list_place(town, owner_database, name="Harbor Beds")
    await town.sent(listing=beds, need="bed")
    await phones.deliver()
    (back,) = await phones.says(DENISE, "lleno")
    assert back.startswith("OK, FOOD, BED marked FULL until Mon May 15, 9 am. Open ones 10, 11 ")
    assert count_segments(back).segments == 1
    assert await until(town, phones)
    assert await full_here(town, beds.service_at_location_id, phones.clock.now)


async def test_nothing_open_is_nothing_to_name(town: Town, phones: Phones) -> None:
    await town.sent()
    await phones.says(DENISE, "10 3")
    await phones.says(DENISE, "6")
    await phones.turn(minutes=31)
    (back,) = await phones.says(DENISE, "FULL")
    assert back == FULL_WORDS.replace("Open ones 10 stay with you. ", "")


async def test_a_place_that_is_no_listing_of_theirs_is_not_paused(
    town: Town, phones: Phones
) -> None:
    town.listing = replace(town.listing, service_at_location_id=new_id())
    await town.sent()
    await phones.deliver()
    (back,) = await phones.says(DENISE, "FULL")
    assert "FULL" not in back


async def test_nobody_speaks_for_another_agencys_listing(town: Town) -> None:
    place = town.listing.service_at_location_id
    said = Said(PauseHow.DESK, new_id(), TUESDAY)
    until = TUESDAY + timedelta(days=6)
    other = await a_member(town.database, "Oak School", now=TUESDAY)
    async with town.database.transaction(Context(other)) as session:
        assert await say_full(session, [place], until, said) == set()
    async with town.as_clinic() as session:
        assert await say_full(session, [place], until, said) == set()
    assert await full_here(town, place, TUESDAY) is None
    async with town.as_agency() as session:
        await claim_listing(session, town.listing.directory_organization_id, now=TUESDAY)
        assert await say_full(session, [place], until, said) == {place}
