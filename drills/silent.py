"""M23: an agency says nothing for three days; nobody is forgotten, nobody is written to twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from builders.phones import Phones, some_phones
from builders.referrals import TUESDAY
from drills.bar import Depth, Seen
from notify.worker import sweep
from referrals.lifecycle import ENDED
from referrals.overdue import Urgency
from shared.database import Database
from support.busy_town import WAYS_TO_START, a_busy_town, fingerprint
from web.jobs import tick

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from builders.referrals import Town
    from drills.stage import Place, Stage

DAYS = (24, 48, 72)
STAND = (
    "select r.status, r.next_action_at, d.due_at from referral r"
    " left join due d on d.kind = 'referral' and d.subject_id = r.id"
)
DONE = "select (select count(*) from staff_task), (select count(*) from message)"


@dataclass(frozen=True, slots=True)
class Request:
    """Where one request stands, and when something happens to it next."""

    status: str
    next_at: datetime | None
    due_at: datetime | None


@dataclass
class Silence:
    """What three days of it came to."""

    open: int = 0
    without_time: int = 0
    stuck: int = 0
    extra: int = 0
    changed: int = 0


async def silent_agency(stage: Stage, depth: Depth) -> Seen:
    """The product's whole sweep by the injected clock; at each day's end many more of it."""
    hours, more, sweeps = (1, 5, 100) if depth is Depth.NIGHTLY else (6, 0, 34)
    async with stage.place() as place:
        town, _ids = await a_busy_town(place.app)
        await _more_requests(town, more)
        phones = await some_phones(town, place.worker)
        before, silence = place.rows(DONE)[0], Silence()
        for hour in range(0, DAYS[-1] + 1, hours):
            phones.clock.now = TUESDAY + timedelta(hours=hour)
            await _sweep(phones)
            if hour in DAYS:
                await _look(place, phones, silence, sweeps)
        tasks, messages = (
            now - then for now, then in zip(place.rows(DONE)[0], before, strict=True)
        )
    return Seen(
        f"at 24, 48, 72 h: {silence.open} times an open request, {silence.without_time} without a"
        f" next time, {silence.stuck} stuck; {sweeps} more sweeps each: {silence.extra} sent,"
        f" {silence.changed} tables changed; the silence led to {tasks} tasks, {messages} messages",
        silence.open > 0
        and (silence.without_time, silence.stuck, silence.extra, silence.changed) == (0, 0, 0, 0)
        and min(tasks, messages) > 0,
    )


def standing(requests: Sequence[Request], now: datetime) -> tuple[int, int, int]:
    """How many are open, of these without a next time, and with one that nothing will meet."""
    still = [each for each in requests if each.status not in ENDED]
    without = sum(each.next_at is None for each in still)
    stuck = sum(
        each.next_at is not None and (each.next_at <= now or each.due_at != each.next_at)
        for each in still
    )
    return len(still), without, stuck


async def _more_requests(town: Town, times: int) -> None:
    for _time in range(times):
        for urgency in Urgency:
            for how in WAYS_TO_START:
                await town.sent(urgency=urgency, how_to_start=how)


async def _sweep(phones: Phones) -> None:
    """Everything that time brings: what is due, what may leave, and what became of it."""
    await tick(phones.sender)
    await sweep(phones.sender)
    await phones.tell_outcomes()


async def _look(place: Place, phones: Phones, silence: Silence, sweeps: int) -> None:
    requests = [Request(*row) for row in place.rows(STAND)]
    found = standing(requests, phones.clock.now)
    silence.open += found[0]
    silence.without_time += found[1]
    silence.stuck += found[2]
    everything = Database(place.urls["admin"], pool_size=1)
    try:
        rows, sent = await fingerprint(everything), len(phones.carrier.sent)
        for _again in range(sweeps):
            await _sweep(phones)
        silence.extra += len(phones.carrier.sent) - sent
        pairs = zip(await fingerprint(everything), rows, strict=True)
        silence.changed += sum(now != then for now, then in pairs)
    finally:
        await everything.dispose()
