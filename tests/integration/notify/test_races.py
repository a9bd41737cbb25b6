from __future__ import annotations

import asyncio
from uuid import UUID

import pytest_asyncio
from sqlalchemy import text

from fakes.messaging import CLINIC_NUMBER, FAST, Clock, FakeSource, FakeTexts, a_message
from notify.api import give_sender_number, queue_message
from notify.channels import Channels, Text
from notify.worker import Sender, send_message, sweep
from shared.database import Context, Database
from shared.identifiers import new_id


@pytest_asyncio.fixture
async def busy_clinic(committed: dict[str, Database]) -> UUID:
    organization_id = new_id()
    async with committed["worker"].transaction(Context()) as session:
        await give_sender_number(session, organization_id, CLINIC_NUMBER, segments_per_second=FAST)
    return organization_id


async def test_five_workers_on_one_message_send_it_once(
    committed: dict[str, Database], busy_clinic: UUID, source: FakeSource, turned: Clock
) -> None:
    texts = FakeTexts()

    async def slowly(_: Text) -> None:
        await asyncio.sleep(0.05)

    texts.before_answer = slowly
    sender = Sender(committed["worker"], Channels(texts), clock=turned)
    for _ in range(10):
        async with committed["app"].transaction(Context(organization_id=busy_clinic)) as session:
            message_id = await queue_message(session, a_message(busy_clinic), turned.now)
        assert message_id is not None
        await asyncio.gather(
            *(send_message(sender, busy_clinic, message_id) for _ in range(5)), sweep(sender)
        )
    assert len(texts.sent) == 10
    assert len({parcel.message_id for parcel in texts.sent}) == 10


async def test_twins_with_one_key_written_at_once_are_one_message(
    committed: dict[str, Database], busy_clinic: UUID
) -> None:
    async def write() -> UUID | None:
        async with committed["app"].transaction(Context(organization_id=busy_clinic)) as session:
            return await queue_message(session, a_message(busy_clinic, deduplication_key="one"))

    written = await asyncio.gather(*(write() for _ in range(8)))
    assert sum(each is not None for each in written) == 1
    async with committed["app"].transaction(Context(organization_id=busy_clinic)) as session:
        found = await session.execute(text("select count(*) from message"))
        assert found.scalar_one() == 1


async def test_no_lock_is_held_while_the_provider_is_talked_to(
    committed: dict[str, Database], busy_clinic: UUID, source: FakeSource, turned: Clock
) -> None:
    texts = FakeTexts()

    async def look(parcel: Text) -> None:
        async with committed["worker"].transaction(Context(organization_id=busy_clinic)) as session:
            await session.execute(
                text("select 1 from message where id = :id for update nowait"),
                {"id": parcel.message_id},
            )

    texts.before_answer = look
    sender = Sender(committed["worker"], Channels(texts), clock=turned)
    async with committed["app"].transaction(Context(organization_id=busy_clinic)) as session:
        message_id = await queue_message(session, a_message(busy_clinic), turned.now)
    assert message_id is not None
    assert await send_message(sender, busy_clinic, message_id)
