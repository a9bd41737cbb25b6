"""M15 and M16: no text outside the reader's day, whichever instant of two years it is."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from drills.bar import Depth, Seen
from notify.quiet_hours import CANDIDATE_ZONES, Later, may_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from drills.stage import Stage

ZONES: tuple[str | None, ...] = (*CANDIDATE_ZONES, "Pacific/Guam", None)
START, DAYS, APART = datetime(2026, 1, 1, tzinfo=UTC), 730, timedelta(minutes=5)
LONGEST = timedelta(hours=12)
DAY = (time(8), time(20))
Rule = Any


@dataclass
class Count:
    """What was seen of the instants."""

    instants: int = 0
    outside: int = 0
    lost: int = 0
    longest: timedelta = timedelta(0)


async def quiet_hours(_stage: Stage, depth: Depth) -> Seen:
    """The unknown zone is walked beside the ten."""
    every = 1 if depth is Depth.NIGHTLY else 7  # 35 minutes: each minute of the hour comes up
    step = APART * every
    instants = [START + step * number for number in range(timedelta(days=DAYS) // step)]
    seen = walk(may_text, instants)
    return Seen(
        f"{seen.instants:,} instants: {seen.outside} outside, {seen.lost} lost,"
        f" longest wait {seen.longest} by the local clock",
        seen.outside == seen.lost == 0 and seen.longest <= LONGEST and seen.instants > 0,
    )


def walk(rule: Callable[..., Rule], instants: Iterable[datetime]) -> Count:
    """Ask the rule about each instant in each zone, and check its answer with the zone's clock."""
    seen, known = Count(), list(instants)
    for name in ZONES:
        readers = [ZoneInfo(each) for each in ([name] if name else CANDIDATE_ZONES)]
        for now in known:
            seen.instants += 1
            answer = rule(now, name)
            moment = answer.until if isinstance(answer, Later) else now
            seen.outside += not _all_awake(moment, readers)
            if isinstance(answer, Later):
                _note_wait(seen, rule, now, name, moment)
    return seen


def _note_wait(
    seen: Count, rule: Callable[..., Rule], now: datetime, name: str | None, until: datetime
) -> None:
    """A wait must end; how long it was is told for the zones that have a clock of their own."""
    if until <= now or isinstance(rule(until, name), Later):
        seen.lost += 1
    if name is not None:
        zone = ZoneInfo(name)
        wall = until.astimezone(zone).replace(tzinfo=None) - now.astimezone(zone).replace(
            tzinfo=None
        )
        seen.longest = max(seen.longest, wall)


def _all_awake(moment: datetime, readers: list[ZoneInfo]) -> bool:
    return all(DAY[0] <= moment.astimezone(zone).time() < DAY[1] for zone in readers)


async def validity(_stage: Stage, depth: Depth) -> Seen:
    """Any second, not only every fifth minute."""
    number = 200_000 if depth is Depth.NIGHTLY else 30_000
    chance = random.Random(16)  # noqa: S311 -- a repeatable choice
    late = short = asked = 0
    for _each in range(number):
        now = START + timedelta(seconds=chance.randrange(DAYS * 86_400))
        name = chance.choice(ZONES)
        answer = may_text(now, name)
        if isinstance(answer, Later):
            continue
        asked += 1
        readers = [ZoneInfo(each) for each in ([name] if name else CANDIDATE_ZONES)]
        late += not _all_awake(now + answer.validity - timedelta(seconds=1), readers)
        short += answer.validity < timedelta(seconds=60)
    return Seen(
        f"{asked:,} texts that may go: {late} could arrive after hours, {short} have less than"
        " 60 s",
        asked > 0 and late == short == 0,
    )
