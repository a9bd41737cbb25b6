"""M4: the app is killed, and the database stopped at once, between a change and its message.

Most strikes come at a known point of the transaction, the others wherever the process happens to
be. After each one both directions are counted over everything: a change without its message, a
message without its change.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from builders.referrals import Town, a_town
from drills.atoms_process import DONE, FAILED, HERE, Change, Order, Orders, Point, run
from drills.bar import Depth, Seen
from drills.forks import FORKS
from drills.stage import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from drills.stage import Place, Stage

# (kills, stops of the database); together 500 and 40.
STRIKES = {Depth.NIGHTLY: (440, 60), Depth.CI: (36, 4)}
POINTS = (Point.BEFORE_MESSAGE, Point.AFTER_MESSAGE, Point.ANYWHERE)
TRIES, MOST_OF_AN_AGENCY = 3, 60
PATIENCE_S, LONGEST_CHANGE_S = 30.0, 0.05
# A transaction of the app's that has written something and is not over.
OPEN_WRITES = (
    "select count(*) from pg_stat_activity where datname = current_database()"
    " and usename = 'handback_app' and backend_xid is not null"
)
# The agency's request leaves with SENT, the patient's good news with ACCEPTED.
WITHOUT_MESSAGE = (
    "select count(*) from referral r where"
    " (r.status <> 'draft' and not exists (select 1 from message m"
    "   where m.subject_id = r.id and m.template = 'A1'))"
    " or (r.status = 'accepted' and not exists (select 1 from message m"
    "   where m.subject_id = r.id and m.template = 'P2'))"
)
WITHOUT_REFERRAL = (
    "select count(*) from message m left join referral r on r.id = m.subject_id"
    " where r.id is null or (m.template = 'A1' and r.status = 'draft')"
    " or (m.template = 'P2' and r.status <> 'accepted')"
)
TWICE = (
    "select count(*) from (select subject_id, template from message"
    " where template in ('A1', 'P2') group by 1, 2 having count(*) > 1) twice"
)
STATUS = "select status from referral where id = %s"
BEFORE = {Change.SEND: "draft", Change.ACCEPT: "sent"}


@dataclass
class App:
    """The process, as it is now."""

    orders: Orders
    process: Any = None
    pipe: Any = None

    def give(self, order: Order) -> None:
        """To whoever lives; a new process takes the place of a killed one."""
        if self.process is None:
            self.pipe, theirs = FORKS.Pipe()
            self.process = FORKS.Process(target=run, args=(self.orders, theirs), daemon=True)
            self.process.start()
            theirs.close()
        self.pipe.send(order)

    async def says(self) -> str:
        """Its next word."""
        if not await asyncio.to_thread(self.pipe.poll, PATIENCE_S):
            msg = "the app's process says nothing"
            raise TimeoutError(msg)
        return str(self.pipe.recv())

    def kill(self) -> None:
        """-9, by its pid."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.pipe.close()
            self.process = None


@dataclass
class Count:
    """What the strikes came to."""

    strikes: int = 0
    # An open transaction with writes was seen at the strike, and nothing of it was there later.
    cut: int = 0
    without_message: int = 0
    without_referral: int = 0
    unfinished: int = 0
    # Strikes at a known point that cut nothing: they would show nothing.
    beside: int = 0


