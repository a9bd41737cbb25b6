"""M9: webhooks while the database behind the web server says nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from httpx import AsyncClient, HTTPError, Limits

from drills.bar import Depth, Seen
from drills.served import a_server
from fakes.messaging import CLINIC_NUMBER, FAST
from notify.api import give_sender_number
from shared.database import Context
from shared.identifiers import new_id
from support.inbound_drills import MESSAGES, Form, inbound, phone, posted, signature
from support.tcp_faults import faulty_proxy, socket_of, through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drills.stage import Stage

PACE, PACE_IN_STALL = 50, 5
WITHIN_S, NORMAL_P99_S = 2.0, 0.3
WARM = 50
NO_ANSWER = 0
STORED = "select message_sid from inbound_text"


@dataclass(frozen=True, slots=True)
class Answer:
    """One webhook's answer: to which text, its status, and how long after its moment it came."""

    number: int
    status: int
    seconds: float


async def stalled_database(stage: Stage, depth: Depth) -> Seen:
    """First at a normal pace, then with the database silent, then the provider tries again."""
    normal, stall_s = (1000, 30) if depth is Depth.NIGHTLY else (200, 8)
    async with stage.place() as place, faulty_proxy(socket_of(place.urls["app"])) as faults:
        async with place.worker.transaction(Context()) as session:
            await give_sender_number(session, new_id(), CLINIC_NUMBER, segments_per_second=FAST)
        behind = through(place.urls["app"], faults.port)
        async with (
            a_server(stage, place, app_url=behind) as system,
            _provider(system.address) as provider,
        ):
            hooks = Webhooks(provider, system.address)
            await hooks.sent(WARM, PACE)
            calm = await hooks.sent(normal, PACE)
            faults.silent()
            silent = await hooks.sent(stall_s * PACE_IN_STALL, PACE_IN_STALL)
            faults.calm()
            again = await hooks.sent_again([each for each in silent if not _ok(each)])
        stored = [str(sid) for (sid,) in place.rows(STORED)]
    return judged(calm, silent, again, stored, stall_s)


def judged(
    calm: Sequence[Answer],
    silent: Sequence[Answer],
    again: Sequence[Answer],
    stored: Sequence[str],
    stall_s: int,
) -> Seen:
    """The numbers of all four."""
    usual = percentile([each.seconds for each in calm], 0.99)
    slowest = max(each.seconds for each in silent)
    later = sum(each.status == HTTPStatus.SERVICE_UNAVAILABLE for each in silent)
    kept = {int(sid.removeprefix("SM")) for sid in stored}
    lost = [each for each in silent if _ok(each) and each.number not in kept]
    other = len(silent) - later - sum(_ok(each) for each in silent)
    failed = sum(not _ok(each) for each in (*calm, *again))
    twice = len(stored) - len(kept)
    return Seen(
        f"silent {stall_s} s: {len(silent)} texts, {later} answered 503, {other} otherwise, slowest"
        f" {slowest:.2f} s, {len(lost)} said to be stored and not; tried again: {failed} not taken,"
        f" {twice} twice; p99 {1000 * usual:.0f} ms over {len(calm)} at {PACE}/s",
        later > 0
        and (other, len(lost), failed, twice) == (0, 0, 0, 0)
        and slowest <= WITHIN_S
        and usual <= NORMAL_P99_S,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


@dataclass
class Webhooks:
    """The provider, which posts at its own pace whether or not we keep up."""

    client: AsyncClient
    address: str
    number: int = 0

    async def sent(self, texts: int, pace: int) -> list[Answer]:
        """New texts, so many a second."""
        numbers = range(self.number, self.number + texts)
        self.number += texts
        return await self._at_pace(numbers, pace)

    async def sent_again(self, answers: Sequence[Answer]) -> list[Answer]:
        """What was not taken, as the provider does after a 503."""
        return await self._at_pace([each.number for each in answers], PACE)

    async def _at_pace(self, numbers: Sequence[int], pace: int) -> list[Answer]:
        prepared = [self._prepared(number) for number in numbers]
        begun = asyncio.get_running_loop().time()
        posts = (
            self._post(number, begun + place / pace, *what)
            for place, (number, what) in enumerate(zip(numbers, prepared, strict=True))
        )
        return list(await asyncio.gather(*posts))

    def _prepared(self, number: int) -> tuple[Form, str]:
        form = inbound(f"text {number}", number, From=phone(number))
        return form, signature(MESSAGES, form, address=self.address)

    async def _post(self, number: int, at: float, form: Form, signed: str) -> Answer:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(at - loop.time())
        try:
            status = (await posted(self.client, MESSAGES, form, signed)).status_code
        except HTTPError:
            status = NO_ANSWER
        # From the moment it was due: a queue on the way counts.
        return Answer(number, status, loop.time() - at)


def _provider(address: str) -> AsyncClient:
    return AsyncClient(
        base_url=address, timeout=15, trust_env=False, limits=Limits(max_connections=100)
    )


def _ok(answer: Answer) -> bool:
    return answer.status == HTTPStatus.OK
