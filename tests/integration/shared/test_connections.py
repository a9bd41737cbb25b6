"""A connection that the server has closed is noticed before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from shared import database as databases
from shared.database import Context, Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PID = text("select pg_backend_pid()")
END = text("select pg_terminate_backend(:pid, 5000)")


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Database]:
    """One connection of each kind."""
    made = Database(database_urls["app"], pool_size=1)
    yield made
    await made.dispose()


async def read_pid(pool: Database) -> int:
    async with pool.reading() as connection:
        return int((await connection.execute(PID)).scalar_one())


async def write_pid(pool: Database) -> int:
    async with pool.transaction(Context()) as session:
        return int((await session.execute(PID)).scalar_one())


@pytest.mark.parametrize("ask_after_rest_s", [-1.0, 3600.0])
@pytest.mark.parametrize("use", [read_pid, write_pid])
async def test_a_closed_connection_is_replaced_whether_or_not_it_is_asked(
    pool: Database, monkeypatch: pytest.MonkeyPatch, ask_after_rest_s: float, use: object
) -> None:
    monkeypatch.setattr(databases, "ASK_AFTER_REST_S", ask_after_rest_s)
    assert callable(use)
    first = await use(pool)
    assert await use(pool) == first, "it is kept"
    other = write_pid if use is read_pid else read_pid
    assert await other(pool) != first, "public reads have a pool of their own"

    async with pool.transaction(Context()) if use is read_pid else pool.reading() as killer:
        await killer.execute(END, {"pid": first})

    assert await use(pool) != first


async def test_public_reads_are_planned_once_for_any_values(pool: Database) -> None:
    async with pool.reading() as connection:
        mode = (await connection.execute(text("show plan_cache_mode"))).scalar_one()
    async with pool.transaction(Context()) as session:
        usual = (await session.execute(text("show plan_cache_mode"))).scalar_one()

    assert (mode, usual) == ("force_generic_plan", "auto")
