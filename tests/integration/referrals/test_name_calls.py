"""The PIN call: who hears a name and a number, who hears nothing, and that nobody can tell why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update

from builders.phones import Phones, some_phones
from builders.referrals import CLINIC_NUMBER, Town, a_town
from notify.models import SenderNumber
from notify.voice import ArrivedCall
from referrals.actions import revoke_consent, withdraw
from referrals.models import NameCall, NameCallPin, Referral, ReferralDisclosure, ReferralEvent
from referrals.name_calls.conversation import answer_call, answer_keys
from referrals.name_calls.forgetting import forget_calls
from referrals.name_calls.pins import make_pin, withdraw_pin
from referrals.queries import referral_page
from referrals.reasons import Reason
from referrals.tasks import VARIANTS, Because, TaskKind
from referrals.words import EventKind, Way
from shared.database import Context
from shared.errors import Conflict, NotAllowed
from web.jobs import read_reply

if TYPE_CHECKING:
    from uuid import UUID

    from notify.voice import Answer
    from shared.database import Database

DENISE, STRANGER = "+12025550144", "+12025550198"
HOUR = timedelta(hours=1)


@dataclass
class Line:
    """A clinic's number that takes calls, and the phones of a town."""

    town: Town
    phones: Phones
    pin: str = ""
    calls: int = 0

    async def yes(self) -> Referral:
        """A request with a yes by text."""
        referral = await self.town.sent(now=self.phones.clock.now)
        await self.phones.deliver()
        await self.phones.says(DENISE, f"{referral.code} 1")
        return await self.town.read(referral.id)

    async def agree(self, referral: Referral) -> str:
        """Staff make the PIN, on the phone with the agency."""
        async with self.town.as_clinic() as session:
            self.pin = await make_pin(
                session,
                referral.id,
                self.town.channels[0],
                actor=self.town.rosa,
                now=self.phones.clock.now,
            )
        return self.pin

    async def rings(self, number: str | None = DENISE) -> Answer:
        """Somebody calls."""
        self.calls += 1
        return await answer_call(self.town.database, self._call(number), self.phones.clock.now)

    async def presses(self, keys: str, to: Answer, number: str | None = DENISE) -> Answer:
        """Keys in answer to what was said."""
        turn = int(to.keys_to.partition("turn=")[2])
        call = self._call(number, keys)
        return await answer_keys(self.town.database, call, turn, self.phones.clock.now)

    def _call(self, number: str | None, keys: str = "") -> ArrivedCall:
        return ArrivedCall(f"CA{self.calls:032d}", number, CLINIC_NUMBER, keys)

    async def heard(self) -> str:
        """One call with the right PIN."""
        return said(await self.presses(self.pin, await self.rings()))

    async def town_calls(self) -> int:
        """Rows of calls that are kept."""
        async with self.town.as_clinic() as session:
            return len((await session.scalars(select(NameCall.id))).all())

    def wrong(self) -> str:
        """A PIN that is not it."""
        return f"{(int(self.pin) + 1) % 10_000:04d}"


def said(answer: Answer) -> str:
    """What the caller hears."""
    return " ".join(spoken.words for spoken in answer.says)


@pytest.fixture
async def line(database: Database, worker_database: Database) -> Line:
    town = await a_town(database)
    phones = await some_phones(town, worker_database)
    async with worker_database.transaction(Context()) as session:
        await session.execute(update(SenderNumber).values(takes_calls=True))
    return Line(town, phones)


async def events(town: Town, referral_id: UUID) -> list[tuple[EventKind, Way]]:
    async with town.as_clinic() as session:
        rows = await session.execute(
            select(ReferralEvent.kind, ReferralEvent.way)
            .where(ReferralEvent.referral_id == referral_id)
            .order_by(ReferralEvent.version)
        )
        return [(kind, way) for kind, way in rows]


async def open_tasks(town: Town, referral_id: UUID, line: Line) -> list[tuple[TaskKind, str]]:
    async with town.as_clinic() as session:
        page = await referral_page(session, referral_id, town.clinic, now=line.phones.clock.now)
    return [(task.kind, task.says.why) for task in page.tasks]


async def shown_at(town: Town, referral_id: UUID) -> list[object]:
    async with town.as_clinic() as session:
        rows = await session.scalars(
            select(ReferralDisclosure.shown_at).where(
                ReferralDisclosure.referral_id == referral_id,
                ReferralDisclosure.kind == "identity",
            )
        )
        return list(rows)


async def test_of_the_phone_that_was_texted_the_request_keeps_two_digits(line: Line) -> None:
    referral = await line.town.sent(now=line.phones.clock.now)
    assert "ends" not in referral.asked_channels[0]
    await line.phones.deliver()
    await line.phones.says(DENISE, f"{referral.code} 1")
    asked = (await line.town.read(referral.id)).asked_channels[0]
    assert asked["ends"] == "44"
    assert set(asked) == {"id", "kind", "language", "ends"}


