"""A person reads what was written and answers from the page; foreign phones change nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from sqlalchemy import select, text

from builders.phones import Phones
from builders.referrals import Town
from notify.inbound import begin_reading
from referrals.actions.replying import reply_by_text
from referrals.models import Patient, StaffTask
from referrals.strangers import answer_by_hand, unread
from referrals.tasks import TaskKind
from shared.database import Context
from shared.errors import Conflict, InvalidInput
from support.inbound_drills import foreign_codes
from web.jobs import read_reply

if TYPE_CHECKING:
    from referrals.models import Referral
    from shared.database import Database

ANA, DENISE, STRANGER = "+12025550137", "+12025550144", "+12025550188"


@pytest_asyncio.fixture
async def asked(town: Town, phones: Phones) -> Referral:
    """A request about which the patient wrote something."""
    referral = await town.sent(now=phones.clock.now)
    await phones.deliver()
    await phones.says(ANA, "Can my sister come too")
    return referral


async def the_task(town: Town) -> StaffTask:
    async with town.as_clinic() as session:
        rows = await session.scalars(select(StaffTask).where(StaffTask.kind == TaskKind.READ_TEXT))
        return rows.one()


async def reply(town: Town, phones: Phones, referral: Referral, body: str, **word: Any) -> None:
    task = await the_task(town)
    async with town.as_clinic() as session:
        said = town.sender(phones.clock.now, **word)
        await reply_by_text(session, referral.id, word=said, body=body, task_id=task.id)
    await phones.deliver()


async def test_an_answer_goes_out_signed_and_ends_the_task(
    town: Town, phones: Phones, asked: Referral
) -> None:
    phones.new(ANA)
    await reply(town, phones, asked, "  Yes,\n she can. See you Thursday! ")
    (said,) = phones.new(ANA)
    assert said.endswith("Lincoln Clinic: Yes, she can. See you Thursday!")
    assert (await the_task(town)).done_at is not None


async def test_a_second_answer_to_one_text_is_refused(
    town: Town, phones: Phones, asked: Referral
) -> None:
    await reply(town, phones, asked, "Yes")
    with pytest.raises(Conflict, match="A colleague has answered"):
        await reply(town, phones, asked, "No")


@pytest.mark.parametrize(
    ("body", "field_words"),
    [
        ("", "Write the answer"),
        ("x" * 480, "too long"),
        ("Go to Harbor Pantry", "Leave the place’s name out"),
    ],
)
async def test_what_a_text_may_not_hold_is_refused(
    town: Town, phones: Phones, asked: Referral, body: str, field_words: str
) -> None:
    phones.new(ANA)
    with pytest.raises(InvalidInput, match=field_words):
        await reply(town, phones, asked, body)
    assert phones.new(ANA) == []


ACCENTED = "Sí, puede venir el jueves a las diez. Traiga por favor una identificación y su carta."


async def test_what_accents_make_two_texts_is_said_with_the_number_before_it_goes_out(
    town: Town, phones: Phones, asked: Referral
) -> None:
    phones.new(ANA)
    with pytest.raises(InvalidInput) as refused:
        await reply(town, phones, asked, ACCENTED)
    assert refused.value.values == {"count": "2", "plain": "1"}
    assert refused.value.field == "parts"
    assert phones.new(ANA) == []
    task = await the_task(town)
    async with town.as_clinic() as session:
        word = town.sender(phones.clock.now)
        await reply_by_text(
            session, asked.id, word=word, body=ACCENTED, task_id=task.id, parts_seen=True
        )
    await phones.deliver()
    (said,) = phones.new(ANA)
    assert said.endswith(ACCENTED)


@pytest.mark.parametrize("body", ["Sí, venga.", "Yes. " * 40], ids=["one text", "no accents"])
async def test_nothing_is_asked_where_accents_cost_nothing(
    town: Town, phones: Phones, asked: Referral, body: str
) -> None:
    phones.new(ANA)
    await reply(town, phones, asked, body)
    assert len(phones.new(ANA)) == 1


async def test_a_neutral_text_does_not_say_what_the_help_is(
    town: Town, phones: Phones, asked: Referral
) -> None:
    async with town.as_clinic() as session:
        patient = await session.get(Patient, asked.patient_id)
        assert patient is not None
        patient.naming_level = "neutral"
    with pytest.raises(InvalidInput, match="Leave out what the help is"):
        await reply(town, phones, asked, "The FOOD is there")


async def test_whoever_said_stop_gets_no_answer_by_text(
    town: Town, phones: Phones, asked: Referral
) -> None:
    await phones.says(ANA, "ALTO")
    with pytest.raises(InvalidInput, match="wants no texts"):
        await reply(town, phones, asked, "Yes")


async def test_an_unknown_phone_is_answered_by_hand_once(town: Town, phones: Phones) -> None:
    await phones.says(STRANGER, "Is this the food place")
    phones.new(STRANGER)
    async with town.as_clinic() as session:
        (row,) = await unread(session, town.clinic)
        now = phones.clock.now
        with pytest.raises(InvalidInput, match="Not sent yet"):
            await answer_by_hand(session, row.id, ACCENTED, actor=town.rosa, now=now)
        await answer_by_hand(session, row.id, "Please call us.", actor=town.rosa, now=now)
        with pytest.raises(Conflict):
            await answer_by_hand(session, row.id, "Again.", actor=town.rosa, now=now)
    await phones.deliver()
    (said,) = phones.new(STRANGER)
    assert said.endswith("Lincoln Clinic: Please call us.")


async def test_two_texts_of_one_phone_are_read_in_their_order(
    town: Town, phones: Phones, worker_database: Database
) -> None:
    referral = await town.sent(now=phones.clock.now)
    await phones.deliver()
    first = await phones.arrives(DENISE, f"{referral.code} 1")
    second = await phones.arrives(DENISE, "0")
    assert first is not None
    assert second is not None
    async with worker_database.transaction(Context(organization_id=town.clinic)) as session:
        assert not await begin_reading(session, second)
    for inbound_id in (second, first, second):
        await read_reply(phones.sender, town.clinic, inbound_id)
    async with worker_database.transaction(Context()) as session:
        left = await session.execute(
            text("select count(*) from inbound_text where handled_at is null")
        )
        assert left.scalar_one() == 0


async def test_codes_from_foreign_phones_touch_nothing(town: Town, phones: Phones) -> None:
    """M22: a code counts only from the phone it was sent to, and five wrong ones lock a phone."""
    referral = await town.sent(now=phones.clock.now)
    await phones.deliver()
    chance = random.Random(22)  # noqa: S311 -- a repeatable choice
    seen = await foreign_codes(phones, phones_number=3, replies=30, chance=chance)
    assert seen.accepted == 0
    assert seen.effects <= 15
    async with town.as_clinic() as session:
        version = await session.scalar(
            text("select version from referral where id = :id"), {"id": referral.id}
        )
    assert version == referral.version


@pytest.mark.parametrize("body", ["Who has my data?", "olviden mis datos", "Forget me"])
async def test_a_question_about_ones_data_brings_a_link_and_a_call(
    town: Town, phones: Phones, body: str
) -> None:
    await town.sent(now=phones.clock.now)
    await phones.deliver()
    (said,) = await phones.says(ANA, body)
    assert "/r/" in said
    async with town.as_clinic() as session:
        rows = await session.scalars(select(StaffTask).where(StaffTask.done_at.is_(None)))
        assert {"asks_about_data"} <= {str(row.facts.get("because")) for row in rows}


async def test_whoever_wrote_much_is_still_answered_in_danger(town: Town, phones: Phones) -> None:
    await town.sent(now=phones.clock.now)
    await phones.deliver()
    for number in range(4):
        await phones.says(ANA, f"and another thing {number}")
    (said,) = await phones.says(ANA, "I want to die")
    assert "911" in said


@pytest.mark.parametrize("body", ["In an emergency call 911", "5", "AYUDA", "who is this?"])
async def test_no_words_make_two_machines_talk_for_ever(
    town: Town, phones: Phones, body: str
) -> None:
    await town.sent(now=phones.clock.now)
    await phones.deliver()
    replies = [await phones.says(ANA, body) for _ in range(9)]
    # The first "5" answers what was asked; it stops no machine.
    assert sum(len(back) for back in replies) <= 4
    assert not any(replies[-4:])
    async with town.as_clinic() as session:
        open_tasks = await session.scalars(select(StaffTask).where(StaffTask.done_at.is_(None)))
        kinds = {row.kind for row in open_tasks}
    assert kinds & {TaskKind.READ_TEXT, TaskKind.READ_DANGER, TaskKind.CALL_PATIENT}
