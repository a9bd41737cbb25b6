"""The gate works ahead of whoever writes: tables come complete, and failures come through."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING

import pytest

from directory.importing.ahead import working_ahead
from directory.importing.checked import Checked, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_SECONDS = 20  # for a busy machine; nothing here waits for a clock


def checked() -> Checked:
    return Checked({"organization": [], "service": [], "phone": []})


def passing(into: Checked, until: Event | None = None) -> Iterator[str]:
    for table, rows in into.rows.items():
        if until is not None and table == "service":
            assert until.wait(MOST_SECONDS)
        rows.append(Row(table, "one", {}))
        yield table


async def test_a_table_is_complete_while_the_gate_is_still_at_work_on_the_next() -> None:
    feed, go_on = checked(), Event()
    async with working_ahead(feed, passing(feed, go_on)) as ahead:
        await asyncio.wait_for(ahead.passed("organization"), MOST_SECONDS)
        assert [len(rows) for rows in feed.rows.values()] == [1, 0, 0]
        go_on.set()
        await asyncio.wait_for(ahead.whole(), MOST_SECONDS)
        assert [len(rows) for rows in feed.rows.values()] == [1, 1, 1]
        await asyncio.wait_for(ahead.passed("service"), MOST_SECONDS)  # again is harmless


async def test_what_the_gate_fails_with_reaches_whoever_waits_for_a_table() -> None:
    def failing() -> Iterator[str]:
        yield "organization"
        msg = "the file ended"
        raise OSError(msg)

    async with working_ahead(checked(), failing()) as ahead:
        await ahead.passed("organization")
        with pytest.raises(OSError, match="the file ended"):
            await asyncio.wait_for(ahead.passed("phone"), MOST_SECONDS)


async def test_the_gate_ends_with_the_table_at_hand_when_the_writing_failed() -> None:
    feed, go_on = checked(), Event()

    async def written() -> None:
        async with working_ahead(feed, passing(feed, go_on)) as ahead:
            await ahead.passed("organization")
            asyncio.get_running_loop().call_soon(go_on.set)
            msg = "the database has gone"
            raise OSError(msg)

    with pytest.raises(OSError, match="the database has gone"):
        await asyncio.wait_for(written(), MOST_SECONDS)
    assert [len(rows) for rows in feed.rows.values()] == [1, 1, 0]
