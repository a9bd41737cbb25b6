"""A phone that calls us, with the simulator in between: the PIN call the whole way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest_asyncio
from tests.integration.notify.test_with_the_simulator import HOST, free_ports

from builders.referrals import Town, a_town
from notify.api import give_sender_number
from notify.channels.simulator.app import running_simulator, served
from notify.channels.simulator.options import options_from
from referrals.actions import AgencySays
from referrals.name_calls.pins import make_pin
from shared import clock
from shared.database import Context, Database
from shared.settings import Settings
from web.app import create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

NUMBER, DENISE = "+12025550190", "+12025550144"
CALLS = f"/simulator/api/phones/{DENISE}/calls"


@pytest_asyncio.fixture
async def simulator(committed: dict[str, Database]) -> AsyncIterator[httpx.AsyncClient]:
    web, http, smtp = free_ports(3)
    settings = Settings(
        mode="test",
        public_url=f"http://{HOST}:{web}",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="token",
        twilio_api_url=f"http://{HOST}:{http}",
    )
    async with (
        running_simulator(options_from(settings), http_port=http, smtp_port=smtp),
        served(create_app(settings, committed["app"]), HOST, web),
        httpx.AsyncClient(base_url=f"http://{HOST}:{http}", timeout=20) as client,
    ):
        yield client


async def agreed(committed: dict[str, Database]) -> tuple[Town, str]:
    """A request with a yes, and the PIN of the phone that gave it."""
    town = await a_town(committed["app"], phones=(DENISE,), now=clock.now())
    async with committed["worker"].transaction(Context()) as session:
        await give_sender_number(session, town.clinic, NUMBER, takes_calls=True)
    referral = await town.sent(now=clock.now())
    await town.says(referral.id, AgencySays.YES, town.text(clock.now()))
    async with town.as_clinic() as session:
        pin = await make_pin(
            session, referral.id, town.channels[0], actor=town.rosa, now=clock.now()
        )
    return town, pin


def words(call: dict[str, Any]) -> str:
    return " ".join(heard["words"] for heard in call["heard"])


async def test_a_phone_calls_types_its_pin_and_hears_the_name(
    simulator: httpx.AsyncClient, committed: dict[str, Database]
) -> None:
    _town, pin = await agreed(committed)
    call = (await simulator.post(CALLS, json={"to": NUMBER})).json()
    assert call["problem"] is None
    assert call["waits_for"] == {"digits": 4, "finish_on": "#", "seconds": 10}
    assert {heard["language"] for heard in call["heard"]} == {"en-US", "es-MX"}
    told = (await simulator.post(f"{CALLS}/{call['sid']}/digits", json={"digits": pin})).json()
    assert "The name is: Ana Flores." in words(told)
    over = (await simulator.post(f"{CALLS}/{call['sid']}/digits", json={"digits": "9"})).json()
    assert over["status"] == "completed"


async def test_nobody_who_withholds_the_number_hears_a_name(
    simulator: httpx.AsyncClient, committed: dict[str, Database]
) -> None:
    _town, pin = await agreed(committed)
    call = (await simulator.post(CALLS, json={"to": NUMBER, "withheld": True})).json()
    told = (await simulator.post(f"{CALLS}/{call['sid']}/digits", json={"digits": pin})).json()
    assert "This was not right" in words(told)
    assert "Ana" not in words(told)
