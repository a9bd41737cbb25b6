"""The gate's part for hours that a feed gives as words: rows of days and times, or text. Pure.

A text that is read becomes one row a rule; one that is not stays as the description of its row,
which makes these hours unknown, and a steward is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from directory.importing.hours_text import read_hours
from directory.importing.records import Finding, Held, Record, Unreadable
from directory.importing.values import quoted, text

# A row that has one of these says its hours itself.
TOLD = ("opens_at", "closes_at", "byday", "bymonthday", "byyearday", "byweekno", "dtstart")


def unfold(records: Iterable[Record], findings: list[Finding]) -> Iterator[Record]:
    """All records; rows of hours in words become as many as they have rules."""
    read: dict[str, tuple[dict[str, object], ...] | Unreadable] = {}
    for record in records:
        words = _words_of(record)
        if words is None:
            yield record
            continue
        if words not in read:
            read[words] = _read(words)
        found = read[words]
        if isinstance(found, Unreadable):
            findings.append(_kept_as_text(record, words, found))
            yield record
        else:
            yield from _rows(record, found)


def _words_of(record: Record) -> str | None:
    if record.table != "schedule" or record.problem is not None:
        return None
    try:
        if any(text(record.values.get(name)) for name in TOLD):
            return None
        return text(record.values.get("description"))
    except Unreadable:
        return None


def _read(words: str) -> tuple[dict[str, object], ...] | Unreadable:
    try:
        hours = read_hours(words)
    except Unreadable as problem:
        return problem
    return tuple(
        {
            "freq": opening.freq,
            "byday": opening.byday,
            "opens_at": opening.opens_at.strftime("%H:%M"),
            "closes_at": opening.closes_at.strftime("%H:%M"),
        }
        for opening in hours.openings
    )


def _rows(record: Record, rules: tuple[dict[str, object], ...]) -> Iterator[Record]:
    if not rules:  # by appointment
        yield record
    for number, rule in enumerate(rules):
        own = record.external_id if number == 0 else f"{record.external_id}#{number + 1}"
        yield Record(record.table, own, {**record.values, **rule}, record.links, record.place)


def _kept_as_text(record: Record, words: str, problem: Unreadable) -> Finding:
    return Finding(
        Held.VALUE,
        record.place,
        record.table,
        quoted(record.external_id),
        "description",
        problem.message,
        problem.values,
        quoted(words),
    )
