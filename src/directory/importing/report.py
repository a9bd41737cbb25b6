"""What an import did, and everything it kept back: for a person as text, for programs as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from directory.importing.records import Finding, Held
from directory.importing.report_groups import counted, headlines, paragraphs
from directory.importing.report_names import legend
from shared.i18n import gettext as _
from shared.i18n import ngettext

MOST_KINDS = 8  # on the terminal


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Counts of rows of the directory, and what was kept back.

    `written` rows were added or changed; `quarantined` counts rows and values kept back.
    """

    source: str
    feed_format: str
    dry_run: bool
    written: int
    unchanged: int
    withdrawn: int
    findings: Sequence[Finding] = ()
    by_table: dict[str, int] = field(default_factory=dict)
    run_id: UUID | None = None
    # the run's number, rows that are new, corrections of stewards taken over and contradicted
    number: int | None = None
    added: int = 0
    agreed: int = 0
    conflicts: int = 0

    @property
    def quarantined(self) -> int:
        """Rows and values kept back; more than 0 means exit code 3."""
        return sum(finding.held is not Held.NOTED for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """0 all in, 3 finished with something kept back (design: interface)."""
        return 3 if self.quarantined else 0


def as_json(result: ImportResult) -> str:
    """The whole report; the values stand as the feed had them."""
    return json.dumps(
        {
            "run": None if result.dry_run else result.number,
            "source": result.source,
            "format": result.feed_format,
            "dry_run": result.dry_run,
            "written": result.written,
            "unchanged": result.unchanged,
            "withdrawn": result.withdrawn,
            "quarantined": result.quarantined,
            "rows": result.by_table,
            "findings": [_entry(finding) | {"value": finding.value} for finding in result.findings],
        },
        ensure_ascii=False,
        indent=1,
    )


def for_storage(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """What is kept in the database: places and reasons, never what the feed said."""
    return [_entry(finding) for finding in findings]


def as_text(result: ImportResult) -> str:
    """Summary, then what was found, kind by kind, with its places."""
    return "\n".join([*summary(result), *paragraphs(result.findings), *_names(result)]) + "\n"


def _names(result: ImportResult) -> list[str]:
    lines = legend(result.findings)
    return ["", _("What the names of columns mean:"), *lines] if lines else []


def summary(result: ImportResult) -> list[str]:
    """A few lines for the terminal."""
    lines = [
        _(
            "%(written)s rows written, %(unchanged)s unchanged, %(withdrawn)s withdrawn.",
            written=result.written,
            unchanged=result.unchanged,
            withdrawn=result.withdrawn,
        ),
    ]
    held, following = counted(result.findings)
    if held[Held.ROW]:
        lines.append(
            ngettext("%(n)s row was kept back.", "%(n)s rows were kept back.", held[Held.ROW])
        )
    if following:
        lines.append(
            ngettext(
                "%(n)s of them is right itself, but belongs to one that was kept back.",
                "%(n)s of them are right themselves, but belong to one that was kept back.",
                following,
            )
        )
    if held[Held.VALUE]:
        lines.append(
            ngettext(
                "%(n)s value was kept back; its row is in.",
                "%(n)s values were kept back; their rows are in.",
                held[Held.VALUE],
            )
        )
    if held[Held.NOTED]:
        lines.append(
            ngettext(
                "%(n)s place is in, but a person should look at it.",
                "%(n)s places are in, but a person should look at them.",
                held[Held.NOTED],
            )
        )
    lines += headlines(result.findings, MOST_KINDS)
    if result.dry_run:
        lines.append(_("This was a trial: nothing was written."))
    return lines


def _entry(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "table": finding.table,
        "id": finding.external_id,
        "field": finding.field,
        "held": finding.held.value,
        "reason": finding.reason,
    }
