"""A client for each kind of caller, over the whole application in this test's own loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest_asyncio

from builders.browsing import client_of
from builders.trial_routes import app_with_trials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shared.database import Database


@pytest_asyncio.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous browser; nothing it does outlives the test."""
    async with client_of(app_with_trials(database)) as browser:
        yield browser
