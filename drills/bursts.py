"""M17: a burst on one slow number, sent by two workers' pumps in a time that the drill walks.

Nothing waits for real: whenever both workers have nothing to do but wait, time jumps to the next
moment that anybody waits for. The carrier holds no queue: what comes too early is refused.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from drills.bar import Depth, Seen
from fakes.messaging import CLINIC_NUMBER, NOON, FakeSource, FakeTexts, a_message
from notify import claiming, pump, worker
from notify.api import RenderedText, Send, give_sender_number, queue_message, register_source
from notify.channels import Channels
from notify.delivery import Outcome, SendResult
from notify.segments import count_segments
from notify.worker import Sender
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from drills.stage import Place, Stage
    from notify.api import QueuedMessage
    from notify.channels import Text

WORKERS, EVERY_REPLY_S, LONGEST_TEXT = 2, 17, 2
OVERTAKES_WITHIN = 5.0
FASTEST = 1.0
# What the carrier's clock can't tell apart.
GRAIN_S = 1e-6
# Its own queue is full; or the text waited in it for too long.
QUEUE_FULL, WAITED = "21611", "30001"
REFUSED_FROM_S = 0.5
IDLE_LOOK_S = 0.001
CODES = "select count(*) from message where error_code in ('21611', '30001')"
DONE = "select count(*) from message where state = 'sent'"


class WalkedTime:
    """Seconds that pass only when the drill says so; reads as a clock and as a monotonic one."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._turns = count()

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """As time.monotonic."""
        return self.seconds

    @property
    def waiting(self) -> int:
        """How many wait for a later moment."""
        return sum(not each.done() for _at, _turn, each in self._waiting)

    async def sleep(self, seconds: float) -> None:
        """As asyncio.sleep."""
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (self.seconds + seconds, next(self._turns), woken))
        await woken

    def jump(self) -> None:
        """To the next moment that somebody waits for."""
        while self._waiting:
            at, _turn, woken = heapq.heappop(self._waiting)
            if not woken.done():
                self.seconds = max(self.seconds, at)
                woken.set_result(None)
                return


class WalkedPump(pump.Pump):
    """The product's pump; its pauses are walked, too."""

    def __init__(self, sender: Sender, walked: WalkedTime) -> None:
        super().__init__(sender)
        self._walked = walked
        self._rests = False

    async def _wait(self, seconds: float) -> None:
        self._rests = True
        pause = asyncio.ensure_future(self._walked.sleep(seconds))
        woken = asyncio.ensure_future(self._woken.wait())
        await asyncio.wait((pause, woken), return_when=asyncio.FIRST_COMPLETED)
        for each in (pause, woken):
            each.cancel()
        self._rests = False

    def only_waits(self, asleep: int) -> bool:
        """Whether it has nothing to do but wait; `asleep` texts of all pumps wait for a moment."""
        nothing_new = self._rests and not self._woken.is_set()
        recorded = self._results._unfinished_tasks == 0  # type: ignore[attr-defined]
        return nothing_new and recorded and not self._lanes and len(self._tasks) <= asleep


@dataclass
class StrictCarrier(FakeTexts):
    """Takes `FASTEST` segments a second from a number, and not one more."""

    walked: WalkedTime = field(default_factory=WalkedTime)
    free_at: float = -math.inf
    taken: list[tuple[float, int, UUID]] = field(default_factory=list)
    too_fast: list[str] = field(default_factory=list)

    async def send(self, text: Text) -> SendResult:
        """By its own clock, and its own count of segments."""
        now, segments = self.walked.seconds, count_segments(text.body).segments
        early = self.free_at - now
        if early > GRAIN_S:
            self.too_fast.append(QUEUE_FULL if early >= REFUSED_FROM_S else WAITED)
            return SendResult(Outcome.NOT_SENT, error_code=self.too_fast[-1])
        self.free_at = now + segments / FASTEST
        self.taken.append((now, segments, text.message_id))
        return await super().send(text)


class LongAndShort(FakeSource):
    """Every fifth text has two segments."""

    async def may_send(self, session: Any, message: QueuedMessage, now: datetime) -> Send:  # noqa: ANN401, ARG002
        """To one of a hundred phones, at any hour."""
        return Send(message.params["phone"], "America/New_York", any_hour=True)

    async def render(self, session: Any, message: QueuedMessage, now: datetime) -> RenderedText:  # noqa: ANN401, ARG002
        """Its number, and words."""
        long = int(message.params["number"]) % 5 == 0 and not message.is_reply
        return RenderedText(f"Drill {message.params['number']}. {'More words. ' * (14 * long)}")


