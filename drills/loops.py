"""M14: a machine sits on the other side and answers whatever we send, at once and for an hour."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from builders.phones import some_phones
from builders.referrals import a_town
from drills.bar import Depth, Seen
from fakes.messaging import FakeMails, FakeTexts
from notify.channels import Channels
from notify.mail_reports.intake import take_mail
from notify.worker import Sender
from shared.phone_numbers import to_e164
from support.post_office import filled
from web.jobs import tick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drills.stage import Place, Stage

AN_HOUR = timedelta(hours=1)
# How long a machine takes, and how often one writes that answers nobody.
STEP, UNANSWERED_STEP = timedelta(seconds=30), timedelta(minutes=2)
AN_HOUR_MOST, IN_ALL_MOST = 3, 5
CODE = r"\b\d\d\b"
MAILBOX = "desk@harbor.example"
DENISE, STRANGER = "+12025550144", "+12025550199"
ANA = to_e164("202-555-0137") or ""
# What a machine says to a text of ours.
SAYS: dict[str, Callable[[str], str]] = {
    "away": lambda _text: "We are closed. We will answer on Monday.",
    "thanks": lambda _text: "Thank you for your message!",
    "echo": lambda text: text,
    "help": lambda _text: "HELP",
    "ayuda": lambda _text: "AYUDA",
    "who": lambda _text: "Who is this?",
    "digit": lambda _text: "8",
    "yes": lambda text: f"{''.join(re.findall(CODE, text)[:1])} 1",
}
SOME_SAY = ("away", "ayuda", "yes")
# Automatic answers by mail, with a header that says so and without.
LETTERS = ("away-exchange-en", "away-null-sender", "away-subject-only-es", "person-short-answer")
# Somebody has to call, or to read what a phone wrote that nobody knows.
TOLD = (
    "select (select count(*) from staff_task where kind in ('call_agency_unclear', 'call_patient'))"
    " + (select count(*) from stranger_text)"
)
READ = "select count(*) from staff_task"
NOTED = "select count(*) from referral_event where kind = 'auto_answer'"


@dataclass(frozen=True, slots=True)
class Loop:
    """One machine: when we answered it, what it was told to us as, and how often it wrote."""

    name: str
    answers: tuple[datetime, ...]
    wrote: int
    told: int

    @property
    def most_an_hour(self) -> int:
        """In any hour."""
        return max((self._within(at) for at in self.answers), default=0)

    def _within(self, since: datetime) -> int:
        return sum(since <= at < since + AN_HOUR for at in self.answers)

    @property
    def right(self) -> bool:
        """Few answers, then none; and a person was told."""
        few = self.most_an_hour <= AN_HOUR_MOST and len(self.answers) <= IN_ALL_MOST
        return few and self.wrote > 0 and self.told > 0


async def two_machines(stage: Stage, depth: Depth) -> Seen:
    """Every machine on the phone of a place, of a patient and of somebody unknown; then by mail."""
    words, letters = (SAYS, LETTERS) if depth is Depth.NIGHTLY else (SOME_SAY, LETTERS[::2])
    loops = []
    for says in words:
        for phone in (DENISE, ANA, STRANGER):
            async with stage.place() as place:
                loops.append(await _by_text(place, says, phone))
    for sample in letters:
        async with stage.place() as place:
            loops.append(await _by_mail(place, sample))
    return judged(loops)


def judged(loops: Sequence[Loop]) -> Seen:
    """The most of all machines."""
    wrong = [each.name for each in loops if not each.right]
    return Seen(
        f"{len(loops)} machines wrote {sum(each.wrote for each in loops)} times in an hour: at most"
        f" {max(each.most_an_hour for each in loops)} answers an hour,"
        f" {max(len(each.answers) for each in loops)} in all;"
        f" {sum(each.told == 0 for each in loops)} of which nobody was told;"
        f" wrong: {', '.join(wrong) or 'none'}",
        bool(loops) and not wrong,
    )


async def _by_text(place: Place, says: str, phone: str) -> Loop:
    """It answers each text, and goes on by itself when we fall silent, as a broken one does."""
    town = await a_town(place.app)
    phones = await some_phones(town, place.worker)
    await town.sent()
    await phones.deliver()
    heard, wrote, answers = phones.new(phone), 0, []
    begun, last = phones.clock.now, heard[-1] if heard else "Hello"
    while phones.clock.now < begun + AN_HOUR:
        got = await phones.says(phone, SAYS[says](last))
        wrote += 1
        answers += [phones.clock.now] * len(got)
        last = got[-1] if got else last
        phones.clock.now += STEP if got else UNANSWERED_STEP
    return Loop(f"{says} {phone[-4:]}", tuple(answers), wrote, int(place.one(TOLD)))


async def _by_mail(place: Place, sample: str) -> Loop:
    """It answers each mail, and then writes every minute; each of its mails differs."""
    town = await a_town(place.app, phones=(), mailboxes=(MAILBOX,))
    phones, mails = await some_phones(town, place.worker), FakeMails()
    phones.sender = Sender(place.worker, Channels(FakeTexts(), mails), phones.clock)
    await town.sent()
    await phones.deliver()
    wrote, answers, begun = 0, [], phones.clock.now
    while phones.clock.now < begun + AN_HOUR:
        before = len(mails.sent)
        letter = filled(sample, mails.sent[-1].message_id).decode()
        letter = letter.replace(f"<{sample}@", f"<{wrote}@")
        await take_mail(place.app, letter.encode(), recipient="", now=phones.clock.now)
        wrote += 1
        phones.clock.now += UNANSWERED_STEP
        await tick(phones.sender)
        await phones.deliver()
        answers += [phones.clock.now] * (len(mails.sent) - before)
    told = int(place.one(READ)) + int(place.one(NOTED))
    return Loop(f"mail {sample}", tuple(answers), wrote, told)
