"""The delivery pages: each message's story, doubts, stops, pauses; who may see and do what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest_asyncio
from sqlalchemy import select, text

from accounts.rules import MemberKind, Role
from builders.accounts import a_member, a_person
from builders.team_office import TeamOffice, a_team_office, shown
from notify.api import (
    Channel,
    NewMessage,
    SenderCount,
    SuppressionReason,
    network_senders,
    phone_hash,
    queue_message,
    suppress,
)
from notify.delivery import MessageState
from notify.history import note
from notify.models import Message, SenderPause, Suppression
from notify.pauses import RESTORED
from referrals.models import Patient
from shared import clock
from shared.database import Context
from shared.identifiers import new_id
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from uuid import UUID

    import httpx

    from referrals.models import Referral
    from shared.database import Database


@pytest_asyncio.fixture
async def office(client: httpx.AsyncClient, database: Database) -> TeamOffice:
    return await a_team_office(client, database)


async def a_message(
    office: TeamOffice, referral: Referral, state: MessageState, **facts: object
) -> UUID:
    """A text to the patient, as the sender left it."""
    context = Context(office.town.clinic, actor="worker", team_ids=office.town.teams)
    async with office.database.transaction(context) as session:
        new = NewMessage(
            organization_id=office.town.clinic,
            source="referral",
            subject_id=referral.id,
            template="P2",
            language="en",
            channel=Channel.SMS,
            recipient_kind="patient",
            recipient_id=referral.patient_id,
            deduplication_key=str(new_id()),
        )
        message_id = await queue_message(session, new, clock.now())
        assert message_id is not None
        row = await session.get_one(Message, message_id)
        row.state, row.claimed_at = state, clock.now()
        for name, value in facts.items():
            setattr(row, name, value)
        note(session, row, "claimed", clock.now())
        return message_id


async def one(office: TeamOffice, message_id: UUID) -> Message:
    context = Context(organization_id=office.town.clinic, actor="worker")
    async with office.database.transaction(context) as session:
        return await session.get_one(Message, message_id)


async def in_the_networks_eyes(office: TeamOffice) -> SenderCount:
    async with office.database.transaction(Context()) as session:
        counts = await network_senders(session, clock.now())
    return next(each for each in counts if each.organization_id == office.town.clinic)


async def audited(office: TeamOffice, action: str) -> int:
    context = Context(organization_id=office.town.clinic, actor="worker")
    async with office.database.transaction(context) as session:
        return await session.scalar(
            text("select count(*) from audit_event where action = :action"), {"action": action}
        )


async def test_nothing_to_look_after_says_so(office: TeamOffice) -> None:
    await office.sign_in(office.grace)

    page = await office.browser.get("/delivery")

    assert page.status_code == 200
    for words in ("Nothing is in doubt.", "Everything arrived.", "Everybody may be written to."):
        assert words in shown(page)


async def test_a_message_tells_its_whole_story_with_its_code_in_words(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    message_id = await a_message(
        office, referral, MessageState.UNDELIVERED, error_code="30005", body="The words sent"
    )
    await office.sign_in(office.rosa)

    listed = shown(await office.browser.get("/delivery?show=not_arrived"))
    story = shown(await office.browser.get(f"/delivery/{message_id}"))

    assert "Ana" in listed
    assert "This number is not in use" in listed
    for words in ("Written", "Taken by a sender", "The words sent", "ask for the right number"):
        assert words in story


async def test_filters_leave_out_what_was_not_asked_for(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    await a_message(office, referral, MessageState.DELIVERED)
    await office.sign_in(office.grace)

    assert "Delivered" in shown(await office.browser.get("/delivery?show=arrived&channel=sms"))
    for query in ("show=doubt", "show=arrived&channel=email"):
        assert "No messages like that." in shown(await office.browser.get(f"/delivery?{query}"))
    for hostile in ("show=%00&days=x", "before=nonsense", "channel=fax"):
        assert (await office.browser.get(f"/delivery?{hostile}")).status_code == 200


async def test_what_colleagues_write_by_hand_stands_among_the_texts(office: TeamOffice) -> None:
    await office.sign_in(office.grace)

    page = shown(await office.browser.get("/delivery/texts?show=patient&words=own"))
    everything = shown(await office.browser.get("/delivery/texts"))
    to_agencies = shown(await office.browser.get("/delivery/texts?show=agency"))

    assert "PR Own words" in everything
    assert "Rosa at Lincoln Clinic: We looked into it." in everything
    assert "Rosa at Lincoln Clinic: Ya lo vimos." in everything
    assert "PR Own words" not in to_agencies + page


async def test_the_list_goes_on_on_the_next_page(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    for _ in range(51):
        await a_message(office, referral, MessageState.DELIVERED)
    await office.sign_in(office.grace)

    first = await office.browser.get("/delivery?show=arrived")
    older = first.text.split("before=")[1].split('"')[0]
    second = shown(await office.browser.get(f"/delivery?show=arrived&before={older}"))

    assert "50 messages" in shown(first)
    assert "One message" in second


async def test_a_doubt_is_settled_by_a_word_heard(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    message_id = await a_message(office, referral, MessageState.IN_DOUBT)
    await office.sign_in(office.rosa)

    assert "In doubt" in shown(await office.browser.get("/delivery"))
    answer = await office.post(f"/delivery/{message_id}", do="arrived")

    assert answer.status_code == 303
    row = await one(office, message_id)
    assert (row.state, row.reason) == (MessageState.DELIVERED, "reader_got_it")
    assert row.delivered_at is not None
    assert await audited(office, "message.heard_it_arrived") == 1
    story = shown(await office.browser.get(f"/delivery/{message_id}"))
    for words in ("Arrived: its reader told us", "Its reader told a person that it arrived: Rosa"):
        assert words in story
    assert "reader_got_it" not in story
    assert "Ana" in shown(await office.browser.get("/delivery?show=arrived"))
    again = await office.post(f"/delivery/{message_id}", do="call")
    assert "not in doubt any more" in shown(again)


async def test_what_is_left_and_called_about_is_not_said_to_have_failed(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    message_id = await a_message(office, referral, MessageState.IN_DOUBT)
    await office.sign_in(office.rosa)

    assert (await office.post(f"/delivery/{message_id}", do="call")).status_code == 303

    assert (await one(office, message_id)).state is MessageState.FAILED
    assert await audited(office, "message.doubt_given_up") == 1
    story = shown(await office.browser.get(f"/delivery/{message_id}"))
    assert "Not known whether it was sent; told another way" in story
    assert "Could not be sent" not in story


async def test_a_teams_texts_are_in_no_count_of_the_networks_office(office: TeamOffice) -> None:
    open_one = await office.sent_by(office.rosa, "Rosa")
    await a_message(office, open_one, MessageState.IN_DOUBT)
    before = await in_the_networks_eyes(office)
    team = replace(office.town, teams=(new_id(),), keys=100)

    kept = await team.sent(clock.now())
    await a_message(replace(office, town=team), kept, MessageState.IN_DOUBT)

    assert (before.in_doubt, before.waiting > 0) == (1, True)
    assert await in_the_networks_eyes(office) == before


async def test_sending_again_needs_the_warning_ticked(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    message_id = await a_message(office, referral, MessageState.IN_DOUBT)
    await office.sign_in(office.rosa)

    refused = await office.post(f"/delivery/{message_id}", do="again")
    assert refused.status_code == 400
    assert "may arrive twice" in shown(refused)
    assert (await one(office, message_id)).state is MessageState.IN_DOUBT

    assert (await office.post(f"/delivery/{message_id}", do="again", sure="1")).status_code == 303
    assert (await one(office, message_id)).state in {MessageState.QUEUED, MessageState.RETRY_AT}
    assert "Rosa" in shown(await office.browser.get(f"/delivery/{message_id}"))


async def test_a_code_that_somebody_looked_at_leaves_the_list(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    message_id = await a_message(
        office,
        referral,
        MessageState.FAILED,
        error_code="99999",
        needs_person_since=clock.now(),
    )
    await office.sign_in(office.rosa)

    assert "The provider says: 99999" in shown(await office.browser.get("/delivery"))
    assert (await office.post(f"/delivery/{message_id}", do="looked")).status_code == 303
    assert "Nothing is in doubt." in shown(await office.browser.get("/delivery"))


async def test_a_pause_has_a_reason_and_a_name_and_only_a_coordinator_makes_it(
    office: TeamOffice,
) -> None:
    await office.sign_in(office.rosa)
    assert (await office.post("/delivery/pause", do="pause", why="No")).status_code == 403

    await office.sign_in(office.grace)
    assert (await office.post("/delivery/pause", do="pause")).status_code == 400
    assert (await office.post("/delivery/pause", do="pause", why="Wrong list")).status_code == 303
    page = shown(await office.browser.get("/delivery"))
    assert "Your sending is paused" in page
    assert "Wrong list" in page
    assert "By Grace Lin" in page
    assert (await office.post("/delivery/pause", do="resume")).status_code == 303
    assert "paused" not in shown(await office.browser.get("/delivery"))
    assert await audited(office, "sender.paused") == 1
    assert await audited(office, "sender.resumed") == 1


async def test_after_a_restore_each_message_waits_for_a_coordinator(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    keep, drop = [
        await a_message(office, referral, MessageState.QUEUED, held_since=clock.now())
        for _ in range(2)
    ]
    context = Context(actor="worker")
    async with office.database.transaction(context) as session:
        await session.execute(text("set local role none"))
        session.add(SenderPause(paused_at=clock.now(), paused_by="handback", why=RESTORED))
        await session.flush()
    await office.sign_in(office.grace)

    page = shown(await office.browser.get("/delivery"))
    assert "Sending is paused since the restore" in page
    assert "Waiting since the restore" in page
    assert (await office.post("/delivery/held", do="release")).status_code == 400
    assert (await office.post("/delivery/held", do="release", message=str(keep))).status_code == 303
    assert (await office.post("/delivery/held", do="drop", message=str(drop))).status_code == 303
    assert (await one(office, keep)).held_since is None
    assert (await one(office, keep)).state is MessageState.QUEUED
    assert (await one(office, drop)).state is MessageState.SUPPRESSED
    assert await audited(office, "message.held_released") == 1
    assert await audited(office, "message.held_dropped") == 1


async def stop(office: TeamOffice, referral: Referral, reason: SuppressionReason) -> UUID:
    context = Context(organization_id=office.town.clinic, actor="worker")
    async with office.database.transaction(context) as session:
        patient = await session.get_one(Patient, referral.patient_id)
        e164 = to_e164(patient.phone or "")
        assert e164 is not None
        await suppress(session, office.town.clinic, phone_hash(e164), reason, clock.now())
        await session.execute(text("set local role none"))
        found = await session.scalar(select(Suppression.id))
        assert found is not None
        return found


async def test_a_stop_is_shown_with_its_reason_and_no_staff_lifts_it(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    stopped_id = await stop(office, referral, SuppressionReason.CARRIER_STOP)
    await office.sign_in(office.grace)

    page = shown(await office.browser.get("/delivery"))
    assert "They sent STOP" in page
    assert "Only they can lift it, by sending START." in page
    assert "Mark as mended" not in page

    forced = await office.post("/delivery/stopped", stopped=str(stopped_id), confirmed="1")
    assert forced.status_code == 409
    assert "They sent STOP" in shown(await office.browser.get("/delivery"))


async def test_a_dead_number_is_mended_once_it_was_confirmed(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    stopped_id = await stop(office, referral, SuppressionReason.BOUNCED)
    await office.sign_in(office.grace)

    assert (await office.post("/delivery/stopped", stopped=str(stopped_id))).status_code == 400
    mended = await office.post("/delivery/stopped", stopped=str(stopped_id), confirmed="1")

    assert mended.status_code == 303
    assert "Everybody may be written to." in shown(await office.browser.get("/delivery"))
    assert await audited(office, "address.mended") == 1
    gone = await office.post("/delivery/stopped", stopped=str(stopped_id), confirmed="1")
    assert gone.status_code == 404


async def test_messages_of_another_clinic_are_not_there(
    office: TeamOffice, client: httpx.AsyncClient, database: Database
) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    message_id = await a_message(office, referral, MessageState.IN_DOUBT)
    other = await a_member(database, "Elsewhere Clinic")
    stranger = await a_person(database, other, Role.COORDINATOR)
    await office.sign_in(stranger)

    assert (await office.browser.get(f"/delivery/{message_id}")).status_code == 404
    assert (await office.post(f"/delivery/{message_id}", do="arrived")).status_code == 404
    assert "Nothing is in doubt." in shown(await office.browser.get("/delivery"))
    assert (await one(office, message_id)).state is MessageState.IN_DOUBT


async def test_the_networks_office_reads_counts_and_pauses_everybody(
    office: TeamOffice, database: Database
) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    message_id = await a_message(office, referral, MessageState.IN_DOUBT)
    network = await a_member(database, "The network", kind=MemberKind.NETWORK)
    boss = await a_person(database, network, Role.NETWORK_ADMINISTRATOR)
    await office.sign_in(boss)

    page = await office.browser.get("/network/delivery")
    assert "Ana" not in page.text
    assert str(message_id) not in page.text
    assert (await office.browser.get("/delivery")).status_code == 403
    assert (await office.post("/network/delivery", do="pause")).status_code == 400
    assert (await office.post("/network/delivery", do="pause", why="Storm")).status_code == 303
    assert "paused for everybody" in shown(await office.browser.get("/network/delivery"))
    await office.sign_in(office.grace)
    assert "Sending is paused for everybody" in shown(await office.browser.get("/delivery"))
    assert (await office.post("/network/delivery", do="resume")).status_code == 403
    await office.sign_in(boss)
    assert (await office.post("/network/delivery", do="resume")).status_code == 303
    assert "paused" not in shown(await office.browser.get("/network/delivery"))


async def test_the_pages_speak_spanish(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    message_id = await a_message(office, referral, MessageState.IN_DOUBT)
    await office.sign_in(office.grace)

    listed = shown(await office.browser.get("/delivery?lang=es"))
    story = shown(await office.browser.get(f"/delivery/{message_id}?lang=es"))
    texts = shown(await office.browser.get("/delivery/texts?lang=es"))

    for page, words in ((listed, "Cómo van los envíos"), (story, "¿Llegó?"), (texts, "Quedan")):
        assert words in page


async def test_every_text_is_shown_in_both_languages_with_its_letters_left(
    office: TeamOffice,
) -> None:
    await office.sign_in(office.grace)

    page = shown(await office.browser.get("/delivery/texts"))
    longest = shown(await office.browser.get("/delivery/texts?longest=1&show=patient"))
    found = shown(await office.browser.get("/delivery/texts?words=hoy+o+cuando"))

    assert "Rosa at Lincoln Clinic: did you get the FOOD help?" in page
    assert "letters left" in page
    assert "By the calendar: did they get help?" in page
    assert "CHILDREN" in longest
    assert "can you help with" not in longest
    assert "One text" in found
    await office.sign_in(office.rosa)
    assert (await office.browser.get("/delivery/texts")).status_code == 403


async def test_what_waits_is_old_by_its_age(office: TeamOffice) -> None:
    referral = await office.sent_by(office.rosa, "Rosa")
    await a_message(
        office, referral, MessageState.QUEUED, created_at=clock.now() - timedelta(hours=5)
    )
    await office.sign_in(office.grace)

    page = shown(await office.browser.get("/delivery"))
    assert "5 hours ago" in page
