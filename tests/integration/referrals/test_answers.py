"""Texts that came in, from the webhook to the move they ask for and the text that answers them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from accounts.api import verified_channels
from accounts.channels import NewChannel, add_answering_channel
from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY, Town, a_town
from notify.api import NewMessage, is_suppressed, phone_hash, queue_message
from referrals.actions import AgencySays, NewPatient
from referrals.lifecycle import BusinessStatus as S
from referrals.models import Referral, ReferralEvent, StaffTask
from referrals.overdue import Urgency
from referrals.sending_out import SOURCE
from referrals.words import EventKind
from shared.database import Context, Database
from web.jobs import read_reply

DENISE = "+12025550144"
ANA = "+12025550137"
STRANGER = "+12025550199"


async def tasks(town: Town) -> list[str]:
    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(StaffTask).where(StaffTask.done_at.is_(None)).order_by(StaffTask.created_at)
        )
        return [row.kind.value for row in rows]


async def events(town: Town, referral_id: UUID) -> list[ReferralEvent]:
    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(ReferralEvent)
            .where(ReferralEvent.referral_id == referral_id)
            .order_by(ReferralEvent.version)
        )
        return list(rows)


async def sent(town: Town, phones: Phones, **changes: Any) -> Referral:
    referral = await town.sent(now=phones.clock.now, **changes)
    await phones.deliver()
    return referral


async def accepted(town: Town, phones: Phones, **changes: Any) -> Referral:
    referral = await sent(town, phones, **changes)
    await phones.says(DENISE, f"{referral.code} 1")
    return await town.read(referral.id)


async def asked(town: Town, phones: Phones) -> Referral:
    """The agency says done, the patient is asked."""
    referral = await accepted(town, phones)
    await town.says(referral.id, AgencySays.HELPED, town.page(phones.clock.now))
    await phones.turn(days=1)
    assert "¿le dieron COMIDA?" in phones.inbox(ANA)[-1]
    return await town.read(referral.id)


# --- agencies


async def test_a_flip_phone_says_yes_and_the_patient_hears_of_it(
    town: Town, phones: Phones
) -> None:
    referral = await sent(town, phones)
    assert phones.inbox(DENISE)[-1].startswith(
        "Lincoln Clinic 10: can you help with FOOD this week?"
    )
    back = await phones.says(DENISE, "10 1")
    assert (await town.read(referral.id)).status is S.ACCEPTED
    assert back[0].startswith("10: thank you. We call this phone with the name and number")
    assert "el lugar acepta ayudarle. Le llaman" in phones.inbox(ANA)[-1]


@pytest.mark.parametrize(
    "body", ["1", "10-1", "101", "10.1 thanks", "yes", "10 sí", "1️⃣0️⃣ 1️⃣", "1 10"]
)
async def test_yes_however_it_is_typed(town: Town, phones: Phones, body: str) -> None:
    referral = await sent(town, phones)
    await phones.says(DENISE, body)
    assert (await town.read(referral.id)).status is S.ACCEPTED


async def test_a_bare_digit_asks_which_when_two_are_open(town: Town, phones: Phones) -> None:
    first, second = await sent(town, phones), await sent(town, phones)
    back = await phones.says(DENISE, "1")
    assert back == [
        (
            "Which one? Open now: 10, 11. Reply the code and the answer, like 10 1 yes, "
            "10 2 wait list, 10 3 no, 10 5 call me."
        )
    ]
    for referral in (first, second):
        assert (await town.read(referral.id)).status is S.SENT


async def test_two_answers_in_one_text(town: Town, phones: Phones) -> None:
    first, second = await sent(town, phones), await sent(town, phones)
    await phones.says(DENISE, "10 1, 11 2")
    assert (await town.read(first.id)).status is S.ACCEPTED
    assert (await town.read(second.id)).status is S.WAITLISTED


async def test_a_no_is_held_asks_why_and_moves_after_half_an_hour(
    town: Town, phones: Phones
) -> None:
    referral = await sent(town, phones)
    back = await phones.says(DENISE, "10 3")
    assert back[0].startswith("10: why not? 1 full 2 not eligible")
    assert (await town.read(referral.id)).status is S.SENT
    assert await phones.says(DENISE, "1") == ["10: noted: full. Thank you. 0 undo"]
    await phones.turn(minutes=31)
    ended = await town.read(referral.id)
    assert (ended.status, ended.reason) == (S.DECLINED, "no_capacity")
    assert "ese lugar no puede ayudar ahora" in phones.inbox(ANA)[-1]


@pytest.mark.parametrize(
    ("body", "reason"),
    [("2", "not_eligible"), ("10 5", "missing_documents"), ("full", "no_capacity"), ("6", "other")],
)
async def test_the_reason_is_taken_with_or_without_the_code(
    town: Town, phones: Phones, body: str, reason: str
) -> None:
    referral = await sent(town, phones)
    await phones.says(DENISE, "10 3")
    await phones.says(DENISE, body)
    await phones.turn(minutes=31)
    assert (await town.read(referral.id)).reason == reason


async def test_zero_takes_a_no_back(town: Town, phones: Phones) -> None:
    referral = await sent(town, phones)
    await phones.says(DENISE, "3")
    back = await phones.says(DENISE, "0")
    assert back == [
        "10: undone. To answer again reply 10 1 yes, 10 2 wait list, 10 3 no, 10 5 call me."
    ]
    await phones.turn(minutes=31)
    assert (await town.read(referral.id)).status is S.SENT
    await phones.says(DENISE, "10 1")
    assert (await town.read(referral.id)).status is S.ACCEPTED


async def test_zero_takes_a_yes_back_and_the_same_code_asks_again(
    town: Town, phones: Phones
) -> None:
    referral = await accepted(town, phones)
    back = await phones.says(DENISE, "0")
    assert back[0].startswith("10: undone.")
    ended = await town.read(referral.id)
    assert (ended.status, ended.reason) == (S.UNABLE, "answered_by_mistake")
    await phones.says(DENISE, "10 2")
    async with town.as_clinic() as session:
        again = await session.scalar(select(Referral).where(Referral.part_of_id == referral.id))
    assert again.status is S.WAITLISTED


async def test_undo_after_half_an_hour_is_refused_kindly(town: Town, phones: Phones) -> None:
    referral = await accepted(town, phones)
    await phones.turn(minutes=40)
    assert (await phones.says(DENISE, "0"))[0].startswith(
        "10: there is nothing to undo by text now."
    )
    assert (await town.read(referral.id)).status is S.ACCEPTED


async def test_whoever_comes_second_is_told_who_was_first(town: Town, phones: Phones) -> None:
    referral = await accepted(town, phones)
    back = await phones.says(DENISE, "10 3")
    assert back == ["10: already answered: yes. Nothing changed. Not right? Call 202-555-0100."]
    assert (await town.read(referral.id)).status is S.ACCEPTED


async def test_the_outcome_by_text(town: Town, phones: Phones) -> None:
    referral = await accepted(town, phones)
    await phones.turn(days=6)
    assert "how did it go? 10 1 helped" in phones.inbox(DENISE)[-1]
    assert await phones.says(DENISE, "10 1") == ["10: noted: helped. Thank you. 0 undo"]
    await phones.turn(minutes=31)
    assert (await town.read(referral.id)).status is S.SERVICE_REPORTED


async def test_call_me_asks_for_a_call(town: Town, phones: Phones) -> None:
    referral = await sent(town, phones)
    await phones.says(DENISE, "10 5")
    assert (await town.read(referral.id)).status is S.INFO_NEEDED
    assert "call_agency_asked" in await tasks(town)


async def test_a_walk_in_can_say_that_it_cannot(town: Town, phones: Phones) -> None:
    referral = await sent(town, phones, how_to_start="walk_in")
    assert "will COME for FOOD" in phones.inbox(DENISE)[-1]
    back = await phones.says(DENISE, "10 3")
    assert back[0].startswith("10: why not?")
    await phones.says(DENISE, "1")
    await phones.turn(minutes=31)
    ended = await town.read(referral.id)
    assert (ended.status, ended.reason) == (S.UNABLE, "no_capacity")


async def test_full_with_a_code_is_a_no_to_that_request(town: Town, phones: Phones) -> None:
    referral = await sent(town, phones)
    await phones.says(DENISE, "10 full")
    await phones.turn(minutes=31)
    assert (await town.read(referral.id)).reason == "no_capacity"


async def test_two_unclear_replies_bring_help_and_four_a_call(town: Town, phones: Phones) -> None:
    referral = await sent(town, phones)
    assert await phones.says(DENISE, "who knows") == []
    back = await phones.says(DENISE, "maybe tomorrow")
    assert back[0].startswith("To answer, send the code and a number, like 10 1 yes")
    assert "Open: 10." in back[0]
    assert await phones.says(DENISE, "hm") == []
    assert "call_agency_unclear" not in await tasks(town)
    assert await phones.says(DENISE, "hm again") == []
    assert "call_agency_unclear" in await tasks(town)
    kinds = [event.kind for event in await events(town, referral.id)]
    assert kinds.count(EventKind.UNCLEAR_REPLY) == 4


async def test_an_understood_reply_starts_the_count_again(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    await sent(town, phones)
    await phones.says(DENISE, "who knows")
    await phones.says(DENISE, "10 2")
    assert await phones.says(DENISE, "who knows") == []


async def test_the_words_beside_an_answer_are_kept(town: Town, phones: Phones) -> None:
    referral = await sent(town, phones)
    await phones.says(DENISE, "10 1 she can come at 9 today")
    yes = next(event for event in await events(town, referral.id) if event.status_to is S.ACCEPTED)
    assert yes.words == {"note": "she can come at 9 today"}


async def test_help_from_an_agency(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    assert (await phones.says(DENISE, "AYUDA"))[0].startswith("To answer, send the code")


async def test_an_agencys_stop_is_confirmed_once_and_brings_a_call(
    town: Town, phones: Phones
) -> None:
    referral = await sent(town, phones)
    back = await phones.says(DENISE, "please stop texting us")
    assert back == [
        (
            "Lincoln Clinic: no more texts to this phone. We call you instead. "
            "Questions: 202-555-0100. To get texts again, send START."
        )
    ]
    assert await phones.says(DENISE, "no more texts") == []
    assert "call_agency_unreachable" in await tasks(town)
    assert (await town.read(referral.id)).status is S.SENT


async def test_a_late_yes_is_welcome(town: Town, phones: Phones) -> None:
    referral = await sent(town, phones, urgency=Urgency.ROUTINE)
    for _fortnight in range(3):
        await phones.turn(days=14)
    assert (await town.read(referral.id)).status is S.EXPIRED
    back = await phones.says(DENISE, "10 1")
    assert back[0].startswith("10: thank you. Lincoln Clinic had ended this one.")
    assert "late_word" in await tasks(town)


async def test_a_code_counts_only_from_the_phone_it_was_sent_to(town: Town, phones: Phones) -> None:
    """M22: 0 foreign referrals touched, and no word that there is such a code."""
    referral = await sent(town, phones)
    heard = [said for code in range(10, 40) for said in await phones.says(STRANGER, f"{code} 1")]
    assert [said[:60] for said in heard] == [
        "Text line of Lincoln Clinic. We do not know this phone. A pe"
    ]
    assert (await town.read(referral.id)).status is S.SENT
    assert len(await events(town, referral.id)) == 2


async def test_a_phone_that_said_yes_more_than_a_year_ago_answers_nothing(
    town: Town, phones: Phones
) -> None:
    referral = await sent(town, phones)
    phones.clock.now += timedelta(days=366)
    await phones.says(DENISE, "10 1")
    assert (await town.read(referral.id)).status is S.SENT


# --- patients


async def test_the_patients_one_closes_the_loop(town: Town, phones: Phones) -> None:
    referral = await asked(town, phones)
    back = await phones.says(ANA, "1")
    assert (await town.read(referral.id)).status is S.CLOSED_CONFIRMED
    assert back == [
        "Gracias. ¿Le alcanza por ahora? 1 Me alcanza 2 Me falta 5 Quiero que me llamen."
    ]
    await phones.says(ANA, "dos")
    assert "follow_up_need" in await tasks(town)


async def test_three_is_asked_before_it_is_told(town: Town, phones: Phones) -> None:
    referral = await asked(town, phones)
    back = await phones.says(ANA, "no me ayudaron")
    assert back[0].startswith("Lamentamos que no le ayudaran. 1 Pueden preguntarles")
    assert (await town.read(referral.id)).status is S.SERVICE_REPORTED
    await phones.says(ANA, "1")
    assert (await town.read(referral.id)).status is S.ACCOUNTS_DIFFER


async def test_five_promises_a_call_with_or_without_a_question(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    back = await phones.says(ANA, "5")
    assert back[0].startswith("Bien. Rosa o alguien del equipo le llama antes del")
    assert "call_patient" in await tasks(town)


async def test_hello_is_answered(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    assert phones.inbox(ANA)[0].startswith("Soy Rosa, de Lincoln Clinic.")
    assert await phones.says(ANA, "Sí") == []
    async with town.as_clinic() as session:
        from referrals.models import Patient  # noqa: PLC0415

        assert (await session.get(Patient, town.patient_id)).phone_confirmed_at == TUESDAY


async def test_seven_is_the_wrong_number(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    assert await phones.says(ANA, "7") == []
    assert "repair_contact" in await tasks(town)
    assert await stopped(town, ANA)


async def test_wrong_number_in_words(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    assert await phones.says(ANA, "numero equivocado, no me escriban") == []
    assert "repair_contact" in await tasks(town)
    assert await stopped(town, ANA)


async def test_who_is_this_is_told_without_a_need(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    back = await phones.says(ANA, "quien es?")
    assert back == [
        (
            "Le escriben de Lincoln Clinic. Buscamos a A. Responda 1 si es usted. Responda 7 si "
            "no, y no le escribimos otra vez. Dudas: 202-555-0100"
        )
    ]
    assert not await stopped(town, ANA)
    await phones.says(ANA, "1")
    assert not await stopped(town, ANA)


async def test_other_words_go_to_a_person(town: Town, phones: Phones) -> None:
    referral = await asked(town, phones)
    back = await phones.says(ANA, "1 pero no me dieron nada")
    assert back[0].startswith("Gracias. Alguien del equipo lee esto")
    assert (await town.read(referral.id)).status is S.SERVICE_REPORTED
    async with town.as_clinic() as session:
        task = await session.scalar(select(StaffTask).where(StaffTask.kind == "read_text"))
    assert task.words == "1 pero no me dieron nada"


async def test_danger_is_answered_at_once_and_closes_nothing(town: Town, phones: Phones) -> None:
    referral = await asked(town, phones)
    back = await phones.says(ANA, "1 mi esposo me pega")
    assert back[0].startswith("¿Hay peligro? Llame ya al 911.")
    assert (await town.read(referral.id)).status is S.SERVICE_REPORTED
    assert (await tasks(town))[-1] == "read_danger"


async def test_ayuda_is_both_keyword_and_cry(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    back = await phones.says(ANA, "ayuda")
    assert "202-555-0100" in back[0]
    assert "911" in back[0]
    assert "988" in back[0]


@pytest.mark.parametrize("body", ["ALTO", "ya no me escriban por favor", "stop texting me"])
async def test_a_revocation_is_confirmed_once_then_silence(
    town: Town, phones: Phones, body: str
) -> None:
    referral = await sent(town, phones)
    back = await phones.says(ANA, body)
    assert len(back) == 1
    assert back[0].startswith("Lincoln Clinic: ya no le mandamos textos.")
    assert await phones.says(ANA, body) == []
    await phones.says(DENISE, "10 1")
    assert phones.new(ANA) == []
    assert (await town.read(referral.id)).status is S.ACCEPTED


async def test_the_carriers_stop_is_answered_by_the_carrier(town: Town, phones: Phones) -> None:
    await sent(town, phones)
    assert await phones.says(ANA, "STOP", carrier_word="STOP") == []
    assert await stopped(town, ANA)
    await phones.says(ANA, "START", carrier_word="START")
    assert not await stopped(town, ANA)


async def test_a_revocation_that_speaks_of_danger_reaches_a_person(
    town: Town, phones: Phones
) -> None:
    await sent(town, phones)
    back = await phones.says(ANA, "stop texting me, he hits me when he sees my phone")
    assert "911" in back[0]
    assert "read_danger" in await tasks(town)


async def test_two_machines_fall_silent(town: Town, phones: Phones) -> None:
    """M14: at most three automatic replies an hour, five in all; one of each waits for danger."""
    await sent(town, phones)
    replies = [await phones.says(ANA, f"auto reply {number}") for number in range(8)]
    assert [len(back) for back in replies] == [1, 1, 0, 0, 0, 0, 0, 0]
    await phones.turn(hours=2)
    later = [await phones.says(ANA, f"auto reply again {number}") for number in range(4)]
    assert [len(back) for back in later] == [1, 1, 0, 0]
    assert (await tasks(town)).count("read_text") == 12
    assert (await tasks(town)).count("call_patient") == 1


async def test_a_late_digit_still_answers(town: Town, phones: Phones) -> None:
    referral = await asked(town, phones)
    await phones.turn(days=3)
    await phones.says(ANA, "1")
    assert (await town.read(referral.id)).status is S.CLOSED_CONFIRMED


# --- once, and for whom


@pytest.mark.parametrize("body", ["10 1", "10 3", "who knows", "please stop texting us", "AYUDA"])
async def test_the_same_text_read_twice_has_one_effect(
    town: Town, phones: Phones, worker_database: Database, body: str
) -> None:
    referral = await sent(town, phones)
    first = await phones.says(DENISE, body, sid="SM1")
    version = (await town.read(referral.id)).version
    inbound_id = await phones.arrives(DENISE, body, sid="SM1")
    async with worker_database.transaction(Context()) as session:
        await session.execute(
            text("update inbound_text set handled_at = null where id = :id"), {"id": inbound_id}
        )
    await read_reply(phones.sender, town.clinic, inbound_id)
    await phones.deliver()
    assert phones.new(DENISE) == []
    assert len(first) <= 1
    assert (await town.read(referral.id)).version == version


async def test_the_undo_of_a_yes_read_twice_has_one_effect(
    town: Town, phones: Phones, worker_database: Database
) -> None:
    referral = await accepted(town, phones)
    await phones.says(DENISE, "0", sid="SM1")
    inbound_id = await phones.arrives(DENISE, "0", sid="SM1")
    async with worker_database.transaction(Context()) as session:
        await session.execute(
            text("update inbound_text set handled_at = null where id = :id"), {"id": inbound_id}
        )
    await read_reply(phones.sender, town.clinic, inbound_id)
    await phones.deliver()
    assert phones.new(DENISE) == []
    assert (await town.read(referral.id)).status is S.UNABLE


async def test_a_phone_that_is_a_patients_and_an_agencys(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(
        database, patient=NewPatient(name="Denise Carter", phone="202-555-0144", language="en")
    )
    phones = await some_phones(town, worker_database)
    referral = await sent(town, phones)
    await phones.says(DENISE, "10 1")
    assert (await town.read(referral.id)).status is S.ACCEPTED
    await phones.says(DENISE, "5")
    assert "call_patient" in await tasks(town)


async def test_the_answer_to_the_opt_in_question(
    database: Database, worker_database: Database
) -> None:
    town, channel_id = await a_town_that_may_not_be_texted(database)
    phones = await some_phones(town, worker_database)
    referral = await town.sent()
    async with town.as_clinic() as session:
        await queue_message(
            session,
            NewMessage(
                organization_id=town.clinic, source=SOURCE, subject_id=referral.id, template="A0",
                language="en", channel="sms", recipient_kind="channel", recipient_id=channel_id,
                deduplication_key="A0", is_question=True,
            ),
            TUESDAY,
        )  # fmt: skip
    await phones.deliver()
    assert phones.inbox(DENISE)[-1].startswith(
        "Lincoln Clinic asks: may we text requests for Harbor"
    )
    back = await phones.says(DENISE, "1")
    assert back[0].startswith("Thank you. Lincoln Clinic will text requests for Harbor Pantry")
    async with town.as_clinic() as session:
        facts = await verified_channels(session, town.agency, now=TUESDAY + timedelta(hours=1))
    assert [fact.id for fact in facts] == [channel_id]


async def a_town_that_may_not_be_texted(database: Database) -> tuple[Town, UUID]:
    from accounts.rules import ChannelKind  # noqa: PLC0415

    town = await a_town(database, phones=())
    async with town.as_agency() as session:
        channel_id = await add_answering_channel(
            session, NewChannel(town.agency, ChannelKind.SMS, DENISE), now=TUESDAY
        )
    return town, channel_id


async def stopped(town: Town, number: str) -> bool:
    async with town.as_clinic() as session:
        return await is_suppressed(session, town.clinic, phone_hash(number))
