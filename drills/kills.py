"""M1: senders are killed again and again while texts leave through a provider that misbehaves.

The provider's simulator runs in this process and is the witness: what it took counts, whatever our
rows say. Time after the last kill is walked by the product's clock.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.api import Actor, ActorKind
from drills.bar import Depth, Seen
from drills.forks import FORKS
from drills.sender_process import SOURCE, Orders, body_of, run, taken_by
from drills.stage import ACCOUNT, KEYS, TOKEN
from notify.api import DoubtReason, NewMessage, give_sender_number, queue_message
from notify.channels.simulator.app import running_simulator
from notify.channels.simulator.faults import FaultKind, FaultRule
from notify.channels.simulator.options import SimulatorOptions
from notify.channels.simulator.state import Direction
from notify.doubts import resend_after_doubt
from shared import clock
from shared.database import Context, turn_clock
from shared.identifiers import new_id
from support.running import RunningSystem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from drills.stage import Place, Stage
    from notify.channels.simulator.state import Simulator

CLINICS, SENDERS, QUEUED_AT_ONCE = 3, 2, 500
# Of each clinic's number: three or four callbacks a text must keep up with it on two cores, else
# what is measured is the backlog of the web process, not what kills do.
PACE = 20
FINAL_WITHIN, PERSON_WITHIN = timedelta(seconds=120), timedelta(minutes=15)
# Kills are spread over this share of the texts.
KILLED_OVER = 0.7
STEP_S, LOOK_EVERY_S = 2, 0.01
PATIENCE_S = 900.0
# When nothing leaves any more (all of it is taken or in doubt), the kills go on by time.
STUCK_AFTER_S = 5.0
SHARES = {
    FaultKind.RATE_LIMITED: 0.01,
    FaultKind.RESET_AFTER_ACCEPT: 0.01,
    FaultKind.ERROR_AFTER_ACCEPT: 0.01,
    FaultKind.LOSE_CALLBACKS: 0.05,
}
FINAL = "state in ('delivered', 'undelivered', 'failed', 'suppressed')"
MOVING = f"select count(*) from message where not ({FINAL}) and state <> 'in_doubt'"
# What the senders have to do now, whatever the time: send, end a lease, ask.
DUE = """
select count(*) from message where (state = 'queued' and coalesce(not_before <= %s, true))
  or (state = 'retry_at' and not_before <= %s) or ask_provider_at <= %s
  or (state = 'claimed' and lease_until <= %s)
"""
LAST_END = f"select max(state_changed_at) from message where {FINAL}"


@dataclass
class Battle:
    """What takes part."""

    stage: Stage
    place: Place
    simulator: Simulator
    orders: Orders
    texts: int
    kills: int
    chance: random.Random
    senders: list[Any] = field(default_factory=list)
    killed: int = 0
    numbers: dict[UUID, int] = field(default_factory=dict)

    def start_sender(self) -> None:
        """A process that was forked from one in which everything is imported."""
        process = FORKS.Process(target=run, args=(self.orders,), daemon=True)
        process.start()
        self.senders.append(process)

    def kill_sender(self) -> None:
        """-9, by its pid; another takes its place."""
        victim = self.senders.pop(self.chance.randrange(len(self.senders)))
        victim.kill()
        victim.join()

    def end_senders(self) -> None:
        """At the end, however it came."""
        while self.senders:
            self.kill_sender()


async def kill_senders(stage: Stage, depth: Depth) -> Seen:
    """Kills, then the walked time, then the person who settles what is left."""
    texts, kills = (5000, 200) if depth is Depth.NIGHTLY else (2000, 40)
    async with stage.place() as place, _battle(stage, place, texts, kills) as battle:
        await _queue(battle)
        await _fight(battle)
        waited = await _until_final(battle)
        proven = _unsettled_though_taken(battle)
        left = await _settle_by_person(battle)
        taken = taken_by(battle.simulator)
        short = _validity_too_short(battle)
    twice = sum(times - 1 for times in taken.values())
    lost = texts - len(taken)
    return Seen(
        f"{texts} texts, {battle.killed} kills{' (blind retry)' if stage.blind_retry else ''}:"
        f" {lost} lost, {twice} duplicate creates; all that the provider took final after"
        f" {waited.total_seconds():.0f} s ({proven} not); {left.waiting} never taken,"
        f" {left.asked} of them before a person ≤ 15 min, sent again by that person",
        lost == twice == proven == short == 0
        and battle.killed == kills
        and waited <= FINAL_WITHIN
        and left.asked == left.waiting,
    )


@asynccontextmanager
async def _battle(stage: Stage, place: Place, texts: int, kills: int) -> AsyncIterator[Battle]:
    """Web tier as a process, provider in this one, two senders."""
    system = RunningSystem(place.urls, stage.logs, KEYS)
    settings = {
        "mode": "test",
        "keys": KEYS,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "public_url": system.address,
    }
    orders = Orders(
        place.urls["worker"],
        f"http://127.0.0.1:{system.port + 1}",
        system.address,
        settings,
        stage.blind_retry,
    )
    options = SimulatorOptions(
        account_sid=ACCOUNT, auth_token=TOKEN, program_url=system.address, status_step_seconds=0.02
    )
    try:
        system.start_one("serve")
        await asyncio.to_thread(system.wait_until_served)
        async with running_simulator(
            options, http_port=system.port + 1, smtp_port=system.port + 2
        ) as simulator:
            chance = random.Random(1)  # noqa: S311 -- a repeatable choice
            simulator.faults.replace(
                [FaultRule(fault=kind, share=share, times=None) for kind, share in SHARES.items()]
            )
            battle = Battle(stage, place, simulator, orders, texts, kills, chance)
            try:
                yield battle
            finally:
                battle.end_senders()
    finally:
        system.stop()


async def _queue(battle: Battle) -> None:
    """Texts of three clinics, to a hundred phones."""
    clinics = [new_id() for _each in range(CLINICS)]
    for number, clinic in enumerate(clinics):
        async with battle.place.worker.transaction(Context()) as session:
            await give_sender_number(
                session, clinic, f"+1202555010{number}", segments_per_second=PACE
            )
    for first in range(0, battle.texts, QUEUED_AT_ONCE):
        clinic = clinics[(first // QUEUED_AT_ONCE) % CLINICS]
        async with battle.place.app.transaction(Context(organization_id=clinic)) as session:
            for number in range(first, min(first + QUEUED_AT_ONCE, battle.texts)):
                message_id = await queue_message(session, _message(clinic, number), clock.now())
                if message_id is not None:
                    battle.numbers[message_id] = number


def _message(clinic: UUID, number: int) -> NewMessage:
    return NewMessage(
        organization_id=clinic, source=SOURCE, subject_id=new_id(), template="Pn", language="en",
        channel="sms", recipient_kind="patient", recipient_id=new_id(),
        params={"number": str(number), "phone": f"+121255501{number % 100:02d}"},
        deduplication_key=f"drill:{number}",
    )  # fmt: skip


async def _fight(battle: Battle) -> None:
    """Kill at random moments, spread over what the provider has taken."""
    for _each in range(SENDERS):
        battle.start_sender()
    each = battle.texts * KILLED_OVER / battle.kills
    following, killed_at = each, time.monotonic()
    patience = time.monotonic() + PATIENCE_S
    while battle.killed < battle.kills and time.monotonic() < patience:
        await asyncio.sleep(LOOK_EVERY_S)
        lately = time.monotonic() - killed_at < STUCK_AFTER_S
        if len(battle.simulator.texts) < following and lately:
            continue
        await asyncio.sleep(battle.chance.random() * 0.05)
        battle.kill_sender()
        battle.killed += 1
        battle.start_sender()
        following, killed_at = len(battle.simulator.texts) + each, time.monotonic()
        if battle.killed % 20 == 0:
            battle.stage.say(
                f"  {battle.killed} kills, {len(battle.simulator.texts)} texts at the provider"
            )


async def _until_final(battle: Battle) -> timedelta:
    """From the last kill to the last end, by the product's clock, turned on in small steps."""
    start = clock.now()
    while clock.now() - start < FINAL_WITHIN + timedelta(seconds=20):
        await asyncio.sleep(0.3)  # the senders are processes: they need real time to work in
        if not battle.place.one(MOVING) and not _unsettled_though_taken(battle):
            break
        await _walk(battle, STEP_S)
    last = battle.place.one(LAST_END)
    return last - start if last and last > start else timedelta(0)


