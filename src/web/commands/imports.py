"""`handback import`, `undo-import`, `imports`, `sources`: feeds come in and can be taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date, datetime
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from shared import clock
from web.commands.databases import open_database
from web.commands.output import say

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.importing.report import ImportResult
    from directory.importing.run import ImportRequest
    from directory.importing.undo import UndoResult
    from directory.queries.imports import RunDiff, RunSummary
    from directory.queries.sources import SourceSummary

Result = TypeVar("Result")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]
By = Annotated[str | None, typer.Option("--by", help="Who does it; else who is signed in here")]
imports = typer.Typer(help="The imports there were, and what each did.")


def add_to(app: typer.Typer) -> None:
    """Put these commands into the `handback` command."""
    app.command("import")(import_)
    app.command("undo-import")(undo_import)
    app.command("sources")(sources)
    app.add_typer(imports, name="imports", invoke_without_command=True)


def import_(  # noqa: PLR0913 -- a command's options
    path: Annotated[Path, typer.Argument(help="A file or folder", exists=True)],
    *,
    feed_format: Annotated[
        str, typer.Option("--format", help="auto, hsds3, hsds3-csv, ndjson, hsds2 or hsds1")
    ] = "auto",
    source: Annotated[
        str | None, typer.Option(help="Name of the source; its rows keep it for ever")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="Such as CC0-1.0")] = None,
    licence_url: Annotated[str | None, typer.Option(help="Where the licence stands")] = None,
    attribution: Annotated[str | None, typer.Option(help="Who is to be named beside it")] = None,
    public: Annotated[
        bool | None, typer.Option(help="May everybody see it? (staff always may)")
    ] = None,
    republish: Annotated[
        bool | None, typer.Option(help="May exports and the API hand it on?")
    ] = None,
    search_server: Annotated[
        bool | None, typer.Option(help="May it be sent to a search server?")
    ] = None,
    ends_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day of the licence"),
    ] = None,
    steward: Annotated[str | None, typer.Option(help="Who looks after this source")] = None,
    confirm_deletes: Annotated[
        bool, typer.Option("--confirm-deletes", help="Yes, more than 10 % are really gone")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only, write nothing")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write the whole report to this file (.json or text)")
    ] = None,
    by: By = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON")] = False,
) -> None:
    """Bring a directory in: all or nothing; what can't be used is kept back with its reason."""
    from directory.importing.formats import FeedFormat
    from directory.importing.run import ImportRequest
    from directory.importing.sources import ToldRights

    known = [each.value for each in FeedFormat]
    if feed_format not in known:
        raise typer.BadParameter(f"Choose one of {', '.join(known)}.", param_hint="--format")
    rights = ToldRights(
        licence=licence,
        licence_url=licence_url,
        attribution=attribution,
        may_show_public=public,
        may_republish=republish,
        may_send_to_search_server=search_server,
        ends_on=ends_on.date() if ends_on else None,
        steward=steward,
    )
    request = ImportRequest(
        path,
        FeedFormat(feed_format),
        source,
        dry_run,
        rights,
        confirm_deletes=confirm_deletes,
        made_by=by or getuser(),
    )
    result = asyncio.run(_run_import(request))
    _tell(result, report, as_json=as_json)
    raise typer.Exit(result.exit_code)


def _tell(result: ImportResult, report: Path | None, *, as_json: bool) -> None:
    from directory.importing.report import as_json as json_of
    from directory.importing.report import as_text, summary

    if report is not None:
        report.write_text(json_of(result) if report.suffix == ".json" else as_text(result))
    if as_json:
        say(json_of(result))
        return
    say("\n".join(summary(result)))
    if result.agreed:
        say(f"{result.agreed} corrections of ours dropped away: the feed agrees.")
    if result.conflicts:
        say(f"{result.conflicts} corrections of ours are contradicted by the feed; ours show.")
    if result.findings and report is None:
        say("`--report FILE` writes every place and its reason.")
    if not result.dry_run:
        say(f"This is import {result.number}: `handback imports show {result.number}`.")


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


