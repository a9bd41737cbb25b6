"""Plan B: the patient's next places are told of the day before, and asked by the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders.listings import Listed, Listing, list_service
from builders.looking import events, tasks, templates
from builders.referrals import TUESDAY, Town, a_town
from directory.codes import HowToStart
from referrals.actions import (
    AgencySays,
    ConsentGiven,
    NextStep,
    PatientWord,
    acknowledge_ending,
    patient_answer,
    plan_b,
    revoke_consent,
    send_referral,
)
from referrals.closure import Question
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus as S
from referrals.overdue import Urgency
from referrals.queries import linked_referrals
from referrals.reasons import Reason
from referrals.tasks import TaskKind
from referrals.words import EventKind, Rule
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    from referrals.models import Referral
    from shared.database import Database

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WAIT = 3


async def places(owner: Database, *names: str) -> list[Listed]:
    async with owner.transaction(Context()) as session:
        return [
            await list_service(session, Listing(name, how_to_start=HowToStart.AGENCY_CALLS_PATIENT))
            for name in names
        ]


async def sent_with(
    town: Town, listed: list[Listed], urgency: Urgency = Urgency.THIS_WEEK
) -> Referral:
    draft = await town.draft(urgency=urgency)
    async with town.as_clinic() as session:
        draft = await session.merge(draft)
        order = [plan_b.PlaceInOrder(each.id, f"Place {n}") for n, each in enumerate(listed)]
        await plan_b.set_places(session, draft, order)
        outcome = await send_referral(session, draft.id, word=town.sender())
    return outcome.referral


async def after(town: Town, referral_id: UUID) -> list[Referral]:
    async with town.as_clinic() as session:
        found = await linked_referrals(session, referral_id)
    return [await town.read(each.id) for each in found]


async def left(town: Town, referral_id: UUID) -> int:
    async with town.as_clinic() as session:
        return len(await plan_b.places_of(session, referral_id))


async def test_silence_leads_to_the_next_place_which_is_told_the_day_before(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    listed = await places(owner_database, "St Mary's Table", "Food for Alder")
    referral = await sent_with(town, listed)
    turn = referral.clock(Rule.NEXT_PLACE)
    assert turn is not None
    told = referral.clock(Rule.PLAN_B_TOLD)
    assert told is not None
    assert told.date() == turn.date() - DAY
    await run_due(worker_database, told - MINUTE)
    assert "P11" not in await templates(town, referral.id)
    await run_due(worker_database, told)
    assert (await templates(town, referral.id)).count("P11") == 1
    await run_due(worker_database, turn - MINUTE)
    assert await after(town, referral.id) == []

    await run_due(worker_database, turn)

    ended = await town.read(referral.id)
    assert (ended.status, ended.reason) == (S.REROUTED, Reason.NO_RESPONSE_EXPIRED)
    [second] = await after(town, referral.id)
    assert (second.status, second.performer_name) == (S.SENT, "St Mary's Table Inc")
    assert second.owner_name == referral.owner_name
    assert (second.places_left, ended.places_left) == (1, 0)
    assert "A8" in await templates(town, referral.id)
    assert "P0b" in await templates(town, second.id)
    await run_due(worker_database, turn + MINUTE)
    assert len(await after(town, referral.id)) == 1


async def test_the_last_place_of_the_list_leaves_a_person_to_look_further(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    referral = await sent_with(town, await places(owner_database, "St Mary's Table"))
    turn = referral.clock(Rule.NEXT_PLACE)
    assert turn is not None
    await run_due(worker_database, turn)
    [second] = await after(town, referral.id)
    later = second.clock(Rule.NEXT_PLACE)
    assert later is not None
    assert second.clock(Rule.PLAN_B_TOLD) is None
    await run_due(worker_database, later)
    assert await after(town, second.id) == []
    assert TaskKind.TRY_NEXT_PLACE in await tasks(town, second.id)


async def test_a_no_of_the_place_leads_to_the_next_one_and_answers_the_ending(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    referral = await sent_with(town, await places(owner_database, "St Mary's Table"))
    await town.says(referral.id, AgencySays.NO, town.page(), reason=Reason.NO_CAPACITY)
    await run_due(worker_database, TUESDAY + MINUTE)
    ended = await town.read(referral.id)
    assert (ended.status, ended.next_step) == (S.DECLINED, NextStep.ANOTHER_PLACE)
    assert ended.acknowledged_at is not None
    assert TaskKind.BAD_ENDING not in await tasks(town, referral.id)
    assert [each.status for each in await after(town, referral.id)] == [S.SENT]


async def test_a_no_by_text_that_can_be_undone_waits_before_the_next_place(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    referral = await sent_with(town, await places(owner_database, "St Mary's Table"))
    turn = referral.clock(Rule.NEXT_PLACE)
    assert turn is not None
    await town.says(referral.id, AgencySays.NO, town.text(turn - MINUTE))
    await run_due(worker_database, turn)
    assert await after(town, referral.id) == []
    await run_due(worker_database, turn + 30 * MINUTE)
    assert (await town.read(referral.id)).status is S.DECLINED
    assert len(await after(town, referral.id)) == 1


@pytest.mark.parametrize("why", ["no_fourth_tick", "taken_back", "not_wanted", "no_show"])
async def test_nobody_is_asked_whom_the_patient_does_not_want_asked(
    database: Database, worker_database: Database, owner_database: Database, why: str
) -> None:
    ticks = ConsentGiven(
        share=True, hear_back=True, text=True, next_places=why != "no_fourth_tick", heard_by="Rosa"
    )
    town = await a_town(database, consent=ticks)
    referral = await sent_with(town, await places(owner_database, "St Mary's Table"))
    if why == "taken_back":
        async with town.as_clinic() as session:
            await revoke_consent(session, referral.id, word=town.sender())
    if why == "no_show":
        await town.says(referral.id, AgencySays.YES, town.page())
        await town.says(referral.id, AgencySays.DID_NOT_COME, town.page())
    elif why == "not_wanted":
        await town.says(referral.id, AgencySays.NO, town.page(), reason=Reason.NO_CAPACITY)
        async with town.as_clinic() as session:
            word = town.sender()
            await acknowledge_ending(session, referral.id, word=word, step=NextStep.NOT_WANTED)
    turn = referral.clock(Rule.NEXT_PLACE)
    assert turn is not None
    await run_due(worker_database, turn + DAY)
    assert await after(town, referral.id) == []
    if why in {"no_fourth_tick", "taken_back"}:
        assert TaskKind.TRY_NEXT_PLACE in await tasks(town, referral.id)


async def test_while_the_place_waits_for_our_answer_nobody_else_is_asked(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    referral = await sent_with(town, await places(owner_database, "St Mary's Table"))
    await town.says(referral.id, AgencySays.QUESTION, town.page(), question="Any papers?")
    turn = referral.clock(Rule.NEXT_PLACE)
    assert turn is not None
    await run_due(worker_database, turn)
    assert await after(town, referral.id) == []
    assert (await town.read(referral.id)).status is S.INFO_NEEDED


# --- the answers to P11


async def told(town: Town, worker: Database, owner: Database) -> Referral:
    referral = await sent_with(town, await places(owner, "St Mary's Table"))
    at = referral.clock(Rule.PLAN_B_TOLD)
    assert at is not None
    await run_due(worker, at)
    return referral


async def answer(town: Town, referral: Referral, digit: int) -> None:
    at = referral.clock(Rule.PLAN_B_TOLD)
    assert at is not None
    async with town.as_clinic(referral.id) as session:
        said = PatientWord(digit, Question.PLAN_B)
        await patient_answer(session, referral.id, town.patient(at + MINUTE), said)


async def test_got_help_already_ends_the_request_and_asks_nobody_else(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    referral = await told(town, worker_database, owner_database)
    await answer(town, referral, 1)
    ended = await town.read(referral.id)
    assert (ended.status, ended.next_action_at) == (S.SERVED_WITHOUT_ANSWER, None)
    assert [event.got_help for event in await events(town, referral.id) if event.digit] == [True]
    assert {"P6", "A8"} <= set(await templates(town, referral.id))


async def test_please_wait_puts_the_next_place_off_by_five_answering_days(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    referral = await told(town, worker_database, owner_database)
    turn = referral.clock(Rule.NEXT_PLACE)
    assert turn is not None
    await answer(town, referral, WAIT)
    waits = await town.read(referral.id)
    later = waits.clock(Rule.NEXT_PLACE)
    assert later is not None
    assert later > turn + 4 * DAY
    ends = waits.clock(Rule.EXPIRES)
    assert ends is not None
    assert ends >= later
    await run_due(worker_database, turn)
    assert await after(town, referral.id) == []
    await run_due(worker_database, later)
    assert len(await after(town, referral.id)) == 1
    assert (await templates(town, referral.id)).count("P11") == 2


async def test_go_on_and_call_me_leave_the_plan_as_it_is(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    referral = await told(town, worker_database, owner_database)
    turn = referral.clock(Rule.NEXT_PLACE)
    assert turn is not None
    await answer(town, referral, 2)
    await answer(town, referral, 5)
    assert TaskKind.CALL_PATIENT in await tasks(town, referral.id)
    await run_due(worker_database, turn)
    assert len(await after(town, referral.id)) == 1


async def test_the_same_place_twice_is_one_and_the_first_is_not_its_own_plan_b(
    database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    [second] = await places(owner_database, "St Mary's Table")
    draft = await town.draft()
    async with town.as_clinic() as session:
        draft = await session.merge(draft)
        ids = (draft.service_at_location_id, second.id, second.id)
        await plan_b.set_places(session, draft, [plan_b.PlaceInOrder(id_, "x") for id_ in ids])
    assert await left(town, draft.id) == 1


async def test_no_agency_reads_which_places_come_after_it(
    database: Database, owner_database: Database
) -> None:
    town = await a_town(database)
    referral = await sent_with(town, await places(owner_database, "St Mary's Table"))
    async with town.as_agency() as session:
        assert await plan_b.places_of(session, referral.id) == ()


async def test_a_clock_that_rings_for_nobody_notes_it_and_stops(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    """The list's place is no longer listed when its turn comes."""
    town = await a_town(database)
    referral = await sent_with(town, await places(owner_database, "St Mary's Table"))
    async with town.as_clinic() as session:
        row = await session.merge(referral)
        gone = plan_b.PlaceInOrder(town.patient_id, "Gone")
        await plan_b.set_places(session, row, [gone])
    await town.says(referral.id, AgencySays.NO, town.page(), reason=Reason.NO_CAPACITY)
    await run_due(worker_database, TUESDAY + MINUTE)
    assert await after(town, referral.id) == []
    kinds = [event.kind for event in await events(town, referral.id)]
    assert kinds[-1] is EventKind.CLOCK_RANG
    assert TaskKind.BAD_ENDING in await tasks(town, referral.id)
