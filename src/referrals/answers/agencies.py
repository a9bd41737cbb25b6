"""Does what an agency's text asks for: answers in its own context, replies in the sender's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from accounts.api import stop_channel, verify_channel_by_text
from notify.api import SuppressionReason, close_question, count_unclear, suppress
from referrals import overdue
from referrals.actions import AgencyWord, answer_as_agency, give_reason, undo_answer
from referrals.answers.effects import AgencyAnswers, AgencyReason, AgencyUndo
from referrals.answers.silence import may_answer
from referrals.decisions import Decision, NewTask
from referrals.errors import AlreadyAnswered
from referrals.going_out import channel_agreed
from referrals.lifecycle import WAITING
from referrals.name_calls.pins import note_ending, number_to_call
from referrals.queries.phones import codes_of_phone
from referrals.tasks import TaskKind
from referrals.transition import transition
from referrals.words import EventKind
from shared.database import Context
from shared.errors import Conflict, HandbackError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.answers.effects import (
        AgencyHelp,
        AgencyStops,
        AgencyUnclear,
        ChannelAnswers,
        CodedRequest,
    )
    from referrals.answers.reading import Reading
    from referrals.models import Referral
    from shared.database import Database

HELP_AFTER_UNCLEAR, CALL_AFTER_UNCLEAR = 2, 4
REPLY_TO_UNDO_REFUSED = "AO"


async def answer(
    database: Database, reading: Reading, effect: AgencyAnswers | AgencyReason | AgencyUndo
) -> None:
    """An answer, a reason or an undo. A refusal is said back kindly, never "invalid code"."""
    request = effect.request
    try:
        async with database.transaction(_agency_context(request)) as session:
            if await reading.is_done(session):
                return
            await _act(session, reading, effect)
        async with reading.as_sender(database) as session:
            await reading.understood(session)
            number = reading.text.from_number
            await note_ending(session, request.referral_id, request.channel_id, number)
            if request.referral_id == reading.agency_asked_about:
                await close_question(session, reading.organization_id, reading.text.from_hash)
    except Conflict as refusal:
        await _refused(database, reading, effect, refusal)


async def _act(
    session: AsyncSession, reading: Reading, effect: AgencyAnswers | AgencyReason | AgencyUndo
) -> None:
    request = effect.request
    word = reading.agency_word(request)
    if isinstance(effect, AgencyAnswers) and not effect.replies:
        word = replace(word, reply_channel_id=None)
    match effect:
        case AgencyAnswers(says=says, reason=reason, note=note):
            hears = await number_to_call(session, reading.organization_id, request.channel_id)
            word = replace(word, hears_by_phone=hears is not None)
            said = AgencyWord(says, reason=reason, note=note)
            await answer_as_agency(session, request.referral_id, word, said)
        case AgencyReason(reason=reason):
            await give_reason(session, request.referral_id, word, reason)
        case AgencyUndo():
            await undo_answer(session, request.referral_id, word)


async def _refused(
    database: Database,
    reading: Reading,
    effect: AgencyAnswers | AgencyReason | AgencyUndo,
    refusal: HandbackError,
) -> None:
    async with reading.as_sender(database) as session:
        request = effect.request
        if await reading.is_done(session) or not await may_answer(session, reading, request):
            return
        if isinstance(effect, AgencyUndo):
            await reading.text_agency(session, request, REPLY_TO_UNDO_REFUSED)
        elif isinstance(refusal, AlreadyAnswered):
            params = {"answer": str(refusal.values["answer"])}
            await reading.text_agency(session, request, "AT", params=params)
        else:
            await _help(session, reading, request)


async def unclear(database: Database, reading: Reading, effect: AgencyUnclear) -> None:
    """Not understood: kept on the record; twice brings the help text, four times a call task."""
    async with reading.as_sender(database) as session:
        if await reading.is_done(session):
            return
        count = await count_unclear(session, reading.organization_id, reading.text.from_hash)
        request = effect.request
        if request is None:
            return
        await transition(
            session,
            request.referral_id,
            reading.agency_word(request),
            lambda referral: _not_understood(referral, reading, count),
        )
        if effect.which and await may_answer(session, reading, request):
            codes = await _codes(session, reading)
            template = "AW" if codes else "AH0"
            await reading.text_agency(session, request, template, params={"codes": codes})
        elif count == HELP_AFTER_UNCLEAR and await may_answer(session, reading, request):
            await _help(session, reading, request)


def _not_understood(referral: Referral, reading: Reading, count: int) -> Decision:
    due = overdue.end_of_answering_day(reading.now, 1, referral.requester_hours)
    task = NewTask(TaskKind.CALL_AGENCY_UNCLEAR, due, words=reading.text.body)
    return Decision(
        kind=EventKind.UNCLEAR_REPLY,
        words={"note": reading.text.body},
        tasks=(task,) if count == CALL_AFTER_UNCLEAR else (),
    )


async def help_out(database: Database, reading: Reading, effect: AgencyHelp) -> None:
    """HELP or AYUDA."""
    request = effect.request
    if request is None:
        return
    async with reading.as_sender(database) as session:
        if await reading.is_done(session) or not await may_answer(session, reading, request):
            return
        await _help(session, reading, request)


async def _help(session: AsyncSession, reading: Reading, request: CodedRequest) -> None:
    codes = await _codes(session, reading)
    template = "AH" if codes else "AH0"
    await reading.text_agency(session, request, template, params={"codes": codes})


async def _codes(session: AsyncSession, reading: Reading) -> str:
    rows = await codes_of_phone(session, reading.organization_id, reading.text.from_hash)
    return ", ".join(str(row.code) for row in rows if row.is_open)


async def stop(database: Database, reading: Reading, effect: AgencyStops) -> None:
    """No more texts from this clinic: whoever waits for this phone's answer is called instead."""
    organization_id, hashed = reading.organization_id, reading.text.from_hash
    reason = SuppressionReason.CARRIER_STOP if effect.by_carrier else SuppressionReason.OWN_WORDS
    async with reading.as_sender(database) as session:
        if await reading.is_done(session):
            return
        await suppress(session, organization_id, hashed, reason, reading.now)
        await close_question(session, organization_id, hashed)
        for request in effect.requests:
            if request.is_open:
                await transition(
                    session,
                    request.referral_id,
                    reading.agency_word(request),
                    lambda referral: _stopped(referral, reading),
                )
        if effect.confirms and effect.requests:
            await reading.text_agency(session, effect.requests[0], "AS", ends_texts=True)


