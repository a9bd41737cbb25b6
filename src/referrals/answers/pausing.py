"""FULL, FULL 14, OPEN and their "0" by text: said in the agency's context, told in the sender's.

FULL answers no request: the open ones stay with the agency, and each of them shows what it wrote.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.api import member_card
from directory.api import (
    PauseHow,
    Said,
    after_days,
    full_until,
    next_monday,
    say_full,
    say_open,
    take_back,
)
from referrals.answers.effects import AgencySaysFull, AgencyTakesFullBack
from referrals.answers.silence import may_answer
from referrals.decisions import Decision
from referrals.listing import DEFAULT_TIME_ZONE
from referrals.need_words import need_word
from referrals.transition import transition
from referrals.wording import visit_words
from referrals.words import EventKind
from shared.database import Context

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.answers.effects import CodedRequest
    from referrals.answers.reading import Reading
    from shared.database import Database

FULL, FULL_NONE_OPEN, OPEN_AGAIN, NOT_OURS = "A7", "A7n", "A7o", "AH0"


async def say(
    database: Database, reading: Reading, effect: AgencySaysFull | AgencyTakesFullBack
) -> None:
    """Say it for every agency on that phone, then tell how it stands now."""
    by_agency: dict[UUID, list[CodedRequest]] = defaultdict(list)
    for request in effect.requests:
        by_agency[request.performer_id].append(request)
    for agency_id, requests in by_agency.items():
        actor = f"agency_text:{requests[0].channel_id}"
        async with database.transaction(Context(agency_id, actor=actor)) as session:
            await _say(session, reading, effect, requests)
    async with reading.as_sender(database) as session:
        if await reading.is_done(session):
            return
        await reading.understood(session)
        await _note(session, reading, effect.requests)
        if await may_answer(session, reading, effect.requests[0]):
            await _tell(session, reading, effect)


async def _say(
    session: AsyncSession,
    reading: Reading,
    effect: AgencySaysFull | AgencyTakesFullBack,
    requests: Sequence[CodedRequest],
) -> None:
    places, now = _places(requests), reading.now
    if isinstance(effect, AgencyTakesFullBack):
        if effect.said.may_undo:
            await take_back(session, effect.said.change_id, now)
        return
    said = Said(PauseHow.TEXT, reading.text.id, now, requests[0].channel_id)
    if effect.opens:
        await say_open(session, await full_until(session, places, now), said)
        return
    zone = await _zone(session, requests[0].performer_id)
    until = next_monday(now, zone) if effect.days is None else after_days(now, zone, effect.days)
    await say_full(session, places, until, said)


async def _tell(
    session: AsyncSession, reading: Reading, effect: AgencySaysFull | AgencyTakesFullBack
) -> None:
    """A7 while something is full; else that it is open. What is no listing of theirs: help."""
    requests = effect.requests
    full = await full_until(session, _places(requests), reading.now)
    shown = [each for each in requests if each.place_id in full] or requests
    language = shown[0].language
    params = {"needs": _needs(shown, language)}
    codes = ", ".join(str(each.code) for each in requests if each.is_open)
    if full:
        zone = await _zone(session, shown[0].performer_id)
        params["until"] = visit_words(min(full.values()).astimezone(zone), language)
        params["codes"] = codes
        template = FULL if codes else FULL_NONE_OPEN
    elif isinstance(effect, AgencySaysFull) and not effect.opens:
        template = NOT_OURS
    else:
        template = OPEN_AGAIN
    await reading.text_agency(session, shown[0], template, params=params)


async def _note(session: AsyncSession, reading: Reading, requests: Iterable[CodedRequest]) -> None:
    """The sender reads beside each open request what they wrote."""
    wrote = Decision(kind=EventKind.AGENCY_WROTE, words={"note": reading.text.body})
    for request in requests:
        if request.is_open:
            word = reading.agency_word(request)
            await transition(session, request.referral_id, word, lambda _row: wrote)


def _needs(requests: Iterable[CodedRequest], language: str) -> str:
    words = [need_word(each.need, language) for each in requests]
    return ", ".join(dict.fromkeys(words))


def _places(requests: Iterable[CodedRequest]) -> list[UUID]:
    return sorted({each.place_id for each in requests if each.place_id is not None})


async def _zone(session: AsyncSession, agency_id: UUID) -> ZoneInfo:
    card = await member_card(session, agency_id)
    return ZoneInfo(card.time_zone if card is not None else DEFAULT_TIME_ZONE)
