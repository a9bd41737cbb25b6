"""A yes to requests is asked again before it is 12 months old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from accounts.api import verified_channels
from accounts.rules import ASKED_AGAIN_AFTER, VERIFIED_FOR
from builders.phones import Phones, some_phones
from builders.referrals import Town, a_town
from fakes.messaging import FakeMails
from notify.channels import Channels
from notify.worker import Sender
from referrals.yearly import run_checks_due

if TYPE_CHECKING:
    from shared.database import Database

DENISE, MAILBOX = "+12025550144", "intake@harbor.example"


async def _months_later(phones: Phones, days: timedelta) -> None:
    phones.clock.now += days
    await run_checks_due(phones.database, phones.clock.now)
    await phones.deliver()


async def _in_use(town: Town, phones: Phones) -> int:
    async with town.as_agency() as session:
        return len(await verified_channels(session, town.agency, now=phones.clock.now))


async def test_after_11_months_the_phone_is_asked_once_with_the_same_words(
    town: Town, phones: Phones
) -> None:
    await town.sent(now=phones.clock.now)
    await phones.deliver()
    phones.new(DENISE)
    await _months_later(phones, ASKED_AGAIN_AFTER - timedelta(days=1))
    assert phones.new(DENISE) == [], "not a day early"
    await _months_later(phones, timedelta(days=1))
    [asked] = phones.new(DENISE)
    assert "may we text requests" in asked
    await _months_later(phones, timedelta(days=1))
    assert phones.new(DENISE) == [], "once"


async def test_a_yes_is_good_for_another_12_months(town: Town, phones: Phones) -> None:
    await town.sent(now=phones.clock.now)
    await _months_later(phones, ASKED_AGAIN_AFTER)
    await phones.says(DENISE, "1")
    phones.clock.now += timedelta(days=60)
    assert await _in_use(town, phones) == 1
    phones.new(DENISE)
    await _months_later(phones, ASKED_AGAIN_AFTER - timedelta(days=60))
    assert len(phones.new(DENISE)) == 1, "asked again a year later"


async def test_a_no_ends_it_at_once(town: Town, phones: Phones) -> None:
    await town.sent(now=phones.clock.now)
    await _months_later(phones, ASKED_AGAIN_AFTER)
    assert await _in_use(town, phones) == 1, "good until the year ends"
    await phones.says(DENISE, "3")
    assert await _in_use(town, phones) == 0


async def test_silence_ends_it_with_the_year(town: Town, phones: Phones) -> None:
    await town.sent(now=phones.clock.now)
    await _months_later(phones, ASKED_AGAIN_AFTER)
    phones.clock.now += VERIFIED_FOR - ASKED_AGAIN_AFTER + timedelta(days=1)
    assert await _in_use(town, phones) == 0


async def test_where_nobody_ever_sent_nobody_is_asked(town: Town, phones: Phones) -> None:
    await _months_later(phones, ASKED_AGAIN_AFTER)
    assert phones.new(DENISE) == []


async def test_a_mailbox_is_invited_again(database: Database, worker_database: Database) -> None:
    town = await a_town(database, phones=(), mailboxes=(MAILBOX,))
    phones = await some_phones(town, worker_database)
    mails = FakeMails()
    phones.sender = Sender(
        worker_database, Channels(phones.carrier, mails), lambda: phones.clock.now
    )
    await town.sent(now=phones.clock.now)
    await phones.deliver()
    before = len(mails.sent)
    await _months_later(phones, ASKED_AGAIN_AFTER)
    fresh = mails.sent[before:]
    assert [mail.recipient for mail in fresh] == [MAILBOX]
    assert "/confirm/" in fresh[0].words.text
