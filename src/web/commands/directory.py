"""`handback search`, and loading the reference data."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from shared import clock
from web.commands.databases import database_at, open_database
from web.commands.output import say


def add_to(app: typer.Typer) -> None:
    """Put these commands into the `handback` command."""
    app.command("search")(search)


def search(  # noqa: PLR0913 -- a command's options
    words: Annotated[str, typer.Argument(help="What is needed, in people's own words")] = "",
    *,
    near: Annotated[str, typer.Option(help="'lat,lon' or a ZIP code")] = "",
    radius_m: Annotated[int, typer.Option(help="How far, in metres")] = 8047,
    need: Annotated[str, typer.Option(help="A need's code, such as food")] = "",
    open_now: Annotated[bool, typer.Option("--open-now", help="Only what is open")] = False,
    language: Annotated[str, typer.Option(help="Spoken there, such as es")] = "",
    limit: Annotated[int, typer.Option(help="How many results")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Search the directory as the public page does."""
    given = {
        "q": words,
        "near": near,
        "radius_m": str(radius_m),
        "need": need,
        "open_now": "1" if open_now else "",
        "language": language,
        "limit": str(limit),
    }
    found = asyncio.run(_run_search({name: value for name, value in given.items() if value}))
    if as_json:
        say(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for result in found["results"]:
        say(_line(result))
    if not found["results"]:
        say("Nothing found.")


async def _run_search(given: dict[str, str]) -> dict[str, list[dict[str, object]]]:
    from directory.search.command import search_directory

    async with open_database() as database:
        return await search_directory(database, given, now=clock.now())


def _line(result: dict[str, object]) -> str:
    distance = result.get("distance_m")
    miles = f"{int(str(distance)) / 1609.344:5.1f} mi" if distance is not None else "        "
    return f"{miles}  {result['organization']}: {result['name']}"


async def load_reference(owner_url: str) -> None:
    """Terms, synonyms, ZIP centroids: the same again changes nothing."""
    from directory.actions.reference import load_reference_data
    from shared.database import Context

    async with (
        database_at(owner_url) as database,
        database.transaction(Context(actor="set-up")) as session,
    ):
        await load_reference_data(session)
