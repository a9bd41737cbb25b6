"""M3: workers are stopped for longer than their lease, and then go on as if nothing had been.

Meanwhile another worker ends the lease and asks the provider, and a person has what it doesn't
know sent again. Nobody else would: that alone makes a second text possible. The provider's
simulator is the witness.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.api import Actor, ActorKind
from drills.bar import Depth, Seen
from drills.forks import FORKS
from drills.leases_process import HERE, QUICKER, Orders, Stand, run
from drills.sender_process import SOURCE, DrillSource, body_of, taken_by
from drills.stage import ACCOUNT, KEYS, TOKEN
from notify import history
from notify.api import DoubtReason, NewMessage, give_sender_number, queue_message, register_source
from notify.asking import ask_provider
from notify.channels import Channels
from notify.channels.simulator.app import running_simulator
from notify.channels.simulator.options import SimulatorOptions
from notify.channels.sms import TwilioChannel
from notify.delivery import LEASE
from notify.doubts import resend_after_doubt
from notify.worker import Sender, end_leases, send_message, sweep
from shared import clock
from shared.database import Context, turn_clock
from shared.identifiers import new_id
from support.running import free_port_block

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from uuid import UUID

    from drills.stage import Place, Stage
    from notify.channels.simulator.state import Simulator

VICTIMS = 4
# Rounds of so many stops at once: before the last look (two places), anywhere, right after it.
ROUNDS = {Depth.NIGHTLY: (13, 12, 25, 2), Depth.CI: (1, 1, 2, 1)}
STOPPED_S = 1.1 * LEASE.total_seconds() / QUICKER
HELD_TEXTS, MANY_TEXTS = 5, 25
QUICK, STEADY = 10_000.0, 40.0  # segments a second
PER, LOOK_EVERY_S, TURN_EVERY_S = 1000, 0.005, 1.0
PATIENCE_S = 30.0
OVER, ASKED_AFTER = LEASE + timedelta(seconds=1), timedelta(seconds=20)
IN_DOUBT = "select id, organization_id from message where state = 'in_doubt' order by id"
MOVING = "select count(*) from message where state in ('queued', 'claimed')"
RECORDED_TWICE = "select count(*) from message_event where kind = %s"


@dataclass
class Victim:
    """A worker's process."""

    process: Any
    pipe: Any

    def signal(self, number: int) -> None:
        """By its pid."""
        os.kill(self.process.pid, number)

    def says(self) -> tuple[str, list[UUID]] | None:
        """Its next word, if there is one."""
        return self.pipe.recv() if self.pipe.poll() else None


@dataclass
class Part:
    """Stops at one kind of place."""

    stops: int = 0
    texts: int = 0
    again: int = 0  # sent again by a person while the worker stood still
    second: int = 0
    recorded: int = 0
    lost: int = 0


@dataclass
class Field:
    """What takes part."""

    place: Place
    simulator: Simulator
    healthy: Sender
    victims: list[Victim]
    chance: random.Random
    clinics: int = 0
    numbers: dict[UUID, int] = field(default_factory=dict)

    async def a_clinic(self, pace: float) -> UUID:
        """With a number of its own."""
        clinic, self.clinics = new_id(), self.clinics + 1
        async with self.place.worker.transaction(Context()) as session:
            number = f"+1202555{self.clinics:04d}"
            await give_sender_number(session, clinic, number, segments_per_second=pace)
        return clinic

    async def queue(self, clinic: UUID, texts: int) -> list[UUID]:
        """So many texts at once."""
        made = []
        async with self.place.app.transaction(Context(organization_id=clinic)) as session:
            for _each in range(texts):
                number = len(self.numbers)
                message_id = await queue_message(session, _message(clinic, number), clock.now())
                if message_id is not None:
                    self.numbers[message_id] = number
                    made.append(message_id)
        return made

    async def turn(self, by: timedelta) -> None:
        """Let time pass for everybody."""
        async with self.place.app.transaction(Context()) as session:
            await turn_clock(session, int(by.total_seconds()))

    def recorded(self) -> int:
        """Texts that our rows say the provider has twice."""
        return int(self.place.one(RECORDED_TWICE, history.SECOND_ID))


async def stopped_workers(stage: Stage, depth: Depth, *, fenced: bool = True) -> Seen:
    """All parts, one after the other."""
    claimed, connecting, anywhere, writing = ROUNDS[depth]
    async with _a_field(stage, fenced=fenced) as field_:
        before = [
            await _at_a_place(field_, Stand.CLAIMED, claimed),
            await _at_a_place(field_, Stand.CONNECTING, connecting),
        ]
        stage.say("  stopped before the last look; now anywhere …")
        random_stops = await _anywhere(field_, anywhere)
        after = await _at_a_place(field_, Stand.WRITING, writing)
    return judged(before, random_stops, after)


