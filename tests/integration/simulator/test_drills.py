"""What drills need: shares that repeat, numbers and accounts of one's own, late lists, counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from notify.channels.simulator.counters import count
from notify.channels.simulator.state import Direction, Simulator
from shared import clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.simulator.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENCY, OTHER = "+12025550144", "+12025550145"
CLINIC, SCHOOL = "+12025550100", "+12025550101"
SECOND, TOKEN = "AC" + "5e" * 16, "token-of-the-second"


async def fates(running: Running, number: int = 40) -> list[bool]:
    """Which of so many texts were taken."""
    taken = []
    for _ in range(number):
        try:
            taken.append(bool((await running.send()).sid))
        except TwilioRestException:
            taken.append(False)
    return taken


async def counters(running: Running, **asked: str) -> dict[str, Any]:
    answer = await running.http.get("/simulator/api/counters", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_share_strikes_some_and_the_same_ones_for_the_same_seed(
    running: Running,
) -> None:
    rule = {"fault": "rate_limited", "share": 0.3}
    seen = []
    for seed in (7, 7, 8):
        body = {"rules": [rule], "seed": seed}
        assert (await running.http.post("/simulator/api/faults", json=body)).status_code == 200
        seen.append(await fates(running))
    assert seen[0] == seen[1] != seen[2]
    assert 4 <= seen[0].count(False) <= 20
    counted = await counters(running)
    assert counted["refused"] == {"20429": sum(each.count(False) for each in seen)}
    assert counted["accepted"] == sum(each.count(True) for each in seen)


async def test_a_share_can_end_after_some_times(running: Running) -> None:
    await running.strike({"fault": "server_error", "share": 1, "times": 2})
    assert await fates(running, 4) == [False, False, True, True]


@pytest.mark.parametrize("share", [0, 1.5, -1])
async def test_no_share_or_more_than_all_is_refused(running: Running, share: float) -> None:
    body = {"rules": [{"fault": "server_error", "share": share}]}
    assert (await running.http.post("/simulator/api/faults", json=body)).status_code == 400


async def test_a_rule_may_be_bound_to_one_of_our_numbers(running: Running) -> None:
    await running.strike({"fault": "rate_limited", "sender": CLINIC, "times": None})
    with pytest.raises(TwilioRestException):
        await running.send()
    assert (await running.send(from_=SCHOOL)).sid


async def test_a_text_may_come_into_the_list_later(running: Running) -> None:
    await running.strike({"fault": "late_in_list", "seconds": 90})
    late = await running.send(body="late")
    assert await running.twilio.messages.list_async() == []
    assert (await running.twilio.messages(late.sid).fetch_async()).body == "late"
    await running.http.post("/simulator/api/offset", json={"seconds": 91})
    try:
        listed = await running.twilio.messages.list_async()
    finally:
        clock.set_offset(timedelta())
    assert [message.body for message in listed] == ["late"]


@pytest_asyncio.fixture(loop_scope="module")
async def second(running: Running) -> AsyncIterator[Client]:
    answer = await running.http.post("/simulator/api/accounts", json={SECOND: TOKEN})
    assert answer.json() == {"accounts": [SECOND]}
    yield Client(SECOND, TOKEN, http_client=running.twilio.http_client)
    running.simulator.accounts.clear()


async def test_a_second_account_has_its_own_list_and_its_own_signatures(
    running: Running, second: Client
) -> None:
    first = await running.send()
    theirs = await second.messages.create_async(
        to=AGENCY, from_=SCHOOL, body="From the second", status_callback=running.callback
    )
    await running.settled()
    assert [text.sid for text in await running.twilio.messages.list_async()] == [first.sid]
    assert [text.sid for text in await second.messages.list_async()] == [theirs.sid]
    assert theirs.account_sid == SECOND
    with pytest.raises(TwilioRestException) as unknown:
        await second.messages(first.sid).fetch_async()
    assert unknown.value.status == 404
    # The listener knows the first account's token only.
    assert [right for _, right, form in running.listener.calls if form["AccountSid"] == SECOND] == [
        False
    ] * 3
    assert all(right for _, right, form in running.listener.calls if form["AccountSid"] != SECOND)


async def test_an_account_nobody_named_or_with_a_wrong_token_is_refused(
    running: Running, second: Client
) -> None:
    for sid, token in ((SECOND, "wrong"), ("AC" + "0" * 32, TOKEN)):
        stranger = Client(sid, token, http_client=running.twilio.http_client)
        with pytest.raises(TwilioRestException) as refused:
            await stranger.messages.create_async(to=AGENCY, from_=CLINIC, body="x")
        assert refused.value.status == 401


async def test_the_same_callback_address_twice_is_a_duplicate(running: Running) -> None:
    for body in ("one", "one", "two"):
        await running.send(body=body)
    counted = await counters(running)
    assert (counted["accepted"], counted["same_words"], counted["duplicates"]) == (3, 1, 2)
    assert counted["same_words_list"] == [{"from": CLINIC, "to": AGENCY, "body": "one", "times": 2}]


async def test_the_fastest_second_of_each_number_is_counted(running: Running) -> None:
    for body in ("a", "b" * 161):
        await running.send(body=body)
    assert (await counters(running))["most_in_a_second"] == {CLINIC: {"texts": 2, "segments": 3}}


async def test_a_second_is_any_second_and_not_one_of_the_clock() -> None:
    present = [clock.now()]
    simulator = Simulator(lambda: present[0])
    for wait in (0.0, 0.6, 0.6, 5.0):
        present[0] += timedelta(seconds=wait)
        simulator.add_text(Direction.OUTBOUND, from_number=CLINIC, to_number=AGENCY, body="x")
    told = count(simulator.texts.values(), {}, None)
    assert told["most_in_a_second"] == {CLINIC: {"texts": 2, "segments": 2}}


async def test_texts_outside_of_the_hours_and_those_that_may_arrive_there_are_counted(
    running: Running,
) -> None:
    now = clock.now()
    await running.send(body="short", validity_period=60)
    await running.send(body="long", validity_period=36_000)
    inside = {"opens": "00:00", "closes": "23:59:59"}
    far = f"Etc/GMT{'+' if now.hour >= 12 else '-'}{abs(now.hour - 12)}"  # noon there, now
    counted = await counters(running, zone=far, **inside)
    assert counted["outside_hours"] == 0
    ends_soon = {"opens": "08:00", "closes": "20:00"}
    counted = await counters(running, zone=far, **ends_soon)
    assert (counted["outside_hours"], counted["validity_beyond_hours"]) == (0, 1)
    counted = await counters(running, zone=far, opens="14:00", closes="15:00")
    assert counted["outside_hours"] == 2


async def test_counting_starts_anew_after_a_reset(running: Running) -> None:
    await running.send()
    await running.http.post("/simulator/api/reset")
    assert (await counters(running))["accepted"] == 0


@pytest.mark.parametrize("asked", [{"zone": "Nowhere"}, {"zone": "UTC", "opens": "soon"}])
async def test_unreadable_hours_are_refused(running: Running, asked: dict[str, str]) -> None:
    answer = await running.http.get("/simulator/api/counters", params=asked)
    assert answer.status_code == 400