async def changes_and_messages(stage: Stage, depth: Depth) -> Seen:
    """Each struck change is done again by whoever comes next, as a person would."""
    kills, stops = STRIKES[depth]
    async with stage.place() as place:
        _acknowledge_after_writing(place)
        drafts, towns = await _some_drafts(place, (kills + stops + 1) // 2)
        seen = Count()
        with an_app(_orders(place, towns)) as app:
            await _strike_all(stage, place, app, (drafts, kills + stops, stops), seen)
        twice, accepted = place.one(TWICE), place.one(
            "select count(*) from referral where status = 'accepted'"
        )  # fmt: skip
    return Seen(
        f"{kills} kills and {stops} stops of the database, {seen.cut} transactions cut"
        f" ({seen.beside} strikes beside the point):"
        f" {seen.without_message} changes without their message, {seen.without_referral} messages"
        f" without their change; done again: {accepted} of {len(drafts)} accepted, {twice} with a"
        f" message twice, {seen.unfinished} not done",
        seen.strikes == kills + stops
        and 2 * seen.cut > seen.strikes
        and (seen.beside, seen.without_message, seen.without_referral, seen.unfinished, twice)
        == (0, 0, 0, 0, 0)
        and accepted >= (kills + stops) // 2,
    )


async def _strike_all(
    stage: Stage, place: Place, app: App, plan: tuple[list[tuple[int, UUID]], int, int], seen: Count
) -> None:
    drafts, strikes, stops = plan
    chance = random.Random(4)  # noqa: S311 -- a repeatable choice
    work = [(change, each) for each in drafts for change in Change][:strikes]
    stopped = set(chance.sample(range(strikes), stops))
    for number, (change, (town, referral_id)) in enumerate(work):
        order = Order(change, referral_id, POINTS[number % len(POINTS)], town)
        app.give(order)
        open_then = await _until_there(place, app, order.point, chance)
        if number in stopped:
            await asyncio.to_thread(stage.stop_at_once)
            await _let_go(app, order.point)
        else:
            app.kill()
        _note(place, order, open_then, seen)
        seen.unfinished += not await _done_again(app, Order(change, referral_id, town=town))
        if seen.strikes % 100 == 0:
            stage.say(f"  {seen.strikes} strikes, {seen.cut} transactions cut")


async def _done_again(app: App, order: Order) -> bool:
    """As a person would; a connection whose server is gone is noticed by its first use."""
    for _try in range(TRIES):
        app.give(order)
        if await app.says() == DONE:
            return True
    return False


async def _some_drafts(place: Place, number: int) -> tuple[list[tuple[int, UUID]], list[Town]]:
    """Spread over towns: an agency has no more than ninety two-digit codes for open requests."""
    phones = [f"+1202555{2000 + first}" for first in range(0, number, MOST_OF_AN_AGENCY)]
    towns = [await a_town(place.app, phones=(phone,)) for phone in phones]
    drafts = [
        (each // MOST_OF_AN_AGENCY, (await towns[each // MOST_OF_AN_AGENCY].draft()).id)
        for each in range(number)
    ]
    return drafts, towns


async def _until_there(place: Place, app: App, point: Point, chance: random.Random) -> int:
    """Wait for the point, or for a moment of the change; how many writes were open then."""
    if point is Point.ANYWHERE:
        await asyncio.sleep(chance.random() * LONGEST_CHANGE_S)
    elif (word := await app.says()) != HERE:
        msg = f"the app was not struck: {word}"
        raise RuntimeError(msg)
    return int(place.one(OPEN_WRITES))


async def _let_go(app: App, point: Point) -> None:
    """The process outlives the database: it goes on, and must be told that its change failed."""
    if point is not Point.ANYWHERE:
        app.pipe.send("go")
    word = await app.says()
    if point is not Point.ANYWHERE and not word.startswith(FAILED):
        msg = f"a change was confirmed though its database was gone: {word}"
        raise RuntimeError(msg)


def _note(place: Place, order: Order, open_then: int, seen: Count) -> None:
    """Both directions over all that is there."""
    seen.strikes += 1
    cut = open_then > 0 and place.one(STATUS, order.referral_id) == BEFORE[order.change]
    seen.cut += cut
    seen.beside += not cut and order.point is not Point.ANYWHERE
    seen.without_message += place.one(WITHOUT_MESSAGE)
    seen.without_referral += place.one(WITHOUT_REFERRAL)


@contextmanager
def an_app(orders: Orders) -> Iterator[App]:
    """Gone at the end, however it came."""
    app = App(orders)
    try:
        yield app
    finally:
        app.kill()


def _orders(place: Place, towns: list[Town]) -> Orders:
    names = [each.name for each in fields(Town) if each.name != "database"]
    people = [{name: getattr(town, name) for name in names} for town in towns]
    return Orders(place.urls["app"], {"mode": "test", "keys": KEYS}, people)


def _acknowledge_after_writing(place: Place) -> None:
    """The run's cluster is quick and careless; here what was confirmed must be there."""
    with psycopg.connect(place.urls["admin"], autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("alter database {} set synchronous_commit = on").format(name))
