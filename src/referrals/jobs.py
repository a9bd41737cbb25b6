"""Work that no person asked for: clocks that ring, texts that came in, messages' fates.

Everything is safe to do again: a clock's event key is its due time, a text's its provider id, a
message's fate its id and state. Every referral is handled in its own sender's context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from accounts.api import resolve_channel
from notify.api import Channel, MessageState, message_of, other_subjects
from referrals import clock_rules
from referrals.actions import plan_b
from referrals.actions.revoking import consent_over
from referrals.actions.undoing import held_word, release_held
from referrals.mail_replies import take_mail_back
from referrals.message_fates import AGENCY, ASKS, after_fate, look_or_settled
from referrals.models import Referral
from referrals.name_calls.pins import note_ending
from referrals.teams import join_team_of, referral_for_worker
from referrals.transition import DUE_KIND, lock_referral, transition
from referrals.words import Rule, Word, clock_word
from shared import due
from shared.database import Context

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from notify.api import MessageStory
    from shared.database import Database

log = structlog.get_logger()
# A referral carries at most sixteen clocks; more rounds than this are a fault in the rules.
ROUNDS = 40
PAGE = 500


async def run_due(database: Database, now: datetime) -> int:
    """Ring every clock that is due; gives how many rang. Running again changes nothing."""
    rang = 0
    # What did not ring (another kind's, a fault, not to be seen) keeps nobody behind it waiting.
    passed: set[UUID] = set()
    for _page in range(ROUNDS):
        async with database.transaction(Context(actor="clock")) as session:
            rows = await due.due_rows(session, now, PAGE + len(passed))
        fresh = [row for row in rows if row.subject_id not in passed]
        if not fresh:
            break
        for row in fresh:
            rang += await _calmly(database, row, now) if row.kind == DUE_KIND else 0
        passed |= {row.subject_id for row in fresh}
    return rang


async def _calmly(database: Database, row: due.Due, now: datetime) -> int:
    """One referral that fails must not keep the others waiting."""
    try:
        return await referral_due(database, row.organization_id, row.subject_id, now)
    except Exception as fault:  # noqa: BLE001 -- logged by kind, found again by the next sweep
        kind = type(fault).__name__
        log.error("referral_due_failed", referral=str(row.subject_id), fault=kind)  # noqa: TRY400
        return 0


async def referral_due(
    database: Database, organization_id: UUID, referral_id: UUID, now: datetime
) -> int:
    """Ring this referral's clocks, earliest first, each in a transaction of its own."""
    for rang in range(ROUNDS):
        context = Context(organization_id=organization_id, actor="clock")
        async with database.transaction(context) as session:
            await join_team_of(session, referral_id)
            if not await _ring(session, referral_id, now):
                return rang
    return ROUNDS


async def _ring(session: AsyncSession, referral_id: UUID, now: datetime) -> bool:
    if await session.get(Referral, referral_id) is None:
        # Not to be seen from here: its row in `due` must stay.
        return False
    referral = await lock_referral(session, referral_id)
    found = clock_rules.first_due(referral, now)
    if found is None:
        await _set_due(session, referral)
        return False
    rule, at = found
    if rule is Rule.HELD:
        key = f"clock:{Rule.HELD}:{at.isoformat()}"
        await release_held(session, referral_id, held_word(referral, key, now))
        return True
    word = clock_word(rule, at, now)
    if await _rings_itself(session, referral, rule, word):
        if referral.clock(rule) == at:
            # This instant rang before: it has nothing more to say.
            referral.set_clocks({rule: None})
            await _set_due(session, referral)
        return True
    outcome = await transition(
        session, referral_id, word, lambda row: clock_rules.decide(rule, row, now)
    )
    if outcome.repeated:
        # The same instant was set again after it rang: it has nothing more to say.
        outcome.referral.set_clocks({rule: None})
        await _set_due(session, outcome.referral)
    return True


async def _rings_itself(session: AsyncSession, referral: Referral, rule: Rule, word: Word) -> bool:
    """Clocks whose work is an action, not a decision about one row."""
    if rule is Rule.NEXT_PLACE:
        return await plan_b.ask_next_place(session, referral, word)
    if rule is Rule.CONSENT_OVER:
        await consent_over(session, referral.id, word)
        return True
    return False


async def _set_due(session: AsyncSession, referral: Referral) -> None:
    if referral.next_action_at is None:
        await due.clear_due(session, DUE_KIND, referral.id)
        return
    await due.set_due(
        session,
        referral.requester_organization_id,
        DUE_KIND,
        referral.id,
        referral.next_action_at,
    )


async def reply_received(
    database: Database, organization_id: UUID, inbound_id: UUID, now: datetime
) -> None:
    """A text came in: answers.py reads it and calls the action it asks for."""
    from referrals.answers import take_text  # answers imports the actions, which import much

    await take_text(database, organization_id, inbound_id, now)


async def mail_came_back(
    database: Database, organization_id: UUID, mail_id: UUID, now: datetime
) -> None:
    """Somebody, or a machine of theirs, wrote back to a mail of ours."""
    context = Context(organization_id=organization_id, actor="worker")
    async with database.transaction(context) as session:
        await take_mail_back(session, organization_id, mail_id, now)


async def message_outcome(
    database: Database, organization_id: UUID, message_id: UUID, now: datetime
) -> None:
    """A message arrived, or never will: note it, and ask a person where a person is needed."""
    context = Context(organization_id=organization_id, actor="worker")
    async with database.transaction(context) as session:
        story = await message_of(session, message_id)
        if story is None:
            return
        for subject_id in (story.subject_id, *await other_subjects(session, message_id)):
            referral = await referral_for_worker(session, subject_id)
            if referral is None:
                continue
            await look_or_settled(session, referral, story, now)
            if story.state is not MessageState.DELIVERED:
                await after_fate(session, referral, story, now)
            elif story.template in ASKS:
                await _note_phone(session, referral, story, now)  # reads the row anew
                referral.delivered_at = referral.delivered_at or story.delivered_at or now


async def _note_phone(
    session: AsyncSession, referral: Referral, story: MessageStory, now: datetime
) -> None:
    """Which phone it was, as far as staff may know."""
    if story.recipient_kind != AGENCY or story.channel is not Channel.SMS:
        return
    phone = await resolve_channel(session, story.recipient_id, now=now)
    if phone is not None:
        await note_ending(session, referral.id, phone.id, phone.address)
