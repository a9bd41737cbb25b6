"""Consent taken back or ended, one request stopped, a new number: who sees and gets what then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from builders.looking import events, tasks, templates, verdicts
from builders.referrals import TUESDAY, Town, a_town
from notify.api import Drop, Send
from referrals.actions import (
    AgencySays,
    ConsentGiven,
    NewPatient,
    answer_question,
    change_contact,
    revoke_consent,
    show_identity,
    undo_answer,
    withdraw,
)
from referrals.actions.patient_wishes import patient_stops
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus as S
from referrals.models import Consent, Referral
from referrals.queries import agency_link_page
from referrals.reasons import Reason
from referrals.tasks import TaskKind
from referrals.words import EventKind
from shared.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from uuid import UUID

    from referrals.transition import Outcome
    from shared.database import Database

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def accepted(town: Town) -> Referral:
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES, town.page())
    return referral


async def stop(town: Town, referral_id: UUID, reason: Reason = Reason.NEED_CHANGED) -> Outcome:
    async with town.as_clinic() as session:
        return await withdraw(session, referral_id, word=town.sender(), reason=reason)


async def revoked(town: Town, referral_id: UUID, now=TUESDAY) -> None:  # noqa: ANN001
    async with town.as_clinic() as session:
        await revoke_consent(session, referral_id, word=town.sender(now))


async def test_after_consent_is_taken_back_nothing_queued_earlier_goes_out(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database, mailboxes=("denise@harbor.example",))
    referral = await town.sent()
    await revoked(town, referral.id)
    found = await verdicts(town, worker_database, referral.id, TUESDAY)
    assert set(found) == {"P0", "A1", "agency_request", "P0b"}
    assert {name for name, verdict in found.items() if not isinstance(verdict, Drop)} == set()


async def test_after_consent_is_taken_back_the_agency_is_not_asked_how_it_went(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await accepted(town)
    await revoked(town, referral.id)
    await run_due(worker_database, TUESDAY + 4 * DAY)
    verdict = (await verdicts(town, worker_database, referral.id, TUESDAY + 4 * DAY)).get("A5")
    assert verdict is None or isinstance(verdict, Drop)
    await stop(town, referral.id, Reason.CONSENT_WITHDRAWN)
    verdict = (await verdicts(town, worker_database, referral.id, TUESDAY + 4 * DAY))["A8"]
    assert isinstance(verdict, Send)


async def test_a_consent_stands_behind_several_requests_and_falls_for_all_of_them(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    one, other = await accepted(town), await accepted(town)
    for referral in (one, other):
        async with town.as_agency() as session:
            await show_identity(session, referral.id, town.page())
    await revoked(town, one.id)
    for referral in (one, other):
        async with town.as_agency() as session:
            view = await agency_link_page(session, referral.id, town.agency, now=TUESDAY)
            assert view.identity is None
        with pytest.raises(NotAllowed):
            async with town.as_agency() as session:
                await show_identity(session, referral.id, town.page())
        assert (await town.read(referral.id)).may_text is False
        kinds = [event.kind for event in await events(town, referral.id)]
        assert kinds.count(EventKind.CONSENT_REVOKED) == 1
        # Nobody may be shown or texted anything: a person has to say what comes next.
        assert TaskKind.ASK_CONSENT_AGAIN in await tasks(town, referral.id)
    await run_due(worker_database, TUESDAY + 5 * DAY)
    assert "P5" not in await templates(town, other.id)


async def test_a_consent_that_has_ended_shows_no_name(database: Database) -> None:
    ends = TUESDAY + 60 * DAY
    given = ConsentGiven(
        share=True, hear_back=True, text=True, next_places=True, heard_by="Rosa", ends_at=ends
    )
    town = await a_town(database, consent=given)
    referral = await accepted(town)
    with pytest.raises(NotAllowed):
        async with town.as_agency() as session:
            await show_identity(session, referral.id, town.page(ends + MINUTE))


async def test_a_question_is_not_answered_without_consent(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.QUESTION, question="How many children?")
    await revoked(town, referral.id)
    with pytest.raises(InvalidInput) as refused:
        async with town.as_clinic() as session:
            await answer_question(session, referral.id, word=town.sender(), answer="Two.")
    assert refused.value.code == "consent_missing"
    assert (await templates(town, referral.id)).count("A1") == 1


async def test_the_undo_of_a_yes_asks_nobody_again_without_consent(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    await revoked(town, referral.id)
    async with town.as_agency(referral.id) as session:
        undone = await undo_answer(session, referral.id, town.text(TUESDAY + MINUTE))
    assert undone.linked is None
    async with town.as_clinic() as session:
        assert len(list(await session.scalars(select(Referral)))) == 1


async def test_a_patient_who_stops_one_request_leaves_the_others_as_they_are(
    database: Database, worker_database: Database
) -> None:
    """The page says: "We end this request. Nobody else sees it." """
    town = await a_town(database)
    one, other = await accepted(town), await accepted(town)
    for referral in (one, other):
        async with town.as_agency() as session:
            await show_identity(session, referral.id, town.page())
    for _ in range(2):
        async with town.as_clinic(one.id) as session:
            await patient_stops(session, one.id, town.patient(key="link:stop"))
    stopped, going_on = await town.read(one.id), await town.read(other.id)
    assert (stopped.status, stopped.may_text) == (S.PATIENT_DECLINED, False)
    assert (going_on.status, going_on.may_text) == (S.ACCEPTED, True)
    async with town.as_agency() as session:
        gone = await agency_link_page(session, one.id, town.agency, now=TUESDAY)
        kept = await agency_link_page(session, other.id, town.agency, now=TUESDAY)
    assert gone.identity is None
    assert kept.identity is not None
    first = await verdicts(town, worker_database, one.id, TUESDAY)
    second = await verdicts(town, worker_database, other.id, TUESDAY)
    assert {name for name, each in first.items() if isinstance(each, Send)} == {"A8"}
    assert isinstance(second["P2"], Send)
    async with town.as_clinic() as session:
        consent = await session.get(Consent, town.consent_id)
    assert consent.revoked_at is None


# --- the way to reach them


async def test_a_new_number_is_told_to_whoever_may_see_it_and_to_nobody_else(
    database: Database,
) -> None:
    town = await a_town(database)
    shown, unseen, ended = await accepted(town), await town.sent(), await town.sent()
    await stop(town, ended.id)
    async with town.as_agency() as session:
        await show_identity(session, shown.id, town.page())
    before = {each.id: (await town.read(each.id)).version for each in (shown, unseen, ended)}
    new = NewPatient(name="Ana Flores", phone="202-555-0188", language="es", household_size=4)
    async with town.as_clinic() as session:
        patient = await change_contact(session, town.patient_id, new, word=town.sender())
    assert (patient.phone, patient.hello_sent_at) == ("+12025550188", None)
    async with town.as_agency() as session:
        view = await agency_link_page(session, shown.id, town.agency, now=TUESDAY)
        assert view.identity["phone"] == "+12025550188"
        hidden = await agency_link_page(session, unseen.id, town.agency, now=TUESDAY)
        assert hidden.identity is None
    grown = {key: (await town.read(key)).version - old for key, old in before.items()}
    assert grown == {shown.id: 1, unseen.id: 1, ended.id: 0}


async def test_new_texts_go_to_the_new_number(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    new = NewPatient(name="Ana Flores", phone="202-555-0188", language="es", household_size=4)
    async with town.as_clinic() as session:
        await change_contact(session, town.patient_id, new, word=town.sender())
    verdict = (await verdicts(town, worker_database, referral.id, TUESDAY))["P0b"]
    assert isinstance(verdict, Send)
    assert verdict.address == "+12025550188"
