"""`handback import` and `handback search`, and loading the reference data."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared import clock
from web.commands.databases import database_at, open_database
from web.commands.output import say

if TYPE_CHECKING:
    from directory.importing.report import ImportResult
    from directory.importing.run import ImportRequest


def add_to(app: typer.Typer) -> None:
    """Put these commands into the `handback` command."""
    app.command("import")(import_)
    app.command("search")(search)


def import_(  # noqa: PLR0913 -- a command's options
    path: Annotated[Path, typer.Argument(help="A file or folder", exists=True)],
    *,
    feed_format: Annotated[str, typer.Option("--format", help="auto, hsds3 or hsds2")] = "auto",
    source: Annotated[
        str | None, typer.Option(help="Name of the source; its rows keep it for ever")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, write nothing")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write the whole report to this file (.json or text)")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON")] = False,
) -> None:
    """Bring a directory in: all or nothing; what can't be used is kept back with its reason."""
    from directory.importing.formats import FeedFormat
    from directory.importing.report import as_json as json_of
    from directory.importing.report import as_text, summary
    from directory.importing.run import ImportRequest

    known = [each.value for each in FeedFormat]
    if feed_format not in known:
        raise typer.BadParameter(f"Choose one of {', '.join(known)}.", param_hint="--format")
    request = ImportRequest(path, FeedFormat(feed_format), source, dry_run)
    result = asyncio.run(_run_import(request))
    if report is not None:
        report.write_text(json_of(result) if report.suffix == ".json" else as_text(result))
    if as_json:
        say(json_of(result))
    else:
        say("\n".join(summary(result)))
        if result.findings and report is None:
            say("`--report FILE` writes every place and its reason.")
    raise typer.Exit(result.exit_code)


async def _run_import(request: ImportRequest) -> ImportResult:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    from directory.importing.run import import_feed

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    async with open_database("owner") as database:
        with Progress(*columns, console=console, transient=True) as bars:
            tasks: dict[str, object] = {}

            def show(step: str, done: int, total: int) -> None:
                if step not in tasks:
                    tasks[step] = bars.add_task(step, total=total)
                bars.update(tasks[step], completed=done, total=total)  # type: ignore[arg-type]

            return await import_feed(database, request, now=clock.now(), progress=show)


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
