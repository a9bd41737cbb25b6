"""`handback sender`: pause and resume what goes out, and look after what a restore left behind."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from shared import clock
from shared.database import Context
from web.commands.databases import open_database
from web.commands.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notify.models import Message

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]
By = Annotated[str, typer.Option("--by", help="Who says so; kept beside the pause")]
Ids = Annotated[list[UUID] | None, typer.Argument(help="Ids of held messages, as listed")]
All = Annotated[bool, typer.Option("--all", help="Every held message")]
commands = typer.Typer(help="Pause, resume and watch what goes out.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Put these commands into the `handback` command."""
    app.add_typer(commands, name="sender")


@commands.command()
def status(*, as_json: AsJson = False) -> None:
    """What waits, what is in doubt, what is paused. Exit 1: something is paused."""
    facts = asyncio.run(_status())
    say(json.dumps(facts, default=str) if as_json else "\n".join(_lines(facts)))
    raise typer.Exit(1 if facts["pauses"] else 0)


@commands.command()
def pause(
    by: By,
    why: Annotated[str, typer.Option("--why", help="The reason; never anything about a patient")],
) -> None:
    """Send nothing more, for everybody, until `handback sender resume`."""
    done = asyncio.run(_pause(by, why))
    say("Paused. Nothing goes out until it is resumed." if done else "It was paused already.")


@commands.command()
def resume(by: By) -> None:
    """Send again. Messages that a restore held stay held."""
    done = asyncio.run(_resume(by))
    say("Sending again." if done else "It was not paused.")


@commands.command()
def calls(
    number: Annotated[str, typer.Argument(help="One of our numbers, like +12025550100")],
    *,
    on: Annotated[bool, typer.Option("--on/--off", help="Whether its calls come to us")] = True,
) -> None:
    """Say whether a number takes calls: agencies with a PIN hear names there (decision 19)."""
    if not asyncio.run(_calls(number, takes=on)):
        say(f"{number} is no number of ours. Nothing was changed.")
        raise typer.Exit(1)
    say(f"{number} takes calls." if on else f"{number} takes no calls. Staff give names by phone.")


@commands.command()
def held(*, as_json: AsJson = False) -> None:
    """List messages that stood in the queue of a database put back from a backup."""
    rows = asyncio.run(_held())
    if as_json:
        say(json.dumps(rows, default=str))
        return
    if not rows:
        say("Nothing is held.")
    for row in rows:
        say(f"{row['id']}  {row['written']:%Y-%m-%d %H:%M} UTC  {row['channel']}  {row['text']}")


@commands.command()
def release(ids: Ids = None, *, everything: All = False) -> None:
    """Let held messages go out, with every check that is made at the moment of sending."""
    say(f"{asyncio.run(_settle(ids, everything, drop=False))} released.")


@commands.command()
def drop(ids: Ids = None, *, everything: All = False) -> None:
    """Never send these held messages."""
    say(f"{asyncio.run(_settle(ids, everything, drop=True))} dropped.")


async def _calls(number: str, *, takes: bool) -> bool:
    from notify.sender_numbers import let_number_take_calls

    async with (
        open_database("owner") as owner,
        owner.transaction(Context(actor="operator")) as session,
    ):
        return await let_number_take_calls(session, number, takes=takes)


async def _status() -> dict[str, Any]:
    from notify.pauses import sender_status

    async with (
        open_database("owner") as database,
        database.transaction(Context(actor="sender command")) as session,
    ):
        return await sender_status(session)


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"{number} {state}" for state, number in facts["messages"].items()]
    lines.append(f"{facts['needs_person']} need a person, {facts['held']} held after a restore")
    for each in facts["pauses"]:
        who = "Everybody" if each["organization_id"] is None else str(each["organization_id"])
        at = f"{each['paused_at']:%Y-%m-%d %H:%M} UTC"
        lines.append(f"PAUSED {who} since {at} by {each['paused_by']}: {each['why']}")
    return lines if facts["pauses"] else [*lines, "Nothing is paused."]


async def _pause(by: str, why: str) -> bool:
    from notify.pauses import pause_all
    from shared import audit

    now = clock.now()
    async with (
        open_database("owner") as database,
        database.transaction(Context(actor="sender command")) as session,
    ):
        await audit.record(
            session, "sender.paused", subject_kind="sender", subject_id=None, now=now
        )
        return await pause_all(session, by=by, why=why, now=now)


async def _resume(by: str) -> bool:
    from notify.pauses import resume_all
    from shared import audit

    now = clock.now()
    async with (
        open_database("owner") as database,
        database.transaction(Context(actor="sender command")) as session,
    ):
        await audit.record(
            session, "sender.resumed", subject_kind="sender", subject_id=None, now=now
        )
        return await resume_all(session, by=by, now=now)


async def _held() -> list[dict[str, Any]]:
    from notify.pauses import held_messages

    async with (
        open_database("owner") as database,
        database.transaction(Context(actor="sender command")) as session,
    ):
        return [_as_row(each) for each in await held_messages(session)]


def _as_row(row: Message) -> dict[str, Any]:
    return {
        "id": row.id,
        "organization_id": row.organization_id,
        "channel": str(row.channel),
        "text": row.template,
        "written": row.created_at,
    }


async def _settle(ids: Sequence[UUID] | None, everything: bool, *, drop: bool) -> int:  # noqa: FBT001
    """Each organization's in its own context: a drop is told to the slice above."""
    from notify.pauses import drop_held, held_messages, release_held

    act, now, done = drop_held if drop else release_held, clock.now(), 0
    async with open_database("owner") as database:
        async with database.transaction(Context(actor="sender command")) as session:
            rows = await held_messages(session)
            wanted: dict[UUID, list[UUID]] = {}
            for row in rows:
                if everything or row.id in (ids or ()):
                    wanted.setdefault(row.organization_id, []).append(row.id)
        for organization_id, some in wanted.items():
            context = Context(organization_id, actor="sender command")
            async with database.transaction(context) as session:
                done += await act(session, some, now)
    return done
