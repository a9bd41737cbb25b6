"""A phone that calls the program: each step is a signed request, what comes back is played."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import httpx

from notify.channels.simulator.faults import FaultKind
from notify.channels.simulator.twilio_contract import signature
from notify.channels.simulator.voice import (
    Call,
    CallStatus,
    GoTo,
    call_parameters,
    follow,
    play,
    pressed,
)
from shared.i18n import gettext_noop

if TYPE_CHECKING:
    from notify.channels.simulator.options import SimulatorOptions
    from notify.channels.simulator.state import Simulator

REDIRECTS_AT_MOST = 10


class Caller:
    """Makes calls and presses keys, over the program's own HTTP client."""

    def __init__(
        self, simulator: Simulator, options: SimulatorOptions, http: httpx.AsyncClient
    ) -> None:
        self._simulator, self._options, self._http = simulator, options, http

    async def call(self, phone: str, number: str, *, withheld: bool = False) -> Call:
        """Dial; gives the call as it stands once the program has answered."""
        call = Call(
            sid="CA" + secrets.token_hex(16),
            from_number=None if withheld else phone,
            to_number=number,
            at=self._simulator.now(),
        )
        self._simulator.add_call(phone, call)
        self._simulator.saw(gettext_noop("%(phone)s called the program"), phone=phone)
        await self._go(call, self._options.voice_url)
        return call

    async def press(self, call: Call, keys: str) -> None:
        """Keys while a Gather waits; none at all is the end of its patience."""
        waiting = call.waiting
        if waiting is None:
            return
        digits = pressed(waiting, keys)
        if not digits and not keys:
            step = play(call, waiting.otherwise, waiting.url)
            if step is not None:
                await self._go(call, step.url)
        else:
            await self._go(call, waiting.url, digits)
        self._simulator.changed()

    def hang_up(self, call: Call) -> None:
        """The caller puts the phone down."""
        if call.is_on:
            call.end(CallStatus.COMPLETED)
            self._simulator.changed()

    async def _go(self, call: Call, url: str, digits: str | None = None) -> None:
        account = self._simulator.account_of(call.to_number)
        sid, token = self._options.account(account, self._simulator.accounts)
        for _ in range(REDIRECTS_AT_MOST):
            answer = await self._post(url, call_parameters(call, sid, digits), token)
            call.status = CallStatus.IN_PROGRESS
            if answer is None or not answer.is_success:
                said = answer.status_code if answer is not None else "nothing"
                call.end(CallStatus.FAILED, f"11200: the program answered {said}")
                break
            step = follow(call, answer.text, url)
            if not isinstance(step, GoTo):
                break
            url, digits = step.url, None
        else:
            call.end(CallStatus.FAILED, "The program redirected in a circle")
        self._simulator.changed()

    async def _post(
        self, url: str, parameters: dict[str, str], token: str
    ) -> httpx.Response | None:
        headers = {"X-Twilio-Signature": signature(url, parameters, token)}
        twice = self._simulator.faults.take(FaultKind.DUPLICATE_WEBHOOK, parameters["From"])
        try:
            answer = await self._http.post(url, data=parameters, headers=headers)
            if twice:
                answer = await self._http.post(url, data=parameters, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
        return answer
