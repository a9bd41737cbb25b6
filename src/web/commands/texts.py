"""`handback lint-texts`: everything a text or mail must be, in every language, in one go."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from web.commands.output import say, warn


def add_to(app: typer.Typer) -> None:
    """Put this command into the `handback` command."""
    app.command("lint-texts")(lint_texts)


def lint_texts(
    *,
    catalogues: Annotated[
        Path | None,
        typer.Option(help="Folder of further languages, one CODE.toml each", file_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Look at every text and mail: parts, letters, words, digits, links, reading grade."""
    from referrals.wording.catalogues import FURTHER, catalogues_in
    from referrals.wording.lint import forms, lint
    from referrals.wording.mail_lint import mail_forms

    if catalogues is not None and not catalogues.is_dir():
        warn(f"error: {catalogues} is not a folder")
        raise typer.Exit(2)
    with catalogues_in(catalogues or FURTHER):
        findings, looked_at = lint(), forms()
    spoken = sorted({form.language for form in looked_at})
    if as_json:
        found = [asdict(finding) for finding in findings]
        counts = {"forms": len(looked_at), "mails": len(mail_forms())}
        say(json.dumps({**counts, "languages": spoken, "findings": found}))
    else:
        for finding in findings:
            say(f"FIX {finding}")
        mails = f"{len(mail_forms())} of mails"
        spoken_words = ", ".join(spoken)
        counted = f"{len(looked_at)} forms of texts in {spoken_words}, {mails}"
        say(f"{counted}: {len(findings)} to mend.")
    raise typer.Exit(1 if findings else 0)
