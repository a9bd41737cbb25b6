"""The clocks: each at its instant and once, over weekends and summer time, and for a year."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from builders.laws import broken_laws
from builders.looking import events, task_rows, tasks, templates
from builders.referrals import TUESDAY, Town, a_town
from referrals.actions import AgencySays, NewPatient, NextStep, acknowledge_ending, finish_task
from referrals.consent import Reach
from referrals.jobs import run_due
from referrals.lifecycle import ENDED, NOT_SENT
from referrals.lifecycle import BusinessStatus as S
from referrals.overdue import Urgency
from referrals.reasons import Reason
from referrals.tasks import TaskKind, facts_of
from referrals.words import Rule
from shared.database import Context
from support.busy_town import a_busy_town, fingerprint

if TYPE_CHECKING:
    from uuid import UUID

    from referrals.models import Referral
    from shared.database import Database

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=NEW_YORK).astimezone(UTC)


# --- once


async def test_a_hundred_sweeps_at_any_instant_do_what_one_does(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    await a_busy_town(database)
    for hours in (0.6, 2.1, 20, 24 * 5, 24 * 9.5, 24 * 31, 24 * 130):
        now = TUESDAY + timedelta(hours=hours)
        await run_due(worker_database, now)
        before = await fingerprint(owner_database)
        rang = [await run_due(worker_database, now) for _ in range(100)]
        assert rang == [0] * 100, hours
        assert await fingerprint(owner_database) == before, hours


async def test_in_a_year_of_silence_nothing_is_stuck_and_every_end_finds_a_person(
    database: Database, worker_database: Database, owner_database: Database
) -> None:
    town, ids = await a_busy_town(database)
    for days in range(1, 366):
        await run_due(worker_database, TUESDAY + days * DAY)
    for referral_id in ids:
        referral = await town.read(referral_id)
        assert referral.status in ENDED | NOT_SENT, referral.status
        sent = Counter(await templates(town, referral_id))
        listed = {S.WAITLISTED, S.PAUSED, S.ENROLLED} & {
            event.status_to for event in await events(town, referral_id)
        }
        # On a list they are asked month by month, until the list runs out.
        assert sent["P5"] <= (5 if listed else 2), referral.how_to_start
        assert sent["A1"] + sent["A1b"] <= 1
        if referral.status in NOT_SENT:
            assert TaskKind.FINISH_DRAFT in await tasks(town, referral_id)
        elif referral.acknowledged_at is None:
            assert TaskKind.TEAM_LEAD in await tasks(town, referral_id)
    now = TUESDAY + 366 * DAY
    assert await broken_laws(owner_database, worker_database, now, town.clinic) == []


async def test_five_sweepers_at_once_carry_out_each_held_answer_once(
    committed: dict[str, Database],
) -> None:
    town = await a_town(committed["app"])
    ids = [(await town.sent()).id for _ in range(12)]
    for number, referral_id in enumerate(ids):
        await town.says(referral_id, AgencySays.NO if number % 2 else AgencySays.HELPED)
    later = TUESDAY + 30 * MINUTE
    rang = await asyncio.gather(*(run_due(committed["worker"], later) for _ in range(5)))
    # The patient is asked as soon as they say done: one more clock for these.
    assert sum(rang) == 12 + 6
    for number, referral_id in enumerate(ids):
        moves = [
            event
            for event in await events(town, referral_id)
            if event.status_to in {S.DECLINED, S.SERVICE_REPORTED}
        ]
        assert len(moves) == 1
        sent = Counter(await templates(town, referral_id))
        assert (sent["P3"], sent["P5"]) == ((1, 0) if number % 2 else (0, 1))
    assert await broken_laws(committed["owner"], committed["worker"], later, town.clinic) == []


async def test_what_can_not_be_handled_keeps_nobody_waiting(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    async with worker_database.transaction(Context()) as session:
        await session.execute(
            text(
                "select set_due(:clinic, 'referral', gen_random_uuid(), :past)"
                " from generate_series(1, 1100)"
            ),
            {"clinic": town.clinic, "past": TUESDAY - DAY},
        )
    referral = await town.sent(urgency=Urgency.TODAY)
    await run_due(worker_database, TUESDAY + 31 * MINUTE)
    assert TaskKind.CALL_AGENCY in await tasks(town, referral.id)


# --- each at its instant (practice 2.3 and 2.15)

CALL, NEXT = TaskKind.CALL_AGENCY, TaskKind.TRY_NEXT_PLACE
SENT_WHEN = [
    # urgency, sent, and what comes when
    ("today", "2023-05-09T14:15", {
        "2023-05-09T14:45": CALL, "2023-05-09T16:15": NEXT, "2023-05-10T08:30": "P5",
        "2023-05-13T08:30": "P5", "2023-05-15T08:30": TaskKind.CALL_PATIENT,
        "2023-05-16T17:00": S.EXPIRED,
    }),
    ("today", "2023-05-12T22:00", {  # a Friday night: clock time
        "2023-05-12T22:30": CALL, "2023-05-13T00:00": NEXT, "2023-05-13T08:30": "P5",
        "2023-05-16T08:30": "P5", "2023-05-19T17:00": S.EXPIRED,
    }),
    ("this_week", "2023-05-09T14:15", {
        "2023-05-10T14:15": CALL, "2023-05-11T17:00": NEXT, "2023-05-10T08:30": "P5",
        "2023-05-18T08:30": "P5", "2023-05-20T08:30": TaskKind.CALL_PATIENT,
        "2023-05-23T17:00": S.EXPIRED,
    }),
    ("this_week", "2023-05-12T10:00", {  # Friday: the weekend does not count
        "2023-05-15T10:00": CALL, "2023-05-16T17:00": NEXT, "2023-05-13T08:30": "P5",
    }),
    ("this_week", "2023-05-13T11:00", {  # Saturday counts from Monday
        "2023-05-16T00:00": CALL, "2023-05-17T17:00": NEXT, "2023-05-14T08:30": "P5",
    }),
    ("this_week", "2023-03-09T14:15", {  # clocks go forward on Sunday the 12th
        "2023-03-10T14:15": CALL, "2023-03-13T17:00": NEXT, "2023-03-10T08:30": "P5",
        "2023-03-18T08:30": "P5", "2023-03-23T17:00": S.EXPIRED,
    }),
    ("this_week", "2023-11-03T14:15", {  # clocks go back on Sunday the 5th
        "2023-11-06T14:15": CALL, "2023-11-07T17:00": NEXT, "2023-11-04T08:30": "P5",
        "2023-11-12T08:30": "P5", "2023-11-17T17:00": S.EXPIRED,
    }),
    ("routine", "2023-05-09T14:15", {
        "2023-05-16T17:00": CALL, "2023-05-23T17:00": NEXT, "2023-05-13T08:30": "P5",
        "2023-05-18T08:30": "P5", "2023-05-20T08:30": TaskKind.CALL_PATIENT,
    }),
    ("routine", "2023-11-04T09:00", {
        "2023-11-13T17:00": CALL, "2023-11-20T17:00": NEXT, "2023-11-08T08:30": "P5",
        "2023-11-13T08:30": "P5",
    }),
]  # fmt: skip


async def so_far(town: Town, referral_id: UUID) -> Counter[object]:
    referral = await town.read(referral_id)
    kinds = [task.kind for task in await task_rows(town, referral_id)]
    return Counter([*await templates(town, referral_id), *kinds, referral.status])


@pytest.mark.parametrize(("urgency", "sent", "what"), SENT_WHEN)
async def test_silence_is_met_at_the_instants_of_the_practice(
    database: Database,
    worker_database: Database,
    urgency: str,
    sent: str,
    what: dict[str, object],
) -> None:
    town = await a_town(database)
    now = local(sent)
    referral = await town.sent(now=now, urgency=Urgency(urgency))
    for moment, thing in sorted(what.items()):
        await run_due(worker_database, local(moment) - MINUTE)
        before = (await so_far(town, referral.id))[thing]
        await run_due(worker_database, local(moment))
        after = await so_far(town, referral.id)
        assert after[thing] == before + 1, (moment, thing)


async def test_routine_does_not_expire_before_two_openings_have_passed(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    second = local("2023-06-17T12:00")
    listing = replace(town.listing, second_opening_ends=second)
    referral = await town.sent(urgency=Urgency.ROUTINE, listing=listing)
    while (now := (await town.read(referral.id)).next_action_at) is not None and now < second:
        await run_due(worker_database, now)
    assert (await town.read(referral.id)).status is S.SENT
    await run_due(worker_database, second)
    assert (await town.read(referral.id)).status is S.EXPIRED


async def test_a_yes_without_contact_is_asked_on_day_3_and_called_on_day_5(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    friday = local("2023-05-12T10:00")
    referral = await town.sent(now=friday)
    await town.says(referral.id, AgencySays.YES, town.page(friday))
    after_yes = TaskKind.CALL_AGENCY_AFTER_YES
    for moment, thing in (("2023-05-17T10:00", "A5"), ("2023-05-19T10:00", after_yes)):
        await run_due(worker_database, local(moment) - MINUTE)
        assert (await so_far(town, referral.id))[thing] == 0
        await run_due(worker_database, local(moment))
        assert (await so_far(town, referral.id))[thing] == 1


async def walked_in(town: Town, opening: datetime) -> Referral:
    listing = replace(town.listing, next_opening_ends=opening, how_to_start="walk_in")
    return await town.sent(listing=listing, urgency=Urgency.ROUTINE)


async def test_a_walk_in_is_asked_the_day_after_the_opening_and_the_place_is_not_nudged(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await walked_in(town, local("2023-05-20T12:00"))
    await run_due(worker_database, local("2023-05-21T08:29"))
    assert (await so_far(town, referral.id))["P5"] == 0
    await run_due(worker_database, local("2023-05-21T08:30"))
    seen = await so_far(town, referral.id)
    assert (seen["P5"], seen["A5"], seen[CALL], seen[NEXT]) == (1, 0, 0, 0)
    for days in range(13, 40):
        await run_due(worker_database, TUESDAY + days * DAY)
    seen = await so_far(town, referral.id)
    assert (seen["P5"], seen["A5"], seen[TaskKind.CALL_PATIENT]) == (2, 0, 1)


async def test_a_monthly_pantry_is_not_given_up_before_it_has_opened(
    database: Database, worker_database: Database
) -> None:
    """The third Saturday is up to five weeks away: the patient is asked before anything ends."""
    town = await a_town(database)
    opening = local("2023-06-17T12:00")
    referral = await walked_in(town, opening)
    for days in range(1, 50):
        await run_due(worker_database, TUESDAY + days * DAY)
    seen = await so_far(town, referral.id)
    assert (seen["P5"], seen[S.ACCEPTED]) == (2, 1)
    assert seen[TaskKind.CALL_PATIENT] == 1


async def test_an_opening_that_is_over_when_the_draft_is_sent_asks_nobody_at_once(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await walked_in(town, TUESDAY - DAY)
    await run_due(worker_database, TUESDAY + MINUTE)
    assert (await so_far(town, referral.id))["P5"] == 0


async def test_the_window_after_done_asks_at_once_on_day_3_and_closes_on_day_7(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent(urgency=Urgency.ROUTINE)
    await town.says(referral.id, AgencySays.HELPED, town.page())
    plan = (
        ("2023-05-09T14:15", "P5"),
        ("2023-05-12T08:30", "P5"),
        ("2023-05-16T14:15", S.CLOSED_AGENCY_ONLY),
    )
    for moment, thing in plan:
        await run_due(worker_database, local(moment) - MINUTE)
        before = (await so_far(town, referral.id))[thing]
        await run_due(worker_database, local(moment))
        assert (await so_far(town, referral.id))[thing] == before + 1, moment


async def test_a_visit_is_not_asked_after_before_its_day_and_never_ends_in_the_past(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    coming, long_ago = await town.sent(), await town.sent()
    visit = local("2023-06-20T10:30")
    await town.says(coming.id, AgencySays.SCHEDULED, town.page(), visit_at=visit)
    await town.says(long_ago.id, AgencySays.SCHEDULED, town.page(), visit_at=TUESDAY - 40 * DAY)
    await run_due(worker_database, TUESDAY + MINUTE)
    assert (await town.read(long_ago.id)).status is S.SCHEDULED
    for days in range(1, 42):
        await run_due(worker_database, TUESDAY + days * DAY)
    seen = await so_far(town, coming.id)
    assert (seen["P5"], seen["A5"], seen[S.SCHEDULED]) == (0, 0, 1)
    await run_due(worker_database, local("2023-06-21T08:30"))
    assert (await so_far(town, coming.id))["P5"] == 1


async def test_a_place_nobody_may_write_to_is_only_ever_called(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database, phones=())
    referral = await town.sent(urgency=Urgency.ROUTINE)
    await town.says(referral.id, AgencySays.YES, town.page())
    for days in range(1, 29):
        await run_due(worker_database, TUESDAY + days * DAY)
    assert not [name for name in await templates(town, referral.id) if name.startswith("A")]
    assert (await so_far(town, referral.id))[TaskKind.CALL_AGENCY_AFTER_YES] >= 1


async def test_without_a_phone_a_person_asks_at_the_same_hour(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database, patient=NewPatient("Lena Fox", way=Reach.WILL_COME_OR_CALL))
    referral = await town.sent(urgency=Urgency.ROUTINE)
    await run_due(worker_database, local("2023-05-13T08:30"))
    seen = await so_far(town, referral.id)
    assert (seen["P5"], seen[TaskKind.CALL_PATIENT]) == (0, 1)
    # Nobody asked for this call, and the list says so.
    [call] = await task_rows(town, referral.id)
    assert facts_of(call.kind, call.facts).what == "Call them and ask how it goes"


async def test_the_consent_is_asked_for_again_30_days_before_it_ends(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent(need="housing")
    await town.says(referral.id, AgencySays.WAIT_LIST, town.page())
    for days in range(1, 337):
        now = TUESDAY + days * DAY
        if days % 80 == 0:
            await town.says(referral.id, AgencySays.ON_LIST, town.page(now))
        await run_due(worker_database, now)
        asked = (await so_far(town, referral.id))[TaskKind.ASK_CONSENT_AGAIN] if days > 330 else 0
        assert asked == (1 if days >= 335 else 0), days


async def test_a_draft_reminds_every_fortnight_and_is_one_task(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    draft = await town.draft()
    for days in range(1, 60):
        await run_due(worker_database, TUESDAY + days * DAY)
    assert (await tasks(town, draft.id)) == [TaskKind.FINISH_DRAFT]
    [task, *_] = await task_rows(town, draft.id)
    async with town.as_clinic() as session:
        await finish_task(session, task.id, word=town.sender())
    assert await tasks(town, draft.id) == []


async def test_an_answered_ending_reminds_nobody(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.NO, town.page(), reason=Reason.NO_CAPACITY)
    async with town.as_clinic() as session:
        await acknowledge_ending(session, referral.id, word=town.sender(), step=NextStep.NOT_WANTED)
    assert await run_due(worker_database, TUESDAY + 90 * DAY) == 0


def test_a_new_clock_is_noticed_here() -> None:
    """By hand, so that whoever adds a clock looks for its test. It proves no more than that."""
    assert {rule.value for rule in Rule} == {
        "held",
        "owner_calls",
        "plan_b_told",
        "next_place",
        "visit_tomorrow",
        "consent_over",
        "expires",
        "ask_patient",
        "call_patient",
        "ask_agency",
        "owner_after_yes",
        "runs_out",
        "window_ends",
        "no_reply_to_p7",
        "decide",
        "ending",
        "consent_ends",
        "draft",
        "list_asked",
    }
