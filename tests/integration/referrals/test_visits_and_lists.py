"""Visits with their reminder, months on a wait list, the day a consent ends, a restricted team."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from builders.looking import tasks, templates, verdicts
from builders.referrals import TUESDAY, Town, a_town
from notify.api import Send
from referrals.actions import (
    AgencySays,
    ConsentGiven,
    NewPatient,
    NewReferral,
    PatientWord,
    create_draft,
    patient_answer,
    send_referral,
    show_identity,
)
from referrals.closure import Question
from referrals.consent import NamingLevel, Reach
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus as S
from referrals.models import Referral
from referrals.overdue import Urgency
from referrals.queries import agency_link_page
from referrals.reasons import Reason
from referrals.tasks import TaskKind
from referrals.words import Rule
from shared.database import Context
from shared.errors import NotAllowed
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from shared.database import Database

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")
VISIT = datetime(2023, 5, 18, 10, 30, tzinfo=NEW_YORK)


async def with_visit(town: Town, visit: datetime = VISIT) -> Referral:
    referral = await town.sent()
    await town.says(referral.id, AgencySays.SCHEDULED, town.page(), visit_at=visit)
    return referral


async def says_of_visit(town: Town, referral_id: UUID, digit: int) -> Referral:
    async with town.as_clinic(referral_id) as session:
        said = PatientWord(digit, Question.VISIT)
        await patient_answer(session, referral_id, town.patient(), said)
    return await town.read(referral_id)


# --- visits


async def test_a_visit_is_told_at_once_and_again_the_day_before(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await with_visit(town)
    assert (await templates(town, referral.id)).count("P4") == 1
    assert isinstance((await verdicts(town, worker_database, referral.id, TUESDAY))["P4"], Send)
    morning = datetime(2023, 5, 17, 8, 30, tzinfo=NEW_YORK)
    await run_due(worker_database, morning - MINUTE)
    assert (await templates(town, referral.id)).count("P4") == 1
    await run_due(worker_database, morning)
    await run_due(worker_database, morning + MINUTE)
    assert (await templates(town, referral.id)).count("P4") == 2


async def test_at_the_neutral_level_a_visit_is_only_news(database: Database) -> None:
    ticks = ConsentGiven(
        share=True,
        hear_back=True,
        text=True,
        next_places=False,
        heard_by="Rosa",
        naming_level=NamingLevel.NEUTRAL,
    )
    town = await a_town(database, consent=ticks)
    referral = await with_visit(town)
    sent = await templates(town, referral.id)
    assert "P4" not in sent
    assert "Pn" in sent


async def test_a_new_time_for_the_visit_is_kept_and_told(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await with_visit(town)
    later = VISIT + 2 * DAY
    await town.says(referral.id, AgencySays.SCHEDULED, town.page(), visit_at=later)
    moved = await town.read(referral.id)
    assert (moved.status, moved.visit_at) == (S.SCHEDULED, later)
    assert (await templates(town, referral.id)).count("P4") == 2
    await run_due(worker_database, datetime(2023, 5, 17, 9, tzinfo=NEW_YORK))
    assert (await templates(town, referral.id)).count("P4") == 2
    await run_due(worker_database, datetime(2023, 5, 19, 9, tzinfo=NEW_YORK))
    assert (await templates(town, referral.id)).count("P4") == 3


@pytest.mark.parametrize(
    ("digit", "status", "task"),
    [
        (1, S.SCHEDULED, None),
        (2, S.CONTACTING, TaskKind.NEW_VISIT_TIME),
        (4, S.PATIENT_DECLINED, None),
        (5, S.SCHEDULED, TaskKind.CALL_PATIENT),
    ],
)
async def test_each_answer_about_the_visit_does_what_it_says(
    database: Database, worker_database: Database, digit: int, status: S, task: TaskKind | None
) -> None:
    town = await a_town(database)
    referral = await with_visit(town)
    after = await says_of_visit(town, referral.id, digit)
    assert after.status is status
    found = await tasks(town, referral.id)
    assert task is None or task in found
    await run_due(worker_database, datetime(2023, 5, 17, 9, tzinfo=NEW_YORK))
    reminded = (await templates(town, referral.id)).count("P4") == 2
    assert reminded is (status is S.SCHEDULED)


# --- wait lists


async def on_list(town: Town, **changes: object) -> Referral:
    referral = await town.sent(urgency=Urgency.ROUTINE, **changes)
    await town.says(referral.id, AgencySays.WAIT_LIST, town.page())
    return referral


async def test_whoever_waits_on_a_list_is_asked_every_month_and_called_when_silent_twice(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await on_list(town)
    asked, called = [], []
    for days in range(1, 118):
        await run_due(worker_database, TUESDAY + days * DAY)
        if days % 30 == 5:
            asked.append((await templates(town, referral.id)).count("P5"))
            called.append(TaskKind.CALL_PATIENT in await tasks(town, referral.id))
    assert asked == [0, 1, 2, 3]
    assert called == [False, False, True, True]


async def test_an_answer_from_the_list_counts_the_silence_anew(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await on_list(town)
    for days in range(1, 95):
        now = TUESDAY + days * DAY
        await run_due(worker_database, now)
        if days in {32, 63}:
            await town.answers(referral.id, 2, town.patient(now))
    assert (await templates(town, referral.id)).count("P5") == 3
    assert TaskKind.CALL_PATIENT not in await tasks(town, referral.id)


async def test_who_can_not_be_texted_is_called_every_month_while_on_the_list(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database, patient=NewPatient("Lena Fox", way=Reach.WILL_COME_OR_CALL))
    referral = await on_list(town)
    for days in range(1, 36):
        await run_due(worker_database, TUESDAY + days * DAY)
    assert TaskKind.CALL_PATIENT in await tasks(town, referral.id)
    again = (await town.read(referral.id)).clock(Rule.ASK_PATIENT)
    assert again is not None
    assert again > TUESDAY + 50 * DAY


# --- the day the consent ends


async def shown(town: Town) -> Referral:
    referral = await town.sent(need="housing")
    await town.says(referral.id, AgencySays.WAIT_LIST, town.page())
    async with town.as_agency() as session:
        await show_identity(session, referral.id, town.page())
    return referral


async def name_seen(town: Town, referral_id: UUID, now: datetime) -> bool:
    async with town.as_agency(referral_id) as session:
        view = await agency_link_page(session, referral_id, town.agency, now=now)
    return view.identity is not None


def a_short_consent() -> ConsentGiven:
    return ConsentGiven(
        share=True,
        hear_back=True,
        text=True,
        next_places=True,
        heard_by="Rosa",
        ends_at=TUESDAY + 40 * DAY,
    )


async def test_a_name_that_was_shown_is_hidden_from_the_moment_the_consent_ends(
    database: Database,
) -> None:
    """Whether or not the sweeper has come by."""
    town = await a_town(database, consent=a_short_consent())
    referral = await shown(town)
    ends = TUESDAY + 40 * DAY
    assert await name_seen(town, referral.id, ends - MINUTE)
    assert not await name_seen(town, referral.id, ends)


async def test_when_the_consent_ends_the_row_itself_is_closed_and_a_person_asks_again(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database, consent=a_short_consent())
    referral = await shown(town)
    ends = TUESDAY + 40 * DAY
    await run_due(worker_database, ends)
    async with town.as_agency(referral.id) as session:
        seen = await session.execute(
            text("select kind from referral_disclosure where referral_id = :id"),
            {"id": referral.id},
        )
        assert seen.all() == []
        with pytest.raises(NotAllowed):
            await show_identity(session, referral.id, town.page(ends))
    after = await town.read(referral.id)
    assert (after.status, after.may_text) == (S.WAITLISTED, False)
    assert TaskKind.ASK_CONSENT_AGAIN in await tasks(town, referral.id)


async def test_a_second_request_in_place_of_the_first_ends_with_the_same_consent(
    database: Database,
) -> None:
    from referrals.actions import undo_answer

    town = await a_town(database, consent=a_short_consent())
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES, town.text())
    async with town.as_agency(referral.id) as session:
        outcome = await undo_answer(session, referral.id, town.text(TUESDAY + MINUTE))
    assert outcome.linked is not None
    again = await town.read(outcome.linked.id)
    assert again.clock(Rule.CONSENT_OVER) == TUESDAY + 40 * DAY
    assert again.clock(Rule.CONSENT_ENDS) == TUESDAY + 10 * DAY


# --- a restricted team


async def test_the_clocks_of_a_restricted_team_ring_and_stay_in_the_team(
    database: Database, worker_database: Database
) -> None:
    town, team = await a_town(database), new_id()
    ours = Context(town.clinic, team_ids=(team,))
    new = NewReferral(
        patient_id=town.patient_id,
        need="food",
        consent_id=town.consent_id,
        listing=town.listing,
        urgency=Urgency.TODAY,
        restricted_team_id=team,
    )
    async with database.transaction(ours) as session:
        referral = await create_draft(session, new, word=town.sender())
        await send_referral(session, referral.id, word=town.sender())
    async with town.as_clinic() as session:
        assert await session.get(Referral, referral.id) is None
    for hours in range(1, 24 * 8, 6):
        await run_due(worker_database, TUESDAY + timedelta(hours=hours))
    async with database.transaction(ours) as session:
        row = await session.get(Referral, referral.id)
        assert row is not None
        assert (row.status, row.reason) == (S.EXPIRED, Reason.NO_RESPONSE_EXPIRED)
        assert row.restricted_team_id == team
    async with database.transaction(Context(town.clinic)) as session:
        found = await session.execute(text("select count(*) from referral_event"))
        assert found.scalar_one() == 0
