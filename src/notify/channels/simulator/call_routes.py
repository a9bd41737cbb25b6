"""The simulator's calls as JSON, and the buttons of the page's phone."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect
from pydantic import BaseModel, ConfigDict, Field

from notify.channels.simulator.api_routes import Json, phone_in_path
from notify.channels.simulator.requests import AnyRequest, TheProgram, TheSimulator
from notify.channels.simulator.state import Simulator
from notify.channels.simulator.voice import LONGEST_DIGITS, Call
from shared.phone_numbers import to_e164

SEE_OTHER: Final = 303
CALLS = "/simulator/api/phones/{number:str}/calls"


class NewCall(BaseModel):
    """Whom a phone calls; without `to` the number that wrote last."""

    model_config = ConfigDict(extra="forbid")

    to: str | None = None
    withheld: bool = False


class Keys(BaseModel):
    """What is pressed while the call waits; empty = nobody presses anything."""

    model_config = ConfigDict(extra="forbid")

    digits: str = Field(pattern=r"^[0-9*#]*$", max_length=LONGEST_DIGITS)


@post(CALLS, status_code=201)
async def call_from_phone(
    simulator: TheSimulator, program: TheProgram, number: FromPath[str], data: JSONBody[NewCall]
) -> Json:
    """Call from this phone; answered once the program has spoken."""
    phone = phone_in_path(number)
    to = _number_called(simulator, phone, data.to)
    return call_json(await program.caller.call(phone, to, withheld=data.withheld))


@get(CALLS)
async def list_calls(simulator: TheSimulator, number: FromPath[str]) -> Json:
    """The calls of a phone, oldest first."""
    phone = phone_in_path(number)
    return {"phone": phone, "calls": [call_json(call) for call in simulator.calls_of(phone)]}


@get(CALLS + "/{sid:str}")
async def read_call(simulator: TheSimulator, number: FromPath[str], sid: FromPath[str]) -> Json:
    """One call: what was said, and what it waits for."""
    return call_json(_known(simulator, number, sid))


@post(CALLS + "/{sid:str}/digits", status_code=200)
async def press_keys(
    simulator: TheSimulator,
    program: TheProgram,
    number: FromPath[str],
    sid: FromPath[str],
    data: JSONBody[Keys],
) -> Json:
    """Press keys; answered once the program has spoken again."""
    call = _known(simulator, number, sid)
    if call.waiting is None:
        raise ClientException("This call waits for no key.")
    await program.caller.press(call, data.digits)
    return call_json(call)


@post(CALLS + "/{sid:str}/hangup", status_code=200)
async def hang_up(
    simulator: TheSimulator, program: TheProgram, number: FromPath[str], sid: FromPath[str]
) -> Json:
    """Put the phone down."""
    call = _known(simulator, number, sid)
    program.caller.hang_up(call)
    return call_json(call)


@post("/simulator/phones/{number:str}/calls")
async def use_phone(
    request: AnyRequest, simulator: TheSimulator, program: TheProgram, number: FromPath[str]
) -> Redirect:
    """The page's buttons: call, a key or several, hang up."""
    phone = phone_in_path(number)
    form = await request.form()
    does, going = str(form.get("does", "")), next(iter(simulator.calls_of(phone)[::-1]), None)
    if does == "call":
        to = _number_called(simulator, phone, str(form.get("to", "")) or None)
        await program.caller.call(phone, to)
    elif going is not None and does == "hangup":
        program.caller.hang_up(going)
    elif going is not None:
        keys = str(form.get("key") or form.get("digits") or "")
        await program.caller.press(going, "".join(k for k in keys if k in "0123456789*#"))
    back = str(form.get("back", ""))
    safe = back if back.startswith("/simulator/") else f"/simulator/phones/{phone}"
    return Redirect(safe + "#call", status_code=SEE_OTHER)


def call_json(call: Call) -> Json:
    """A call as the API tells it."""
    waiting = call.waiting
    return {
        "sid": call.sid,
        "from": call.from_number,
        "to": call.to_number,
        "at": call.at.isoformat(),
        "status": call.status.value,
        "problem": call.problem,
        "heard": [
            {"words": each.words, "language": each.language, "pause_seconds": each.seconds}
            for each in call.heard
        ],
        "waits_for": None
        if waiting is None
        else {"digits": waiting.digits, "finish_on": waiting.finish_on, "seconds": waiting.seconds},
    }


def _number_called(simulator: Simulator, phone: str, to: str | None) -> str:
    number = to_e164(to) if to else next(iter(simulator.senders_to(phone)), None)
    if number is None:
        raise ClientException("No number has written to this phone yet: say `to` in E.164 form.")
    return number


def _known(simulator: Simulator, number: str, sid: str) -> Call:
    found = [call for call in simulator.calls_of(phone_in_path(number)) if call.sid == sid]
    if not found:
        raise NotFoundException("This phone made no such call.")
    return found[0]


ROUTES = [call_from_phone, list_calls, read_call, press_keys, hang_up, use_phone]
