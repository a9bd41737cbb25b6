"""`handback mail-in`: one mail that came back, from a mail server's pipe.

Exit codes are sysexits', which Postfix, Exim and Sendmail understand: 0 taken (or dropped in
silence), 67 nobody here reads this, 75 try again later.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from web.commands.output import warn

if TYPE_CHECKING:
    from notify.mail_reports.intake import Taken

EX_OK, EX_NO_USER, EX_TEMPORARY_FAILURE = 0, 67, 75
READ_AT_MOST = 1_000_000


def add_to(app: typer.Typer) -> None:
    """Put this command into the `handback` command."""
    app.command("mail-in")(mail_in)


def mail_in(
    to: Annotated[str, typer.Option(help="The envelope's recipient, if the server tells it")] = "",
) -> None:
    """Take one mail from standard input: a bounce, a complaint, an answer."""
    raw = sys.stdin.buffer.read(READ_AT_MOST)
    while sys.stdin.buffer.read(READ_AT_MOST):
        pass  # a server whose pipe closes early calls it a failure
    try:
        taken = asyncio.run(_take(raw, to))
    except Exception as fault:  # noqa: BLE001 -- whatever it is, the server keeps the mail
        warn(f"error: the mail could not be stored now ({type(fault).__name__})")
        raise typer.Exit(EX_TEMPORARY_FAILURE) from None
    raise typer.Exit(EX_NO_USER if taken == "not_ours" else EX_OK)


async def _take(raw: bytes, recipient: str) -> Taken:
    from notify.mail_reports.intake import take_mail
    from shared import clock
    from web.commands.databases import open_database

    async with open_database() as database:
        return await take_mail(database, raw, recipient=recipient, now=clock.now())