def _stopped(referral: Referral, reading: Reading) -> Decision:
    due = overdue.end_of_answering_day(reading.now, 1, referral.requester_hours)
    task = NewTask(TaskKind.CALL_AGENCY_UNREACHABLE, due)
    return Decision(
        kind=EventKind.AGENCY_WROTE,
        words={"note": reading.text.body},
        tasks=(task,) if referral.status in WAITING else (),
    )


async def opt_in(database: Database, reading: Reading, effect: ChannelAnswers) -> None:
    """The answer to A0: this phone may be texted from now on, or never.

    After a yes everything that waited for this agency is asked there.
    """
    asked = effect.opt_in
    if asked.again and effect.yes:
        return
    async with reading.as_sender(database) as session:
        if await reading.is_done(session):
            return
        await close_question(session, reading.organization_id, reading.text.from_hash)
        await reading.understood(session)
        if effect.yes:
            await verify_channel_by_text(session, asked.channel_id, now=reading.now)
            await reading.text_agency(session, asked, "A0y")
            await channel_agreed(
                session, asked.channel_id, reading.now, sender_id=reading.organization_id
            )
        else:
            await stop_channel(session, asked.channel_id, now=reading.now)


def _agency_context(request: CodedRequest) -> Context:
    """The agency's, and this one request."""
    return Context(
        organization_id=request.performer_id,
        referral_id=request.referral_id,
        actor=f"agency_text:{request.channel_id}",
    )