async def test_the_phone_that_said_yes_hears_name_and_number(line: Line) -> None:
    referral = await line.yes()
    await line.agree(referral)
    words = await line.heard()
    assert "The name is: Ana Flores." in words
    assert "A, N, A. F, L, O, R, E, S." in words
    assert "2, 0, 2." in words
    assert await shown_at(line.town, referral.id) == [line.phones.clock.now]
    assert (EventKind.IDENTITY_SHOWN, Way.KEYPAD) in await events(line.town, referral.id)
    assert await open_tasks(line.town, referral.id, line) == []
    async with line.town.as_agency() as session:
        actions = await session.execute(
            text("select action, actor from audit_event where action = 'identity_shown'")
        )
        assert list(actions) == [("identity_shown", f"agency_call:{line.town.channels[0]}")]


async def test_with_a_pin_the_thanks_say_where_to_call_and_no_call_task_is_made(
    line: Line,
) -> None:
    first = await line.yes()
    assert line.phones.inbox(DENISE)[-1].startswith(f"{first.code}: thank you. We call this")
    await line.agree(first)
    second = await line.yes()
    thanks = line.phones.inbox(DENISE)[-1]
    assert thanks.startswith(f"{second.code}: thank you. Call 202-555-")
    assert "(PIN 4 digits)" in thanks
    assert await open_tasks(line.town, second.id, line) == []


async def test_it_is_said_again_and_with_its_notes(line: Line) -> None:
    await line.agree(await line.yes())
    first = await line.presses(line.pin, await line.rings())
    again = await line.presses("1", first)
    assert said(again) == said(first)
    notes = await line.presses("2", again)
    assert "press 1" in said(notes)
    assert "Ana Flores" not in said(notes)
    assert (await line.presses("9", notes)).keys is None


async def test_of_several_the_code_says_which(line: Line) -> None:
    first, second = await line.yes(), await line.yes()
    await line.agree(first)
    asked = await line.presses(line.pin, await line.rings())
    assert f"You have: {first.code}, {second.code}." in said(asked)
    unknown = await line.presses("99", asked)
    assert "no such request" in said(unknown)
    told = await line.presses(str(second.code), unknown)
    assert f"Request {second.code}." in said(told)
    assert await shown_at(line.town, first.id) == [None]
    other = await line.presses("3", told)
    assert "Which request?" in said(other)


async def test_everybody_hears_the_same_until_the_pin_is_right(line: Line) -> None:
    referral = await line.yes()
    await line.agree(referral)
    wrong = line.wrong()
    heard = []
    for number in (DENISE, STRANGER, None):
        words, answer = [], await line.rings(number)
        words.append(said(answer))
        for _ in range(3):
            answer = await line.presses(wrong, answer, number)
            words.append(said(answer))
        words.append(said(await line.rings(number)))
        heard.append(words)
    assert heard[0] == heard[1] == heard[2]
    assert "Ana" not in str(heard)
    assert await shown_at(line.town, referral.id) == [None]


async def test_the_right_pin_from_another_phone_opens_nothing(line: Line) -> None:
    referral = await line.yes()
    await line.agree(referral)
    answer = await line.presses(line.pin, await line.rings(STRANGER), STRANGER)
    assert "This was not right" in said(answer)
    assert await shown_at(line.town, referral.id) == [None]


async def test_three_wrong_pins_lock_for_an_hour_and_staff_call_instead(line: Line) -> None:
    await line.agree(await line.yes())
    waiting = await line.yes()
    answer = await line.rings()
    for _ in range(3):
        answer = await line.presses(line.wrong(), answer)
    assert answer.keys is None
    assert await open_tasks(line.town, waiting.id, line) == [
        (TaskKind.GIVE_NAME, VARIANTS[TaskKind.GIVE_NAME, Because.PIN_LOCKED].why)
    ]
    assert (EventKind.PIN_LOCKED, Way.KEYPAD) in await events(line.town, waiting.id)
    assert (await line.rings()).keys is None
    line.phones.clock.now += HOUR + timedelta(minutes=1)
    assert (await line.rings()).keys == 4


async def test_a_lock_holds_in_a_call_that_began_before_it(line: Line) -> None:
    await line.agree(await line.yes())
    early = await line.rings()
    early_call = line.calls
    answer = await line.rings()
    for _ in range(3):
        answer = await line.presses(line.wrong(), answer)
    line.calls = early_call
    assert "Ana" not in said(await line.presses(line.pin, early))


async def test_who_goes_on_guessing_ends_the_pin(line: Line) -> None:
    await line.agree(await line.yes())
    for _ in range(4):
        answer = await line.rings()
        for _ in range(3):
            answer = await line.presses(line.wrong(), answer)
        line.phones.clock.now += HOUR + timedelta(minutes=1)
    async with line.town.as_clinic() as session:
        assert list(await session.scalars(select(NameCallPin.pin_hash))) == [None]
    assert "This was not right" in await line.heard()
    again = await line.yes()
    assert line.phones.inbox(DENISE)[-1].startswith(f"{again.code}: thank you. We call this")


async def test_a_turn_counts_once_and_a_replay_says_no_name(line: Line) -> None:
    await line.agree(await line.yes())
    ringing = await line.rings()
    await line.presses(line.pin, ringing)
    replayed = await line.presses(line.pin, ringing)
    assert replayed.keys is None
    assert "Ana" not in said(replayed)