def judged(before: list[Part], anywhere: Part, after: Part) -> Seen:
    """What must hold of each part; of the last one that what was forced is seen and recorded."""
    early = sum(each.second for each in before)
    lost = sum(each.lost for each in (*before, anywhere, after))
    again = sum(each.again for each in (*before, anywhere))
    stops = sum(each.stops for each in before)
    return Seen(
        f"{stops} stops before the fence check: {early} second creates; {anywhere.stops} anywhere"
        f" among {anywhere.texts} texts: {anywhere.second}, {anywhere.recorded} recorded;"
        f" {again} texts sent again by a person meanwhile; {lost} lost; forced between check and"
        f" first byte {after.stops}×: {after.second} second creates, {after.recorded} recorded",
        early == lost == 0
        and anywhere.second * PER <= anywhere.texts
        and anywhere.recorded == anywhere.second
        and again > 0
        and 0 < after.second == after.recorded,
    )


async def _at_a_place(field_: Field, stand: Stand, rounds: int) -> Part:
    """Each worker claims a clinic's few texts, and is stopped where it stands."""
    each, seen = 1 if stand is Stand.WRITING else HELD_TEXTS, Part()
    clinics = [await field_.a_clinic(QUICK) for _each in range(VICTIMS)]
    victims = field_.victims
    async with _counted(field_, seen):
        for _round in range(rounds):
            free, began = list(victims), time.monotonic()
            sent: set[UUID] = set()
            for victim in victims:
                victim.pipe.send(stand)
            for clinic in clinics:
                sent |= set(await field_.queue(clinic, each))
                victim = await _first_that_stands(field_, free)
                free.remove(victim)
                victim.signal(signal.SIGSTOP)
                victim.pipe.send(None)
                began = time.monotonic()
            seen.stops += len(victims)
            # One clinic's are left to the stopped worker: it must say that it did not send them.
            left = clinics[0] if each > 1 else None
            seen.again += await _take_over(field_, left)
            await asyncio.sleep(max(0.0, began + STOPPED_S - time.monotonic()))
            for victim in victims:
                victim.signal(signal.SIGCONT)
            await _until_recorded(victims, sent)
            await _send_the_rest(field_)
    return seen


async def _anywhere(field_: Field, rounds: int) -> Part:
    """While texts leave, each worker is stopped at a moment of its own."""
    seen = Part()
    clinics = [await field_.a_clinic(STEADY) for _each in range(VICTIMS)]
    victims = field_.victims
    async with _counted(field_, seen):
        for _round in range(rounds):
            for clinic in clinics:
                await field_.queue(clinic, MANY_TEXTS)
            await _until_moving(field_, len(field_.simulator.texts))
            await asyncio.gather(*(_stop_sometime(field_, each) for each in victims))
            began = time.monotonic()
            seen.stops += len(victims)
            seen.again += await _take_over(field_, None)
            await asyncio.sleep(max(0.0, began + STOPPED_S - time.monotonic()))
            for victim in victims:
                victim.signal(signal.SIGCONT)
            await _until_still(field_)
            await _send_the_rest(field_)
    return seen


async def _stop_sometime(field_: Field, victim: Victim) -> None:
    span = MANY_TEXTS / STEADY
    await asyncio.sleep(field_.chance.random() * span)
    victim.signal(signal.SIGSTOP)


async def _first_that_stands(field_: Field, victims: list[Victim]) -> Victim:
    """Whoever claimed first; what they say of earlier texts is not asked for.

    On a slow machine a claim may be too old before it comes to the place: it is made again.
    """
    end = time.monotonic() + PATIENCE_S
    turned = time.monotonic()
    while time.monotonic() < end:
        for each in victims:
            if (said := each.says()) and said[0] == HERE:
                return each
        await asyncio.sleep(LOOK_EVERY_S)
        if time.monotonic() - turned > TURN_EVERY_S:
            turned = time.monotonic()
            await field_.turn(LEASE)
    msg = "no worker claims"
    raise TimeoutError(msg)


async def _until_recorded(victims: list[Victim], ids: set[UUID]) -> None:
    """All that they held is written down, with whatever came of it."""
    end = time.monotonic() + PATIENCE_S
    while ids and time.monotonic() < end:
        for each in victims:
            while (said := each.says()) is not None:
                ids -= set(said[1])
        await asyncio.sleep(LOOK_EVERY_S)
    if ids:
        msg = f"the workers never recorded {len(ids)} texts"
        raise TimeoutError(msg)


