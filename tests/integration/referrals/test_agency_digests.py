"""Routine requests go to an agency's phone in one text a day: A9, again after three days, A6."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text

from accounts.channels import choose_list_hour, stop_channel
from builders.phones import Phones, some_phones
from builders.referrals import CLINIC_NUMBER, TUESDAY, Town, a_town
from notify.api import give_sender_number, messages_of
from notify.segments import count_segments
from referrals.digests import run_digests_due
from referrals.lifecycle import BusinessStatus as S
from referrals.overdue import Urgency
from referrals.reasons import Reason
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from referrals.models import Referral
    from shared.database import Database

HARBOR = "+12025550144"
# Tuesday 2:15 pm → Wednesday 9 am, when Harbor's people start to answer.
TO_NINE = timedelta(hours=18, minutes=45)


@pytest.fixture
async def town(database: Database) -> Town:
    return await a_town(database)


@pytest.fixture
async def phones(town: Town, worker_database: Database) -> Phones:
    return await some_phones(town, worker_database)


async def routine(town: Town, phones: Phones, **changes: Any) -> Referral:
    values = {"now": phones.clock.now, "urgency": Urgency.ROUTINE, **changes}
    referral = await town.sent(**values)
    await phones.deliver()
    return referral


async def next_list(phones: Phones, **by: float) -> list[str]:
    """What Harbor's phone got by then."""
    phones.new(HARBOR)
    await phones.turn(**(by or {"seconds": TO_NINE.total_seconds()}))
    return phones.new(HARBOR)


async def story(town: Town, referral_id: UUID) -> list[str]:
    async with town.as_clinic() as session:
        return [each.template for each in await messages_of(session, referral_id)]


async def test_what_is_routine_waits_for_the_next_answering_day(town: Town, phones: Phones) -> None:
    referral = await routine(town, phones)
    assert phones.inbox(HARBOR) == []

    assert await next_list(phones, hours=18) == []
    [alone] = await next_list(phones, minutes=45)

    assert alone.startswith(f"Lincoln Clinic {referral.code}: can you help with FOOD")


async def test_several_go_in_one_text_that_each_of_them_shows(town: Town, phones: Phones) -> None:
    food = await routine(town, phones)
    bed = await routine(town, phones, need="housing")

    [words] = await next_list(phones)

    assert words == (
        f"Lincoln Clinic, new today: {food.code} FOOD 4 people, {bed.code} HOUSING 4 people."
        f" Reply like {food.code} 1 yes, {food.code} 2 wait list, {food.code} 3 no. 5 call me."
    )
    for each in (food, bed):
        assert "A9" in await story(town, each.id)
        assert (await town.read(each.id)).delivered_at is None


async def test_urgent_ones_go_alone_and_at_once(town: Town, phones: Phones) -> None:
    await routine(town, phones)

    urgent = await town.sent(now=phones.clock.now, urgency=Urgency.TODAY)
    await phones.deliver()

    [words] = phones.inbox(HARBOR)
    assert words.startswith(f"Lincoln Clinic {urgent.code}:")
    assert len(await next_list(phones)) == 1


async def test_each_is_answered_by_its_code_and_undone(town: Town, phones: Phones) -> None:
    food, bed = await routine(town, phones), await routine(town, phones, need="housing")
    await next_list(phones)

    await phones.says(HARBOR, f"{food.code} 1, {bed.code} 3")

    assert (await town.read(food.id)).status is S.ACCEPTED
    assert (await town.read(bed.id)).held is not None
    await phones.says(HARBOR, f"{bed.code} 0")
    assert (await town.read(bed.id)).held is None


async def test_one_digit_is_enough_when_one_is_open(town: Town, phones: Phones) -> None:
    food, bed = await routine(town, phones), await routine(town, phones, need="housing")
    await next_list(phones)
    await phones.says(HARBOR, f"{food.code} 1")

    await phones.says(HARBOR, "2")

    # The first one's code still stands for it: two are open, and we ask which.
    assert "Which one?" in phones.inbox(HARBOR)[-1]
    assert (await town.read(bed.id)).status is S.SENT


async def test_five_alone_after_a_list_asks_for_a_call(town: Town, phones: Phones) -> None:
    food = await routine(town, phones)
    await routine(town, phones, need="housing")
    await next_list(phones)

    await phones.says(HARBOR, "5")

    async with town.as_clinic() as session:
        found = await session.execute(text("select kind from staff_task"))
        assert "call_agency_asked" in set(found.scalars())
    assert (await town.read(food.id)).status in {S.SENT, S.INFO_NEEDED}


async def test_no_second_text_the_same_day(town: Town, phones: Phones) -> None:
    await routine(town, phones)
    assert len(await next_list(phones)) == 1
    await routine(town, phones)

    assert await next_list(phones, hours=8) == []
    assert len(await next_list(phones, hours=16)) == 1


async def test_unanswered_they_stand_on_the_list_once_more_after_three_days(
    town: Town, phones: Phones
) -> None:
    food, bed = await routine(town, phones), await routine(town, phones, need="housing")
    assert len(await next_list(phones)) == 1
    assert await next_list(phones, days=2) == []

    # Wednesday and three answering days: Monday.
    [again] = await next_list(phones, days=3)

    assert again.startswith(f"Lincoln Clinic, still open: {food.code} FOOD 4 people, {bed.code}")
    assert await next_list(phones, days=7) == []


