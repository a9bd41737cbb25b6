"""Endings: bad ones are answered, two accounts are settled, late words and both voices at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from builders.looking import events, needs_left, tasks, templates
from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY, Town, a_town
from referrals.actions import (
    AgencySays,
    NextStep,
    acknowledge_ending,
    decide_difference,
    revoke_consent,
    take_late_yes,
    undo_answer,
    withdraw,
)
from referrals.closure import Question
from referrals.errors import AlreadyAnswered
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus as S
from referrals.lifecycle import Party, ReferralMoveError
from referrals.models import Referral, ReferralDisclosure
from referrals.overdue import Urgency
from referrals.reasons import Reason
from referrals.tasks import TaskKind
from referrals.words import EventKind, Rule
from shared.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from referrals.transition import Outcome
    from shared.database import Database

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DENISE = "+12025550144"


async def refused(town: Town) -> Referral:
    referral = await town.sent()
    no = await town.says(referral.id, AgencySays.NO, town.page(), reason=Reason.NO_CAPACITY)
    return no.referral


async def acknowledged(town: Town, referral_id: UUID, step: NextStep, **word: object) -> Outcome:
    async with town.as_clinic() as session:
        return await acknowledge_ending(session, referral_id, word=town.sender(**word), step=step)


async def reported(town: Town, worker: Database) -> Referral:
    """The agency says done, the patient was asked."""
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    await town.says(referral.id, AgencySays.HELPED, town.page())
    await run_due(worker, TUESDAY + MINUTE)
    return await town.read(referral.id)


async def differing(town: Town, worker: Database) -> Referral:
    referral = await reported(town, worker)
    await town.answers(referral.id, 3, town.patient(TUESDAY + 2 * MINUTE))
    after = town.patient(TUESDAY + 3 * MINUTE)
    return (await town.answers(referral.id, 1, after, question=Question.AFTER_NO)).referral


# --- acknowledging


@pytest.mark.parametrize("step", NextStep)
async def test_a_bad_ending_is_answered_with_one_tap(database: Database, step: NextStep) -> None:
    town = await a_town(database)
    ended = await refused(town)
    assert ended.acknowledged_at is None
    assert ended.clock(Rule.ENDING) == ended.next_action_at
    await acknowledged(town, ended.id, step)
    after = await town.read(ended.id)
    assert (after.acknowledged_at, after.next_step) == (TUESDAY, step.value)
    assert (after.status, after.next_action_at) == (S.DECLINED, None)
    calls = [TaskKind.CALL_PATIENT] if step is NextStep.NOTHING_LEFT else []
    assert await tasks(town, ended.id) == calls
    assert len(await needs_left(town)) == (1 if step is NextStep.ANOTHER_PLACE else 0)


async def test_unanswered_for_two_days_a_bad_ending_goes_to_the_team_lead(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    ended = await refused(town)
    await run_due(worker_database, TUESDAY + DAY)
    assert TaskKind.TEAM_LEAD not in await tasks(town, ended.id)
    for days in (3, 4, 30):
        await run_due(worker_database, TUESDAY + days * DAY)
    assert (await tasks(town, ended.id)).count(TaskKind.TEAM_LEAD) == 1
    await acknowledged(town, ended.id, NextStep.NOT_WANTED)
    assert await tasks(town, ended.id) == []


async def test_two_colleagues_who_tap_leave_one_need(database: Database) -> None:
    town = await a_town(database)
    ended = await refused(town)
    for key in ("tap:1", "tap:1", "tap:2"):
        await acknowledged(town, ended.id, NextStep.ANOTHER_PLACE, key=key)
    assert len(await needs_left(town)) == 1


async def test_what_is_open_has_no_ending_to_answer(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    with pytest.raises(Conflict):
        await acknowledged(town, referral.id, NextStep.NOT_WANTED)
    assert (await town.read(referral.id)).version == referral.version


# --- two accounts


@pytest.mark.parametrize(
    ("to", "reason"),
    [(S.CLOSED_CONFIRMED, None), (S.CLOSED_AGENCY_ONLY, None), (S.UNABLE, Reason.OTHER)],
)
async def test_the_coordinators_decision_ends_it_and_both_words_stay(
    database: Database, worker_database: Database, to: S, reason: Reason | None
) -> None:
    town = await a_town(database)
    referral = await differing(town, worker_database)
    async with town.as_clinic() as session:
        outcome = await decide_difference(
            session, referral.id, word=town.sender(TUESDAY + 4 * DAY), to=to, reason=reason
        )
    assert outcome.referral.status is to
    said = [event.status_to for event in await events(town, referral.id)]
    assert said[-1] is to
    digits = [event.digit for event in await events(town, referral.id) if event.digit]
    assert digits == [3, 1]


async def test_nobody_decides_where_nothing_differs(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await reported(town, worker_database)
    with pytest.raises(ReferralMoveError):
        async with town.as_clinic() as session:
            await decide_difference(session, referral.id, word=town.sender(), to=S.CLOSED_CONFIRMED)
    assert (await town.read(referral.id)).version == referral.version


async def test_three_days_of_difference_are_the_coordinators(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await differing(town, worker_database)
    await run_due(worker_database, TUESDAY + 2 * DAY)
    assert TaskKind.DECIDE_DIFFERENCE not in await tasks(town, referral.id)
    await run_due(worker_database, TUESDAY + 4 * DAY)
    assert TaskKind.DECIDE_DIFFERENCE in await tasks(town, referral.id)


async def test_no_questions_asked_keeps_the_complaint_from_the_agency(
    database: Database, worker_database: Database
) -> None:
    """After its own "done" a text to the agency would tell it that somebody complained."""
    town = await a_town(database)
    referral = await reported(town, worker_database)
    await town.answers(referral.id, 3, town.patient(TUESDAY + 2 * MINUTE))
    word = town.patient(TUESDAY + 3 * MINUTE)
    ended = (await town.answers(referral.id, 2, word, question=Question.AFTER_NO)).referral
    assert (ended.status, ended.reason) == (S.WITHDRAWN, "did_not_get_help")
    assert "A8" not in await templates(town, referral.id)
    [need] = await needs_left(town)
    assert need.need == "food"
    assert TaskKind.FOLLOW_UP_NEED in await tasks(town, referral.id)
    assert TaskKind.BAD_ENDING in await tasks(town, referral.id)
    await acknowledged(town, referral.id, NextStep.ANOTHER_PLACE)
    assert len(await needs_left(town)) == 1


async def test_no_questions_asked_while_they_still_work_on_it_stops_them(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    await town.answers(referral.id, 3)
    await town.answers(referral.id, 2, question=Question.AFTER_NO)
    assert "A8" in await templates(town, referral.id)


async def test_silence_after_p7_is_a_call_and_tells_nobody(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await reported(town, worker_database)
    await town.answers(referral.id, 3, town.patient(TUESDAY + 2 * MINUTE))
    for days in range(1, 12):
        await run_due(worker_database, TUESDAY + days * DAY)
    after = await town.read(referral.id)
    assert after.status is S.SERVICE_REPORTED
    assert TaskKind.CALL_PATIENT in await tasks(town, referral.id)


async def test_a_coordinator_may_call_a_silence_over_and_nobody_needs_to_answer(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    async with town.as_clinic() as session:
        outcome = await decide_difference(
            session, referral.id, word=town.sender(), to=S.SERVED_WITHOUT_ANSWER
        )
    assert outcome.referral.status is S.SERVED_WITHOUT_ANSWER
    assert outcome.referral.reason == "helped_without_answer"
    assert (await templates(town, referral.id)).count("A8") == 1
    assert outcome.referral.next_action_at is None


# --- both voices at once


async def test_helped_and_got_it_within_half_an_hour_is_both_saying_so(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    held = await town.says(referral.id, AgencySays.HELPED, town.text(TUESDAY + MINUTE))
    assert held.referral.held is not None
    for _ in range(2):
        word = town.patient(TUESDAY + 5 * MINUTE, key="sms:ANA1")
        await town.answers(referral.id, 1, word)
    await run_due(worker_database, TUESDAY + 40 * MINUTE)
    after = await town.read(referral.id)
    assert (after.status, after.held) == (S.CLOSED_CONFIRMED, None)
    assert (await templates(town, referral.id)).count("P6") == 1


async def test_helped_as_first_answer_and_got_it_are_not_counted_as_silence(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.HELPED)
    after = (await town.answers(referral.id, 1, town.patient(TUESDAY + MINUTE))).referral
    assert after.status is S.CLOSED_CONFIRMED


async def test_an_undone_outcome_leaves_the_yes_that_came_before_it(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    later = TUESDAY + DAY
    await town.says(referral.id, AgencySays.COULD_NOT_REACH, town.text(later, name="Maria"))
    async with town.as_agency(referral.id) as session:
        await undo_answer(session, referral.id, town.text(later + MINUTE))
    after = await town.read(referral.id)
    assert (after.status, after.held) == (S.ACCEPTED, None)
    assert (after.answered_at, after.answered_by) == (TUESDAY, "Denise")
    with pytest.raises(AlreadyAnswered):
        await town.says(referral.id, AgencySays.WAIT_LIST, town.text(later + 2 * MINUTE))


async def test_a_word_of_the_last_half_hour_is_not_run_over_by_the_end(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    runs_out = (await town.read(referral.id)).clock(Rule.RUNS_OUT)
    assert runs_out is not None
    await town.says(referral.id, AgencySays.HELPED, town.text(runs_out - MINUTE))
    await run_due(worker_database, runs_out + MINUTE)
    assert (await town.read(referral.id)).status is S.ACCEPTED
    await run_due(worker_database, runs_out + 31 * MINUTE)
    assert (await town.read(referral.id)).status is S.SERVICE_REPORTED


async def test_a_wait_list_that_says_still_waiting_goes_on_for_fourteen_months(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent(need="housing")
    await town.says(referral.id, AgencySays.WAIT_LIST)
    for days in range(1, 420):
        now = TUESDAY + days * DAY
        await run_due(worker_database, now)
        if days % 90 == 2:
            await town.says(referral.id, AgencySays.ON_LIST, town.page(now))
    after = await town.read(referral.id)
    assert after.status is S.WAITLISTED
    asked = (await templates(town, referral.id)).count("A5")
    assert asked in {4, 5}


# --- late words


async def expired(town: Town, phones: Phones) -> Referral:
    referral = await town.sent(now=phones.clock.now, urgency=Urgency.ROUTINE)
    await phones.deliver()
    for _fortnight in range(3):
        await phones.turn(days=14)
    assert (await town.read(referral.id)).status is S.EXPIRED
    return referral


async def tapped(town: Town, referral_id: UUID, now: datetime, key: str | None = None) -> Outcome:
    async with town.as_clinic() as session:
        return await take_late_yes(session, referral_id, word=town.sender(now, key))


@pytest.mark.parametrize(("digit", "status"), [("1", S.ACCEPTED), ("2", S.WAITLISTED)])
async def test_a_late_yes_becomes_a_linked_request_by_one_tap_of_the_owner(
    database: Database, worker_database: Database, digit: str, status: S
) -> None:
    town = await a_town(database)
    phones = await some_phones(town, worker_database)
    old = await expired(town, phones)
    back = await phones.says(DENISE, f"10 {digit}")
    assert back[0].startswith("10: thank you.")
    now = phones.clock.now
    for _ in range(2):
        opened = await tapped(town, old.id, now, key="page:tap")
    linked = await town.read(opened.linked.id)
    assert (linked.status, linked.part_of_id) == (status, old.id)
    assert (await town.read(old.id)).status is S.EXPIRED
    assert await tasks(town, old.id) == []
    said = [(event.party, event.said_by) for event in await events(town, linked.id)]
    assert said[-1][0] is Party.AGENCY
    await phones.deliver()
    assert phones.inbox(DENISE)[-1].startswith(f"{linked.code}: thank you.")
    async with town.as_clinic() as session:
        assert len(list(await session.scalars(select(Referral)))) == 2
        shown = await session.scalars(
            select(ReferralDisclosure.kind).where(ReferralDisclosure.referral_id == linked.id)
        )
        assert {kind.value for kind in shown} == {"facts", "identity"}
    # A new code is in their hands: the outcome comes by it.
    await phones.turn(days=5)
    await phones.says(DENISE, f"{linked.code} 5")
    assert (await town.read(linked.id)).status in {S.CONTACTING, S.WAITLISTED}


async def test_a_late_yes_by_link_brings_a_new_link_and_a_call_with_the_name(
    database: Database,
) -> None:
    town = await a_town(database, phones=(), mailboxes=("denise@harbor.example",))
    referral = await town.sent()
    async with town.as_clinic() as session:
        await withdraw(session, referral.id, word=town.sender(), reason=Reason.NEED_CHANGED)
    await town.says(referral.id, AgencySays.YES, town.page())
    opened = await tapped(town, referral.id, TUESDAY + MINUTE)
    assert "agency_new_link" in await templates(town, opened.linked.id)
    assert await tasks(town, opened.linked.id) == [TaskKind.GIVE_NAME]


async def test_a_late_yes_is_too_late_once_another_place_has_it(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    phones = await some_phones(town, worker_database)
    old = await expired(town, phones)
    await phones.says(DENISE, "10 1")
    await town.sent(now=phones.clock.now)
    with pytest.raises(Conflict):
        await tapped(town, old.id, phones.clock.now)


async def test_a_late_yes_needs_a_yes_and_the_consent(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    phones = await some_phones(town, worker_database)
    old = await expired(town, phones)
    with pytest.raises(Conflict):
        await tapped(town, old.id, phones.clock.now)
    await phones.says(DENISE, "10 1")
    async with town.as_clinic() as session:
        await revoke_consent(session, old.id, word=town.sender(phones.clock.now))
    with pytest.raises(InvalidInput) as missing:
        await tapped(town, old.id, phones.clock.now)
    assert missing.value.code == "consent_missing"


async def test_a_yes_long_after_their_own_no_is_a_late_word(database: Database) -> None:
    town = await a_town(database)
    ended = await refused(town)
    with pytest.raises(AlreadyAnswered):
        await town.says(ended.id, AgencySays.YES, town.page(TUESDAY + MINUTE))
    late = await town.says(ended.id, AgencySays.YES, town.page(TUESDAY + DAY))
    assert late.event.kind is EventKind.LATE_WORD
    opened = await tapped(town, ended.id, TUESDAY + DAY)
    assert opened.linked.status is S.ACCEPTED


async def test_stopped_by_us_a_late_helped_is_read_by_a_person(database: Database) -> None:
    """A8 says: "If you already helped them, reply 27 1." """
    town = await a_town(database)
    referral = await town.sent()
    async with town.as_clinic() as session:
        await withdraw(session, referral.id, word=town.sender(), reason=Reason.NEED_CHANGED)
    late = await town.says(referral.id, AgencySays.HELPED, town.text(TUESDAY + DAY))
    assert late.referral.status is S.WITHDRAWN
    assert TaskKind.LATE_WORD in await tasks(town, referral.id)
    with pytest.raises(Conflict):
        await tapped(town, referral.id, TUESDAY + DAY)
