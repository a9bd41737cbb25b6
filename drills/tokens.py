"""M21: tokens that nobody was given, that opened once, or that open something else."""

from __future__ import annotations

import asyncio
import math
import random
import time
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from sqlalchemy import text

from accounts.api import LinkPurpose, create_confirm_link, revoke_links
from builders.browsing import client_of
from builders.holding_links import Holder, link_to
from builders.referrals import Town, a_town
from drills.bar import Depth, Seen
from drills.ranks import rank_test
from shared import clock
from shared.crypto import link_token, random_token, token_hash
from shared.database import Context, Database
from shared.settings import get_settings
from support.scanners import guesses, tables_that_hold
from web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from httpx import AsyncClient

    from drills.stage import Place, Stage

MAILBOX = "desk@harbor.example"
AT_ONCE, WARM, CONTROL, POOL = 2000, 100, 60, 40
BITS = 128
# Its seventh day is whole where its reader lives, so up to a day more (accounts.links).
LONGEST = timedelta(days=8)
OLD = timedelta(days=9)
ALIKE = 0.001
LONGER_S = 0.01
# Moves of a request; that somebody with an old link asked for a new one is none.
EFFECTS = "select count(*) from referral_event where status_to is not null"
LOOK_UP = text(
    "select count(*) from unnest(cast(:hashes as bytea[])) as guess(hash),"
    " lateral resolve_link(guess.hash)"
)
STORED = "select token_hash, expires_at - created_at from link"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One of each kind."""

    town: Town
    agency: Holder
    other: Holder
    twice: Holder
    patient: Holder
    old: Holder
    ended: Holder
    ended_id: UUID
    confirm: str
    refused: dict[str, list[str]]

    @property
    def given(self) -> list[str]:
        """Every token that somebody got."""
        holders = (self.agency, self.other, self.twice, self.patient, self.old, self.ended)
        return [each.path.rpartition("/")[2] for each in holders] + [self.confirm]


@dataclass
class Tried:
    """What came of them."""

    guessed: int = 0
    hits: int = 0
    known: int = 0
    given: int = 0
    effects: int = 0
    first_effects: int = 0
    bodies: set[str] = field(default_factory=set)
    odd: int = 0
    apart: list[str] = field(default_factory=list)
    timed: int = 0
    can_tell: bool = False


async def tried_tokens(stage: Stage, depth: Depth) -> Seen:
    """Guesses against the look-up itself; everything else through the pages."""
    number, timed = (1_000_000, 1000) if depth is Depth.NIGHTLY else (20_000, 120)
    async with stage.place() as place, client_of(create_app(get_settings(), place.app)) as browser:
        tokens, tried = await _tokens(place, browser), Tried(timed=timed)
        await _guess(place, tokens, tried, number)
        await _misuse(place, tokens, tried)
        await _use_twice(place, tokens, tried)
        await _unknown_pages(browser, tokens, tried)
        await _time(browser, tokens, tried)
        bits, kept, longest = await _rows(place, tokens)
    return judged(tried, bits, kept, longest)


def judged(tried: Tried, bits: float, kept: int, longest: timedelta) -> Seen:
    """All of it."""
    return Seen(
        f"{tried.guessed:,} guesses: {tried.hits} hits ({tried.known} of the {tried.given} real"
        f" ones found);"
        f" wrong purpose, other request, too old, taken back, after the yes, 2 at once:"
        f" {tried.effects} second effects beside {tried.first_effects} first ones; {bits:.0f} bits;"
        f" {kept} stored as they are; longest {longest / timedelta(days=1):.2f} d;"
        f" {len(tried.bodies)} body of 404s, {tried.odd} other answers; told apart by the time of"
        f" {2 * tried.timed:,} tries each: {', '.join(tried.apart) or 'none'}"
        f" (10 ms more {'are' if tried.can_tell else 'ARE NOT'})",
        tried.guessed > 0
        and tried.known == tried.given > 0
        and tried.can_tell
        and (tried.hits, tried.effects, tried.odd, kept) == (0, 0, 0, 0)
        and tried.first_effects > 0
        and bits >= BITS
        and longest <= LONGEST
        and len(tried.bodies) == 1
        and not tried.apart,
    )


async def _tokens(place: Place, browser: AsyncClient) -> Tokens:
    now = clock.now()
    town = await a_town(place.app, mailboxes=(MAILBOX,), now=now)
    asked, other, twice, ended = [(await town.sent(now=now)).id for _request in range(4)]
    mailboxes = await _mailbox_links(town, now)
    old_mailboxes = await _mailbox_links(town, now - OLD)
    pools = [await _request_links(town, browser, each) for each in (ended, other)]
    return Tokens(
        town=town,
        agency=await link_to(town, browser, asked),
        other=await link_to(town, browser, other),
        twice=await link_to(town, browser, twice),
        patient=await link_to(town, browser, asked, LinkPurpose.PATIENT),
        old=await link_to(town, browser, other, now=now - OLD),
        ended=await link_to(town, browser, ended),
        ended_id=ended,
        confirm=mailboxes[0],
        refused={
            "taken back": [f"/r/{each}" for each in pools[0]],
            "a mailbox's": [f"/r/{each}" for each in mailboxes],
            "a mailbox's, too old": [f"/r/{each}" for each in old_mailboxes],
            "another agency's": [f"/confirm/{each}" for each in pools[1]],
        },
    )


async def _mailbox_links(town: Town, now: datetime) -> list[str]:
    async with town.as_agency() as session:
        return [
            link_token(
                await create_confirm_link(
                    session, organization_id=town.agency, channel_id=town.channels[-1], now=now
                )
            )
            for _each in range(POOL)
        ]


async def _request_links(town: Town, browser: AsyncClient, referral_id: UUID) -> list[str]:
    holders = [await link_to(town, browser, referral_id) for _each in range(POOL)]
    return [each.path.rpartition("/")[2] for each in holders]


async def _guess(place: Place, tokens: Tokens, tried: Tried, number: int) -> None:
    """Many hashes a question; the same question with the real tokens shows that it can find."""
    tried.known, tried.given = await _found(place, tokens.given), len(tokens.given)
    for part in _parts(guesses(tokens.given, number), AT_ONCE):
        tried.guessed += len(part)
        tried.hits += await _found(place, part)


async def _found(place: Place, some: Sequence[str]) -> int:
    async with place.app.transaction(Context(actor="identify")) as session:
        found = await session.scalar(LOOK_UP, {"hashes": [token_hash(token) for token in some]})
    return int(found or 0)


def _parts(tokens: Iterator[str], size: int) -> Iterator[list[str]]:
    part: list[str] = []
    for token in tokens:
        part.append(token)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


async def _misuse(place: Place, tokens: Tokens, tried: Tried) -> None:
    """Another's nonce, a link too old, one taken back: pages were loaded while they were good."""
    page = (await tokens.agency.look()).text
    ended = (await tokens.ended.look()).text
    async with tokens.town.as_agency() as session:
        await revoke_links(session, tokens.ended_id, LinkPurpose.AGENCY, now=clock.now())
    before = place.one(EFFECTS)
    await tokens.other.send(page, "yes")
    await tokens.patient.send(page, "yes")
    await tokens.old.send(page, "yes")
    await tokens.old.press("yes")
    await tokens.ended.send(ended, "yes")
    await tokens.agency.browser.post(f"/confirm/{tokens.agency.path.rpartition('/')[2]}")
    tried.effects += place.one(EFFECTS) - before


