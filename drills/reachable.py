"""M12: START, HELP and AYUDA, and a phone that stopped us at its carrier without our hearing of it.

The provider's simulator plays the carrier over HTTP; the clinic's people look at their real pages.
No job runs: the worker's tick alone finds the work, as on the worst of days.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from accounts.rules import Role
from builders.accounts import a_person
from builders.browsing import client_of, sign_in_as
from builders.phones import Phones, some_phones
from builders.referrals import CLINIC_NUMBER, a_town
from builders.team_office import shown
from drills.bar import Depth, Seen
from drills.stage import ACCOUNT, TOKEN
from fakes.messaging import FakeMails
from notify.api import is_suppressed, phone_hash
from notify.channels import Channels
from notify.channels.simulator.app import running_simulator
from notify.channels.simulator.options import SimulatorOptions
from notify.channels.simulator.state import Direction
from notify.channels.sms import TwilioChannel
from notify.worker import Sender, sweep
from shared import clock
from shared.database import Context, turn_clock
from shared.settings import get_settings
from support.running import free_port_block
from web.app import create_app
from web.jobs import tick
from web.worker import TICK_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    import httpx

    from builders.accounts import SomePerson
    from drills.stage import Place, Stage
    from notify.channels.simulator.state import Simulator

ANA, DENISE = "+12025550137", "+12025550144"
SEEN_WITHIN, GIVE_UP = timedelta(seconds=60), timedelta(minutes=5)
LOOK_EVERY_S, HOUR_S, HALF_HOUR_S = 5, 3600, 1800
OPTED_OUT = 21610
# What the pages say to the clinic's people where a phone can't be texted.
ON_REQUEST, ON_DELIVERY = "asked for no more texts", "They sent STOP"
CALL_PLACE = "our message could not reach them"
HERE = ZoneInfo("America/New_York")
# Texts may go in every zone of the country, also two hours later.
EARLIEST, LATEST = 14, 16


class SharedClock:
    """The product's own clock, read like a test's."""

    @property
    def now(self) -> datetime:
        """The instant."""
        return clock.now()

    def __call__(self) -> datetime:
        """The instant."""
        return clock.now()


@dataclass
class Round:
    """What was seen of one phone."""

    seen_after: timedelta
    shown_before: bool
    further: int
    states_wrong: int
    answers_wrong: int


@dataclass
class Clinic:
    """Its people's browser, everybody's phones, the carrier."""

    phones: Phones
    simulator: Simulator
    browser: httpx.AsyncClient
    grace: SomePerson

    def got(self, phone: str) -> int:
        """Texts of ours on this phone."""
        texts = self.simulator.by_phone.get(phone, [])
        return sum(text.direction is Direction.OUTBOUND for text in texts)

    def asked_for(self, phone: str) -> int:
        """How often the carrier was handed a text for this phone, taken or not."""
        return self.got(phone) + self.simulator.refused[OPTED_OUT]

    async def sends(self) -> UUID:
        """One more request, whose texts go to the patient and to the place."""
        referral = await self.phones.town.sent(clock.now())
        await sweep(self.phones.sender)
        return referral.id

    async def hears(self, phone: str, body: str, carrier_word: str | None) -> int:
        """Somebody texts; how many texts of ours came back."""
        before = self.got(phone)
        await self.phones.says(phone, body, carrier_word=carrier_word)
        await sweep(self.phones.sender)
        return self.got(phone) - before

    async def may_be_texted(self, phone: str) -> bool:
        """As the sender sees it."""
        async with self.phones.database.transaction(Context()) as session:
            clinic = self.phones.town.clinic
            return not await is_suppressed(session, clinic, phone_hash(phone))

    async def see_it(self, phone: str, referral_id: UUID) -> bool:
        """Whether both pages say that this phone can't be texted, and whom to call instead."""
        request = await self.browser.get(f"/referrals/{referral_id}")
        delivery = await self.browser.get("/delivery")
        request.raise_for_status()
        delivery.raise_for_status()
        told = phone != DENISE or CALL_PLACE in shown(request)
        return told and ON_REQUEST in shown(request) and ON_DELIVERY in shown(delivery)

    async def turn(self, seconds: int) -> None:
        """Let time pass."""
        async with self.phones.town.database.transaction(Context()) as session:
            await turn_clock(session, seconds)


