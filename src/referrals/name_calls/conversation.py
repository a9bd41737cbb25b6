"""One call from the first ring to the end: PIN, which request, name and number.

Every turn counts once. Whether a phone is known is not to be learned: everybody hears the same
until a PIN was right, and who guesses is shut out alike. The row of a call knows its keys by
number only; what is said is stored nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from accounts.api import member_card
from notify.api import organization_of_number, phone_hash
from notify.voice import Answer
from referrals.models.name_calls import NameCall
from referrals.name_calls import speech
from referrals.name_calls.callers import Caller, callers_here, is_locked, wrong_pin_typed
from referrals.name_calls.disclosing import Teller, requests_of, tell
from referrals.name_calls.pins import is_pin, takes_calls
from referrals.name_calls.steps import (
    CODE_LENGTH,
    LONGEST_CALL,
    PIN_LENGTH,
    TRIES,
    Choice,
    Step,
    choice_of,
)
from shared.crypto import routing_hash
from shared.database import Context, set_context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.voice import ArrivedCall, Spoken
    from shared.database import Database

VOICE = Context(actor="voice")
KEYS_TO = "/webhooks/twilio/voice/keys?turn={turn}"


@dataclass(slots=True)
class _Line:
    """A call in its transaction."""

    session: AsyncSession
    sender_id: UUID
    house: speech.House
    call: ArrivedCall
    caller: bytes | None
    now: datetime


async def answer_call(database: Database, call: ArrivedCall, now: datetime) -> Answer:
    """It rings."""
    async with database.transaction(VOICE) as session:
        line = await _line(session, call, now)
        if isinstance(line, Answer):
            return line
        if await is_locked(session, line.sender_id, line.caller, now):
            return Answer(speech.locked(line.house))
        await session.execute(
            insert(NameCall)
            .values(
                id=new_id(),
                organization_id=line.sender_id,
                call_hash=_call_hash(call),
                step=Step.PIN,
                turn=1,
                wrong_tries=0,
                started_at=now,
            )
            .on_conflict_do_nothing()
        )
        return _asks(speech.greeting(line.house), PIN_LENGTH, 1)


async def answer_keys(database: Database, call: ArrivedCall, turn: int, now: datetime) -> Answer:
    """Keys were pressed in turn `turn`."""
    async with database.transaction(VOICE) as session:
        line = await _line(session, call, now)
        if isinstance(line, Answer):
            return line
        row = await session.scalar(
            select(NameCall).where(NameCall.call_hash == _call_hash(call)).with_for_update()
        )
        if row is None or not _is_on(row, turn, now):
            return Answer(speech.call_again())
        row.turn += 1
        match row.step:
            case Step.PIN:
                return await _pin_pressed(line, row)
            case Step.CODE:
                return await _code_pressed(line, row)
            case _:
                return await _choice_pressed(line, row)


def _is_on(row: NameCall, turn: int, now: datetime) -> bool:
    fresh = now - row.started_at <= LONGEST_CALL
    return row.turn == turn and row.step is not Step.OVER and fresh


async def _line(session: AsyncSession, call: ArrivedCall, now: datetime) -> _Line | Answer:
    sender_id = await organization_of_number(session, call.to_number)
    if sender_id is None:
        return Answer(speech.texts_only(None))
    await set_context(session, Context(organization_id=sender_id, actor=VOICE.actor))
    card = await member_card(session, sender_id)
    if card is None:
        return Answer(speech.texts_only(None))
    house = speech.House(card.sender_label or card.name, card.voice_phone)
    if not await takes_calls(session, sender_id):
        return Answer(speech.texts_only(house))
    caller = phone_hash(call.from_number) if call.from_number else None
    return _Line(session, sender_id, house, call, caller, now)


async def _pin_pressed(line: _Line, row: NameCall) -> Answer:
    known = await callers_here(line.session, line.caller, line.now)
    if await is_locked(line.session, line.sender_id, line.caller, line.now):
        return _over(line, row, speech.locked(line.house))
    for caller in known:
        if await is_pin(line.session, line.sender_id, caller.channel_id, line.call.digits):
            row.channel_id, row.wrong_tries = caller.channel_id, 0
            return await _after_pin(line, row, caller)
    row.wrong_tries += 1
    if row.wrong_tries >= TRIES:
        row.step, row.ended_at = Step.OVER, line.now
    await line.session.flush()
    locked = await wrong_pin_typed(line.session, line.sender_id, line.caller, known, line.now)
    if locked or row.wrong_tries >= TRIES:
        return Answer(speech.locked(line.house))
    return _asks(speech.wrong_pin(line.house), PIN_LENGTH, row.turn)


async def _after_pin(line: _Line, row: NameCall, caller: Caller) -> Answer:
    teller = _teller(line, row, caller)
    codes = [request.code for request in await requests_of(line.session, teller)]
    if not codes:
        return _over(line, row, speech.nobody_waits(caller.language, line.house))
    if len(codes) == 1:
        return await _tell(line, row, teller, codes[0], others=False)
    row.step = Step.CODE
    return _asks(speech.which_code(caller.language, codes, wrong=False), CODE_LENGTH, row.turn)


async def _code_pressed(line: _Line, row: NameCall) -> Answer:
    caller = await _caller(line, row)
    if caller is None:
        return _over(line, row, speech.call_again())
    teller = _teller(line, row, caller)
    codes = [request.code for request in await requests_of(line.session, teller)]
    if line.call.digits in {str(code) for code in codes}:
        return await _tell(line, row, teller, int(line.call.digits), others=len(codes) > 1)
    row.wrong_tries += 1
    if row.wrong_tries >= TRIES or not codes:
        return _over(line, row, speech.nobody_waits(caller.language, line.house))
    return _asks(speech.which_code(caller.language, codes, wrong=True), CODE_LENGTH, row.turn)


async def _choice_pressed(line: _Line, row: NameCall) -> Answer:
    caller = await _caller(line, row)
    if caller is None or row.referral_id is None:
        return _over(line, row, speech.call_again())
    teller, choice = _teller(line, row, caller), choice_of(line.call.digits)
    requests = await requests_of(line.session, teller)
    codes = [request.code for request in requests]
    code = next((each.code for each in requests if each.referral_id == row.referral_id), None)
    if choice is Choice.END:
        return _over(line, row, speech.goodbye(caller.language))
    if choice is Choice.ANOTHER and len(codes) > 1:
        row.step, row.wrong_tries = Step.CODE, 0
        return _asks(speech.which_code(caller.language, codes, wrong=False), CODE_LENGTH, row.turn)
    return await _tell(line, row, teller, code, others=len(codes) > 1, notes=choice is Choice.NOTES)


async def _tell(  # noqa: PLR0913 -- what is said to whom
    line: _Line,
    row: NameCall,
    teller: Teller,
    code: int | None,
    *,
    others: bool,
    notes: bool = False,
) -> Answer:
    what = await tell(line.session, teller, code)
    if what is None:
        return _over(line, row, speech.nobody_waits(teller.language, line.house))
    row.step, row.referral_id = Step.TOLD, what.referral_id
    say = speech.more if notes else speech.told
    return _asks(say(teller.language, what.told, others=others), 1, row.turn)


def _teller(line: _Line, row: NameCall, caller: Caller) -> Teller:
    return Teller(
        call_id=row.id,
        sender_id=line.sender_id,
        agency_id=caller.member_id,
        channel_id=caller.channel_id,
        language=caller.language,
        now=line.now,
    )


async def _caller(line: _Line, row: NameCall) -> Caller | None:
    """Whoever gave the PIN, if the phone still is one of theirs."""
    known = await callers_here(line.session, line.caller, line.now)
    return next((each for each in known if each.channel_id == row.channel_id), None)


def _asks(says: tuple[Spoken, ...], keys: int, turn: int) -> Answer:
    return Answer(says, keys, KEYS_TO.format(turn=turn), speech.silence())


def _over(line: _Line, row: NameCall, says: tuple[Spoken, ...]) -> Answer:
    row.step, row.ended_at = Step.OVER, line.now
    return Answer(says)


def _call_hash(call: ArrivedCall) -> bytes:
    return routing_hash("call", call.call_sid)
