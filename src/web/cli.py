"""The `handback` command. Exit codes: 0 ok, 1 failed, 2 bad usage, 3 rows were quarantined.

Heavy libraries are imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from shared.errors import HandbackError
from shared.private_cluster import ClusterProblem, default_directory
from shared.settings import Settings, get_settings, set_for_this_process
from web.commands import accounts as account_commands
from web.commands import directory as directory_commands
from web.commands import imports as import_commands
from web.commands import mail as mail_commands
from web.commands import search_server as search_server_commands
from web.commands import sender as sender_commands
from web.commands import texts as text_commands
from web.commands.output import say, warn

app = typer.Typer(
    name="handback",
    help="Find who helps nearby, hand a patient over with consent, and get word back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]
import_commands.add_to(app)
directory_commands.add_to(app)
account_commands.add_to(app)
mail_commands.add_to(app)
search_server_commands.add_to(app)
sender_commands.add_to(app)
text_commands.add_to(app)


def main() -> None:
    """Run, turning refusals into sentences and exit codes."""
    _use_local_keys()
    try:
        app()
    except (HandbackError, ClusterProblem) as refused:
        words = str(refused)
        if isinstance(refused, HandbackError) and refused.values:
            words = words % refused.values
        warn(f"error: {words}")
        if isinstance(refused, HandbackError) and refused.remedy:
            warn(refused.remedy % refused.values if refused.values else refused.remedy)
        sys.exit(1)


def _use_local_keys() -> None:
    """With the private cluster, commands share the keys that lie beside it."""
    settings = get_settings()
    if settings.keys or settings.database_url or settings.owner_database_url:
        return
    kept = default_directory() / "keys"
    if kept.exists():
        set_for_this_process(keys=kept.read_text().strip())


@app.command()
def demo() -> None:
    """Start everything with invented data; Ctrl-C stops all of it."""
    from web.demo import run_demo

    raise typer.Exit(run_demo())


@app.command()
def serve() -> None:
    """Run the web server (settings: handback settings)."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    settings = get_settings()
    _check_production(settings)
    _refuse_taken_port(settings)
    Granian(
        "web.asgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=1,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()


@app.command()
def worker() -> None:
    """Run the worker: sends messages, reads replies, does what is due."""
    from shared.logging import configure_logging
    from web.worker import run_worker

    settings = get_settings()
    _check_production(settings)
    configure_logging(settings.log_level)
    run_worker(settings)


@app.command()
def simulator() -> None:
    """Run the simulated phones and mailboxes (demo and test only)."""
    settings = get_settings()
    if not settings.simulated:
        warn("error: the simulator exists in demo and test mode only (HANDBACK_MODE)")
        raise typer.Exit(1)
    from notify.channels.simulator.app import run_simulator

    run_simulator(settings.simulator_port, settings.simulator_smtp_port, settings)


@app.command()
def provision(
    admin_url: Annotated[
        str, typer.Option(help="PostgreSQL URL of a superuser", envvar="HANDBACK_ADMIN_URL")
    ],
    database: Annotated[str, typer.Option(help="Name of the database to make")] = "handback",
    role_passwords: Annotated[
        str,
        typer.Option(
            help="Passwords of owner, app, worker, parted by commas; empty = new ones",
            envvar="HANDBACK_ROLE_PASSWORDS",
        ),
    ] = "",
) -> None:
    """Make roles, database and extensions, once; prints the three addresses to set."""
    from shared.provision import provision_server

    given = [part.strip() for part in role_passwords.split(",") if part.strip()]
    if len(given) not in {0, 3}:
        warn("error: --role-passwords takes three, for owner, app and worker")
        raise typer.Exit(2)
    for name, url in provision_server(admin_url, database, given).items():
        say(f"{name}={url}")


@app.command()
def migrate(
    to: Annotated[str, typer.Option(help="Revision to go to, up or down")] = "head",
    *,
    reference: Annotated[
        bool, typer.Option(help="Also load terms, synonyms and ZIP centroids")
    ] = True,
) -> None:
    """Bring the tables (and the reference data) to this version."""
    import asyncio

    from shared import provision as steps

    urls = steps.database_urls(get_settings())
    steps.migrate(urls.owner, to)
    if reference and to == "head":
        asyncio.run(directory_commands.load_reference(urls.owner))
    say("The tables are at this version.")


@app.command()
def settings(*, as_json: AsJson = False) -> None:
    """List every setting with its default, meaning and whether it is secret."""
    rows = [
        {
            "name": "PORT" if name == "port" else f"HANDBACK_{name.upper()}",
            "default": field.default,
            "secret": bool((field.json_schema_extra or {}).get("secret"))
            if isinstance(field.json_schema_extra, dict)
            else False,
            "meaning": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        say(json.dumps(rows, indent=1))
        return
    for row in rows:
        secret = " (secret)" if row["secret"] else ""
        default = "" if row["default"] is None else f" [{row['default']}]"
        say(f"{row['name']}{default}{secret}\n    {row['meaning']}")


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Say what is wrong with this installation and what to do."""
    from web.doctor import examine

    findings = examine(get_settings())
    if as_json:
        say(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.ok else 'FIX '} {finding.what}")
            if not finding.ok:
                say(f"     {finding.remedy}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def _refuse_taken_port(settings: Settings) -> None:
    """granian lets two servers share a port in silence (SO_REUSEPORT): say it instead."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as taken:
            warn(f"error: port {settings.port} is taken ({taken.strerror}). Choose another: PORT=…")
            raise typer.Exit(1) from taken


def _check_production(settings: Settings) -> None:
    """A production process without keys or address would lose data or links: refuse to start."""
    checks: list[tuple[Callable[[Settings], Any], str]] = [
        (lambda s: s.keys, "HANDBACK_KEYS is not set. `handback doctor` shows how to make one."),
        (
            lambda s: s.mode != "production" or s.public_url,
            "HANDBACK_PUBLIC_URL is not set: links in messages need it.",
        ),
    ]
    for holds, words in checks:
        if not holds(settings):
            warn(f"error: {words}")
            raise typer.Exit(1)


if __name__ == "__main__":
    main()
