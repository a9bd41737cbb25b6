"""The simulator's calls to the program: signed status callbacks and signed replies.

Each runs in the background, as at a real carrier, and is repeated a few times while the program
says 503 or does not answer. `pending` tells tests when all of it is done.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from notify.channels.simulator.calling import Caller
from notify.channels.simulator.carrier import Keyword, carrier_answers, keyword_in
from notify.channels.simulator.faults import FaultKind
from notify.channels.simulator.mail_answers import signed_headers
from notify.channels.simulator.state import Direction, TextStatus
from notify.channels.simulator.twilio_contract import (
    inbound_parameters,
    signature,
    status_parameters,
)
from shared.i18n import gettext_noop

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from notify.channels.simulator.options import SimulatorOptions
    from notify.channels.simulator.state import Simulator, Text

WEBHOOK_TIMEOUT_SECONDS = 15
UNREACHABLE_HANDSET = 30003


class Program:
    """Whoever listens to the webhooks. Make it inside the running loop, close it there."""

    def __init__(self, simulator: Simulator, options: SimulatorOptions) -> None:
        self._simulator = simulator
        self._options = options
        # No time-out for a free connection: in a bench thousands of callbacks queue for 20.
        timeout = httpx.Timeout(WEBHOOK_TIMEOUT_SECONDS, pool=None)
        limits = httpx.Limits(max_connections=20)
        self._http = httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()
        self.caller = Caller(simulator, options, self._http)

    @property
    def pending(self) -> int:
        """Callbacks and replies still on their way."""
        return len(self._tasks)

    async def close(self) -> None:
        """Drop what is still on its way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def deliver(self, text: Text) -> None:
        """Bring an accepted text to its phone and tell the program each status."""
        self._start(self._deliver(text))

    def receive_reply(self, *, phone: str, sender: str, body: str) -> Text:
        """Take a text that a phone sends: the carrier's own part first, then the program's."""
        simulator = self._simulator
        text = simulator.add_text(Direction.INBOUND, from_number=phone, to_number=sender, body=body)
        simulator.saw(gettext_noop("%(phone)s wrote to the program"), phone=phone)
        keyword = keyword_in(body)
        if keyword:
            self._answer_keyword(keyword, phone=phone, sender=sender)
        self._start(self._hand_over(text, keyword))
        return text

    async def send_mail_back(self, raw: bytes) -> int | None:
        """Bring a mail to the program; its HTTP status, None when it never answered."""
        headers = signed_headers(self._options.mail_secret, raw)
        answer: int | None = None
        try:
            url = self._options.mail_url
            answer = (await self._http.post(url, content=raw, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            pass
        self._simulator.saw(
            gettext_noop("Sent a mail back to the program. It answered %(answer)s"), answer=answer
        )
        return answer

    async def turn_clock(self, seconds: int) -> bool:
        """Ask the program to turn the demo's clock, for pages without JavaScript."""
        try:
            answer = await self._http.post(
                self._options.clock_url, json={"advance_seconds": seconds}
            )
        except httpx.HTTPError:
            return False
        return answer.is_success

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _answer_keyword(self, keyword: Keyword, *, phone: str, sender: str) -> None:
        simulator = self._simulator
        pair = (phone, sender)
        answers = carrier_answers(keyword, blocked=pair in simulator.stopped)
        if keyword is Keyword.STOP:
            simulator.stopped.add(pair)
        elif keyword is Keyword.START:
            simulator.stopped.discard(pair)
        if answers:
            answer = simulator.add_text(
                Direction.CARRIER_ANSWER,
                from_number=sender,
                to_number=phone,
                body=simulator.carrier_answer(sender, keyword),
            )
            simulator.set_status(answer, TextStatus.DELIVERED)
            simulator.saw(gettext_noop("The carrier answered %(phone)s by itself"), phone=phone)

    async def _deliver(self, text: Text) -> None:
        lost = self._simulator.faults.take(FaultKind.UNDELIVERED, text.to_number, text.from_number)
        last = TextStatus.UNDELIVERED if lost else TextStatus.DELIVERED
        order = [TextStatus.QUEUED, TextStatus.SENT, last]
        if self._strikes(FaultKind.REORDER_CALLBACKS, text):
            order.reverse()
        times = 2 if self._strikes(FaultKind.DUPLICATE_CALLBACKS, text) else 1
        if late := self._simulator.faults.take(
            FaultKind.LATE_CALLBACKS, text.to_number, text.from_number
        ):
            await asyncio.sleep(late.seconds)
        if lost:
            text.error_code = lost.code or UNREACHABLE_HANDSET
        silent = self._strikes(FaultKind.LOSE_CALLBACKS, text) or not text.status_callback
        for status in order:
            await asyncio.sleep(self._options.status_step_seconds)
            if text.status is not last:
                self._simulator.set_status(text, status)
            for _ in range(0 if silent else times):
                await self._call_back(text, status)

    def _strikes(self, kind: FaultKind, text: Text) -> bool:
        return self._simulator.faults.take(kind, text.to_number, text.from_number) is not None

    async def _call_back(self, text: Text, status: TextStatus) -> None:
        sid, token = self._options.account(text.account_sid, self._simulator.accounts)
        parameters = status_parameters(text, status, sid)
        answer = await self._post(text.status_callback or "", parameters, token)
        self._simulator.saw(
            gettext_noop(
                "Told the program: text to %(phone)s is %(status)s. It answered %(answer)s"
            ),
            phone=text.to_number,
            status=status.value,
            answer=answer,
        )

    async def _hand_over(self, text: Text, keyword: Keyword | None) -> None:
        sid, token = self._options.account(text.account_sid, self._simulator.accounts)
        parameters = inbound_parameters(text, keyword, sid)
        if self._simulator.faults.take(FaultKind.LOSE_WEBHOOK, text.from_number, text.to_number):
            return
        if late := self._simulator.faults.take(
            FaultKind.LATE_WEBHOOK, text.from_number, text.to_number
        ):
            await asyncio.sleep(late.seconds)
        twice = self._simulator.faults.take(
            FaultKind.DUPLICATE_WEBHOOK, text.from_number, text.to_number
        )
        for _ in range(2 if twice else 1):
            answer = await self._post(self._options.webhook_url, parameters, token)
            self._simulator.saw(
                gettext_noop("Gave the program the reply of %(phone)s. It answered %(answer)s"),
                phone=text.from_number,
                answer=answer,
            )

    async def _post(self, url: str, parameters: dict[str, str], token: str) -> int | None:
        """The program's HTTP status, None when it never answered."""
        headers = {"X-Twilio-Signature": signature(url, parameters, token)}
        answer = None
        for wait in (*self._options.retry_after_seconds, None):
            answer = await self._post_once(url, parameters, headers)
            if wait is None or answer not in {None, httpx.codes.SERVICE_UNAVAILABLE}:
                break
            await asyncio.sleep(wait)
        return answer

    async def _post_once(
        self, url: str, parameters: dict[str, str], headers: dict[str, str]
    ) -> int | None:
        try:
            return (await self._http.post(url, data=parameters, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
