"""Twilio's three Messages resources over HTTP, with the misfortunes of faults.py."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from litestar import Response, get, post
from litestar.params import FromPath

from notify.channels.simulator.connections import drop_connection
from notify.channels.simulator.faults import FaultKind
from notify.channels.simulator.options import SimulatorOptions
from notify.channels.simulator.requests import AnyRequest, TheOptions, TheProgram, TheSimulator
from notify.channels.simulator.state import Direction, Simulator
from notify.channels.simulator.twilio_contract import (
    RATE_LIMITED,
    SERVER_ERROR,
    WRONG_CREDENTIALS,
    NewText,
    TwilioError,
    list_page,
    message_resource,
    not_found,
    read_list_query,
    read_new_text,
    stopped,
)
from shared.i18n import gettext_noop

if TYPE_CHECKING:
    from notify.channels.simulator.faults import FaultRule
    from notify.channels.simulator.state import Text

_MESSAGES = "/2010-04-01/Accounts/{account_sid:str}/Messages"
_BEFORE_ACCEPT = (
    FaultKind.RATE_LIMITED,
    FaultKind.SERVER_ERROR,
    FaultKind.RESET_BEFORE_ACCEPT,
    FaultKind.REFUSED,
)
_AFTER_ACCEPT = (
    FaultKind.ERROR_AFTER_ACCEPT,
    FaultKind.RESET_AFTER_ACCEPT,
    FaultKind.NO_SID,
    FaultKind.SLOW_ANSWER,
)
_UNUSABLE_NUMBER = 21614

Json = Response[dict[str, object]]


@post(f"{_MESSAGES}.json", status_code=201)
async def create_message(
    request: AnyRequest,
    account_sid: FromPath[str],
    simulator: TheSimulator,
    program: TheProgram,
    options: TheOptions,
) -> Json:
    """Send a text."""
    if not _authentic(request, account_sid, options):
        return _refusal(WRONG_CREDENTIALS)
    form = {name: str(value) for name, value in (await request.form()).items()}
    if rule := simulator.faults.take_first(_BEFORE_ACCEPT, form.get("To", "")):
        return _strike_before(rule, request)
    wanted = read_new_text(form)
    if isinstance(wanted, NewText) and (wanted.to_number, wanted.from_number) in simulator.stopped:
        wanted = stopped(wanted.to_number)
    if isinstance(wanted, TwilioError):
        return _refusal(wanted)
    text = _accept(wanted, simulator)
    program.deliver(text)
    answer: Json = Response(message_resource(text, account_sid), status_code=201)
    if rule := simulator.faults.take_first(_AFTER_ACCEPT, text.to_number):
        return await _strike_after(rule, request, answer)
    return answer


@get(f"{_MESSAGES}.json")
async def list_messages(
    request: AnyRequest, account_sid: FromPath[str], simulator: TheSimulator, options: TheOptions
) -> Json:
    """The texts of the account in both directions, newest first."""
    if not _authentic(request, account_sid, options):
        return _refusal(WRONG_CREDENTIALS)
    filters = {name: str(value) for name, value in request.query_params.items()}
    query = read_list_query(filters)
    if isinstance(query, TwilioError):
        return _refusal(query)
    return Response(list_page(simulator.newest_first(), query, filters, account_sid))


@get(f"{_MESSAGES}/{{file:str}}")
async def read_message(
    request: AnyRequest,
    account_sid: FromPath[str],
    file: FromPath[str],
    simulator: TheSimulator,
    options: TheOptions,
) -> Json:
    """One text."""
    if not _authentic(request, account_sid, options):
        return _refusal(WRONG_CREDENTIALS)
    text = simulator.texts.get(file.removesuffix(".json"))
    if text is None or text.hidden or not file.endswith(".json"):
        return _refusal(not_found(request.url.path))
    return Response(message_resource(text, account_sid))


def _accept(wanted: NewText, simulator: Simulator) -> Text:
    text = simulator.add_text(
        Direction.OUTBOUND,
        from_number=wanted.from_number,
        to_number=wanted.to_number,
        body=wanted.body,
        status_callback=wanted.status_callback,
        validity_seconds=wanted.validity_seconds,
    )
    text.hidden = simulator.faults.take(FaultKind.HIDE_FROM_LIST, text.to_number) is not None
    simulator.saw(
        gettext_noop("The program sent a text to %(phone)s: %(length)s characters"),
        phone=text.to_number,
        length=len(text.body),
    )
    return text


def _strike_before(rule: FaultRule, request: AnyRequest) -> Json:
    if rule.fault is FaultKind.RATE_LIMITED:
        return _refusal(RATE_LIMITED)
    if rule.fault is FaultKind.REFUSED:
        code = rule.code or _UNUSABLE_NUMBER
        return _refusal(TwilioError(400, code, "Refused by a rule of the simulator"))
    if rule.fault is FaultKind.RESET_BEFORE_ACCEPT:
        _drop(request)
    return _refusal(SERVER_ERROR)


async def _strike_after(rule: FaultRule, request: AnyRequest, answer: Json) -> Json:
    if rule.fault is FaultKind.NO_SID:
        return Response({}, status_code=201)
    if rule.fault is FaultKind.SLOW_ANSWER:
        await asyncio.sleep(rule.seconds)
        return answer
    if rule.fault is FaultKind.RESET_AFTER_ACCEPT:
        _drop(request)
    return _refusal(SERVER_ERROR)


def _drop(request: AnyRequest) -> None:
    """The server then answers into a connection that is gone."""
    if request.client:
        drop_connection((request.client.host, int(request.client.port)))  # granian says '57128'


def _refusal(error: TwilioError) -> Json:
    return Response(error.body(), status_code=error.status)


def _authentic(request: AnyRequest, account_sid: str, options: SimulatorOptions) -> bool:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    right = f"{options.account_sid}:{options.auth_token}".encode()
    same_account = account_sid == options.account_sid
    return scheme.lower() == "basic" and same_account and hmac.compare_digest(given, right)


ROUTES = [create_message, list_messages, read_message]
