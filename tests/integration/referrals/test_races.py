"""Eight people answer at once: one wins, seven are told kindly who was first."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from builders.referrals import TUESDAY, Town, a_town
from referrals.actions import AgencySays, AgencyWord, answer_as_agency
from referrals.errors import AlreadyAnswered
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus as S
from referrals.models import ReferralEvent
from referrals.reasons import Reason
from referrals.words import EventKind, Way

if TYPE_CHECKING:
    from uuid import UUID

    from shared.database import Database

ANSWERS = (
    (AgencySays.YES, Way.TEXT),
    (AgencySays.NO, Way.TEXT),
    (AgencySays.WAIT_LIST, Way.LINK),
    (AgencySays.NO, Way.LINK),
    (AgencySays.YES, Way.PAGE),
    (AgencySays.NO, Way.API),
    (AgencySays.QUESTION, Way.PAGE),
    (AgencySays.WAIT_LIST, Way.TEXT),
)


async def race(town: Town, referral_id: UUID) -> list[object]:
    async def one(number: int, says: AgencySays, way: Way) -> object:
        from dataclasses import replace

        word = replace(
            town.page(name=f"Person {number}"), way=way, event_key=f"race:{referral_id}:{number}"
        )
        said = AgencyWord(
            says, reason=Reason.NO_CAPACITY if says is AgencySays.NO else None, question="Size?"
        )
        async with town.as_agency(referral_id) as session:
            return await answer_as_agency(session, referral_id, word, said)

    tries = [one(number, *answer) for number, answer in enumerate(ANSWERS)]
    return list(await asyncio.gather(*tries, return_exceptions=True))


async def test_of_eight_answers_at_once_one_wins_and_seven_are_told_who(
    committed: dict[str, Database],
) -> None:
    town = await a_town(committed["app"])
    for number in range(5):
        referral = await town.sent()
        results = await race(town, referral.id)
        losers = [result for result in results if isinstance(result, AlreadyAnswered)]
        strange = [
            result
            for result in results
            if isinstance(result, BaseException) and not isinstance(result, AlreadyAnswered)
        ]
        # A question is an answer that leaves the request open: one more may follow it.
        assert strange == []
        assert len(losers) in {6, 7}, number
        assert all(loser.values["who"] for loser in losers)
    await run_due(committed["worker"], TUESDAY + timedelta(minutes=31))
    async with town.as_clinic() as session:
        events = list(await session.scalars(select(ReferralEvent)))
    for referral_id in {event.referral_id for event in events}:
        own = [event for event in events if event.referral_id == referral_id]
        leaving = [
            event
            for event in own
            if event.kind is EventKind.MOVED
            and event.status_from in {S.SENT, S.INFO_NEEDED}
            and event.status_to not in {S.SENT, S.INFO_NEEDED}
        ]
        assert len(leaving) <= 1


async def test_the_same_text_read_eight_times_at_once_has_one_effect(
    committed: dict[str, Database],
) -> None:
    town = await a_town(committed["app"])
    referral = await town.sent()

    async def read() -> bool:
        outcome = await town.says(referral.id, AgencySays.YES, town.text(key="sms:SM7"))
        return outcome.repeated

    repeated = await asyncio.gather(*(read() for _ in range(8)))
    assert sorted(repeated) == [False] + [True] * 7


async def test_two_sends_at_once_open_one_code_and_ask_once(
    committed: dict[str, Database],
) -> None:
    from referrals.actions import send_referral

    town = await a_town(committed["app"])
    draft = await town.draft()

    async def send() -> int | None:
        async with town.as_clinic() as session:
            outcome = await send_referral(
                session, draft.id, word=town.sender(key="page:the-same-form")
            )
            return outcome.referral.code

    assert await asyncio.gather(*(send() for _ in range(4))) == [10] * 4
    with pytest.raises(AssertionError):
        assert (await town.sent()).code == 10