async def test_a_long_list_is_divided_and_no_item_is_broken(town: Town, phones: Phones) -> None:
    sent = [await routine(town, phones, need=need) for need in ["food", "housing"] * 5]

    got = await next_list(phones)

    assert 1 < len(got) <= 5
    for words in got:
        counted = count_segments(words)
        assert (counted.segments, counted.units <= 160) == (1, True)
    assert got[-1].startswith(f"Lincoln Clinic {sent[-1].code}: can you help with HOUSING")
    for each in sent[:-1]:
        item = f"{each.code} {'FOOD' if each.need == 'food' else 'HOUSING'} 4 people"
        assert [item in words for words in got].count(True) == 1


async def test_what_was_stopped_meanwhile_is_neither_listed_nor_taken_back(
    town: Town, phones: Phones
) -> None:
    from referrals.actions import withdraw

    food, bed = await routine(town, phones), await routine(town, phones, need="housing")
    async with town.as_clinic() as session:
        await withdraw(session, bed.id, word=town.sender(), reason=Reason.NEED_CHANGED)
    await phones.deliver()

    got = await next_list(phones)

    assert [words[:17] for words in got] == [f"Lincoln Clinic {food.code}"]


async def test_what_was_answered_between_queueing_and_sending_is_left_out(
    town: Town, phones: Phones
) -> None:
    from referrals.actions import withdraw

    food, bed = await routine(town, phones), await routine(town, phones, need="housing")
    phones.clock.now += TO_NINE
    await run_digests_due(phones.database, phones.clock.now)
    async with town.as_clinic() as session:
        await withdraw(
            session, bed.id, word=town.sender(phones.clock.now), reason=Reason.NEED_CHANGED
        )
    await phones.deliver()

    got = phones.inbox(HARBOR)

    assert any(words.startswith(f"Lincoln Clinic {food.code}: can you help") for words in got)
    assert not any("HOUSING" in words for words in got)


async def test_the_agency_chooses_the_hour(town: Town, phones: Phones) -> None:
    async with town.as_agency() as session:
        await session.execute(text("update answering_channel set digest_at = '16:00'"))
    await routine(town, phones)

    # Tuesday, 4 pm: still today.
    assert await next_list(phones, hours=1) == []
    assert len(await next_list(phones, minutes=45)) == 1


async def test_a_phone_that_says_stop_gets_no_list_and_somebody_calls(
    town: Town, phones: Phones
) -> None:
    await routine(town, phones)
    await routine(town, phones, need="housing")
    async with town.as_agency() as session:
        await stop_channel(session, town.channels[0], now=phones.clock.now)

    assert await next_list(phones) == []


async def test_a_teams_requests_are_never_named_beside_others(town: Town, phones: Phones) -> None:
    kept = replace(town, teams=(new_id(),), keys=100)
    open_one = await routine(town, phones)
    hidden = [await routine(kept, phones, need="housing") for _each in range(2)]

    got = await next_list(phones)

    assert len(got) == 1, "the other list is the team's: fetched below"
    assert str(open_one.code) in got[0]
    assert not any(str(each.code) in got[0] for each in hidden)
    phones.town = kept
    await phones.deliver()
    [theirs] = phones.new(HARBOR)
    assert all(f"{each.code} HOUSING" in theirs for each in hidden)


async def test_the_list_goes_out_once_however_often_the_hour_rings(
    town: Town, phones: Phones
) -> None:
    await routine(town, phones)
    await routine(town, phones, need="housing")
    phones.clock.now = TUESDAY + TO_NINE
    for _again in range(3):
        await run_digests_due(phones.database, phones.clock.now)
    await phones.deliver()

    assert len(phones.inbox(HARBOR)) == 1


async def how_it_went(town: Town, phones: Phones, count: int) -> list[Referral]:
    """Yes to all of them by text; then three answering days without a word."""
    sent = [await routine(town, phones) for _each in range(count)]
    await next_list(phones)
    for each in sent:
        await phones.says(HARBOR, f"{each.code} 1")
    phones.new(HARBOR)
    return sent


async def test_how_it_went_is_asked_in_one_list(town: Town, phones: Phones) -> None:
    first, second, third = await how_it_went(town, phones, 3)

    got = [words for _day in range(7) for words in await next_list(phones, days=1)]

    asked = [words for words in got if "Who was helped?" in words]
    assert asked == [
        (
            f"Lincoln Clinic, this week: {first.code} {second.code} {third.code} food."
            f" Who was helped? Reply their numbers, like {first.code} {second.code}. 9 nobody."
            " FULL to pause. 5 call me."
        )
    ]
    answers = await phones.says(HARBOR, f"{first.code} {third.code}")
    assert len([words for words in answers if "noted: helped" in words]) == 1
    for each, helped in ((first, True), (second, False), (third, True)):
        held = (await town.read(each.id)).held
        assert (held is not None and held["to"] == "service_reported") is helped
    await phones.says(HARBOR, "0")
    for each in (first, third):
        assert (await town.read(each.id)).held is None