async def _walk(battle: Battle, seconds: int) -> None:
    """Turn the clock on, unless something is due: the senders' own work takes the time it takes."""
    if not battle.place.one(DUE, *[clock.now()] * 4):
        await _turn(battle, seconds)


async def _turn(battle: Battle, seconds: int) -> None:
    async with battle.place.app.transaction(Context()) as session:
        await turn_clock(session, seconds)


def _unsettled_though_taken(battle: Battle) -> int:
    """Texts that the provider has, and of which our rows don't know the end."""
    open_ones = battle.place.rows(f"select id from message where not ({FINAL})")
    taken = taken_by(battle.simulator)
    return sum(body_of(str(battle.numbers[message_id])) in taken for (message_id,) in open_ones)


@dataclass(frozen=True)
class Left:
    """What the provider never took, and how much of it was put before a person in time."""

    waiting: int
    asked: int


async def _settle_by_person(battle: Battle) -> Left:
    """Fifteen minutes later; the drill plays the person who looked at the provider's list."""
    waiting = "select id, organization_id, needs_person_since from message where state = 'in_doubt'"
    if not battle.place.rows(waiting):
        return Left(0, 0)
    until, patience = clock.now() + PERSON_WITHIN, time.monotonic() + PATIENCE_S
    while clock.now() < until and time.monotonic() < patience:
        await _walk(battle, 30)
        await asyncio.sleep(0.2)
    doubts = battle.place.rows(waiting)
    for message_id, clinic, _since in doubts:
        actor = Actor(ActorKind.PERSON, clinic, label="Drill")
        async with battle.place.app.transaction(Context(organization_id=clinic)) as session:
            await resend_after_doubt(
                session, message_id, actor=actor, reason=DoubtReason.PROVIDER_HAS_NONE,
                now=clock.now(),
            )  # fmt: skip
    await _until_sent(battle)
    return Left(len(doubts), sum(since is not None for _id, _clinic, since in doubts))


async def _until_sent(battle: Battle) -> None:
    """Without kills nothing new comes into doubt but by the provider's faults."""
    patience = time.monotonic() + 60
    while time.monotonic() < patience and len(taken_by(battle.simulator)) < battle.texts:
        await asyncio.sleep(0.2)
        await _turn(battle, STEP_S)


def _validity_too_short(battle: Battle) -> int:
    return sum(
        text.direction is Direction.OUTBOUND and (text.validity_seconds or 0) < 60  # noqa: PLR2004
        for text in battle.simulator.texts.values()
    )