async def phones_that_stopped(stage: Stage, depth: Depth) -> Seen:
    """The patient's phone and the place's, in turn."""
    number = 20 if depth is Depth.NIGHTLY else 4
    async with stage.place() as place, _a_clinic(place) as clinic:
        rounds = [await _one_phone(clinic, (ANA, DENISE)[each % 2]) for each in range(number)]
    latest = max(each.seen_after for each in rounds)
    too_early = sum(each.shown_before for each in rounds)
    further = sum(each.further for each in rounds)
    states = sum(each.states_wrong for each in rounds)
    answers = sum(each.answers_wrong for each in rounds)
    return Seen(
        f"{number} phones stopped at the carrier: on the clinic's pages after"
        f" {latest.total_seconds():.0f} s at most, {too_early} before, {further} further sends;"
        f" after START, HELP, AYUDA {states} states and {answers} answers wrong",
        latest <= SEEN_WITHIN and not (too_early or further or states or answers),
    )


async def _one_phone(clinic: Clinic, phone: str) -> Round:
    """Stopped without our knowing, seen, left alone; then the words, and START in between."""
    clinic.browser.cookies.clear()  # a day is longer than a session
    await sign_in_as(clinic.browser, clinic.grace)
    first = await clinic.sends()
    before = await clinic.see_it(phone, first)
    clinic.simulator.stopped.add((phone, CLINIC_NUMBER))
    clinic.simulator.refused.clear()
    taken = clinic.got(phone)
    referral_id = await clinic.sends()
    seen_after = await _until_seen(clinic, phone, referral_id)
    await clinic.sends()
    await tick(clinic.phones.sender)
    # The one try by which we learned of it is not a further one.
    further = clinic.asked_for(phone) - taken - 1
    states, answers = await _words(clinic, phone)
    await clinic.turn(12 * HOUR_S)
    await clinic.turn(_until_day())
    return Round(seen_after, before, further, states, answers)


async def _words(clinic: Clinic, phone: str) -> tuple[int, int]:
    """(states that did not follow, wrong numbers of answers); the last words find it open."""
    states = answers = 0
    for body, word, open_after in (
        ("HELP", "HELP", False),
        ("AYUDA", None, False),
        ("START", "START", True),
        ("HELP", "HELP", True),
        ("AYUDA", None, True),
    ):
        if body == "START":  # the carrier lifts its own block first
            await clinic.turn(HOUR_S)  # two machines that talk would be silent by now
            clinic.simulator.stopped.discard((phone, CLINIC_NUMBER))
        came = await clinic.hears(phone, body, word)
        states += await clinic.may_be_texted(phone) is not open_after
        if body != "START":  # what START lets out are texts that waited
            answers += came != int(open_after)
    reached = clinic.got(phone)
    await clinic.sends()
    return states + (clinic.got(phone) == reached), answers


async def _until_seen(clinic: Clinic, phone: str, referral_id: UUID) -> timedelta:
    """By the clock, from the try that the carrier refused."""
    start, ticked = clock.now(), clock.now()
    while clock.now() - start < GIVE_UP:
        if await clinic.see_it(phone, referral_id):
            break
        await clinic.turn(LOOK_EVERY_S)
        if (clock.now() - ticked).total_seconds() >= TICK_S:
            ticked = clock.now()
            await tick(clinic.phones.sender)
    return clock.now() - start


@asynccontextmanager
async def _a_clinic(place: Place) -> AsyncIterator[Clinic]:
    """On a day of theirs, with the product's client for texts and a carrier that answers it."""
    async with place.app.transaction(Context()) as session:
        await turn_clock(session, _until_day())
    port = free_port_block()
    options = SimulatorOptions(account_sid=ACCOUNT, auth_token=TOKEN, retry_after_seconds=())
    town = await a_town(place.app, now=clock.now() - timedelta(days=40))
    grace = await a_person(place.app, town.clinic, Role.COORDINATOR, name="Grace")
    phones = await some_phones(town, place.worker)
    texts = TwilioChannel(
        ACCOUNT, TOKEN, callback_address=options.program_url, api_url=f"http://127.0.0.1:{port + 1}"
    )
    phones.clock = SharedClock()  # type: ignore[assignment]
    phones.sender = Sender(place.worker, Channels(texts, FakeMails()))
    try:
        async with (
            running_simulator(options, http_port=port + 1, smtp_port=port + 2) as simulator,
            client_of(create_app(get_settings(), place.app)) as browser,
        ):
            yield Clinic(phones, simulator, browser, grace)
    finally:
        await texts.close()


def _until_day() -> int:
    """Seconds to a moment at which patients may be texted."""
    local, seconds = clock.now().astimezone(HERE), 0
    while not EARLIEST <= (local + timedelta(seconds=seconds)).hour < LATEST:
        seconds += HALF_HOUR_S
    return seconds