async def test_nobody_means_that_all_of_the_list_goes_on(town: Town, phones: Phones) -> None:
    sent = await how_it_went(town, phones, 2)
    for _day in range(7):
        await next_list(phones, days=1)

    await phones.says(HARBOR, "9")

    for each in sent:
        assert (await town.read(each.id)).status is S.CONTACTING


async def second_clinic(town: Town, phones: Phones) -> Town:
    """Elm Clinic, with a number of its own; it asks the same agency."""
    other = await a_town(town.database, phones=())
    async with phones.database.transaction(Context()) as session:
        await give_sender_number(session, other.clinic, "+12025550101", segments_per_second=100)
    listing = replace(
        other.listing, directory_organization_id=town.listing.directory_organization_id
    )
    return replace(other, agency=town.agency, channels=town.channels, listing=listing, keys=500)


async def lists_of(phones: Phones, *towns: Town, days: int) -> list[list[str]]:
    """What came to Harbor's phone on each day, from whichever clinic."""
    got = []
    for _day in range(days):
        phones.new(HARBOR)
        await phones.turn(days=1)
        for town in towns:
            phones.town = town
            await phones.deliver()
        got.append(phones.new(HARBOR))
    return got


def last_list_from(phones: Phones) -> str:
    """The number that Harbor's last text came from."""
    return [sent.sender for sent in phones.carrier.sent if sent.recipient == HARBOR][-1]


async def test_two_clinics_lists_come_on_two_days(town: Town, phones: Phones) -> None:
    elm = await second_clinic(town, phones)
    sent = [await each.sent(phones.clock.now, urgency=Urgency.ROUTINE) for each in (town, elm)]
    assert all(each.code is not None for each in sent)

    # Wednesday 2:15 pm, Thursday, Friday.
    got = await lists_of(phones, town, elm, days=3)

    assert [len(words) for words in got] == [1, 1, 0]


async def test_of_two_clinics_the_one_that_waits_longer_has_its_turn(
    town: Town, phones: Phones
) -> None:
    elm = await second_clinic(town, phones)
    for _each in range(2):
        for clinic in (town, elm):
            await clinic.sent(phones.clock.now, urgency=Urgency.ROUTINE)
    first = await lists_of(phones, town, elm, days=1)
    began = last_list_from(phones)
    loser = elm if began == CLINIC_NUMBER else town
    winner = town if loser is elm else elm
    await winner.sent(phones.clock.now, urgency=Urgency.ROUTINE)

    second = await lists_of(phones, town, elm, days=1)

    assert [len(first[0]), len(second[0])] == [1, 1]
    assert last_list_from(phones) != began


async def test_an_urgent_text_of_another_clinic_waits_for_no_turn(
    town: Town, phones: Phones
) -> None:
    elm = await second_clinic(town, phones)
    await routine(town, phones)
    assert len(await next_list(phones)) == 1
    await elm.sent(phones.clock.now, urgency=Urgency.TODAY)
    phones.town = elm

    await phones.deliver()

    assert len(phones.new(HARBOR)) == 1


async def test_two_workers_at_once_give_a_phone_one_list(committed: dict[str, Database]) -> None:
    town = await a_town(committed["app"])
    phones = await some_phones(town, committed["worker"])
    elm = await second_clinic(town, phones)
    for clinic in (town, elm):
        await clinic.sent(phones.clock.now, urgency=Urgency.ROUTINE)
    phones.clock.now += TO_NINE

    await asyncio.gather(
        *(run_digests_due(phones.database, phones.clock.now) for _worker in range(4))
    )

    for clinic in (town, elm):
        phones.town = clinic
        await phones.deliver()
    assert len(phones.inbox(HARBOR)) == 1


async def test_a_later_hour_chosen_meanwhile_is_kept(town: Town, phones: Phones) -> None:
    await routine(town, phones)
    async with town.as_agency() as session:
        await choose_list_hour(session, town.channels[0], time(16), now=phones.clock.now)

    assert await next_list(phones) == []
    assert len(await next_list(phones, hours=7)) == 1


async def test_of_a_list_one_that_ended_meanwhile_is_heard_late_and_the_others_count(
    town: Town, phones: Phones
) -> None:
    from referrals.actions import withdraw

    first, second = await how_it_went(town, phones, 2)
    for _day in range(7):
        await next_list(phones, days=1)
    async with town.as_clinic() as session:
        word = town.sender(phones.clock.now)
        await withdraw(session, second.id, word=word, reason=Reason.NEED_CHANGED)
    await phones.deliver()
    phones.new(HARBOR)

    await phones.says(HARBOR, f"{first.code} {second.code}")

    held = (await town.read(first.id)).held
    assert held is not None
    assert held["to"] == "service_reported"
    assert (await town.read(second.id)).status is S.WITHDRAWN
    async with town.as_clinic() as session:
        found = await session.execute(
            text("select kind from referral_event where referral_id = :id"), {"id": second.id}
        )
        assert "late_word" in set(found.scalars())