async def _use_twice(place: Place, tokens: Tokens, tried: Tried) -> None:
    """The same press again after the yes, and two presses at once of two loaded pages."""
    before = place.one(EFFECTS)
    page = (await tokens.agency.look()).text
    await tokens.agency.send(page, "yes")
    once = place.one(EFFECTS)
    for _again in range(5):
        await tokens.agency.send(page, "yes")
    tried.effects += place.one(EFFECTS) - once
    pages = [(await tokens.twice.look()).text for _page in range(2)]
    then = place.one(EFFECTS)
    await asyncio.gather(*(tokens.twice.send(each, "yes") for each in (*pages, pages[0])))
    at_once = place.one(EFFECTS) - then
    # One yes writes as many events here as there.
    tried.first_effects += (once - before) + min(at_once, once - before)
    tried.effects += max(0, at_once - (once - before))


async def _unknown_pages(browser: AsyncClient, tokens: Tokens, tried: Tried) -> None:
    """Unknown, changed, taken back and misplaced ones read the same."""
    for path in [
        *(f"/r/{token}" for token in guesses(tokens.given, 20)),
        tokens.ended.path,
        f"/r/{tokens.confirm}",
        f"/confirm/{tokens.given[0]}",
        f"/confirm/{tokens.given[3]}",
    ]:
        answer = await browser.get(path)
        tried.odd += answer.status_code != HTTPStatus.NOT_FOUND
        tried.bodies.add(answer.text.replace(path, ""))


async def _time(browser: AsyncClient, tokens: Tokens, tried: Tried) -> None:
    """Tokens that exist and are refused, against unknown ones on the same page.

    Whoever is told apart must be so twice: chance alone does it once in a thousand.
    """
    for name, known in tokens.refused.items():
        if await _apart(browser, known, tried.timed) and await _apart(browser, known, tried.timed):
            tried.apart.append(name)
    # The control: whether the test would have told ones that take a hundredth of a second longer.
    some = next(iter(tokens.refused.values()))
    tried.can_tell = await _apart(browser, some, CONTROL, longer_s=LONGER_S)


async def _apart(
    browser: AsyncClient, known: Sequence[str], number: int, *, longer_s: float = 0.0
) -> bool:
    """In a random order, so that the machine's moods fall on both; each as often as its like."""
    chance = random.Random(21)  # noqa: S311 -- a repeatable order
    page = known[0].rpartition("/")[0]
    unknown = [f"{page}/{random_token()}" for _each in known]
    turns = [True, False] * number
    chance.shuffle(turns)
    times: dict[bool, list[float]] = {True: [], False: []}
    for is_known in [*turns[:WARM], *turns]:
        path = chance.choice(known if is_known else unknown)
        begun = time.perf_counter()
        await browser.get(path)
        times[is_known].append(time.perf_counter() - begun + longer_s * is_known)
    return rank_test(times[True], times[False]) < ALIKE


async def _rows(place: Place, tokens: Tokens) -> tuple[float, int, timedelta]:
    """The shortest token's bits, how many stand in any row as they are, the longest life."""
    everything = Database(place.urls["admin"], pool_size=1)
    try:
        kept = sum([bool(await tables_that_hold(everything, each)) for each in tokens.given])
    finally:
        await everything.dispose()
    rows = place.rows(STORED)
    hashes = {bytes(stored) for stored, _life in rows}
    kept += sum(token_hash(each) not in hashes for each in tokens.given)
    bits = min(len(each) for each in tokens.given) * math.log2(64)
    return bits, kept, max(life for _stored, life in rows)
