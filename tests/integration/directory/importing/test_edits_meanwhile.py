"""Staff edit while an import runs: other sources at once, its own source is told within seconds."""

from __future__ import annotations

import asyncio
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from builders.feeds import hsds3_organization, hsds3_service, write_json
from directory.actions.corrections import correct
from directory.actions.edited import Correction, Editor
from directory.importing import run
from directory.importing.checked import Checked, row_id
from directory.importing.locks import lock_for_import, one_import_at_a_time
from directory.importing.report import ImportResult
from directory.importing.run import ImportRequest, import_feed
from integration.directory.importing.conftest import NOW
from shared.database import Context
from shared.errors import Conflict
from shared.identifiers import source_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.database import Database

ROSA = Editor("Rosa Medina")
MOST_SECONDS = 6  # the wait is two; the rest is for a busy machine


def renamed(source: str, name: str = "Food boxes") -> Correction:
    return Correction("service", row_id(source, "service", "food-bags"), "name", name)


async def bring(owner: Database, folder: Path, name: str, source: str) -> ImportResult:
    feed = hsds3_organization(services=[hsds3_service(name=name)])
    request = ImportRequest(write_json(folder / f"{source}.json", feed), source=source)
    return await import_feed(owner, request, now=NOW)


async def edit(app: Database, correction: Correction) -> None:
    async with app.transaction(Context(actor="steward")) as session:
        await correct(session, correction, ROSA, NOW)


async def names(app: Database) -> set[str]:
    async with app.transaction(Context()) as session:
        return set(await session.scalars(text("select name from service")))


async def test_edits_wait_for_an_import_of_their_own_source_only_and_for_seconds_only(
    committed: dict[str, Database], tmp_path: Path
) -> None:
    app, owner = committed["app"], committed["owner"]
    for source in ("One feed", "Other feed"):
        await bring(owner, tmp_path, "Food bags", source)
    async with owner.transaction(Context(actor="import")) as importing:
        await one_import_at_a_time(importing)
        await lock_for_import(importing, source_id("One feed", "source"))
        await asyncio.wait_for(edit(app, renamed("Other feed")), MOST_SECONDS)
        began = monotonic()
        with pytest.raises(Conflict) as told:
            await edit(app, renamed("One feed", "Food crates"))
        assert monotonic() - began < MOST_SECONDS
    assert told.value.remedy is not None
    assert await names(app) == {"Food bags", "Food boxes"}
    await edit(app, renamed("One feed", "Food crates"))
    assert await names(app) == {"Food crates", "Food boxes"}


async def test_an_import_waits_for_an_edit_that_is_being_made_and_keeps_it(
    committed: dict[str, Database], tmp_path: Path
) -> None:
    app, owner = committed["app"], committed["owner"]
    await bring(owner, tmp_path, "Food bags", "One feed")
    async with app.transaction(Context(actor="steward")) as session:
        await correct(session, renamed("One feed"), ROSA, NOW)
        coming = asyncio.create_task(bring(owner, tmp_path, "Food crates", "One feed"))
        assert not (await asyncio.wait([coming], timeout=0.5))[0]
    assert (await coming).conflicts == 1
    assert await names(app) == {"Food boxes"}


async def test_an_edit_is_saved_while_the_next_feed_of_its_source_is_still_being_checked(
    committed: dict[str, Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, owner = committed["app"], committed["owner"]
    await bring(owner, tmp_path, "Food bags", "One feed")
    begun, go_on, checking = Event(), Event(), run.quality.checking

    def slowly(*values: Any) -> tuple[Checked, Iterator[str]]:
        checked, tables = checking(*values)
        return checked, (table for table in tables if table != "service" or wait())

    def wait() -> bool:
        begun.set()
        return go_on.wait(MOST_SECONDS)

    monkeypatch.setattr(run.quality, "checking", slowly)
    coming = asyncio.create_task(bring(owner, tmp_path, "Food crates", "One feed"))
    assert await asyncio.to_thread(begun.wait, MOST_SECONDS)
    await asyncio.wait_for(edit(app, renamed("One feed")), MOST_SECONDS)
    go_on.set()
    assert (await coming).conflicts == 1
    assert await names(app) == {"Food boxes"}
