"""Pausing, for one organization and for all; and what a database put back from a backup does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text

from fakes.messaging import FAST, NOON, Clock, FakeSource, FakeTexts, a_message
from notify import restores
from notify.api import (
    drop_held,
    give_sender_number,
    held_messages,
    pause_own,
    pauses_in_force,
    queue_message,
    release_held,
    resume_own,
)
from notify.pauses import RESTORED, pause_all, resume_all, sender_status
from notify.restores import pause_after_restore
from notify.worker import Sender, send_message, sweep
from shared.database import Context
from shared.identifiers import new_id

if TYPE_CHECKING:
    from shared.database import Database


async def queued(database: Database, clinic: UUID, **changes: Any) -> UUID:
    async with database.transaction(Context(clinic)) as session:
        message_id = await queue_message(session, a_message(clinic, **changes), NOON)
    assert message_id is not None
    return message_id


async def test_a_paused_organization_sends_nothing_and_the_others_go_on(
    database: Database, worker_database: Database, clinic: UUID, sender: Sender, texts: FakeTexts
) -> None:
    other = new_id()
    async with worker_database.transaction(Context()) as session:
        await give_sender_number(session, other, "+12025550177", segments_per_second=FAST)
    mine, theirs = await queued(database, clinic), await queued(database, other)
    async with database.transaction(Context(clinic)) as session:
        assert await pause_own(session, by="Rosa Medina", why="wrong words", now=NOON)
        assert not await pause_own(session, by="Rosa Medina", why="again", now=NOON)
        [pause] = await pauses_in_force(session)
    assert (pause.of_all, pause.paused_by, pause.why) == (False, "Rosa Medina", "wrong words")
    assert await sweep(sender, at_once=1) == 1
    assert [each.message_id for each in texts.sent] == [theirs]
    assert not await send_message(sender, clinic, mine)
    async with database.transaction(Context(clinic)) as session:
        assert await resume_own(session, by="Rosa Medina", now=NOON)
        assert await pauses_in_force(session) == []
    assert await sweep(sender, at_once=1) == 1


async def test_nobody_pauses_or_resumes_another_house(
    database: Database, clinic: UUID, sender: Sender
) -> None:
    await queued(database, clinic)
    async with database.transaction(Context(new_id())) as session:
        assert await pause_own(session, by="X", why="y", now=NOON)
    async with database.transaction(Context()) as session:
        assert not await pause_own(session, by="X", why="y", now=NOON)
    assert await sweep(sender, at_once=1) == 1
    async with database.transaction(Context(clinic)) as session:
        assert await pauses_in_force(session) == []
        assert not await resume_own(session, by="X", now=NOON)


async def test_a_pause_of_all_stops_texts_and_mails_of_everybody(
    database: Database, worker_database: Database, clinic: UUID, sender: Sender
) -> None:
    await queued(database, clinic)
    await queued(database, clinic, channel="email")
    async with worker_database.transaction(Context()) as session:
        assert await pause_all(session, by="Op", why="carrier trouble", now=NOON)
    assert await sweep(sender, at_once=1) == 0
    async with database.transaction(Context(clinic)) as session:
        [pause] = await pauses_in_force(session)
        assert pause.of_all
        assert not await resume_own(session, by="Rosa", now=NOON)
    async with worker_database.transaction(Context()) as session:
        assert await resume_all(session, by="Op", now=NOON)
    assert await sweep(sender, at_once=1) == 2


async def elsewhere(database: Database) -> None:
    """As if the rows had been written on another server."""
    async with database.transaction(Context()) as session:
        await session.execute(text("update sender_home set timeline = timeline + 7"))


async def test_the_first_start_and_each_further_one_on_the_same_server_send(
    worker_database: Database,
) -> None:
    assert not await pause_after_restore(worker_database, NOON)
    assert not await pause_after_restore(worker_database, NOON)


async def test_a_database_put_back_starts_paused_and_a_person_decides_on_each_message(
    database: Database,
    worker_database: Database,
    owner_database: Database,
    clinic: UUID,
    sender: Sender,
    texts: FakeTexts,
) -> None:
    await pause_after_restore(worker_database, NOON)
    old = [await queued(database, clinic) for _ in range(3)]
    await elsewhere(worker_database)
    assert await pause_after_restore(worker_database, NOON)
    assert not await pause_after_restore(worker_database, NOON)
    fresh = await queued(database, clinic)
    assert await sweep(sender, at_once=1) == 0
    async with owner_database.transaction(Context()) as session:
        facts = await sender_status(session)
        assert facts["held"] == 3
        assert [each["why"] for each in facts["pauses"]] == [RESTORED]
    async with worker_database.transaction(Context()) as session:
        assert await resume_all(session, by="Op", now=NOON)
    assert await sweep(sender, at_once=1) == 1
    assert not await send_message(sender, clinic, old[0])
    async with database.transaction(Context(clinic)) as session:
        assert [each.id for each in await held_messages(session)] == old
        assert await release_held(session, [old[0]], NOON) == 1
        assert await drop_held(session, [old[1]], NOON) == 1
        assert await drop_held(session, [old[0], fresh], NOON) == 0
    assert await sweep(sender, at_once=1) == 1
    assert [each.message_id for each in texts.sent] == [fresh, old[0]]
    async with database.transaction(Context(clinic)) as session:
        states = await session.execute(
            text("select state from message where id = any(:ids) order by id"), {"ids": old}
        )
        assert list(states.scalars()) == ["sent", "suppressed", "queued"]


async def test_a_log_that_has_gone_back_is_a_restore_too(
    worker_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not await pause_after_restore(worker_database, NOON)
    further = {system: position + 1_000_000_000 for system, position in restores._furthest.items()}
    monkeypatch.setattr(restores, "_furthest", further)
    assert await pause_after_restore(worker_database, NOON)


async def test_a_number_sends_at_its_own_pace_and_answers_overtake(
    database: Database,
    worker_database: Database,
    sender: Sender,
    source: FakeSource,
    texts: FakeTexts,
    turned: Clock,
) -> None:
    slow = new_id()
    async with worker_database.transaction(Context()) as session:
        await give_sender_number(session, slow, "+12025550178")  # a long code: one a second
    bulk = [await queued(database, slow) for _ in range(4)]
    assert await sweep(sender, at_once=1) == 1
    reply = await queued(database, slow, is_reply=True)
    assert await sweep(sender, at_once=1) == 0
    for seconds in (1, 2, 3, 4):
        turned.now = NOON.replace(second=seconds)
        assert await sweep(sender, at_once=1) == 1
    assert [each.message_id for each in texts.sent] == [bulk[0], reply, *bulk[1:]]


async def test_a_text_of_two_segments_takes_two_turns(
    database: Database,
    worker_database: Database,
    sender: Sender,
    source: FakeSource,
    texts: FakeTexts,
    turned: Clock,
) -> None:
    slow = new_id()
    source.body = "x" * 200
    async with worker_database.transaction(Context()) as session:
        await give_sender_number(session, slow, "+12025550178")
    for _ in range(2):
        await queued(database, slow)
    sent = []
    for seconds in range(3):
        turned.now = NOON.replace(second=seconds)
        sent.append(await sweep(sender, at_once=1))
    assert sent == [1, 0, 1]
