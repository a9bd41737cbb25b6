"""Whatever says "do not write there" holds at the moment of sending, not of queueing (bar, S12).

Each text that the loop sends to a patient is queued; then what is known of the patient changes, in
seeded combinations; then the sender runs. The oracle is the list of flags itself, not our code.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from builders.referrals import ANA_PHONE, TUESDAY, Town
from fakes.messaging import FakeMails
from notify.api import SuppressionReason, messages_of, phone_hash, suppress
from referrals.actions import (
    AgencySays,
    NewPatient,
    change_contact,
    revoke_consent,
    send_referral,
)
from referrals.actions.sending import SendOptions
from referrals.consent import NamingLevel, Reach
from referrals.jobs import run_due
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from builders.phones import Phones
    from referrals.models import Referral

    Stage = Callable[[Town, Phones], Awaitable[Referral]]

ANA = to_e164(ANA_PHONE) or ""
NOW_KNOWN = NewPatient(
    name="Ana Flores", phone=ANA_PHONE, language="es", zip="20010", household_size=4,
    email="ana@mail.example", record_number="LC-20418",
)  # fmt: skip
ELSEWHERE = "202-555-0191"
# What is known of her after the change; each of them alone forbids her old phone.
CONTACTS: dict[str, NewPatient] = {
    "may not be texted": replace(NOW_KNOWN, may_text=False),
    "will come or call": replace(NOW_KNOWN, way=Reach.WILL_COME_OR_CALL),
    "through somebody": replace(NOW_KNOWN, way=Reach.THROUGH_SOMEBODY, through="Sister Joan"),
    "no phone any more": replace(NOW_KNOWN, phone="", way=Reach.WILL_COME_OR_CALL),
    "another phone": replace(NOW_KNOWN, phone=ELSEWHERE),
}
STOPS = {"stop": SuppressionReason.CARRIER_STOP, "own words": SuppressionReason.OWN_WORDS,
         "wrong number": SuppressionReason.WRONG_NUMBER}  # fmt: skip
FLAGS = [*CONTACTS, *STOPS, "consent taken back"]
TRIALS = 12


async def sent(town: Town, phones: Phones) -> Referral:
    """P0 and P0b."""
    return await town.sent(phones.clock.now)


async def said_yes(town: Town, phones: Phones) -> Referral:
    """P2."""
    referral = await told(town, phones)
    await town.says(referral.id, AgencySays.YES, town.page(phones.clock.now))
    return referral


async def visit_set(town: Town, phones: Phones) -> Referral:
    """P4."""
    referral = await told(town, phones)
    at = phones.clock.now + timedelta(days=3)
    word = town.page(phones.clock.now)
    await town.says(referral.id, AgencySays.SCHEDULED, word, visit_at=at)
    return referral


async def asked(town: Town, phones: Phones) -> Referral:
    """P5, by the calendar."""
    referral = await said_yes(town, phones)
    await phones.deliver()
    phones.clock.now += timedelta(days=4)
    await run_due(phones.database, phones.clock.now)
    return referral


async def got_help(town: Town, phones: Phones) -> Referral:
    """P6, the answer to her own text."""
    referral = await asked(town, phones)
    await phones.deliver()
    await town.answers(referral.id, 1, town.patient(phones.clock.now))
    return referral


async def told(town: Town, phones: Phones) -> Referral:
    """The hello and the first news have gone out."""
    referral = await sent(town, phones)
    await phones.deliver()
    return referral


STAGES: list[Stage] = [sent, said_yes, visit_set, asked, got_help]


async def raise_flag(town: Town, phones: Phones, referral: Referral, flag: str) -> None:
    word = town.sender(phones.clock.now)
    async with town.as_clinic() as session:
        if flag in CONTACTS:
            await change_contact(session, town.patient_id, CONTACTS[flag], word=word)
        elif flag in STOPS:
            await suppress(session, town.clinic, phone_hash(ANA), STOPS[flag], phones.clock.now)
        else:
            await revoke_consent(session, referral.id, word=word)


async def waiting(town: Town, referral: Referral) -> list[str]:
    async with town.as_clinic() as session:
        return [
            each.template
            for each in await messages_of(session, referral.id)
            if each.recipient_kind == "patient" and each.state in {"queued", "retry_at"}
        ]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
async def test_with_nothing_against_it_the_text_goes(
    town: Town, phones: Phones, stage: Stage
) -> None:
    referral = await stage(town, phones)
    assert await waiting(town, referral)
    phones.new(ANA)

    await phones.deliver()

    assert phones.new(ANA), "else the flags below would prove nothing"


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("stage", [sent, got_help], ids=lambda stage: stage.__name__)
async def test_each_flag_alone_holds_at_the_moment_of_sending(
    town: Town, phones: Phones, stage: Stage, flag: str
) -> None:
    referral = await stage(town, phones)
    before = len(phones.inbox(ANA))

    await raise_flag(town, phones, referral, flag)
    await phones.deliver()

    assert len(phones.inbox(ANA)) == before


@pytest.mark.parametrize("seed", range(TRIALS))
async def test_any_of_them_together_in_any_order_hold_too(
    town: Town, phones: Phones, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 -- a repeatable choice, no secret
    stage = chance.choice(STAGES)
    flags = chance.sample(FLAGS, chance.randint(2, 4))
    # A phone that was given up must not come back by a later change of another flag.
    flags.sort(key=lambda flag: flag in CONTACTS)
    referral = await stage(town, phones)
    before = len(phones.inbox(ANA))

    for flag in flags:
        await raise_flag(town, phones, referral, flag)
        await phones.deliver()
    phones.clock.now += timedelta(days=1)
    await phones.turn(days=9)

    assert len(phones.inbox(ANA)) == before, (stage.__name__, flags)


async def test_no_mail_goes_to_a_mailbox_that_was_taken_back(town: Town, phones: Phones) -> None:
    for changed in (replace(NOW_KNOWN, email="new@mail.example"), replace(NOW_KNOWN, email="")):
        draft = await town.draft(now=phones.clock.now)
        async with town.as_clinic() as session:
            options = SendOptions(mail_take_away=True)
            await send_referral(session, draft.id, word=town.sender(), options=options)
            await change_contact(session, town.patient_id, changed, word=town.sender())

        await phones.deliver()

        assert isinstance(mails := phones.sender.channels.mails, FakeMails)
        assert {mail.recipient for mail in mails.sent} == {"new@mail.example"}


async def test_the_alias_of_the_moment_is_the_name_that_a_text_says(
    town: Town, phones: Phones
) -> None:
    await sent(town, phones)
    async with town.as_clinic() as session:
        alias = replace(NOW_KNOWN, name_to_use="Luz")
        await change_contact(session, town.patient_id, alias, word=town.sender(TUESDAY))

    await phones.deliver()

    words = " ".join(phones.inbox(ANA))
    assert "Luz" in words
    assert "Ana" not in words


async def test_a_level_that_fell_to_neutral_names_nothing_any_more(
    town: Town, phones: Phones
) -> None:
    referral = await said_yes(town, phones)
    before = len(phones.inbox(ANA))
    async with town.as_clinic() as session:
        neutral = replace(NOW_KNOWN, naming_level=NamingLevel.NEUTRAL)
        await change_contact(session, town.patient_id, neutral, word=town.sender())

    await phones.deliver()

    assert await waiting(town, referral) == []
    for words in phones.inbox(ANA)[before:]:
        assert "COMIDA" not in words
        assert "Harbor" not in words


async def test_an_agencys_page_shows_no_flag_and_no_phone_before_the_yes(
    town: Town, phones: Phones
) -> None:
    from referrals.queries import agency_link_page

    referral = await sent(town, phones)
    await raise_flag(town, phones, referral, "may not be texted")

    async with town.as_agency() as session:
        view = await agency_link_page(session, referral.id, town.agency, now=TUESDAY)

    shown = repr(view)
    assert view.identity is None
    assert "555-0137" not in shown
    assert "may_text" not in shown
