"""What is checked at the moment of sending, and the words that go out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from builders.referrals import TUESDAY, Town, a_town
from notify.api import Drop, Hold, RenderedMail, RenderedText, Send
from notify.models import Message
from notify.outbox import as_queued
from referrals.actions import (
    AgencySays,
    ConsentGiven,
    NewPatient,
    change_contact,
    revoke_consent,
)
from referrals.consent import NamingLevel, Reach
from referrals.message_source import ReferralSource
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    from notify.sources import QueuedMessage
    from shared.database import Database

SOURCE = ReferralSource()
ANA = NewPatient(name="Ana Flores", phone="202-555-0137", language="es", household_size=4)


async def queued(town: Town, referral_id: UUID) -> dict[str, QueuedMessage]:
    async with town.as_clinic() as session:
        rows = await session.scalars(select(Message).where(Message.subject_id == referral_id))
        return {row.template: as_queued(row) for row in rows}


async def verdict(
    worker: Database, town: Town, message: QueuedMessage, later: timedelta = timedelta(0)
) -> Send | Hold | Drop:
    async with worker.transaction(Context(town.clinic)) as session:
        return await SOURCE.may_send(session, message, TUESDAY + later)


async def words(worker: Database, town: Town, message: QueuedMessage) -> str:
    async with worker.transaction(Context(town.clinic)) as session:
        rendered = await SOURCE.render(session, message, TUESDAY)
    return rendered.body if isinstance(rendered, RenderedText) else rendered.text


async def test_the_request_goes_to_the_verified_phone_without_a_name(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    message = (await queued(town, referral.id))["A1"]
    found = await verdict(worker_database, town, message)
    assert isinstance(found, Send)
    assert found.address == "+12025550144"
    assert await words(worker_database, town, message) == (
        "Lincoln Clinic 10: can you help with FOOD this week? 4 people, speak Spanish, ZIP 20010."
        " Reply 10 1 yes, 10 2 wait list, 10 3 no, 10 5 call me."
    )


async def test_the_patient_is_told_in_their_language_what_comes_next(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    message = (await queued(town, referral.id))["P0b"]
    assert await words(worker_database, town, message) == (
        "Rosa de Lincoln Clinic: ya preguntamos en un lugar de COMIDA. Le escribimos cuando"
        " contesten, antes del jueves. Responda 5 para que le llamen. ALTO = fin."
    )


async def test_the_mail_carries_a_link_and_no_patient(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database, phones=(), mailboxes=("denise@harbor.example",))
    referral = await town.sent()
    message = (await queued(town, referral.id))["agency_request"]
    async with worker_database.transaction(Context(town.clinic)) as session:
        mail = await SOURCE.render(session, message, TUESDAY)
    assert isinstance(mail, RenderedMail)
    assert "/r/" in mail.text
    assert "Ana" not in mail.subject + mail.text + mail.html
    assert "Food" not in mail.subject


@pytest.mark.parametrize("kind", ["consent", "phone", "level", "moved_on"])
async def test_nothing_goes_against_a_flag_at_the_moment_of_sending(
    database: Database, worker_database: Database, kind: str
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    message = (await queued(town, referral.id))["P0b"]
    async with town.as_clinic() as session:
        if kind == "consent":
            await revoke_consent(session, referral.id, word=town.sender())
        elif kind == "phone":
            new = replace(ANA, may_text=False)
            await change_contact(session, town.patient_id, new, word=town.sender())
        elif kind == "level":
            new = replace(ANA, naming_level=NamingLevel.NEUTRAL)
            await change_contact(session, town.patient_id, new, word=town.sender())
    if kind == "moved_on":
        await town.says(referral.id, AgencySays.YES)
    assert isinstance(await verdict(worker_database, town, message), Drop)


async def test_a_shared_phone_waits_for_the_hello_and_gives_way_to_the_question(
    database: Database, worker_database: Database
) -> None:
    shared = replace(ANA, way=Reach.SHARED_PHONE, naming_level=NamingLevel.NEED)
    town = await a_town(database, patient=shared)
    referral = await town.sent()
    messages = await queued(town, referral.id)
    assert isinstance(await verdict(worker_database, town, messages["P0"]), Send)
    assert isinstance(await verdict(worker_database, town, messages["P0b"]), Hold)
    late = await verdict(worker_database, town, messages["P0b"], timedelta(hours=49))
    assert isinstance(late, Send)


async def test_at_the_neutral_level_no_need_and_no_place_is_ever_named(
    database: Database, worker_database: Database
) -> None:
    neutral = ConsentGiven(
        share=True,
        hear_back=True,
        text=True,
        next_places=True,
        heard_by="Rosa",
        naming_level=NamingLevel.NEUTRAL,
    )
    town = await a_town(database, consent=neutral)
    referral = await town.sent()
    await town.says(referral.id, AgencySays.YES)
    for template, message in (await queued(town, referral.id)).items():
        if template.startswith("P"):
            said = await words(worker_database, town, message)
            assert "COMIDA" not in said
            assert "Harbor" not in said