async def _take_over(field_: Field, left: UUID | None) -> int:
    """The lease is over by the clock: doubts, the provider's list, a person; how many went again.

    A stopped worker may hold its lane's lock, as long as the database lets it: those wait.
    """
    await field_.turn(OVER)
    await end_leases(field_.healthy)
    await field_.turn(ASKED_AFTER)
    await ask_provider(field_.healthy)
    again = 0
    for message_id, clinic in field_.place.rows(IN_DOUBT):
        if clinic == left:
            continue
        if body_of(str(field_.numbers[message_id])) in taken_by(field_.simulator):
            continue  # the list showed it too late for this round: nobody sends that again
        actor, now = Actor(ActorKind.PERSON, clinic, label="Drill"), clock.now()
        async with field_.place.app.transaction(Context(organization_id=clinic)) as session:
            await resend_after_doubt(
                session, message_id, actor=actor, reason=DoubtReason.PROVIDER_HAS_NONE, now=now
            )
        try:
            async with asyncio.timeout(0.5):
                again += await send_message(field_.healthy, clinic, message_id)
        except TimeoutError:
            break
    return again


async def _until_moving(field_: Field, before: int) -> None:
    """The first of the new texts have left."""
    async with asyncio.timeout(PATIENCE_S):
        while len(field_.simulator.texts) <= before:  # noqa: ASYNC110 -- it stands beside us
            await asyncio.sleep(LOOK_EVERY_S)


async def _until_still(field_: Field) -> None:
    """The workers have sent what was due; what they say of it is not asked for."""
    end = time.monotonic() + PATIENCE_S
    while field_.place.one(MOVING) and time.monotonic() < end:
        await asyncio.sleep(0.05)
        for each in field_.victims:
            while each.says() is not None:
                pass


async def _send_the_rest(field_: Field) -> None:
    """What a worker said it had not sent goes again after its wait; nobody stands still now."""
    for _each in range(3):
        await field_.turn(timedelta(minutes=10))
        await sweep(field_.healthy)
        await _until_still(field_)
        await ask_provider(field_.healthy)


@asynccontextmanager
async def _counted(field_: Field, seen: Part) -> AsyncIterator[None]:
    """Count what the provider took of this part's texts, and what our rows say of it."""
    first, recorded = len(field_.numbers), field_.recorded()
    yield
    taken = taken_by(field_.simulator)
    times = [taken[body_of(str(each))] for each in range(first, len(field_.numbers))]
    seen.texts = len(times)
    seen.second = sum(max(0, each - 1) for each in times)
    seen.lost = sum(each == 0 for each in times)
    seen.recorded = field_.recorded() - recorded


@contextmanager
def _workers(orders: Orders) -> Iterator[list[Victim]]:
    """Killed at the end, however it came, by their pids."""
    victims = []
    try:
        for _each in range(VICTIMS):
            ours, theirs = FORKS.Pipe()
            process = FORKS.Process(target=run, args=(orders, theirs), daemon=True)
            process.start()
            theirs.close()
            victims.append(Victim(process, ours))
        yield victims
    finally:
        for each in victims:
            each.process.kill()
            each.process.join()
            each.pipe.close()


@asynccontextmanager
async def _a_field(stage: Stage, *, fenced: bool) -> AsyncIterator[Field]:
    """The simulator and the healthy worker in this process."""
    port = free_port_block()
    api_url = f"http://127.0.0.1:{port + 1}"
    options = SimulatorOptions(account_sid=ACCOUNT, auth_token=TOKEN, retry_after_seconds=())
    register_source(SOURCE, DrillSource())
    async with (
        stage.place() as place,
        running_simulator(options, http_port=port + 1, smtp_port=port + 2) as simulator,
    ):
        texts = TwilioChannel(ACCOUNT, TOKEN, callback_address=options.program_url, api_url=api_url)
        settings = {
            "mode": "test",
            "keys": KEYS,
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": TOKEN,
            "public_url": options.program_url,
        }
        healthy = Sender(place.worker, Channels(texts))
        chance = random.Random(3)  # noqa: S311 -- a repeatable choice
        try:
            with _workers(Orders(place.urls["worker"], api_url, settings, fenced)) as victims:
                yield Field(place, simulator, healthy, victims, chance)
        finally:
            await texts.close()


def _message(clinic: UUID, number: int) -> NewMessage:
    return NewMessage(
        organization_id=clinic, source=SOURCE, subject_id=new_id(), template="Pn", language="en",
        channel="sms", recipient_kind="patient", recipient_id=new_id(),
        params={"number": str(number), "phone": f"+121255501{number % 100:02d}"},
        deduplication_key=f"drill:{number}",
    )  # fmt: skip
