"""Twilio's own SDK against the simulator: sending, listing, statuses, replies, STOP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from twilio.base.exceptions import TwilioRestException

from shared import clock

if TYPE_CHECKING:
    from tests.integration.simulator.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLINIC, OTHER_CLINIC = "+12025550100", "+12025550101"
AGENCY, PATIENT = "+12025550144", "+12025550147"


async def phone_texts(running: Running, phone: str) -> list[dict[str, Any]]:
    answer = await running.http.get(f"/simulator/api/phones/{phone}/messages")
    return answer.json()["messages"]


async def reply(running: Running, phone: str, body: str, **values: str) -> Any:
    return await running.http.post(
        f"/simulator/api/phones/{phone}/replies", json={"body": body, **values}
    )


async def test_the_sdk_sends_and_the_phone_shows_the_text(running: Running) -> None:
    message = await running.send(body="¿Puede ayudar con COMIDA? 27 1", validity_period=3600)
    assert (message.status, message.num_segments, message.to) == ("queued", "1", AGENCY)
    await running.settled()
    (text,) = await phone_texts(running, AGENCY)
    assert text["sid"] == message.sid
    assert (text["from"], text["to"], text["status"]) == (CLINIC, AGENCY, "delivered")
    assert (text["body"], text["validity_seconds"]) == ("¿Puede ayudar con COMIDA? 27 1", 3600)
    fetched = await running.twilio.messages(message.sid).fetch_async()
    assert (fetched.status, fetched.body) == ("delivered", text["body"])


async def test_each_status_is_told_in_order_and_signed(running: Running) -> None:
    message = await running.send()
    await running.settled()
    assert running.listener.statuses() == ["queued", "sent", "delivered"]
    assert {form["MessageSid"] for form in running.listener.forms("status")} == {message.sid}
    assert {path for path, _, _ in running.listener.calls} == {"status?message=018f"}


async def test_the_sdk_walks_through_all_pages_of_the_list(running: Running) -> None:
    for number in range(5):
        await running.send(body=str(number))
    await running.send(to=PATIENT, body="other")
    await reply(running, AGENCY, "27 1")
    listed = await running.twilio.messages.list_async(to=AGENCY, page_size=2)
    assert [message.body for message in listed] == ["4", "3", "2", "1", "0"]
    inbound = await running.twilio.messages.list_async(to=CLINIC)
    assert [(message.direction, message.body) for message in inbound] == [("inbound", "27 1")]
    later = clock.now() + timedelta(hours=1)
    assert await running.twilio.messages.list_async(date_sent_after=later) == []


async def test_a_reply_goes_to_the_number_that_wrote_last(running: Running) -> None:
    await running.send()
    await running.send(from_=OTHER_CLINIC)
    first = await reply(running, AGENCY, "27 1")
    await reply(running, AGENCY, "27 3", to=CLINIC)
    await running.settled()
    forms = {form["Body"]: form for form in running.listener.forms("messages")}
    assert forms["27 1"]["To"] == OTHER_CLINIC
    assert forms["27 1"]["MessageSid"] == first.json()["sid"]
    assert (forms["27 3"]["To"], forms["27 3"]["From"]) == (CLINIC, AGENCY)
    assert (forms["27 3"]["NumMedia"], forms["27 3"]["ApiVersion"]) == ("0", "2010-04-01")


async def test_a_phone_nobody_wrote_to_must_say_whom_it_means(running: Running) -> None:
    refused = await reply(running, PATIENT, "hello")
    assert refused.status_code == 400
    assert "to" in refused.json()["title"]
    assert (await reply(running, PATIENT, "hello", to=CLINIC)).status_code == 201


async def test_stop_is_answered_once_and_blocks_this_sender_only(running: Running) -> None:
    await running.send(to=PATIENT)
    await reply(running, PATIENT, " Stop ")
    await reply(running, PATIENT, "STOP")
    with pytest.raises(TwilioRestException) as refused:
        await running.send(to=PATIENT)
    assert (refused.value.status, refused.value.code) == (400, 21610)
    await running.send(to=PATIENT, from_=OTHER_CLINIC, body="other clinic")
    await running.settled()
    texts = await phone_texts(running, PATIENT)
    kinds = [text["direction"] for text in texts]
    assert kinds == ["outbound-api", "inbound", "outbound-reply", "inbound", "outbound-api"]
    handed = running.listener.forms("messages")
    assert [form["OptOutType"] for form in handed] == ["STOP", "STOP"]


async def test_start_opens_the_number_again_and_yes_alone_is_passed_on(running: Running) -> None:
    await running.send(to=PATIENT)
    await reply(running, PATIENT, "YES")
    assert len(await phone_texts(running, PATIENT)) == 2
    await reply(running, PATIENT, "END")
    await reply(running, PATIENT, "unstop")
    await running.send(to=PATIENT)
    await running.settled()
    assert sorted(f["OptOutType"] for f in running.listener.forms("messages")) == [
        "START",
        "START",
        "STOP",
    ]


async def test_the_carriers_words_are_set_at_the_provider(running: Running) -> None:
    words = {"HELP": "Lincoln Clinic. Questions: 202-555-0100."}
    sender = {"label": "Lincoln Clinic", "is_sender": True, "answers": words}
    await running.http.post("/simulator/api/names", json={CLINIC: sender})
    await reply(running, PATIENT, "help")
    texts = await phone_texts(running, PATIENT)
    assert texts[-1]["body"] == words["HELP"]


@pytest.mark.parametrize(
    ("values", "code"), [({"to": "12"}, 21211), ({"body": ""}, 21602), ({"from_": "x"}, 21212)]
)
async def test_the_sdk_understands_the_refusals(
    running: Running, values: dict[str, str], code: int
) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await running.send(**values)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert (await running.http.get("/simulator/api/phones")).json() == {"phones": []}


async def test_a_wrong_token_an_unknown_account_and_an_unknown_text(running: Running) -> None:
    account = running.options.account_sid
    path = f"/2010-04-01/Accounts/{account}/Messages.json"
    token = running.options.auth_token
    assert (await running.http.post(path, data={})).json()["code"] == 20003
    assert (await running.http.get(path, auth=(account, "guess"))).status_code == 401
    other = path.replace(account, "AC" + "f" * 32)
    assert (await running.http.get(other, auth=(account, token))).status_code == 401
    with pytest.raises(TwilioRestException) as refused:
        await running.twilio.messages("SM" + "0" * 32).fetch_async()
    assert (refused.value.status, refused.value.code) == (404, 20404)


async def test_texts_carry_the_demos_time(running: Running) -> None:
    ahead = timedelta(days=10)
    await running.http.post("/simulator/api/offset", json={"seconds": ahead.total_seconds()})
    message = await running.send()
    (text,) = await phone_texts(running, AGENCY)
    at = datetime.fromisoformat(text["at"])
    assert abs(at - clock.now()) < timedelta(minutes=1)
    assert clock.offset() == ahead
    assert abs(message.date_created - at) < timedelta(seconds=2)


async def test_reset_forgets_texts_and_stops_but_no_names(running: Running) -> None:
    await running.http.post("/simulator/api/names", json={"202-555-0147": "Ana"})
    await running.send(to=PATIENT)
    await reply(running, PATIENT, "STOP")
    await running.settled()
    await running.http.post("/simulator/api/reset")
    phones = (await running.http.get("/simulator/api/phones")).json()["phones"]
    assert [(p["number"], p["name"], p["count"], p["stopped"]) for p in phones] == [
        (PATIENT, "Ana", 0, [])
    ]
    assert (await running.send(to=PATIENT)).status == "queued"
