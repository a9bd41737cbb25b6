"""M19: what mail servers and mailboxes do to a mail of ours, from the SMTP word to who is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from accounts.api import ChannelState, known_channels
from builders.referrals import TUESDAY, a_town
from drills.bar import Depth, Seen
from fakes.mail_server import mail_server
from fakes.messaging import Clock, FakeMails, FakeSource, FakeTexts
from notify.api import (
    MessageState,
    address_is_dead,
    email_hash,
    register_source,
    suppression_reason,
)
from notify.channels import Channels
from notify.mail_reports.intake import take_mail
from notify.worker import Sender, sweep
from referrals import strangers
from referrals.message_source import ReferralSource
from referrals.sending_out import SOURCE
from shared.identifiers import new_id
from support.mail_faults import an_office_with_mail, smtp_to
from support.post_office import SAMPLES, a_verified_mailbox, filled
from web.jobs import tick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from builders.referrals import Town
    from drills.stage import Place, Stage

STEPS = ("mail", "rcpt", "data")
CUTS = 3
LATER_S = timedelta(hours=4)
NEXT_WITHIN, STEP = timedelta(minutes=10), timedelta(seconds=30)
WALKED = timedelta(minutes=15)
# A mailbox that is dead, or whose reader wants no more: what each sample's name begins with.
ENDS = {"hard": "bounced", "complaint": "complained"}
ENDED_BY_WORD = "unsubscribe"


@dataclass
class Letters:
    """What became of our mails at a server that misbehaves."""

    cut: int = 0
    lost: int = 0
    copies: int = 0
    most_ids: int = 0
    shortest_try: timedelta = timedelta.max
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class Reported:
    """One mailbox after something came back from it."""

    sample: str
    stopped: bool
    reason: str | None
    next_after: timedelta | None

    @property
    def kind(self) -> str:
        """What the sample is."""
        return self.sample.partition("-")[0]

    @property
    def right(self) -> bool:
        """Dead or unwanted: not used again, and the next one asked in time. Else: still in use."""
        if self.kind in ENDS:
            in_time = self.next_after is not None and self.next_after <= NEXT_WITHIN
            return self.stopped and self.reason == ENDS[self.kind] and in_time
        return self.kind == ENDED_BY_WORD or not (self.stopped or self.reason)


@dataclass
class Desk:
    """A town whose agency has two mailboxes; something comes back from the first."""

    sample: str
    town: Town
    first: str
    second: str
    next_at: datetime | None = field(default=None)


async def mails_refused(stage: Stage, depth: Depth) -> Seen:
    """SMTP first, then a refusal that names the mailbox, then every sample."""
    times = 5 if depth is Depth.NIGHTLY else 1
    async with stage.place() as place:
        letters = Letters()
        for _time in range(times):
            await _broken(place, letters)
            await _later(place, letters)
            await _refused(place, letters)
        refused = await _refused_mailbox(place)
        reported = await _come_back(place)
    return judged(letters, refused, reported)


def judged(letters: Letters, refused: timedelta | None, reported: Sequence[Reported]) -> Seen:
    """All of it in one line."""
    ends = [each for each in reported if each.kind in ENDS]
    slowest = max((each.next_after or timedelta.max for each in ends), default=timedelta.max)
    away = [each for each in reported if each.kind == "away"]
    taken_for = sum(each.stopped or bool(each.reason) for each in away)
    wrong = [each.sample for each in reported if not each.right]
    number = (
        f"{letters.cut} connections cut: {letters.lost} mails lost, {letters.copies} taken again,"
        f" at most {letters.most_ids} Message-ID; 4xx tried for {_hours(letters.shortest_try)} at"
        f" least; 5xx: {letters.wrong} read wrongly, next mailbox after {_minutes(refused)};"
        f" {len(ends)} bounces and complaints: next mailbox after {_minutes(slowest)} at most;"
        f" {len(away)} out of office: {taken_for} taken for bounces; {len(wrong)} of"
        f" {len(reported)} samples wrong"
    )
    return Seen(
        " ".join((number, *wrong)),
        min(letters.cut, letters.copies) > 0
        and (letters.lost, letters.most_ids, letters.wrong, taken_for) == (0, 1, 0, 0)
        and letters.shortest_try >= LATER_S
        and refused is not None
        and max(refused, slowest) <= NEXT_WITHIN
        and min(len(ends), len(away)) > 0
        and not wrong,
    )


async def _broken(place: Place, letters: Letters) -> None:
    """The server hangs up at a step, several times; after DATA it has taken the mail each time."""
    for step in (*STEPS, "after"):
        async with _an_office(place) as office:
            office.server.breaks_at, office.server.breaks_times = step, CUTS
            row = await office.tries_until_it_is_over()
            letters.cut += office.server.broke
            letters.lost += row.state is not MessageState.SENT or not office.server.taken
            ids = {letter["Message-ID"] for letter in office.server.taken}
            letters.most_ids = max(letters.most_ids, len(ids))
            letters.copies += len(office.server.taken) - 1


async def _later(place: Place, letters: Letters) -> None:
    """A 4xx for ever."""
    for step, code in zip(STEPS, ("421", "450", "452"), strict=True):
        async with _an_office(place) as office:
            setattr(office.server, f"{step}_answer", f"{code} later")
            begun = office.turned.now
            await office.tries_until_it_is_over()
            letters.shortest_try = min(letters.shortest_try, office.turned.now - begun)


async def _refused(place: Place, letters: Letters) -> None:
    """A 5xx: ended at the first try, and only a no to the recipient says that nobody is there."""
    for step in STEPS:
        async with _an_office(place) as office:
            setattr(office.server, f"{step}_answer", "550 no")
            row = await office.tries()
            ended = row.state is MessageState.FAILED and row.not_before is None
            letters.wrong += not ended or address_is_dead(row.error_code) is not (step == "rcpt")


def _an_office(place: Place):  # noqa: ANN202 -- the harness's own context manager
    register_source("fake", FakeSource())
    return an_office_with_mail(place.worker, new_id(), Clock())


async def _refused_mailbox(place: Place) -> timedelta | None:
    """Their server says 550 to the first mailbox; how long until the second is asked."""
    async with mail_server() as server:
        channel, clock = smtp_to(server), Clock(TUESDAY)
        sender = Sender(place.worker, Channels(FakeTexts(), channel), clock)
        desk = await _a_desk(place, "refused", "refused")
        server.rcpt_answer = "550 5.1.1 nobody"
        await sweep(sender)
        server.rcpt_answer = "250 OK"
        begun = clock.now
        await _walk(sender, clock, [desk], lambda: [letter["To"] for letter in server.taken])
        await channel.close()
    return desk.next_at - begun if desk.next_at else None


async def _come_back(place: Place) -> list[Reported]:
    """Each sample comes back to a town of its own; the jobs are lost, so the sweep must find it."""
    mails, clock = FakeMails(), Clock(TUESDAY)
    sender = Sender(place.worker, Channels(FakeTexts(), mails), clock)
    names = sorted(path.stem for path in SAMPLES.glob("*.eml"))
    desks = [await _a_desk(place, name, f"{number}") for number, name in enumerate(names)]
    await sweep(sender)
    ids = {mail.recipient: mail.message_id for mail in mails.sent}
    for desk in desks:
        raw = filled(desk.sample, ids[desk.first])
        await take_mail(place.app, raw, recipient="", now=clock.now)
    begun = clock.now
    await _walk(sender, clock, desks, lambda: [mail.recipient for mail in mails.sent])
    return [await _what_became(desk, begun) for desk in desks]


async def _a_desk(place: Place, sample: str, name: str) -> Desk:
    """A request is queued to the first mailbox; the second is agreed on only then."""
    register_source(SOURCE, ReferralSource())
    register_source(strangers.SOURCE, strangers.StrangerSource())
    first, second = f"desk{name}@harbor.example", f"office{name}@harbor.example"
    town = await a_town(place.app, phones=(), mailboxes=(first,))
    await town.sent()
    await a_verified_mailbox(town, second)
    return Desk(sample, town, first, second)


async def _walk(
    sender: Sender, clock: Clock, desks: list[Desk], recipients: Callable[[], list[str]]
) -> None:
    """Half a minute at a time, all that time brings; notes when each second mailbox was asked."""
    until = clock.now + WALKED
    while clock.now < until:
        clock.now += STEP
        await tick(sender)
        await sweep(sender)
        asked = set(recipients())
        for desk in desks:
            if desk.next_at is None and desk.second in asked:
                desk.next_at = clock.now


async def _what_became(desk: Desk, begun: datetime) -> Reported:
    async with desk.town.as_clinic() as session:
        found = await known_channels(session, desk.town.agency, now=TUESDAY)
        reason = await suppression_reason(session, desk.town.clinic, email_hash(desk.first))
    stopped = sum(each.state is ChannelState.STOPPED for each in found)
    return Reported(
        desk.sample, stopped > 0, reason, desk.next_at - begun if desk.next_at else None
    )


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.1f} h"


def _minutes(span: timedelta | None) -> str:
    return "NEVER" if span in {None, timedelta.max} else f"{span.total_seconds() / 60:.1f} min"
