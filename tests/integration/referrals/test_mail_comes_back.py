"""Bounces, complaints, automatic answers and people's words, from the mail to the page of staff."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text

from accounts.api import (
    ChannelState,
    verify_channel_by_word,
)
from builders.referrals import TUESDAY
from notify.api import MessageState
from notify.codes import CodeClass, class_of_code
from notify.mail_reports.addresses import return_address
from notify.mail_reports.intake import Taken, take_mail
from notify.mail_reports.models import MailReport
from notify.worker import send_message
from referrals.going_out import channel_agreed
from referrals.models import ReferralEvent, StaffTask
from referrals.queries import referral_page
from shared.database import Context
from support.post_office import MAILBOX, SAMPLES, SECOND, Post, a_post, a_verified_mailbox
from web.jobs import sweep_mails

if TYPE_CHECKING:
    from shared.database import Database

PHONE = "+12025550144"
SOON = timedelta(minutes=10)


@pytest_asyncio.fixture
async def post(database: Database, worker_database: Database) -> Post:
    return await a_post(database, worker_database, phones=(), mailboxes=(MAILBOX,))


@pytest.mark.parametrize(
    ("sample", "reason"),
    [("hard-postfix-unknown-user", "bounced"), ("complaint-ses", "complained")],
)
async def test_a_dead_or_unwanted_mailbox_is_not_used_again_and_the_place_is_called(
    post: Post, sample: str, reason: str
) -> None:
    referral = await post.sent()
    assert await post.brings(sample) is Taken.STORED
    assert await post.states() == [ChannelState.STOPPED]
    assert await post.suppressed() == reason
    assert (await post.message()).state is MessageState.UNDELIVERED
    assert await post.tasks(referral) == [("call_agency_unreachable", "Call them and ask")]


async def test_their_next_mailbox_is_asked_within_ten_minutes(post: Post) -> None:
    referral = await post.sent()
    await a_verified_mailbox(post.town)
    post.phones.clock.now += SOON
    await post.brings("hard-exchange-not-found")
    assert [mail.recipient for mail in post.mails.sent] == [MAILBOX, SECOND]
    async with post.town.as_clinic() as session:
        page = await referral_page(session, referral.id, post.town.clinic, now=TUESDAY)
    assert [task.says.what for task in page.tasks] == ["Ask them for a mailbox that works"]
    sent_at = await post.message()
    assert post.mails.sent[-1].written_at - sent_at.state_changed_at < SOON


async def test_where_a_phone_was_asked_too_only_the_mailbox_is_asked_for_again(
    database: Database, worker_database: Database
) -> None:
    post = await a_post(database, worker_database, phones=(PHONE,), mailboxes=(MAILBOX,))
    referral = await post.town.sent()
    await post.phones.turn(hours=24)  # the routine list of the next morning
    await post.brings("hard-sendmail-user-unknown")
    whats = [what for _kind, what in await post.tasks(referral)]
    assert "Ask them for a mailbox that works" in whats
    assert "Call them and ask" not in whats


async def test_a_new_yes_makes_the_mailbox_good_again(post: Post) -> None:
    await post.sent()
    await post.brings("hard-gmail-no-such-user")
    channel = post.town.channels[0]
    async with post.town.as_clinic() as session:
        await verify_channel_by_word(session, channel, said_by="Denise", now=TUESDAY)
        await channel_agreed(session, channel, TUESDAY, sender_id=post.town.clinic)
    assert await post.suppressed() is None
    await post.sent()
    assert len(post.mails.sent) == 2
    assert (await post.states()) == [ChannelState.IN_USE]


async def test_a_forged_report_without_our_id_touches_nothing(post: Post) -> None:
    referral = await post.sent()
    forged = (SAMPLES / "hard-postfix-unknown-user.eml").read_text(encoding="utf-8")
    assert await post.arrives(forged.encode()) is Taken.DROPPED
    strange = (SAMPLES / "person-short-answer.eml").read_text(encoding="utf-8")
    assert await post.arrives(strange.encode()) is Taken.NOT_OURS
    assert await post.states() == [ChannelState.IN_USE]
    assert await post.suppressed() is None
    assert await post.tasks(referral) == []
    async with post.phones.database.transaction(Context(actor="worker")) as session:
        assert await session.scalar(select(func.count()).select_from(MailReport)) == 0


async def test_an_id_that_we_never_used_is_nobodys(post: Post) -> None:
    referral = await post.sent()
    assert await post.brings("hard-ses-bounce", message_id=referral.id) is Taken.DROPPED
    assert await post.states() == [ChannelState.IN_USE]


async def test_a_full_mailbox_is_tried_for_four_hours_and_then_the_place_is_called(
    post: Post,
) -> None:
    referral = await post.sent()
    begun = post.phones.clock.now
    for number in range(2):
        await post.brings_again("soft-mailbox-full-postfix", number)
        row = await post.message()
        assert row.state is MessageState.RETRY_AT
        assert row.not_before is not None
        post.phones.clock.now = row.not_before
        await resend(post)
    assert post.phones.clock.now - begun >= timedelta(hours=4)
    assert len({mail.message_id for mail in post.mails.sent}) == 1
    assert len(post.mails.sent) == 3
    assert await post.tasks(referral) == []
    await post.brings_again("soft-mailbox-full-postfix", 3)
    assert (await post.message()).state is MessageState.UNDELIVERED
    assert await post.states() == [ChannelState.IN_USE]
    assert await post.suppressed() is None
    assert await post.tasks(referral) == [("call_agency_unreachable", "Call them and ask")]


@pytest.mark.parametrize(
    "sample", ["soft-policy-exchange", "soft-spam-blocked", "soft-dmarc-yahoo"]
)
async def test_a_letter_that_their_rules_refused_goes_never_again_and_the_place_is_called(
    post: Post, sample: str
) -> None:
    referral = await post.sent()
    await post.brings(sample)
    row = await post.message()
    assert row.state is MessageState.UNDELIVERED
    assert class_of_code(row.error_code) is CodeClass.POLICY
    assert len(post.mails.sent) == 1
    assert await post.states() == [ChannelState.IN_USE]
    assert await post.suppressed() is None
    assert await post.tasks(referral) == [("call_agency_unreachable", "Call them and ask")]


async def resend(post: Post) -> None:
    assert await send_message(post.phones.sender, post.town.clinic, post.mails.sent[0].message_id)


@pytest.mark.parametrize(
    "sample", ["delayed-postfix", "arrived-relayed", "arrived-read-receipt", "arrived-not-spam"]
)
async def test_a_receipt_or_a_warning_changes_nothing(post: Post, sample: str) -> None:
    referral = await post.sent()
    assert await post.brings(sample) is Taken.STORED
    assert (await post.message()).state is MessageState.SENT
    assert await post.tasks(referral) == []


async def test_an_out_of_office_is_noted_with_its_day_and_answered_by_nobody(post: Post) -> None:
    referral = await post.sent()
    await post.brings("away-exchange-en")
    assert await post.states() == [ChannelState.IN_USE]
    assert await post.suppressed() is None
    assert await post.tasks(referral) == []
    assert "An automatic answer came from Harbor Pantry: away until May 22" in (
        await post.timeline(referral)
    )
    assert len(post.mails.sent) == 1
    async with post.town.as_agency() as session:
        kinds = await session.scalars(select(ReferralEvent.kind))
        assert "auto_answer" not in set(kinds)


async def test_two_machines_that_answer_each_other_fall_silent_at_once(post: Post) -> None:
    await post.sent()
    for number in range(20):
        sample = "away-subject-only-es" if number % 2 else "away-null-sender"
        await post.brings_again(sample, number)
    assert len(post.mails.sent) == 1


async def test_what_a_person_writes_is_read_by_a_person(post: Post) -> None:
    referral = await post.sent()
    await post.brings("person-short-answer")
    assert await post.tasks(referral) == [("read_text", "Mail to read: read it and answer")]
    async with post.town.as_clinic() as session:
        task = (await session.scalars(select(StaffTask))).one()
        stored = await session.scalar(text("select facts::text from staff_task"))
    assert task.words == "Yes we can take the family on Thursday.\n\nDenise"
    assert "family" not in str(stored)
    assert "Harbor Pantry wrote" in await post.timeline(referral)


async def test_words_of_danger_in_a_mail_come_first(post: Post) -> None:
    referral = await post.sent()
    await post.brings("person-danger")
    [(kind, what)] = await post.tasks(referral)
    assert (kind, what) == ("read_danger", "Call them. Their mail has danger words.")


async def test_asking_by_mail_for_no_more_counts_as_the_button_does(post: Post) -> None:
    referral = await post.sent()
    await post.brings("unsubscribe-mailto")
    assert await post.states() == [ChannelState.STOPPED]
    assert [kind for kind, _ in await post.tasks(referral)] == ["call_agency_unreachable"]


async def test_a_mail_that_is_brought_again_has_no_second_effect(post: Post) -> None:
    referral = await post.sent()
    taken = [await post.brings("person-outlook-quoted") for _ in range(5)]
    assert taken == [Taken.STORED, *[Taken.KNOWN] * 4]
    assert len(await post.tasks(referral)) == 1


async def test_a_mail_whose_job_was_lost_is_found_by_the_sweep(post: Post) -> None:
    referral = await post.sent()
    words = (SAMPLES / "person-outlook-quoted.eml").read_text(encoding="utf-8")
    raw = words.replace("{{RETURN}}", return_address("b@h.example", post.mails.sent[0].message_id))
    await take_mail(post.web, raw.encode(), recipient="", now=post.phones.clock.now)
    post.phones.clock.now += SOON
    await sweep_mails(post.phones.sender)
    assert len(await post.tasks(referral)) == 1
