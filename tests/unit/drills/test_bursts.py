"""M17's carrier and counts see a sender that is too quick."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from drills.bursts import (
    StrictCarrier,
    WalkedTime,
    most_in_a_second,
    segments_a_second,
    waits,
)

from notify.channels import Text
from notify.delivery import Outcome
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID


def a_text(body: str = "News.") -> Text:
    return Text(new_id(), "+12025550100", "+12025550144", body, timedelta(hours=1))


def at(*moments: float) -> list[tuple[float, int, UUID]]:
    return [(moment, 1, new_id()) for moment in moments]


@pytest.mark.parametrize(("later", "code"), [(0.1, "21611"), (0.9, "30001"), (1.0, None)])
async def test_the_carrier_takes_one_segment_a_second_and_no_more(
    later: float, code: str | None
) -> None:
    carrier = StrictCarrier()
    assert (await carrier.send(a_text())).outcome is Outcome.ACCEPTED
    carrier.walked.seconds = later
    assert (await carrier.send(a_text())).error_code == code
    assert carrier.too_fast == ([code] if code else [])


async def test_a_text_of_two_segments_keeps_the_carrier_busy_for_two_seconds() -> None:
    carrier = StrictCarrier()
    await carrier.send(a_text("x" * 200))
    carrier.walked.seconds = 1.9
    assert (await carrier.send(a_text())).outcome is Outcome.NOT_SENT
    carrier.walked.seconds = 2.0
    assert (await carrier.send(a_text())).outcome is Outcome.ACCEPTED


def test_texts_that_leave_too_fast_are_counted() -> None:
    assert segments_a_second(at(0, 1, 2)) == 1.0
    assert segments_a_second(at(0, 0.5, 1.0)) == 2.0
    assert most_in_a_second(at(0, 1, 2)) == 1
    assert most_in_a_second(at(0, 0.5, 1.4)) == 2


def test_an_answer_that_waited_is_counted_from_its_queue() -> None:
    taken = at(3.0, 9.0)
    assert waits({taken[1][2]: 2.0, new_id(): 1.0}, taken) == [7.0]


async def test_walked_time_wakes_whoever_waits_for_the_nearest_moment_first() -> None:
    walked, woken = WalkedTime(), list[int]()

    async def wait(seconds: int) -> None:
        await walked.sleep(seconds)
        woken.append(seconds)

    waiting = [asyncio.create_task(wait(seconds)) for seconds in (5, 2)]
    await asyncio.sleep(0)
    for _each in waiting:
        walked.jump()
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert (woken, walked.seconds) == ([2, 5], 5.0)
