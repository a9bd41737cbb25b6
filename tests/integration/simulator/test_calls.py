"""Calls that a phone makes: signed webhooks, TwiML played, keys pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from twilio.twiml.voice_response import Gather, VoiceResponse

if TYPE_CHECKING:
    from tests.integration.simulator.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

AGENCY, CLINIC = "+12025550144", "+12025550100"
CALLS = f"/simulator/api/phones/{AGENCY}/calls"


def menu() -> str:
    response = VoiceResponse()
    gather = Gather(num_digits=2, action="/webhooks/twilio/voice?turn=2", finish_on_key="#")
    gather.say("Which one?", language="en-US")
    response.append(gather)
    response.say("Nobody there.", language="en-US")
    return str(response)


def goodbye() -> str:
    response = VoiceResponse()
    response.say("Adiós", language="es-MX")
    response.pause(length=2)
    response.hangup()
    return str(response)


async def called(running: Running, *documents: str, **wish: Any) -> dict[str, Any]:
    running.listener.documents[:] = documents
    answer = await running.http.post(CALLS, json={"to": CLINIC, **wish})
    assert answer.status_code == 201
    call: dict[str, Any] = answer.json()
    return call


async def pressed(running: Running, call: dict[str, Any], digits: str) -> dict[str, Any]:
    answer = await running.http.post(f"{CALLS}/{call['sid']}/digits", json={"digits": digits})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def words(call: dict[str, Any]) -> list[str]:
    return [each["words"] for each in call["heard"] if each["words"]]


async def test_keys_go_where_the_document_says_and_every_request_is_signed(
    running: Running,
) -> None:
    call = await called(running, menu(), goodbye())
    assert (call["status"], call["waits_for"]["digits"]) == ("in-progress", 2)
    over = await pressed(running, call, "27")
    assert (over["status"], words(over)) == ("completed", ["Which one?", "Adiós"])
    assert over["heard"][-1]["pause_seconds"] == 2
    first, second = running.listener.forms("voice")
    assert first["CallSid"] == second["CallSid"] == call["sid"]
    assert (first["From"], first["To"], first["CallStatus"]) == (AGENCY, CLINIC, "ringing")
    assert "Digits" not in first
    assert second["Digits"] == "27"
    assert running.listener.calls[-1][0] == "voice?turn=2"


@pytest.mark.parametrize(("keys", "digits"), [("123", "12"), ("1#", "1"), ("#", "")])
async def test_keys_end_by_number_or_by_the_finishing_key(
    running: Running, keys: str, digits: str
) -> None:
    await pressed(running, await called(running, menu(), goodbye()), keys)
    assert running.listener.forms("voice")[-1]["Digits"] == digits


async def test_without_a_key_the_document_goes_on(running: Running) -> None:
    over = await pressed(running, await called(running, menu()), "")
    assert (over["status"], words(over)[-1]) == ("completed", "Nobody there.")
    assert len(running.listener.forms("voice")) == 1


async def test_a_withheld_number_is_a_stand_in(running: Running) -> None:
    call = await called(running, goodbye(), withheld=True)
    assert call["from"] is None
    assert running.listener.forms("voice")[0]["From"] == "+266696687"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("", "12100"),
        ("<Response><Say>oh", "12100"),
        ("<Say>oh</Say>", "12101"),
        ("<Response><Record/></Response>", "Record"),
    ],
)
async def test_an_answer_that_is_not_twiml_ends_the_call_with_a_word(
    running: Running, document: str, problem: str
) -> None:
    call = await called(running, document)
    assert call["status"] == "failed"
    assert problem in call["problem"]


async def test_the_caller_can_hang_up_and_then_no_key_is_taken(running: Running) -> None:
    call = await called(running, menu())
    await running.http.post(f"{CALLS}/{call['sid']}/hangup")
    refused = await running.http.post(f"{CALLS}/{call['sid']}/digits", json={"digits": "1"})
    assert refused.status_code == 400
    assert (await running.http.get(CALLS)).json()["calls"][0]["status"] == "completed"


async def test_the_page_of_a_phone_calls_and_presses_without_javascript(
    running: Running,
) -> None:
    await running.send()
    await running.settled()
    running.listener.documents[:] = [menu(), goodbye()]
    address = f"/simulator/phones/{AGENCY}"
    for form in ({"does": "call", "to": CLINIC}, {"does": "press", "digits": "27"}):
        answer = await running.http.post(f"{address}/calls", data={**form, "back": address})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}#call")
    page = (await running.http.get(address)).text
    assert '<p lang="en-US">Which one?</p>' in page
    assert '<p lang="es-MX">Adiós</p>' in page
    assert "The call is over." in page