def undo_import(
    run: Annotated[int, typer.Argument(help="Its number: `handback imports` lists them")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell only, write nothing")] = False,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Take an import back; what was edited since stays, and is listed field by field."""
    who = by or getuser()
    if not dry_run and not yes:
        _tell_undo(asyncio.run(_run_undo(run, who, dry_run=True)), as_json=False)
        typer.confirm("Undo this import?", abort=True)
    _tell_undo(asyncio.run(_run_undo(run, who, dry_run=dry_run)), as_json=as_json)


async def _run_undo(number: int, who: str, *, dry_run: bool) -> UndoResult:
    from directory.importing.undo import undo_import as undo

    async with open_database("owner") as database:
        return await undo(database, number, by=who, now=clock.now(), dry_run=dry_run)


def _tell_undo(result: UndoResult, *, as_json: bool) -> None:
    if as_json:
        say(json.dumps(asdict(result), default=str, ensure_ascii=False, indent=1))
        return
    say(f"Import {result.number} of {result.source}:")
    say(
        _rows(result.withdrawn, "that it had added is withdrawn", "that it had added are withdrawn")
    )
    say(_rows(result.put_back, "has its old values again", "have their old values again"))
    say(_rows(result.restored, "that it had withdrawn is back", "that it had withdrawn are back"))
    if result.conflicts:
        say(f"{len(result.conflicts)} things stay as they are now:")
    for kept in result.conflicts:
        field = f".{kept.field}" if kept.field else ""
        values = f": now {_short(kept.now)}, was {_short(kept.before)}" if kept.field else ""
        say(f"  {kept.entity}{field} {kept.entity_id} ({WHY[kept.why]}){values}")
    if result.dry_run:
        say("This was a trial: nothing was written.")


def _rows(number: int, one: str, many: str) -> str:
    return f"1 row {one}." if number == 1 else f"{number} rows {many}."


WHY = {
    "steward": "edited by a steward since",
    "later_run": "a later import wrote it",
    "confidential": "the place is confidential now",
    "in_use": "rows that stay belong to it",
}


@imports.callback()
def list_imports(
    context: typer.Context,
    *,
    source: Annotated[str | None, typer.Option(help="Of this source only")] = None,
    as_json: AsJson = False,
) -> None:
    """List them, newest first."""
    if context.invoked_subcommand is not None:
        return
    from directory.queries.imports import list_runs

    found = asyncio.run(_ask(lambda session: list_runs(session, source=source)))
    if as_json:
        say(json.dumps([asdict(run) for run in found], default=str, ensure_ascii=False, indent=1))
        return
    for run in found:
        say(_line(run))
    if not found:
        say("Nothing has been imported yet.")


@imports.command("show")
def show_import(
    number: Annotated[int, typer.Argument(help="The import's number")],
    *,
    as_json: AsJson = False,
) -> None:
    """What it did, row by row and field by field."""
    from directory.queries.imports import run_diff

    diff = asyncio.run(_ask(lambda session: run_diff(session, number)))
    if as_json:
        say(json.dumps(asdict(diff), default=str, ensure_ascii=False, indent=1))
        return
    _show(diff)


def _show(diff: RunDiff) -> None:
    say(_line(diff.run))
    say(f"by {diff.run.made_by or 'somebody'}, {diff.run.feed_format} {diff.run.feed}")
    say(f"digest {diff.run.digest or 'not kept'}")
    for entity, counts in diff.counts.items():
        say(f"{entity}: " + ", ".join(f"{count} {change}" for change, count in counts.items()))
    for change in diff.changes:
        say(f"{SIGNS[change.change]} {change.entity} {change.called}")
        for name, (before, after) in change.fields.items():
            say(f"    {name}: {_short(before)} → {_short(after)}")
    if diff.more:
        say(f"… and {diff.more} more rows.")
    for entry in diff.report:
        say(f"! {entry['file']}, line {entry['line']}: {entry['reason']}")


SIGNS = {"add": "+", "update": "~", "withdraw": "-", "bring_back": "↺"}
SHORT = 80


def _short(value: object) -> str:
    written = "nothing" if value is None else str(value)
    return written if len(written) <= SHORT else written[:SHORT] + "…"


def _line(run: RunSummary) -> str:
    undone = f", undone {run.undone_at:%Y-%m-%d} by {run.undone_by}" if run.undone_at else ""
    return (
        f"{run.number:>4}  {run.started_at:%Y-%m-%d %H:%M}  {run.source}: {run.added} added,"
        f" {run.changed} changed, {run.withdrawn} withdrawn, {run.unchanged} unchanged,"
        f" {run.quarantined} kept back, {run.conflicts} conflicts{undone}"
    )


def sources(*, as_json: AsJson = False) -> None:
    """List the sources with their rights."""
    from directory.queries.sources import list_sources

    found = asyncio.run(_ask(list_sources))
    if as_json:
        say(json.dumps([asdict(each) for each in found], default=str, ensure_ascii=False, indent=1))
        return
    today = clock.now().date()
    for source in found:
        say(f"{source.name}: {source.services} services. {_rights(source, today)}")


def _rights(source: SourceSummary, today: date) -> str:
    if source.ends_on is not None and source.ends_on < today:
        return f"The licence ended on {source.ends_on}: staff only."
    rights = [
        source.licence or "no licence told",
        "public" if source.may_show_public else "staff only",
        "may be handed on" if source.may_republish else "not handed on",
        "search server" if source.may_send_to_search_server else "no search server",
    ]
    rights += [f"until {source.ends_on}"] if source.ends_on else []
    rights += [f"name: {source.attribution}"] if source.attribution else []
    rights += [f"steward: {source.steward}"] if source.steward else []
    return ", ".join(rights) + "."


async def _ask(question: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    from shared.database import Context

    async with (
        open_database() as database,
        database.transaction(Context(actor="operator")) as session,
    ):
        return await question(session)
