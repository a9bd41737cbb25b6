"""STOP comes while a text is claimed and waits for its moment: it is not sent any more."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from fakes.messaging import ANA, NOON, FakeTexts, a_message
from notify.api import (
    NewMessage,
    SuppressionReason,
    is_suppressed,
    phone_hash,
    queue_message,
    suppress,
    suppression_reason,
)
from notify.claiming import Lane
from notify.delivery import Channel, Outcome
from notify.worker import STALLED, claim_some, record_some, send_claimed
from shared.database import Context, Database

if TYPE_CHECKING:
    from uuid import UUID

    from notify.claiming import Claimed
    from notify.worker import Sender


async def claimed_text(
    sender: Sender, database: Database, new: NewMessage, *, waits: bool = True
) -> Claimed:
    """Queued and claimed; with `waits` for its number's next free moment."""
    async with database.transaction(Context(organization_id=new.organization_id)) as session:
        assert await queue_message(session, new, NOON)
    lane = Lane(new.organization_id, Channel.SMS)
    [claimed], _seen = await claim_some(sender, lane, most=1)
    return replace(claimed, wait_s=0.06) if waits else claimed


async def say_stop(database: Database, clinic: UUID, reason: SuppressionReason) -> None:
    async with database.transaction(Context(organization_id=clinic)) as session:
        await suppress(session, clinic, phone_hash(ANA), reason, NOON)


async def state_of(database: Database, clinic: UUID) -> tuple[str, str | None]:
    async with database.transaction(Context(organization_id=clinic)) as session:
        row = (await session.execute(text("select state, reason from message"))).one()
        return row.state, row.reason


@pytest.mark.parametrize("reason", list(SuppressionReason))
async def test_a_text_that_waits_for_its_moment_is_not_sent_after_a_stop(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts, reason: SuppressionReason
) -> None:
    claimed = await claimed_text(sender, database, a_message(clinic))
    await say_stop(database, clinic, reason)

    result = await send_claimed(sender, claimed)
    await record_some(sender, clinic, [(claimed.attempt, result)])

    assert texts.sent == []
    assert await state_of(database, clinic) == ("suppressed", "opted_out")
    async with database.transaction(Context(organization_id=clinic)) as session:
        assert await suppression_reason(session, clinic, phone_hash(ANA)) == reason


async def test_a_text_that_was_kept_behind_others_is_looked_at_again_too(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    claimed = await claimed_text(sender, database, a_message(clinic), waits=False)
    await say_stop(database, clinic, SuppressionReason.OWN_WORDS)

    late = replace(claimed, started=time.monotonic() - 2)

    assert (await send_claimed(sender, late)).outcome is Outcome.OPTED_OUT
    assert texts.sent == []


async def test_a_stop_that_comes_while_the_provider_takes_the_text_changes_nothing_of_it(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    """It left before STOP was stored; the next one does not."""

    async def stop(_text: object) -> None:
        await say_stop(database, clinic, SuppressionReason.CARRIER_STOP)

    texts.before_answer = stop
    claimed = await claimed_text(sender, database, a_message(clinic))

    result = await send_claimed(sender, claimed)
    await record_some(sender, clinic, [(claimed.attempt, result)])

    assert (len(texts.sent), (await state_of(database, clinic))[0]) == (1, "sent")
    async with database.transaction(Context(organization_id=clinic)) as session:
        assert await is_suppressed(session, clinic, phone_hash(ANA))


async def test_the_one_confirmation_still_goes(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    await say_stop(database, clinic, SuppressionReason.OWN_WORDS)
    new = a_message(clinic, template="P9", confirms_opt_out=True, is_reply=True)

    claimed = await claimed_text(sender, database, new)

    assert (await send_claimed(sender, claimed)).outcome is Outcome.ACCEPTED
    assert len(texts.sent) == 1


async def test_a_database_that_is_away_at_the_last_look_sends_nothing(
    database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    claimed = await claimed_text(sender, database, a_message(clinic))
    gone = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")

    result = await send_claimed(replace(sender, database=gone), claimed)
    await gone.dispose()

    assert result == STALLED
    assert texts.sent == []
