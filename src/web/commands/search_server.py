"""`handback reindex` and `handback drift`: the search tables and the optional search server."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from shared import clock
from shared.errors import Conflict
from shared.settings import get_settings
from web.commands.databases import open_database
from web.commands.output import say, warn

if TYPE_CHECKING:
    from directory.search_server.client import SearchServer
    from directory.search_server.drift import Drift
    from directory.search_server.rebuild import Rebuilt
    from shared.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]


def add_to(app: typer.Typer) -> None:
    """Put these commands into the `handback` command."""
    app.command("reindex")(reindex)
    app.command("drift")(drift)


def reindex(
    *,
    server_only: Annotated[
        bool, typer.Option("--server-only", help="Leave the tables as they are")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make what search reads anew: its tables, then the search server's index, if there is one."""
    settings = get_settings()
    done: dict[str, int] = {}
    if not server_only:
        done["documents"] = asyncio.run(_project())
    if settings.meilisearch_url:
        rebuilt = asyncio.run(_rebuild(settings))
        done |= {"sent": rebuilt.documents, "kept_back": rebuilt.kept_back}
    elif server_only:
        raise _no_server()
    if as_json:
        say(json.dumps(done))
        return
    if "documents" in done:
        say(f"{done['documents']} documents in the search tables.")
    if "sent" in done:
        say(f"{done['sent']} documents on the search server, in service.")
    if done.get("kept_back"):
        say(f"{done['kept_back']} services may not be sent: PostgreSQL answers for them.")


def drift(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Send what differs, delete what is too much")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the search server with the directory. Exit 1: they differ, unrepaired."""
    settings = get_settings()
    if not settings.meilisearch_url:
        raise _no_server()
    found = asyncio.run(_drift(settings, repair=repair))
    if as_json:
        say(json.dumps(_as_json(found, repaired=repair)))
    else:
        say("\n".join(_lines(found, repaired=repair)))
    raise typer.Exit(1 if found.found and not repair else 0)


async def _project() -> int:
    from directory.search.projection import project_all
    from shared.database import Context

    async with (
        open_database("owner") as database,
        database.transaction(Context(actor="reindex")) as session,
    ):
        return await project_all(session, clock.now())


async def _rebuild(settings: Settings) -> Rebuilt:
    from rich.console import Console

    from directory.search_server.rebuild import rebuild

    server = await admin_server(settings)
    with Console(stderr=True).status("Filling the search server …") as status:

        def show(sent: int) -> None:
            status.update(f"Filling the search server … {sent}")

        async with open_database("owner") as database:
            return await rebuild(database, server, clock.now(), show)


async def _drift(settings: Settings, *, repair: bool) -> Drift:
    from directory.search_server.drift import check_drift, repair_drift
    from directory.search_server.keeping import send_changes

    server = await admin_server(settings)
    async with open_database("owner") as database:
        if not repair:
            return await check_drift(database, server, clock.now())
        await send_changes(database, server, clock.now())
        return await repair_drift(database, server, clock.now())


async def admin_server(settings: Settings) -> SearchServer:
    """The search server under the admin key. Refuses the master key."""
    from directory.search_server.client import SearchServer
    from directory.search_server.keys import ADMIN_KEY, refuse_master_key

    if not settings.meilisearch_admin_key:
        raise Conflict(
            "HANDBACK_MEILISEARCH_ADMIN_KEY is not set.",
            remedy="The search server lists its keys under /keys; take the admin key.",
        )
    server = SearchServer(
        settings.meilisearch_url or "",
        settings.meilisearch_admin_key,
        index=settings.meilisearch_index,
    )
    await refuse_master_key(server, ADMIN_KEY)
    return server


def _no_server() -> typer.Exit:
    warn("error: there is no search server (HANDBACK_MEILISEARCH_URL is not set).")
    return typer.Exit(2)


def _as_json(found: Drift, *, repaired: bool) -> dict[str, object]:
    return {
        "compared": found.compared,
        "missing": found.missing,
        "different": found.different,
        "extra": found.extra,
        "waiting": found.waiting,
        "repaired": repaired,
    }


def _lines(found: Drift, *, repaired: bool) -> list[str]:
    lines = [f"{found.compared} documents compared."]
    if found.waiting:
        lines.append(f"{found.waiting} services changed and wait for the worker: no drift.")
    for words, ids in (
        ("are missing", found.missing),
        ("are of another version", found.different),
        ("should not be there", found.extra),
    ):
        if ids:
            lines.append(f"{len(ids)} {words}: {_some(ids)}")
    if not found.found:
        return [*lines, "The search server holds what it should."]
    return [*lines, "Repaired." if repaired else "`handback drift --repair` sends only these."]


def _some(ids: list[str]) -> str:
    shown = ", ".join(ids[:5])
    return shown if len(ids) <= 5 else f"{shown}, …"  # noqa: PLR2004 -- as shown
