"""M20: mail scanners, previews and browsers open every link long before its reader does."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from httpx import AsyncClient

from accounts.api import LinkPurpose, create_confirm_link
from builders.browsing import OURS, hidden
from builders.holding_links import Holder, link_to
from builders.listings import Listing, list_service
from builders.referrals import Town, a_town
from drills.bar import Depth, NotRunHere, Seen
from drills.served import a_server
from referrals.actions import AgencySays
from referrals.lifecycle import BusinessStatus
from shared import clock
from shared.crypto import link_token
from shared.database import Context, Database
from support.scanners import POSTS, WAYS, changed, open_links, whole_database

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from drills.stage import Place, Stage

    Browsing = Callable[[Sequence[str]], Awaitable[int]]

MAILBOX = "desk@harbor.example"
AT_ONCE = 4
# Of one set: an agency's link before its yes and one after, a patient's, a mailbox's and its end.
LINKS_A_SET = 5
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
DONE = {HTTPStatus.OK, HTTPStatus.SEE_OTHER}


@dataclass(frozen=True, slots=True)
class Links:
    """The links about two requests, and who may use them."""

    asked: UUID
    agency: Holder
    told: Holder
    patient: Holder
    confirm: str
    never: str

    @property
    def paths(self) -> list[str]:
        """All of them."""
        return [self.agency.path, self.told.path, self.patient.path, self.confirm, self.never]


@dataclass(slots=True)
class Looked:
    """What came of looking, and of using the links afterwards."""

    links: int = 0
    opened: int = 0
    in_chromium: int = 0
    posts_refused: int = 0
    faults: int = 0
    changed: int = 0
    works: int = 0
    foreign_refused: int = 0
    accepted_early: int = 0


async def opened_links(stage: Stage, depth: Depth) -> Seen:
    """Real requests to a real server; the whole database is compared before and after."""
    sets, rounds = (60, 11) if depth is Depth.NIGHTLY else (4, 2)
    shown = 1 + LINKS_A_SET * (sets if depth is Depth.NIGHTLY else 1)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise NotRunHere("no Chromium")
    async with stage.place() as place, a_server(stage, place) as system:
        base = system.address
        async with AsyncClient(base_url=base, timeout=60, trust_env=False) as browser:
            town = await a_town(place.app, mailboxes=(MAILBOX,), now=clock.now())
            made = [await _links(town, browser) for _set in range(sets)]
            claim = await _claim_path(place)
            look = partial(_in_chromium, program, base)
            paths = [claim, *_paths(made)]
            looked = await _look(place, browser, paths, rounds, lambda some: look(some[:shown]))
            looked.foreign_refused = await _with_foreign_nonces(made)
            looked.accepted_early = await _accepted(town, made)
            looked.works = await _use(made, browser)
            accepted = await _accepted(town, made)
    return judged(looked, sets, shown, accepted)


def judged(looked: Looked, sets: int, shown: int, accepted: int) -> Seen:
    """Nothing by looking; everything by pressing."""
    return Seen(
        f"{looked.links} links opened {looked.opened:,} times and {looked.in_chromium} of {shown}"
        f" by Chromium: {looked.changed} tables changed, {looked.faults} faults; posts without"
        f" their nonce: {looked.posts_refused:,} refused, with another link's"
        f" {looked.foreign_refused} of {sets}, {looked.accepted_early} accepted; then"
        f" {looked.works} of {sets * LINKS_A_SET} still work, {accepted} of {sets} accepted by POST"
        " and nonce",
        min(looked.opened, looked.posts_refused) > 0
        and looked.in_chromium == shown
        and (looked.changed, looked.faults, looked.accepted_early) == (0, 0, 0)
        and looked.foreign_refused == accepted == sets
        and looked.works == sets * LINKS_A_SET,
    )


async def _links(town: Town, browser: AsyncClient) -> Links:
    now = clock.now()
    asked, told = await town.sent(now=now), await town.sent(now=now)
    await town.says(told.id, AgencySays.YES, town.page(now))
    async with town.as_agency() as session:
        confirm, never = [
            await create_confirm_link(
                session, organization_id=town.agency, channel_id=town.channels[-1], now=now
            )
            for _which in range(2)
        ]
    return Links(
        asked.id,
        await link_to(town, browser, asked.id),
        await link_to(town, browser, told.id),
        await link_to(town, browser, asked.id, LinkPurpose.PATIENT),
        f"/confirm/{link_token(confirm)}",
        f"/confirm/{link_token(never)}/never",
    )


async def _claim_path(place: Place) -> str:
    """The page on which an organization's people ask for its listing."""
    owner = Database(place.urls["owner"], pool_size=1)
    try:
        async with owner.transaction(Context(actor="set-up")) as session:
            found = await list_service(session, Listing())
    finally:
        await owner.dispose()
    return f"/claim/{found.organization_id}"


def _paths(made: Sequence[Links]) -> list[str]:
    return [path for each in made for path in each.paths]


async def _look(
    place: Place, browser: AsyncClient, paths: list[str], rounds: int, in_chromium: Browsing
) -> Looked:
    everything = Database(place.urls["admin"], pool_size=1)
    try:
        before = await whole_database(everything)
        parts = [paths[start::AT_ONCE] for start in range(AT_ONCE)]
        opened = await asyncio.gather(*(open_links(browser, part, rounds) for part in parts))
        shown = await in_chromium(paths)
        different = changed(before, await whole_database(everything))
    finally:
        await everything.dispose()
    times = sum(each.times for each in opened)
    statuses = {status for each in opened for status in each.statuses}
    return Looked(
        links=len(paths),
        opened=times,
        in_chromium=shown,
        posts_refused=times // len(WAYS) * len(POSTS),
        faults=sum(status >= HTTPStatus.INTERNAL_SERVER_ERROR for status in statuses),
        changed=len(different),
    )


async def _in_chromium(program: str, address: str, paths: Sequence[str]) -> int:
    """Each page in a real browser until its scripts are still; how many were shown."""
    from playwright.async_api import async_playwright

    # Chromium's sandbox does not work for root, which test machines often are.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    shown = 0
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=options)
        page = await browser.new_page()
        for path in paths:
            answer = await page.goto(address + path, wait_until="networkidle")
            runs = await page.evaluate("document.readyState === 'complete'")
            shown += bool(answer and answer.ok and runs)
        await browser.close()
    return shown


async def _with_foreign_nonces(made: Sequence[Links]) -> int:
    """A yes with the nonce of another link's page; how many were refused."""
    refused = 0
    for each, other in zip(made, (*made[1:], made[0]), strict=True):
        page = (await other.agency.look()).text
        refused += (await each.agency.send(page, "yes")).status_code == HTTPStatus.FORBIDDEN
    return refused


async def _accepted(town: Town, made: Sequence[Links]) -> int:
    return sum([(await town.read(each.asked)).status is not BusinessStatus.SENT for each in made])


async def _use(made: Sequence[Links], browser: AsyncClient) -> int:
    """Press each link's own button, as its reader would; how many did it."""
    works = 0
    for each in made:
        answers = [
            await each.patient.press("answer", answer="1", question="P5"),
            await each.agency.press("yes"),
            await each.told.press("show"),
        ]
        page = (await browser.get(each.confirm)).text
        yes = {"nonce": hidden(page, "nonce"), "answer": "yes"}
        answers.append(await browser.post(each.confirm, data=yes, headers=OURS))
        answers.append(await browser.post(each.never, data=ONE_CLICK))
        works += sum(answer.status_code in DONE for answer in answers)
    return works