async def test_a_call_does_not_last_for_ever(line: Line) -> None:
    await line.agree(await line.yes())
    ringing = await line.rings()
    line.phones.clock.now += HOUR
    assert "Ana" not in said(await line.presses(line.pin, ringing))


async def test_nothing_is_told_once_the_consent_is_taken_back(line: Line) -> None:
    referral = await line.yes()
    await line.agree(referral)
    told = await line.presses(line.pin, await line.rings())
    async with line.town.as_clinic() as session:
        await revoke_consent(session, referral.id, word=line.town.sender(line.phones.clock.now))
    assert "Ana" not in said(await line.presses("1", told))
    assert "no name to tell" in await line.heard()


async def test_before_a_yes_and_after_the_end_nothing_is_told(line: Line) -> None:
    referral = await line.town.sent(now=line.phones.clock.now)
    await line.phones.deliver()
    await line.agree(referral)
    assert "no name to tell" in await line.heard()
    await line.phones.says(DENISE, f"{referral.code} 1")
    assert "Ana Flores" in await line.heard()
    async with line.town.as_clinic() as session:
        stopped = line.town.sender(line.phones.clock.now)
        await withdraw(session, referral.id, word=stopped, reason=Reason.NEED_CHANGED)
    assert "no name to tell" in await line.heard()


async def test_a_number_that_takes_no_calls_says_so_and_makes_no_pin(
    line: Line, worker_database: Database
) -> None:
    referral = await line.yes()
    async with worker_database.transaction(Context()) as session:
        await session.execute(update(SenderNumber).values(takes_calls=False))
    assert "is for texts" in said(await line.rings())
    with pytest.raises(Conflict):
        await line.agree(referral)


async def test_another_organization_makes_no_pin_for_our_request(line: Line) -> None:
    referral = await line.yes()
    async with line.town.as_agency() as session:
        with pytest.raises(NotAllowed):
            await make_pin(
                session,
                referral.id,
                line.town.channels[0],
                actor=line.town.page().actor,
                now=line.phones.clock.now,
            )


async def test_what_is_kept_of_a_call_names_nobody(line: Line) -> None:
    await line.agree(await line.yes())
    await line.heard()
    async with line.town.as_clinic() as session:
        rows = [*await session.execute(text("select name_call::text from name_call"))]
        pins = [*await session.execute(text("select name_call_pin::text from name_call_pin"))]
        assert len(list(await session.scalars(select(NameCall)))) == 1
    kept = str([*rows, *pins])
    assert DENISE not in kept
    assert line.pin not in [part for row in pins for part in row[0].split(",")]
    assert "Ana" not in kept


async def test_a_pin_withdrawn_before_the_thanks_goes_out_promises_a_call_of_ours(
    line: Line,
) -> None:
    first = await line.yes()
    await line.agree(first)
    await line.heard()
    second = await line.town.sent(now=line.phones.clock.now)
    await line.phones.deliver()
    line.phones.new(DENISE)
    inbound = await line.phones.arrives(DENISE, f"{second.code} 1")
    assert inbound is not None
    await read_reply(line.phones.sender, line.town.clinic, inbound)  # A4 stands in the queue
    assert await open_tasks(line.town, second.id, line) == []
    async with line.town.as_clinic() as session:
        now = line.phones.clock.now
        await withdraw_pin(session, line.town.clinic, line.town.channels[0], now)
    await line.phones.deliver()
    (thanks,) = line.phones.new(DENISE)
    assert "We call this phone with the name and number" in thanks
    assert "PIN" not in thanks
    tasks = await open_tasks(line.town, second.id, line)
    assert [kind for kind, _why in tasks] == [TaskKind.GIVE_NAME]


async def test_calls_are_forgotten_after_a_day_and_what_was_told_is_not(line: Line) -> None:
    referral = await line.yes()
    await line.agree(referral)
    await line.heard()
    rang_at = line.phones.clock.now
    line.phones.clock.now = rang_at + timedelta(hours=23)
    recent = await line.rings()
    worker, day = line.phones.database, timedelta(days=1)

    assert await forget_calls(worker, rang_at + day) == 0
    assert await forget_calls(worker, rang_at + day + timedelta(seconds=1)) == 1

    assert await line.town_calls() == 1
    assert "The name is: Ana Flores." in said(await line.presses(line.pin, recent))
    assert (EventKind.IDENTITY_SHOWN, Way.KEYPAD) in await events(line.town, referral.id)
    async with line.town.as_clinic() as session:
        assert (await session.scalars(select(NameCallPin))).one().pin_hash is not None


async def test_a_forgotten_call_can_only_begin_anew(line: Line) -> None:
    referral = await line.yes()
    await line.agree(referral)
    greeting = await line.rings()
    line.phones.clock.now += timedelta(days=2)
    await forget_calls(line.phones.database, line.phones.clock.now)

    words = said(await line.presses(line.pin, greeting))

    assert "Ana" not in words
    assert await line.town_calls() == 0
