"""Where Twilio brings a call and its keys. Signed like the texts; nothing of it is kept on the way.

A turn's number is all that an address holds; the call is found by the hash of its id.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, post
from litestar.params import FromQuery

from accounts.api import requires_signature
from notify.signatures import signed_form
from notify.voice import ArrivedCall, read_call, speak
from referrals.name_calls.conversation import answer_call, answer_keys
from shared import clock
from shared.database import Database
from shared.errors import InvalidInput


@post("/webhooks/twilio/voice", guards=[requires_signature], status_code=HTTPStatus.OK)
async def call_arrived(request: Request[Any, Any, Any]) -> Response[str]:
    """Somebody calls one of our numbers."""
    call = await _call(request)
    return speak(await answer_call(_database(request), call, clock.now()))


@post("/webhooks/twilio/voice/keys", guards=[requires_signature], status_code=HTTPStatus.OK)
async def keys_pressed(request: Request[Any, Any, Any], turn: FromQuery[int]) -> Response[str]:
    """The caller pressed keys."""
    call = await _call(request)
    return speak(await answer_keys(_database(request), call, turn, clock.now()))


async def _call(request: Request[Any, Any, Any]) -> ArrivedCall:
    form = await signed_form(request)
    call = read_call({name: str(form.get(name) or "") for name in form})
    if call is None:
        msg = "CallSid or To is missing."
        raise InvalidInput(msg)
    return call


def _database(request: Request[Any, Any, Any]) -> Database:
    database: Database = request.app.state.database
    return database


webhook_routers = [call_arrived, keys_pressed]
