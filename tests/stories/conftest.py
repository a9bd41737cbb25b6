"""A story's network, made anew for each test and undone after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from support.story import Story, a_story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture
async def story(database_urls: dict[str, str]) -> AsyncIterator[Story]:
    async with a_story(database_urls["admin"]) as told:
        yield told
