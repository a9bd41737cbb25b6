"""Twilio's three Messages resources over HTTP, with the misfortunes of faults.py."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from litestar import Response, get, post
from litestar.params import FromPath

from notify.channels.simulator.connections import drop_connection
from notify.channels.simulator.faults import FaultKind
from notify.channels.simulator.options import SimulatorOptions
from notify.channels.simulator.requests import AnyRequest, TheOptions, TheSimulator
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
    from notify.channels.simulator.program import Program
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
async def create_message(request: AnyRequest, account_sid: FromPath[str]) -> Json:
    """Send a text. From the application's state: asking for three dependencies costs a third."""
    state = request.app.state
    simulator: Simulator = state.simulator
    program: Program = state.program
    options: SimulatorOptions = state.options
    account = _account(request, account_sid, simulator, options)
    if account is None:
        return _refusal(WRONG_CREDENTIALS, simulator)
    form = {name: str(value) for name, value in (await request.form()).items()}
    if rule := simulator.faults.take_first(_BEFORE_ACCEPT, form.get("To", ""), form.get("From")):
        return _strike_before(rule, request, simulator)
    wanted = read_new_text(form)
    if isinstance(wanted, NewText) and (wanted.to_number, wanted.from_number) in simulator.stopped:
        wanted = stopped(wanted.to_number)
    if isinstance(wanted, TwilioError):
        return _refusal(wanted, simulator)
    text = _accept(wanted, simulator, account)
    program.deliver(text)
    answer: Json = Response(message_resource(text, account_sid), status_code=201)
    if rule := simulator.faults.take_first(_AFTER_ACCEPT, text.to_number, text.from_number):
        return await _strike_after(rule, request, answer)
    return answer


@get(f"{_MESSAGES}.json")
async def list_messages(
    request: AnyRequest, account_sid: FromPath[str], simulator: TheSimulator, options: TheOptions
) -> Json:
    """The texts of the account in both directions, newest first."""
    account = _account(request, account_sid, simulator, options)
    if account is None:
        return _refusal(WRONG_CREDENTIALS)
    filters = {name: str(value) for name, value in request.query_params.items()}
    query = read_list_query(filters)
    if isinstance(query, TwilioError):
        return _refusal(query)
    return Response(list_page(simulator.newest_first(account), query, filters, account_sid))


@get(f"{_MESSAGES}/{{file:str}}")
async def read_message(
    request: AnyRequest,
    account_sid: FromPath[str],
    file: FromPath[str],
    simulator: TheSimulator,
    options: TheOptions,
) -> Json:
    """One text."""
    account = _account(request, account_sid, simulator, options)
    if account is None:
        return _refusal(WRONG_CREDENTIALS)
    text = simulator.texts.get(file.removesuffix(".json"))
    if text is None or text.hidden or text.account_sid != account or not file.endswith(".json"):
        return _refusal(not_found(request.url.path))
    return Response(message_resource(text, account_sid))


def _accept(wanted: NewText, simulator: Simulator, account: str) -> Text:
    text = simulator.add_text(
        Direction.OUTBOUND,
        from_number=wanted.from_number,
        to_number=wanted.to_number,
        body=wanted.body,
        status_callback=wanted.status_callback,
        validity_seconds=wanted.validity_seconds,
        account_sid=account,
    )
    pair = text.to_number, text.from_number
    text.hidden = simulator.faults.take(FaultKind.HIDE_FROM_LIST, *pair) is not None
    if late := simulator.faults.take(FaultKind.LATE_IN_LIST, *pair):
        text.listed_from = text.created_at + timedelta(seconds=late.seconds)
    simulator.saw(
        gettext_noop("The program sent a text to %(phone)s: %(length)s characters"),
        phone=text.to_number,
        length=len(text.body),
    )
    return text


def _strike_before(rule: FaultRule, request: AnyRequest, simulator: Simulator) -> Json:
    if rule.fault is FaultKind.RATE_LIMITED:
        return _refusal(RATE_LIMITED, simulator)
    if rule.fault is FaultKind.REFUSED:
        code = rule.code or _UNUSABLE_NUMBER
        return _refusal(TwilioError(400, code, "Refused by a rule of the simulator"), simulator)
    if rule.fault is FaultKind.RESET_BEFORE_ACCEPT:
        _drop(request)
    return _refusal(SERVER_ERROR, simulator)


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


def _refusal(error: TwilioError, counted: Simulator | None = None) -> Json:
    if counted is not None:
        counted.refused[error.code] += 1
    return Response(error.body(), status_code=error.status)


def _account(
    request: AnyRequest, account_sid: str, simulator: Simulator, options: SimulatorOptions
) -> str | None:
    """The account by its name here ("" is the first), when the credentials are its own."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    first = account_sid == options.account_sid
    token = options.auth_token if first else simulator.accounts.get(account_sid)
    if token is None or scheme.lower() != "basic":
        return None
    right = f"{account_sid}:{token}".encode()
    if not hmac.compare_digest(given, right):
        return None
    return "" if first else account_sid


ROUTES = [create_message, list_messages, read_message]
