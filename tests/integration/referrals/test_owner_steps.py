"""What the sender's people do: stop, ask another place, hand over, take back, follow up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from builders.looking import events, needs_left, task_rows, tasks, templates, verdicts
from builders.referrals import TUESDAY, Town, a_town
from notify.api import Send
from referrals.actions import (
    AgencySays,
    AgencyWord,
    ConsentGiven,
    HandOver,
    HeardWord,
    NextStep,
    acknowledge_ending,
    answer_question,
    entered_in_error,
    finish_task,
    hand_over_now,
    reroute,
    revoke_consent,
    show_identity,
    withdraw,
)
from referrals.actions.owning import Reroute, follow_up_met
from referrals.lifecycle import ENDED, NOT_SENT, ReferralMoveError
from referrals.lifecycle import BusinessStatus as S
from referrals.models import Referral
from referrals.queries import agency_link_page
from referrals.reasons import Reason
from referrals.tasks import TaskKind
from referrals.words import Way
from shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from referrals.transition import Outcome
    from shared.database import Database

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def accepted(town: Town, **changes: object) -> Referral:
    referral = await town.sent(**changes)
    await town.says(referral.id, AgencySays.YES, town.page())
    return referral


async def stop(town: Town, referral_id: UUID, reason: Reason = Reason.NEED_CHANGED) -> Outcome:
    async with town.as_clinic() as session:
        return await withdraw(session, referral_id, word=town.sender(), reason=reason)


async def elsewhere(town: Town, referral_id: UUID, now=TUESDAY) -> Outcome:  # noqa: ANN001
    listing = replace(
        town.listing, directory_organization_id=new_id(), organization="St Mary's Table"
    )
    async with town.as_clinic() as session:
        return await reroute(session, referral_id, word=town.sender(now), to=Reroute(listing))


# --- stopping


@pytest.mark.parametrize("said", [None, AgencySays.YES, AgencySays.WAIT_LIST, AgencySays.QUESTION])
async def test_the_agency_hears_that_a_stopped_request_is_not_needed(
    database: Database, worker_database: Database, said: AgencySays | None
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    if said is not None:
        await town.says(referral.id, said)
    await stop(town, referral.id)
    assert (await templates(town, referral.id)).count("A8") == 1
    verdict = (await verdicts(town, worker_database, referral.id, TUESDAY))["A8"]
    assert isinstance(verdict, Send)
    after = await town.read(referral.id)
    assert (after.status, after.next_action_at) == (S.WITHDRAWN, None)
    assert after.acknowledged_at is not None


async def test_a_place_that_was_handed_over_to_by_phone_hears_it_too(database: Database) -> None:
    town = await a_town(database)
    outcome = await handed_over(town, AgencyWord(AgencySays.YES))
    await stop(town, outcome.referral.id)
    assert "A8" in await templates(town, outcome.referral.id)


@pytest.mark.parametrize("status", sorted(S))
async def test_entered_in_error_from_every_status(database: Database, status: S) -> None:
    town = await a_town(database)
    referral = await town.draft() if status in NOT_SENT else await accepted(town)
    if status not in NOT_SENT:
        async with town.as_agency() as session:
            await show_identity(session, referral.id, town.page())
    async with town.as_clinic() as session:
        row = await session.get(Referral, referral.id)
        assert row is not None
        row.stand_at(status)
    before = (await town.read(referral.id)).version
    if status is S.ENTERED_IN_ERROR:
        with pytest.raises(ReferralMoveError):
            await in_error(town, referral.id)
        assert (await town.read(referral.id)).version == before
        return
    await in_error(town, referral.id)
    after = await town.read(referral.id)
    assert (after.status, after.version, after.clocks) == (S.ENTERED_IN_ERROR, before + 1, {})
    told = (await templates(town, referral.id)).count("A8")
    assert told == (0 if status in ENDED | NOT_SENT else 1)
    if status not in NOT_SENT:
        async with town.as_agency() as session:
            view = await agency_link_page(session, referral.id, town.agency, now=TUESDAY)
        assert view.identity is None
        with pytest.raises((ReferralMoveError, NotAllowed)):
            async with town.as_agency() as session:
                await show_identity(session, referral.id, town.page())


async def in_error(town: Town, referral_id: UUID) -> Outcome:
    async with town.as_clinic() as session:
        return await entered_in_error(session, referral_id, word=town.sender())


# --- handing over


async def handed_over(town: Town, said: AgencyWord, **changes: object) -> Outcome:
    draft = await town.draft(**changes)
    async with town.as_clinic() as session:
        return await hand_over_now(
            session,
            draft.id,
            word=town.sender(key=f"page:{draft.id}"),
            hand_over=HandOver(HeardWord("Denise", Way.PHONE, "intake"), said),
        )


@pytest.mark.parametrize("how", ["agency_calls_patient", "patient_calls", "walk_in"])
@pytest.mark.parametrize(
    ("said", "status"),
    [
        (AgencyWord(AgencySays.YES), S.ACCEPTED),
        (AgencyWord(AgencySays.WAIT_LIST), S.WAITLISTED),
        (AgencyWord(AgencySays.SCHEDULED, visit_at=TUESDAY + 2 * DAY), S.SCHEDULED),
        (AgencyWord(AgencySays.HELPED), S.SERVICE_REPORTED),
        (AgencyWord(AgencySays.NO, reason=Reason.NO_CAPACITY), None),
        (AgencyWord(AgencySays.QUESTION, question="Any pets?"), None),
        (AgencyWord(AgencySays.CALL_ME), None),
    ],
    ids=lambda value: value.says.value if isinstance(value, AgencyWord) else "",
)
async def test_what_they_said_in_the_call_beside_the_patient_is_never_lost(
    database: Database, how: str, said: AgencyWord, status: S | None
) -> None:
    town = await a_town(database)
    outcome = await handed_over(town, said, how_to_start=how)
    walk_in = how == "walk_in"
    if status is None:
        no = S.UNABLE if walk_in else S.DECLINED
        status = no if said.says is AgencySays.NO else S.ACCEPTED if walk_in else S.INFO_NEEDED
    assert outcome.referral.status is status
    heard = [event for event in await events(town, outcome.referral.id) if event.told_to]
    assert heard
    assert {event.said_by for event in heard} == {"Denise"}
    sent = await templates(town, outcome.referral.id)
    assert not [name for name in sent if name.startswith("A")]


async def test_handing_over_twice_by_the_same_form_is_one_hand_over(database: Database) -> None:
    town = await a_town(database)
    draft = await town.draft()
    facts = HandOver(HeardWord("Denise"), AgencyWord(AgencySays.YES))
    for _ in range(2):
        async with town.as_clinic() as session:
            outcome = await hand_over_now(
                session, draft.id, word=town.sender(key="page:form"), hand_over=facts
            )
    assert outcome.repeated
    assert (await town.read(draft.id)).version == 3


async def test_a_place_that_was_called_is_texted_when_its_question_is_answered(
    database: Database,
) -> None:
    town = await a_town(database)
    said = AgencyWord(AgencySays.QUESTION, question="How many children?")
    referral = (await handed_over(town, said)).referral
    async with town.as_clinic() as session:
        await answer_question(session, referral.id, word=town.sender(), answer="Two.")
    assert "A1" in await templates(town, referral.id)


# --- another place


@pytest.mark.parametrize("ending", ["open", "declined", "stopped"])
async def test_another_place_is_asked_once_however_often_the_button_is_pressed(
    database: Database, ending: str
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    if ending == "declined":
        await town.says(referral.id, AgencySays.NO, town.page(), reason=Reason.NO_CAPACITY)
    if ending == "stopped":
        await stop(town, referral.id)
    first = await elsewhere(town, referral.id)
    assert first.linked is not None
    assert first.linked.status is S.SENT
    with pytest.raises(Conflict):
        await elsewhere(town, referral.id)
    async with town.as_clinic() as session:
        linked = await session.scalars(
            select(Referral.id).where(Referral.part_of_id == referral.id)
        )
        assert list(linked) == [first.linked.id]


async def test_what_was_entered_in_error_is_asked_of_nobody_else(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await in_error(town, referral.id)
    with pytest.raises(Conflict):
        await elsewhere(town, referral.id)


async def test_a_no_of_the_second_place_may_bring_a_third(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    second = (await elsewhere(town, referral.id)).linked
    third = (await elsewhere(town, second.id)).linked
    assert third.part_of_id == second.id
    assert (await town.read(second.id)).status is S.REROUTED


async def revoked(town: Town, referral_id: UUID) -> None:
    async with town.as_clinic() as session:
        await revoke_consent(session, referral_id, word=town.sender())


@pytest.mark.parametrize("missing", ["tick", "revoked", "ended"])
async def test_no_other_place_without_consent_and_the_first_goes_on(
    database: Database, missing: str
) -> None:
    given = ConsentGiven(
        share=True,
        hear_back=True,
        text=True,
        next_places=missing != "tick",
        heard_by="Rosa",
        ends_at=TUESDAY + DAY,
    )
    town = await a_town(database, consent=given)
    referral = await town.sent()
    if missing == "revoked":
        await revoked(town, referral.id)
    version = (await town.read(referral.id)).version
    with pytest.raises(InvalidInput):
        await elsewhere(town, referral.id, TUESDAY + 2 * DAY)
    after = await town.read(referral.id)
    assert (after.status, after.version) == (S.SENT, version)
    assert "A8" not in await templates(town, referral.id)


# --- tasks and needs


async def test_one_press_finishes_every_task_that_asks_the_same_thing(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.answers(referral.id, 5)
    await town.answers(referral.id, 5)
    rows = [row for row in await task_rows(town, referral.id) if row.kind is TaskKind.CALL_PATIENT]
    assert len(rows) == 2
    async with town.as_clinic() as session:
        await finish_task(session, rows[0].id, word=town.sender())
    assert TaskKind.CALL_PATIENT not in await tasks(town, referral.id)


async def test_a_need_left_over_is_met_once_and_only_by_its_own_organization(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.NO, town.page(), reason=Reason.NO_CAPACITY)
    async with town.as_clinic() as session:
        await acknowledge_ending(
            session, referral.id, word=town.sender(), step=NextStep.ANOTHER_PLACE
        )
    [need] = await needs_left(town)
    async with town.as_agency() as session:
        with pytest.raises(NotFound):
            await follow_up_met(session, need.id, referral_id=referral.id, word=town.page())
    for days in (1, 2):
        async with town.as_clinic() as session:
            word = town.sender(TUESDAY + days * DAY)
            await follow_up_met(session, need.id, referral_id=referral.id, word=word)
    assert [row.met_at for row in await needs_left(town)] == [TUESDAY + DAY]
