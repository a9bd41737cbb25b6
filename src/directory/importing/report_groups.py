"""Findings of one kind together, the weightiest first, so that a person sees what to mend."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from directory.importing.checked import FOLLOWS
from directory.importing.records import Finding, Held
from shared.i18n import gettext as _
from shared.i18n import ngettext

SHOWN = 25  # places of one kind in the text; the JSON report has all
LINES_SHOWN = 200
SHOWN_FOLLOWING = 3
ORDER = {Held.ROW: 0, Held.VALUE: 1, Held.NOTED: 2}


@dataclass(frozen=True, slots=True)
class Group:
    """The same thing found at several places of one file."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """Stands for all."""
        return self.findings[0]

    @property
    def follows(self) -> bool:
        """Whether these rows were fine but hang on one that was kept back."""
        return self.first.message == FOLLOWS

    @property
    def places(self) -> tuple[Finding, ...]:
        """One for each line and reason: a row of a feed may stand for several of the directory."""
        return tuple({(f.place.line, f.reason, f.value): f for f in self.findings}.values())

    @property
    def says_one_thing(self) -> bool:
        """Whether the reason is the same everywhere, so that only the lines differ."""
        return len({(f.reason, f.value) for f in self.findings}) == 1

    @property
    def heading(self) -> str:
        """As '447 rows of services.csv (organization_id) were kept back'."""
        return {Held.ROW: _rows, Held.VALUE: _values, Held.NOTED: _noted}[self.first.held](self)


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """Groups by file, field and reason: causes before what follows from them, many before few."""
    found: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in findings:
        key = (finding.held, finding.place.file, finding.table, finding.field, finding.message)
        found[key].append(finding)
    groups = [Group(tuple(each)) for each in found.values()]
    return sorted(groups, key=lambda g: (g.follows, ORDER[g.first.held], -len(g.findings)))


def paragraphs(findings: Sequence[Finding]) -> list[str]:
    """A heading for each group, then its places."""
    lines: list[str] = []
    for group in grouped(findings):
        lines += ["", *_paragraph(group)]
    return lines


def _paragraph(group: Group) -> list[str]:
    places = group.places
    if group.says_one_thing and len(places) > 1:
        first, shown = group.first, LINES_SHOWN
        value = f" [{first.value}]" if first.value is not None else ""
        listed = ", ".join(str(finding.place.line) for finding in places[:shown])
        lines = [
            f"{group.heading} {first.reason}{value}",
            "  " + _("lines %(lines)s", lines=listed),
        ]
    else:
        shown = SHOWN_FOLLOWING if group.follows else SHOWN
        lines = [group.heading, *(f"  {place_of(finding)}" for finding in places[:shown])]
    return lines + _and_more(len(places) - shown)


def _and_more(left: int) -> list[str]:
    if left <= 0:
        return []
    return [
        "  "
        + ngettext(
            "and %(n)s more like this: the JSON report (--report FILE.json) lists it.",
            "and %(n)s more like this: the JSON report (--report FILE.json) lists them.",
            left,
        )
    ]


def headlines(findings: Sequence[Finding], most: int) -> list[str]:
    """The weightiest kinds, one a line, each with the reason of its first place."""
    groups = [group for group in grouped(findings) if not group.follows]
    lines = [f"  {group.heading} {group.first.reason}" for group in groups[:most]]
    left = len(groups) - most
    if left > 0:
        places = sum(len(group.places) for group in groups[most:])
        lines.append(
            "  "
            + ngettext(
                "and %(n)s kind more, at %(places)s places: the whole report has it.",
                "and %(n)s kinds more, at %(places)s places: the whole report has them.",
                left,
                places=places,
            )
        )
    return lines


def counted(findings: Iterable[Finding]) -> tuple[Counter[Held], int]:
    """How many places of each sort, and how many rows only follow: as the headings count them."""
    found: Counter[Held] = Counter()
    following = 0
    for group in grouped(findings):
        found[group.first.held] += len(group.places)
        if group.follows and group.first.held is Held.ROW:
            following += len(group.places)
    return found, following


def place_of(finding: Finding) -> str:
    """'locations.csv, line 12, latitude: the point is … [value]'."""
    value = f" [{finding.value}]" if finding.value is not None else ""
    return (
        _(
            "%(file)s, line %(line)s, %(field)s: %(reason)s",
            file=finding.place.file,
            line=finding.place.line,
            field=finding.field or finding.table,
            reason=finding.reason,
        )
        + value
    )


def _what(group: Group) -> str:
    file, field = group.first.place.file, group.first.field
    return f"{file} ({field})" if field else file


def _rows(group: Group) -> str:
    if group.follows:
        return ngettext(
            "%(n)s row of %(what)s hangs on a row that was kept back, and stays out with it.",
            "%(n)s rows of %(what)s hang on rows that were kept back, and stay out with them.",
            len(group.places),
            what=_what(group),
        )
    return ngettext(
        "%(n)s row of %(what)s was kept back.",
        "%(n)s rows of %(what)s were kept back.",
        len(group.places),
        what=_what(group),
    )


def _values(group: Group) -> str:
    return ngettext(
        "%(n)s value of %(what)s was kept back; its row is in.",
        "%(n)s values of %(what)s were kept back; their rows are in.",
        len(group.places),
        what=_what(group),
    )


def _noted(group: Group) -> str:
    return ngettext(
        "%(n)s place of %(what)s is in, but a person should look at it.",
        "%(n)s places of %(what)s are in, but a person should look at them.",
        len(group.places),
        what=_what(group),
    )
