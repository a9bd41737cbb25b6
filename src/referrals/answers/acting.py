"""Does what a text asks for: calls the actions, each in the context of whose word it is.

A refusal is answered in kind words by text; nothing here decides what a text means.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from notify.api import load_inbound
from referrals import strangers
from referrals.answers import agencies, patients, pausing
from referrals.answers.effects import (
    AgencyAnswers,
    AgencyHelp,
    AgencyReason,
    AgencySaysFull,
    AgencyStops,
    AgencyTakesFullBack,
    AgencyUnclear,
    AgencyUndo,
    ChannelAnswers,
    Effect,
    PatientDigit,
    PatientNeedsText,
    PatientStops,
    PatientWords,
    UnknownPhone,
)
from referrals.answers.facts import read_facts
from referrals.answers.meaning import effects_of, question_party
from referrals.answers.reading import Reading
from referrals.teams import join_teams_here
from referrals.wording import Party
from shared.attempts import add_attempt, attempts_since
from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from shared.database import Database

log = structlog.get_logger()
WRONG_CODES, WRONG_CODES_WITHIN = 5, timedelta(hours=1)


async def take_text(
    database: Database, organization_id: UUID, inbound_id: UUID, now: datetime
) -> None:
    """Read one stored text and do what it asks for. Reading it again changes nothing."""
    context = Context(organization_id=organization_id, actor="text")
    async with database.transaction(context) as session:
        await join_teams_here(session)
        text = await load_inbound(session, inbound_id)
        facts = await read_facts(session, organization_id, text, now)
    asked = facts.question_about if question_party(facts) is Party.AGENCY else None
    reading = Reading(text, organization_id, now, agency_asked_about=asked)
    for number, effect in enumerate(effects_of(text.body, text.opt_out_type, facts)):
        await _do(database, replace(reading, number=number), effect)


async def _do(database: Database, reading: Reading, effect: Effect) -> None:
    match effect:
        case PatientDigit() | PatientWords() | PatientNeedsText() | PatientStops():
            await _of_patient(database, reading, effect)
        case UnknownPhone():
            await _unknown(database, reading, effect)
        case AgencySaysFull() | AgencyTakesFullBack():
            await pausing.say(database, reading, effect)
        case _:
            await _of_agency(database, reading, effect)


async def _of_agency(
    database: Database,
    reading: Reading,
    effect: AgencyAnswers
    | AgencyReason
    | AgencyUndo
    | AgencyUnclear
    | AgencyHelp
    | AgencyStops
    | ChannelAnswers,
) -> None:
    match effect:
        case AgencyAnswers() | AgencyReason() | AgencyUndo():
            await agencies.answer(database, reading, effect)
        case AgencyUnclear():
            await agencies.unclear(database, reading, effect)
        case AgencyHelp():
            await agencies.help_out(database, reading, effect)
        case AgencyStops():
            await agencies.stop(database, reading, effect)
        case ChannelAnswers():
            await agencies.opt_in(database, reading, effect)


async def _of_patient(
    database: Database,
    reading: Reading,
    effect: PatientDigit | PatientWords | PatientNeedsText | PatientStops,
) -> None:
    match effect:
        case PatientDigit():
            await patients.answer(database, reading, effect)
        case PatientWords():
            await patients.wrote(database, reading, effect)
        case PatientNeedsText():
            await patients.needs_text(database, reading, effect)
        case PatientStops():
            await patients.stop(database, reading, effect)


async def _unknown(database: Database, reading: Reading, effect: UnknownPhone) -> None:
    """Nobody whom this clinic knows: a person reads it; five wrong codes an hour lock it out."""
    peer = f"{reading.organization_id}:{reading.text.from_hash.hex()}"
    async with database.transaction(Context(actor="text")) as session:
        since = reading.now - WRONG_CODES_WITHIN
        locked = await attempts_since(session, "sms_code", peer, since) >= WRONG_CODES
        if effect.tried_code and not locked:
            await add_attempt(session, "sms_code", peer, reading.now)
    if not locked:
        async with reading.as_sender(database) as session:
            if not await reading.is_done(session):
                text, organization_id = reading.text, reading.organization_id
                await strangers.keep(session, organization_id, text, danger=effect.danger)
                await strangers.answer_once(session, organization_id, text, reading.now)
    log.info("text_from_unknown_phone", inbound=str(reading.text.id), locked=locked)
