"""Importing into real tables, in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from accounts.members import NewMember, create_member
from accounts.rules import MemberKind
from builders.feeds import write_json
from directory.importing.report import ImportResult
from directory.importing.run import ImportRequest, import_feed
from shared.database import Context, Database

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
TABLES = (
    "organization",
    "service",
    "location",
    "service_at_location",
    "address",
    "phone",
    "schedule",
    "location_private",
    "translation",
    "attribute",
    "source",
    "import_run",
    "search_doc",
)
Bring = Callable[..., Awaitable[ImportResult]]
Count = Callable[[], Awaitable[dict[str, int]]]
Rows = Callable[..., Awaitable[list[Any]]]
Edit = Callable[..., Awaitable[Any]]


@pytest.fixture
def bring(owner_database: Database, tmp_path: Path) -> Bring:
    """Import a value as HSDS 3 JSON, or a path."""

    async def run(feed: Any, **values: Any) -> ImportResult:
        path = feed if isinstance(feed, Path) else write_json(tmp_path / "feed.json", feed)
        now = values.pop("now", NOW)
        values.setdefault("source", "Test feed")
        return await import_feed(owner_database, ImportRequest(path, **values), now=now)

    return run


@pytest.fixture
def rows(owner_database: Database) -> Rows:
    """What a statement finds, as the owner."""

    async def find(statement: str, **values: Any) -> list[Any]:
        async with owner_database.transaction(Context()) as session:
            return list((await session.execute(text(statement), values)).all())

    return find


@pytest.fixture
def counted(rows: Rows) -> Count:
    """How many rows each table holds."""

    async def count() -> dict[str, int]:
        parts = (f"select '{table}', count(*) from {table}" for table in TABLES)
        return dict(tuple(row) for row in await rows(" union all ".join(parts)))

    return count


@pytest.fixture
async def front_door(owner_database: Database) -> UUID:
    """The network's own organization."""
    async with owner_database.transaction(Context()) as session:
        return await create_member(session, front_door_facts(), now=NOW)


def front_door_facts() -> NewMember:
    return NewMember(name="Shore Help", kind=MemberKind.FRONT_DOOR, sender_label="Shore Help")


@pytest.fixture
def edit(database: Database) -> Edit:
    """Do something in a transaction of the app, as a steward's page does."""

    async def act(action: Callable[..., Awaitable[Any]], *values: Any, **more: Any) -> Any:
        async with database.transaction(Context(actor="steward")) as session:
            return await action(session, *values, **more)

    return act