@dataclass
class Burst:
    """The number, its queue and who sends."""

    place: Place
    clinic: UUID
    carrier: StrictCarrier
    pumps: list[WalkedPump]
    # When each answer was put into the queue.
    asked: dict[UUID, float] = field(default_factory=dict)
    queued: int = 0

    async def queue(self, texts: int, *, is_reply: bool = False) -> None:
        """More for this number; answers are remembered with their moment."""
        context, now = Context(organization_id=self.clinic), self.carrier.walked
        async with self.place.app.transaction(context) as session:
            for _each in range(texts):
                self.queued += 1
                params = {
                    "number": str(self.queued),
                    "phone": f"+121255501{self.queued % 100:02d}",
                }
                new = a_message(self.clinic, is_reply=is_reply, params=params)
                message_id = await queue_message(session, new, now())
                if message_id is not None and is_reply:
                    self.asked[message_id] = now.seconds


async def burst(stage: Stage, depth: Depth) -> Seen:
    """All at once into the queue; an answer every few seconds while it is worked off."""
    texts = 500 if depth is Depth.NIGHTLY else 60
    async with stage.place() as place:
        found = await _a_number(place)
        with walked_time(found.carrier.walked):
            await found.queue(texts)
            await _work_off(found)
        codes, sent = place.one(CODES), place.one(DONE)
    taken = found.carrier.taken
    overtook = waits(found.asked, taken)
    rate, most = segments_a_second(taken), most_in_a_second(taken)
    early = len(found.carrier.too_fast) + codes
    return Seen(
        f"{texts} texts and {len(found.asked)} answers by {WORKERS} workers: {sent} sent,"
        f" {rate:.3f} segments/s, at most {most} begun in any second; {early} × 21611/30001;"
        f" answers after {max(overtook, default=math.inf):.1f} s at most",
        sent == found.queued == len({each for _at, _size, each in taken}) == len(taken)
        and rate <= FASTEST
        and most <= FASTEST * LONGEST_TEXT
        and early == 0
        and 0 < len(overtook) == len(found.asked)
        and max(overtook) <= OVERTAKES_WITHIN,
    )


async def _a_number(place: Place) -> Burst:
    """A long code as it comes: one segment a second."""
    register_source("fake", LongAndShort())
    clinic, carrier = new_id(), StrictCarrier()
    async with place.worker.transaction(Context()) as session:
        await give_sender_number(session, clinic, CLINIC_NUMBER)
    sender = Sender(place.worker, Channels(carrier), carrier.walked)
    return Burst(
        place, clinic, carrier, [WalkedPump(sender, carrier.walked) for _each in range(WORKERS)]
    )


async def _work_off(found: Burst) -> None:
    """Until all of it has left."""
    stop, walked = asyncio.Event(), found.carrier.walked
    running = [asyncio.create_task(each.run(stop)) for each in found.pumps]
    next_reply = float(EVERY_REPLY_S)
    while len(found.carrier.taken) < found.queued:
        await _until_all_wait(found, running)
        if walked.seconds >= next_reply and len(found.carrier.taken) < found.queued:
            next_reply += EVERY_REPLY_S
            await found.queue(1, is_reply=True)
        walked.jump()
    await _until_all_wait(found, running)
    stop.set()
    await asyncio.gather(*running)


async def _until_all_wait(found: Burst, running: list[asyncio.Task[None]]) -> None:
    """Real time passes here alone: the database answers."""
    while True:
        await asyncio.sleep(IDLE_LOOK_S)
        for each in running:
            if each.done():
                each.result()
        asleep = found.carrier.walked.waiting - len(found.pumps)
        tasks = sum(len(each._tasks) for each in found.pumps)
        if tasks <= asleep and all(each.only_waits(asleep) for each in found.pumps):
            return


@contextmanager
def walked_time(walked: WalkedTime) -> Iterator[None]:
    """The sender's waiting and its own short clock go by the walked time."""
    kept = worker.asyncio, worker.time, claiming.time
    walked_time_alone = SimpleNamespace(monotonic=walked.monotonic)
    worker.asyncio = SimpleNamespace(  # type: ignore[assignment]
        sleep=walked.sleep, Semaphore=asyncio.Semaphore, gather=asyncio.gather
    )
    worker.time = claiming.time = walked_time_alone  # type: ignore[assignment]
    try:
        yield
    finally:
        worker.asyncio, worker.time, claiming.time = kept


def segments_a_second(taken: list[tuple[float, int, UUID]]) -> float:
    """Over the whole burst; the last text's own time has not passed when it is taken."""
    if len(taken) < LONGEST_TEXT:
        return 0.0
    span = taken[-1][0] - taken[0][0]
    return round(sum(size for _at, size, _id in taken[:-1]) / span, 6) if span else math.inf


def most_in_a_second(taken: list[tuple[float, int, UUID]]) -> int:
    """Segments whose texts left within less than one second of each other."""
    most = first = 0
    for last, (at, _size, _id) in enumerate(taken):
        while taken[first][0] <= at - 1 + GRAIN_S:
            first += 1
        most = max(most, sum(size for _at, size, _id in taken[first : last + 1]))
    return most


def waits(asked: dict[UUID, float], taken: list[tuple[float, int, UUID]]) -> list[float]:
    """From the queue to the carrier, of each answer that left."""
    return [at - asked[each] for at, _size, each in taken if each in asked]
