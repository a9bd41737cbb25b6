"""An organization with a texting number, a source and channels of the test's own."""

from __future__ import annotations

from uuid import UUID

import pytest
import pytest_asyncio

from fakes.messaging import CLINIC_NUMBER, FAST, Clock, FakeMails, FakeSource, FakeTexts
from notify.api import give_sender_number, register_source
from notify.channels import Channels
from notify.worker import Sender
from shared.database import Context, Database
from shared.identifiers import new_id


@pytest.fixture
def turned() -> Clock:
    return Clock()


@pytest.fixture
def source() -> FakeSource:
    fake = FakeSource()
    register_source("fake", fake)
    return fake


@pytest.fixture
def texts() -> FakeTexts:
    return FakeTexts()


@pytest.fixture
def mails() -> FakeMails:
    return FakeMails()


@pytest_asyncio.fixture
async def clinic(worker_database: Database) -> UUID:
    organization_id = new_id()
    async with worker_database.transaction(Context()) as session:
        await give_sender_number(session, organization_id, CLINIC_NUMBER, segments_per_second=FAST)
    return organization_id


@pytest.fixture
def sender(
    worker_database: Database, texts: FakeTexts, mails: FakeMails, source: FakeSource, turned: Clock
) -> Sender:
    return Sender(worker_database, Channels(texts, mails), clock=turned, chance=lambda: 0.5)
