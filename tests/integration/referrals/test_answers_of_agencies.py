"""Held answers, undo, late words, walk-ins, places nobody may text, and who sees what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from builders.accounts import a_member
from builders.referrals import TUESDAY, Town, a_town
from notify.api import messages_of
from referrals.actions import (
    AgencySays,
    ConsentGiven,
    HandOver,
    HeardWord,
    NewPatient,
    answer_as_agency,
    give_reason,
    hand_over_now,
    record_answer,
    send_referral,
    show_identity,
    tell_identity,
    undo_answer,
    withdraw,
)
from referrals.actions.answering import AgencyWord
from referrals.closure import Question
from referrals.consent import Reach
from referrals.errors import AlreadyAnswered, ReferralChanged, ReferralNotFound, TooLateToUndo
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus as S
from referrals.lifecycle import ReferralMoveError
from referrals.models import (
    FollowUpNeed,
    InternalNote,
    Patient,
    Referral,
    ReferralDisclosure,
    ReferralEvent,
    StaffTask,
)
from referrals.overdue import Urgency
from referrals.queries import (
    agency_desk,
    agency_link_page,
    find_patients,
    referral_page,
    today_page,
)
from referrals.reasons import Reason
from referrals.tasks import TaskKind
from referrals.words import EventKind, Way
from shared.database import Context
from shared.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from uuid import UUID

    from shared.database import Database

MINUTE = timedelta(minutes=1)


async def templates(town: Town, referral_id: UUID) -> list[str]:
    async with town.as_clinic() as session:
        return [story.template for story in await messages_of(session, referral_id)]


async def open_tasks(town: Town, referral_id: UUID) -> list[TaskKind]:
    async with town.as_clinic() as session:
        page = await referral_page(session, referral_id, town.clinic, now=TUESDAY)
    return [task.kind for task in page.tasks]


async def count(town: Town, model: type) -> int:
    async with town.as_clinic() as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_a_no_by_text_is_held_for_half_an_hour_and_then_made_exactly_once(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    held = await town.says(referral.id, AgencySays.NO)
    assert held.referral.status is S.SENT
    assert held.referral.held is not None
    assert held.event.kind is EventKind.ANSWER_GIVEN
    assert "P3" not in await templates(town, referral.id)

    await run_due(worker_database, TUESDAY + 29 * MINUTE)
    assert (await town.read(referral.id)).status is S.SENT

    for _ in range(3):
        await run_due(worker_database, TUESDAY + 30 * MINUTE)
    after = await town.read(referral.id)
    assert after.status is S.DECLINED
    assert after.held is None
    sent = await templates(town, referral.id)
    assert sent.count("P3") == 1
    assert sent.count("A3") == 1
    assert await open_tasks(town, referral.id) == [TaskKind.BAD_ENDING]


async def test_the_reason_asked_for_by_text_goes_into_the_held_answer(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.NO)
    async with town.as_agency(referral.id) as session:
        await give_reason(session, referral.id, town.text(), Reason.NO_CAPACITY)
    await run_due(worker_database, TUESDAY + 31 * MINUTE)
    after = await town.read(referral.id)
    assert (after.status, after.reason) == (S.DECLINED, "no_capacity")


async def test_a_no_needed_today_or_on_the_page_moves_at_once(database: Database) -> None:
    town = await a_town(database)
    urgent = await town.sent(urgency=Urgency.TODAY)
    await town.says(urgent.id, AgencySays.NO)
    assert (await town.read(urgent.id)).status is S.DECLINED
    calm = await town.sent()
    await town.says(calm.id, AgencySays.NO, town.page(), reason=Reason.NOT_ELIGIBLE)
    assert (await town.read(calm.id)).status is S.DECLINED


async def test_a_no_on_the_page_needs_a_reason(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    with pytest.raises(InvalidInput):
        await town.says(referral.id, AgencySays.NO, town.page())
    assert (await town.read(referral.id)).status is S.SENT


async def test_undo_of_a_held_no_leaves_the_request_waiting(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.NO)
    async with town.as_agency(referral.id) as session:
        undone = await undo_answer(session, referral.id, town.text(TUESDAY + 5 * MINUTE))
    assert undone.referral.status is S.SENT
    assert undone.referral.answered_at is None
    await run_due(worker_database, TUESDAY + 31 * MINUTE)
    assert (await town.read(referral.id)).status is S.SENT
    yes = await town.says(referral.id, AgencySays.YES, town.text(TUESDAY + 40 * MINUTE))
    assert yes.referral.status is S.ACCEPTED


async def test_undo_of_a_yes_ends_it_and_asks_the_same_agency_again_with_the_same_code(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    async with town.as_agency(referral.id) as session:
        undone = await undo_answer(session, referral.id, town.text(TUESDAY + 5 * MINUTE))
    assert undone.linked is not None
    first, second = await town.read(referral.id), await town.read(undone.linked.id)
    assert (first.status, first.reason) == (S.UNABLE, "answered_by_mistake")
    assert (second.status, second.code, second.part_of_id) == (S.SENT, referral.code, referral.id)
    assert "AU" in await templates(town, second.id)
    again = await town.says(second.id, AgencySays.YES, town.text(TUESDAY + 6 * MINUTE))
    assert again.referral.status is S.ACCEPTED
    async with town.as_agency(second.id) as session:
        await show_identity(session, second.id, town.page(TUESDAY + 7 * MINUTE))
        view = await agency_link_page(session, second.id, town.agency, now=TUESDAY)
    assert view.identity is not None
    assert view.identity["name"] == "Ana Flores"


async def test_nothing_is_undone_after_half_an_hour_or_once_the_name_was_shown(
    database: Database,
) -> None:
    town = await a_town(database)
    late, shown = await town.sent(), await town.sent()
    for referral in (late, shown):
        await town.says(referral.id, AgencySays.YES)
    async with town.as_agency() as session:
        await show_identity(session, shown.id, town.page())
        with pytest.raises(TooLateToUndo):
            await undo_answer(session, shown.id, town.text(TUESDAY + MINUTE))
        with pytest.raises(TooLateToUndo):
            await undo_answer(session, late.id, town.text(TUESDAY + 30 * MINUTE))


async def test_a_known_event_key_gives_the_first_result_and_does_nothing(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    first = await town.says(referral.id, AgencySays.YES, town.text(key="sms:SM1"))
    before = (await templates(town, referral.id), first.referral.version)
    again = await town.says(referral.id, AgencySays.YES, town.text(key="sms:SM1"))
    assert again.repeated
    assert again.event.id == first.event.id
    assert (await templates(town, referral.id), again.referral.version) == before


async def test_a_refused_move_queues_nothing_and_changes_nothing(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    before = (await templates(town, referral.id), (await town.read(referral.id)).version)
    with pytest.raises(ReferralMoveError):
        await town.says(referral.id, AgencySays.YOU_ARE_RIGHT, town.patient())
    with pytest.raises(ReferralChanged):
        async with town.as_clinic() as session:
            await withdraw(
                session,
                referral.id,
                word=town.sender(),
                reason=Reason.NEED_CHANGED,
                expected_version=99,
            )
    assert (await templates(town, referral.id), (await town.read(referral.id)).version) == before


async def test_the_second_answer_is_told_kindly_who_was_first(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.NO, town.text(name="Denise"))
    with pytest.raises(AlreadyAnswered) as refused:
        await town.says(referral.id, AgencySays.YES, town.text(name="Maria"))
    assert refused.value.values["who"] == "Denise"
    assert refused.value.values["answer"] == "declined"
    assert refused.value.values["said"] == "no"


async def test_a_wait_list_as_first_answer_passes_through_a_yes(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    outcome = await town.says(referral.id, AgencySays.WAIT_LIST)
    assert outcome.referral.status is S.WAITLISTED
    async with town.as_clinic() as session:
        steps = [
            event.status_to
            for event in await session.scalars(
                select(ReferralEvent)
                .where(ReferralEvent.referral_id == referral.id)
                .order_by(ReferralEvent.version)
            )
        ]
    assert steps == [S.DRAFT, S.SENT, S.ACCEPTED, S.WAITLISTED]
    assert (await templates(town, referral.id))[-2:] == ["Pn", "A4w"]


async def test_a_walk_in_service_is_told_and_asked_nothing(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent(how_to_start="walk_in")
    assert referral.status is S.ACCEPTED
    assert referral.answered_at is None
    assert await templates(town, referral.id) == ["P0", "A2", "P1n"]
    no = await town.says(referral.id, AgencySays.NO)
    assert no.referral.held is not None
    await run_due(worker_database, TUESDAY + 30 * MINUTE)
    after = await town.read(referral.id)
    assert (after.status, after.reason) == (S.UNABLE, "other")
    assert TaskKind.BAD_ENDING in await open_tasks(town, referral.id)


async def test_a_place_without_a_verified_channel_is_called_and_never_texted(
    database: Database,
) -> None:
    town = await a_town(database, phones=())
    referral = await town.sent()
    assert await templates(town, referral.id) == ["P0", "P0b"]
    assert await open_tasks(town, referral.id) == [TaskKind.CALL_AGENCY_UNREACHABLE]


async def test_a_hotline_is_a_call_for_the_staff_and_nobody_there_is_texted(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent(how_to_start="through_hotline")
    assert "A1" not in await templates(town, referral.id)
    assert await open_tasks(town, referral.id) == [TaskKind.CALL_HOTLINE]


async def test_a_mailbox_gets_a_mail_with_a_link(database: Database) -> None:
    town = await a_town(database, phones=(), mailboxes=("denise@harbor.example",))
    referral = await town.sent()
    assert "agency_request" in await templates(town, referral.id)


async def test_without_the_first_tick_nothing_is_sent(database: Database) -> None:
    refused = ConsentGiven(
        share=False, hear_back=True, text=True, next_places=True, heard_by="Rosa"
    )
    town = await a_town(database, consent=refused)
    draft = await town.draft()
    with pytest.raises(InvalidInput) as error:
        async with town.as_clinic() as session:
            await send_referral(session, draft.id, word=town.sender())
    assert error.value.code == "consent_missing"
    assert await templates(town, draft.id) == []


async def test_somebody_without_a_phone_is_never_texted_and_is_asked_by_a_person(
    database: Database, worker_database: Database
) -> None:
    nobody = NewPatient(name="Lena Fox", way=Reach.WILL_COME_OR_CALL)
    town = await a_town(database, patient=nobody)
    referral = await town.sent()
    assert await templates(town, referral.id) == ["A1"]
    await run_due(worker_database, TUESDAY + timedelta(days=1))
    assert TaskKind.CALL_PATIENT in await open_tasks(town, referral.id)


async def test_the_patients_three_is_hidden_until_they_say_ask_them(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    await town.says(referral.id, AgencySays.HELPED, town.page())
    await run_due(worker_database, TUESDAY + MINUTE)
    await town.answers(referral.id, 3, town.patient(TUESDAY + 2 * MINUTE))
    assert (await town.read(referral.id)).status is S.SERVICE_REPORTED
    assert (await templates(town, referral.id))[-1] == "P7"
    async with town.as_agency(referral.id) as session:
        seen = await session.scalars(
            select(ReferralEvent).where(ReferralEvent.referral_id == referral.id)
        )
        assert {event.kind for event in seen} == {EventKind.MOVED}

    await town.answers(
        referral.id, 1, town.patient(TUESDAY + 3 * MINUTE), question=Question.AFTER_NO
    )
    assert (await town.read(referral.id)).status is S.ACCOUNTS_DIFFER
    settled = await town.answers(referral.id, 1, town.patient(TUESDAY + timedelta(days=1)))
    assert settled.referral.status is S.CLOSED_CONFIRMED


async def test_no_questions_asked_ends_it_by_us_and_leaves_the_need(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    await town.says(referral.id, AgencySays.HELPED, town.page())
    await run_due(worker_database, TUESDAY + MINUTE)
    await town.answers(referral.id, 3, town.patient(TUESDAY + 2 * MINUTE))
    await town.answers(
        referral.id, 2, town.patient(TUESDAY + 3 * MINUTE), question=Question.AFTER_NO
    )
    after = await town.read(referral.id)
    assert (after.status, after.reason) == (S.WITHDRAWN, "did_not_get_help")
    assert await count(town, FollowUpNeed) == 1
    async with town.as_agency(referral.id) as session:
        view = await agency_link_page(session, referral.id, town.agency, now=TUESDAY)
    assert view.request.reason is None
    assert view.request.people_see == "Stopped by us"


async def test_silence_after_done_closes_on_the_agencys_word_alone(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    await town.says(referral.id, AgencySays.HELPED, town.page())
    for day in range(12):
        await run_due(worker_database, TUESDAY + timedelta(days=day, minutes=1))
    after = await town.read(referral.id)
    assert after.status is S.CLOSED_AGENCY_ONLY
    assert (await templates(town, referral.id)).count("P5") == 2


async def test_nobody_answers_and_the_patient_was_asked_twice_before_it_expires(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    for hour in range(24 * 20):
        if hour % 6 == 0:
            await run_due(worker_database, TUESDAY + timedelta(hours=hour))
    after = await town.read(referral.id)
    assert (after.status, after.reason) == (S.EXPIRED, "no_response_expired")
    sent = await templates(town, referral.id)
    assert sent.count("P5") == 2
    assert sent.count("A1") == 1


async def test_a_sweep_run_a_hundred_times_sends_nothing_more(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    later = TUESDAY + timedelta(days=2)
    await run_due(worker_database, later)
    before = (await templates(town, referral.id), await count(town, StaffTask))
    for _ in range(20):
        await run_due(worker_database, later)
    assert (await templates(town, referral.id), await count(town, StaffTask)) == before


async def test_every_open_request_has_a_next_action_time(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    for says in (AgencySays.YES, AgencySays.ON_LIST, AgencySays.SERVING, AgencySays.ENROLLED):
        assert (await town.read(referral.id)).next_action_at is not None
        await town.says(referral.id, says)
    await run_due(worker_database, TUESDAY + timedelta(days=100))
    found = await town.read(referral.id)
    assert found.next_action_at is not None or found.ended_at is not None


async def test_a_word_heard_by_phone_counts_as_the_agencys_and_says_who_took_it_down(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    async with town.as_clinic() as session:
        outcome = await record_answer(
            session,
            referral.id,
            word=town.sender(),
            facts=HeardWord("Denise Carter", Way.PHONE, "intake"),
            said=AgencyWord(AgencySays.NO, reason=Reason.NO_CAPACITY),
        )
    assert outcome.referral.status is S.DECLINED
    assert outcome.event.told_to == "Rosa Medina"
    assert outcome.event.said_by == "Denise Carter"


async def test_handed_over_beside_the_patient_texts_the_agency_nothing(database: Database) -> None:
    town = await a_town(database)
    draft = await town.draft()
    async with town.as_clinic() as session:
        outcome = await hand_over_now(
            session,
            draft.id,
            word=town.sender(),
            hand_over=HandOver(
                HeardWord("Denise"),
                AgencyWord(AgencySays.SCHEDULED, visit_at=TUESDAY + timedelta(days=2)),
            ),
        )
    assert outcome.referral.status is S.SCHEDULED
    assert not [each for each in await templates(town, draft.id) if each.startswith("A")]


async def test_an_agency_sees_nothing_before_it_is_sent_and_never_a_patient(
    database: Database,
) -> None:
    town = await a_town(database)
    draft = await town.draft()
    async with town.as_agency() as session:
        assert await session.get(Referral, draft.id) is None
    referral = await town.sent()
    async with town.as_agency() as session:
        assert await session.get(Referral, referral.id) is not None
        for model in (Patient, StaffTask, InternalNote):
            assert await session.scalar(select(func.count()).select_from(model)) == 0
        kinds = await session.scalars(select(ReferralDisclosure.kind))
        assert [kind.value for kind in kinds] == ["facts"]
        with pytest.raises((ReferralMoveError, NotAllowed)):
            await show_identity(session, referral.id, town.page())


async def test_another_organization_sees_nothing_at_all(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    stranger = await a_member(database, "Oak Street School")
    async with database.transaction(Context(stranger)) as session:
        for model in (Referral, ReferralEvent, ReferralDisclosure, Patient, StaffTask):
            assert await session.scalar(select(func.count()).select_from(model)) == 0
        with pytest.raises(ReferralNotFound):
            await answer_as_agency(session, referral.id, town.page(), AgencyWord(AgencySays.YES))
        assert await find_patients(session, stranger, "Flores", now=TUESDAY) == []


async def test_a_link_opens_one_request_and_no_other(database: Database) -> None:
    town = await a_town(database)
    one, other = await town.sent(), await town.sent()
    async with town.as_agency(one.id) as session:
        assert await session.get(Referral, one.id) is not None
        assert await session.get(Referral, other.id) is None


async def test_codes_differ_between_open_requests_and_rest_before_they_come_back(
    database: Database,
) -> None:
    town = await a_town(database)
    codes = [(await town.sent()).code for _ in range(3)]
    assert codes == [10, 11, 12]
    first = await town.sent()
    async with town.as_clinic() as session:
        await withdraw(session, first.id, word=town.sender(), reason=Reason.NEED_CHANGED)
    assert (await town.sent()).code == 14


async def test_a_patient_is_found_by_phone_name_beginning_and_record_number(
    database: Database,
) -> None:
    town = await a_town(database)
    await town.sent()
    async with town.as_clinic() as session:
        for words in ("(202) 555-0137", "flor", "Ana Flores", "lc-20418"):
            hits = await find_patients(session, town.clinic, words, now=TUESDAY)
            assert [hit.id for hit in hits] == [town.patient_id], words
            assert len(hits[0].open_referrals) == 1
        assert await find_patients(session, town.clinic, "nobody", now=TUESDAY) == []


async def test_today_shows_whose_turn_it_is_and_why(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    async with town.as_clinic() as session:
        page = await today_page(session, town.rosa, now=TUESDAY)
    assert [row.referral_id for row in page.others] == [referral.id]
    assert page.others[0].turn.who == "Harbor Pantry"
    assert page.mine == ()
    await run_due(worker_database, TUESDAY + timedelta(days=1, hours=1))
    async with town.as_clinic() as session:
        page = await today_page(session, town.rosa, now=TUESDAY)
    assert [row.turn.task.kind for row in page.mine if row.turn.task] == [TaskKind.CALL_AGENCY]
    assert page.calls == page.mine
    async with town.as_agency() as session:
        desk = await agency_desk(session, town.agency, now=TUESDAY)
    assert [view.request.id for view in desk.new] == [referral.id]


async def test_late_words_are_welcome_and_change_nothing(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    async with town.as_clinic() as session:
        await withdraw(session, referral.id, word=town.sender(), reason=Reason.NEED_CHANGED)
    late = await town.says(referral.id, AgencySays.YES)
    assert late.referral.status is S.WITHDRAWN
    assert late.event.kind is EventKind.LATE_WORD
    assert (await templates(town, referral.id))[-1] == "AL"
    assert TaskKind.LATE_WORD in await open_tasks(town, referral.id)


async def test_a_yes_by_text_makes_a_call_with_the_name_until_it_was_given(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    assert await open_tasks(town, referral.id) == [TaskKind.GIVE_NAME]
    async with town.as_clinic() as session:
        await tell_identity(session, referral.id, town.sender())
    assert await open_tasks(town, referral.id) == []
    async with town.as_agency(referral.id) as session:
        view = await agency_link_page(session, referral.id, town.agency, now=TUESDAY)
    assert view.identity is not None


async def test_taken_back_consent_hides_the_name_again(database: Database) -> None:
    from referrals.actions import revoke_consent

    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    async with town.as_agency(referral.id) as session:
        await show_identity(session, referral.id, town.page())
    async with town.as_clinic() as session:
        await revoke_consent(session, referral.id, word=town.sender())
    async with town.as_agency(referral.id) as session:
        view = await agency_link_page(session, referral.id, town.agency, now=TUESDAY)
        assert view.identity is None
        assert await session.scalar(select(func.count()).select_from(ReferralDisclosure)) == 0


async def test_another_place_gets_a_linked_request_and_the_first_is_told_to_stop(
    database: Database,
) -> None:
    from dataclasses import replace

    from referrals.actions import reroute
    from referrals.actions.owning import Reroute
    from shared.identifiers import new_id

    town = await a_town(database)
    referral = await town.sent()
    listing = replace(
        town.listing, directory_organization_id=new_id(), organization="St Mary's Table"
    )
    word = town.sender()
    for _ in range(2):
        async with town.as_clinic() as session:
            outcome = await reroute(session, referral.id, word=word, to=Reroute(listing))
        assert outcome.linked is not None
    assert (await town.read(referral.id)).status is S.REROUTED
    assert outcome.linked.part_of_id == referral.id
    assert (await town.read(outcome.linked.id)).status is S.SENT
    assert await count(town, Referral) == 2
    assert (await templates(town, referral.id)).count("A8") == 1


async def test_whatever_the_patient_answers_on_the_way_there_is_no_second_ending(
    database: Database,
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.NO)
    gone = await town.answers(referral.id, 4)
    assert gone.referral.status is S.PATIENT_DECLINED
    assert gone.referral.held is None
    assert "A8" in await templates(town, referral.id)
