"""Misfortunes on demand, seen through Twilio's own SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException

if TYPE_CHECKING:
    from tests.integration.simulator.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENCY = "+12025550144"
LOST = (aiohttp.ClientError, TimeoutError)


def accepted(running: Running) -> int:
    return len(running.simulator.texts)


async def test_429_comes_as_often_as_told_and_accepts_nothing(running: Running) -> None:
    await running.strike({"fault": "rate_limited", "times": 2})
    for _ in range(2):
        with pytest.raises(TwilioRestException) as refused:
            await running.send()
        assert (refused.value.status, refused.value.code) == (429, 20429)
    assert accepted(running) == 0
    assert (await running.send()).sid


@pytest.mark.parametrize(
    ("rule", "status", "code", "number_accepted"),
    [
        ({"fault": "server_error"}, 500, 20500, 0),
        ({"fault": "error_after_accept"}, 500, 20500, 1),
        ({"fault": "refused", "code": 21408}, 400, 21408, 0),
    ],
)
async def test_an_error_answer_says_nothing_of_what_was_accepted(
    running: Running, rule: dict[str, object], status: int, code: int, number_accepted: int
) -> None:
    await running.strike(rule)
    with pytest.raises(TwilioRestException) as refused:
        await running.send()
    assert (refused.value.status, refused.value.code) == (status, code)
    assert accepted(running) == number_accepted


@pytest.mark.parametrize(
    ("fault", "number_accepted"), [("reset_before_accept", 0), ("reset_after_accept", 1)]
)
async def test_the_connection_can_be_lost_without_an_answer(
    running: Running, fault: str, number_accepted: int
) -> None:
    await running.strike({"fault": fault, "to": AGENCY})
    with pytest.raises(aiohttp.ClientError):
        await running.send()
    assert accepted(running) == number_accepted
    await running.settled()
    assert len(running.listener.calls) == 3 * number_accepted
    assert (await running.send()).sid


async def test_a_slow_answer_runs_into_the_time_out_of_the_request(running: Running) -> None:
    await running.strike({"fault": "slow_answer", "seconds": 0.8})
    with pytest.raises(TimeoutError):
        await running.send()
    assert accepted(running) == 1


async def test_an_answer_can_come_without_a_sid(running: Running) -> None:
    await running.strike({"fault": "no_sid"})
    assert (await running.send()).sid is None
    assert accepted(running) == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("lose_callbacks", []),
        ("duplicate_callbacks", ["queued", "queued", "sent", "sent", "delivered", "delivered"]),
        ("reorder_callbacks", ["delivered", "sent", "queued"]),
        ("undelivered", ["queued", "sent", "undelivered"]),
    ],
)
async def test_callbacks_can_go_wrong(running: Running, fault: str, told: list[str]) -> None:
    await running.strike({"fault": fault})
    message = await running.send()
    await running.settled()
    assert running.listener.statuses() == told
    last = "undelivered" if fault == "undelivered" else "delivered"
    fetched = await running.twilio.messages(message.sid).fetch_async()
    assert fetched.status == last
    assert fetched.error_code == (30003 if fault == "undelivered" else None)


async def test_callbacks_can_be_late(running: Running) -> None:
    await running.strike({"fault": "late_callbacks", "seconds": 0.1})
    await running.send()
    assert running.listener.calls == []
    await running.settled()
    assert running.listener.statuses() == ["queued", "sent", "delivered"]


async def test_a_text_can_be_absent_from_the_list_until_it_is_proven_otherwise(
    running: Running,
) -> None:
    await running.strike({"fault": "hide_from_list"})
    await running.send(body="hidden")
    await running.send(body="seen")
    listed = await running.twilio.messages.list_async()
    assert [message.body for message in listed] == ["seen"]


@pytest.mark.parametrize(("fault", "times"), [("lose_webhook", 0), ("duplicate_webhook", 2)])
async def test_a_reply_can_be_lost_or_handed_over_twice(
    running: Running, fault: str, times: int
) -> None:
    await running.send()
    await running.strike({"fault": fault, "to": AGENCY})
    await running.http.post(f"/simulator/api/phones/{AGENCY}/replies", json={"body": "27 1"})
    await running.settled()
    assert len(running.listener.forms("messages")) == times
    inbound = await running.twilio.messages.list_async(from_=AGENCY)
    assert [message.body for message in inbound] == ["27 1"]


async def test_503_is_tried_again_a_few_times_and_other_answers_are_not(running: Running) -> None:
    await running.send()
    await running.settled()
    url = f"/simulator/api/phones/{AGENCY}/replies"
    for answers, calls in (([503, 503], 3), ([503] * 5, 3), ([500], 1)):
        running.listener.calls.clear()
        running.listener.answers[:] = answers
        await running.http.post(url, json={"body": "27 1"})
        await running.settled()
        assert len(running.listener.forms("messages")) == calls


async def test_an_unknown_fault_is_refused_and_changes_nothing(running: Running) -> None:
    await running.strike({"fault": "no_sid"})
    answer = await running.http.post(
        "/simulator/api/faults", json={"rules": [{"fault": "earthquake"}]}
    )
    assert answer.status_code == 400
    rules = (await running.http.get("/simulator/api/faults")).json()["rules"]
    assert [rule["fault"] for rule in rules] == ["no_sid"]
