"""HSDS 1.1 regular_schedule: one row a day, and an exporter's own line of all hours. Pure.

Where the line of hours stands (original_text), the rows were made out of it, often wrongly; then
the line counts, read whole or kept as text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from directory.importing.csv_rows import Row
from directory.importing.hsds2.hours import read_days, read_times
from directory.importing.records import Link, Record, Unreadable

OWNERS = (
    ("service_at_location_id", "service_at_location"),
    ("service_id", "service"),
    ("location_id", "location"),
)
Owner = tuple[str, str]


def schedules(rows: Iterable[Row], pairs: dict[tuple[str, str], str]) -> Iterator[Record]:
    """Records of all rows; a text that several rows repeat is one."""
    seen: set[tuple[Owner, str]] = set()
    texts: Counter[Owner] = Counter()
    for row in rows:
        owner = _owner(row, pairs)
        links = {f"{owner[0]}_id": Link(*owner)} if owner[1] else {}
        own = f"{owner[0]}:{owner[1]}"
        written = row.get("original_text")
        told = written or _told(row)
        if told is None or (owner, told) in seen:
            continue
        seen.add((owner, told))
        texts[owner] += 1
        number = texts[owner] if written else told
        values = {"description": written} if written else _values(row)
        yield Record("schedule", f"{own}#{number}", values, links, row.place)


def _owner(row: Row, pairs: dict[tuple[str, str], str]) -> Owner:
    """The service at its place where both are named, else what is named."""
    pair = (row.get("service_id") or "", row.get("location_id") or "")
    if pair in pairs:
        return "service_at_location", pairs[pair]
    for column, table in OWNERS:
        found = row.get(column)
        if found:
            return table, found
    return "service", ""


def _told(row: Row) -> str | None:
    """The day and times as written; None for a row that says nothing or closed."""
    parts = [row.get("weekday") or "", row.get("opens_at") or "", row.get("closes_at") or ""]
    if not any(parts[1:]) or parts[1].casefold() == "closed":
        return None
    return " ".join(part for part in parts if part)


def _values(row: Row) -> dict[str, object]:
    try:
        times = read_times(row.get("opens_at"), row.get("closes_at"))
        days = read_days(row.get("weekday") or "")
    except Unreadable:
        times = None
    if times is None:
        return {"description": _told(row)}
    return {
        "freq": days.freq,
        "byday": days.byday,
        "opens_at": times[0],
        "closes_at": times[1],
    }
