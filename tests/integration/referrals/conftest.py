"""A clinic, a place and their phones, for every test here that doesn't make its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from builders.phones import Phones, some_phones
from builders.referrals import Town, a_town

if TYPE_CHECKING:
    from shared.database import Database


@pytest_asyncio.fixture
async def town(database: Database) -> Town:
    """Lincoln Clinic and Harbor Pantry."""
    return await a_town(database)


@pytest_asyncio.fixture
async def phones(town: Town, worker_database: Database) -> Phones:
    """Their phones, the worker and a clock to turn."""
    return await some_phones(town, worker_database)
