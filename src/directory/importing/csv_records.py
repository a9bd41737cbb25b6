"""CSV rows as records: what the tabular adapters (HSDS 1.1, 2, 3) share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from directory.importing.csv_rows import Row
from directory.importing.fields import TABLES
from directory.importing.privacy import FLAGGED, KEY, flag_of
from directory.importing.records import Link, Record

# What exporters write for their own checking, not for HSDS's status.
LOCAL_STATUS = frozenset({"", "1", "2", "3", "4", "5", "6", "verified", "published"})


def record_of(
    table: str,
    row: Row,
    external_id: str,
    links: dict[str, Link],
    values: dict[str, object] | None = None,
) -> Record:
    """A row as a record of its table; `values` outrank its cells."""
    found: dict[str, object] = {
        name: row.cells[name] for name in TABLES[table].fields if row.get(name) is not None
    }
    if table == "service" and str(found.get("status", "")).casefold() in LOCAL_STATUS:
        found.pop("status", None)
    if table in FLAGGED:
        found[KEY] = flag_of(row.cells)
    return Record(table, external_id, found | (values or {}), links, row.place)


def one_each(
    table: str,
    row: Row,
    own: str,
    targets: Iterable[Link],
    values: dict[str, object] | None = None,
) -> Iterator[Record]:
    """One record for every row that this one belongs to; one without links if to none."""
    targets = list(targets)
    if not targets:
        yield record_of(table, row, own, {}, values)
    for target in targets:
        column = f"{target.table}_id"
        yield record_of(
            table, row, f"{own}@{target.table}:{target.external_id}", {column: target}, values
        )


def first_links(table: str, row: Row) -> dict[str, Link]:
    """The first id of each foreign key: HSDS holds one where exporters write lists."""
    return {
        column: Link(target, row.listed(column)[0])
        for column, target in TABLES[table].links.items()
        if target and row.listed(column)
    }


def by_line(row: Row) -> str:
    """An id for a row that has none: its line."""
    return f"line:{row.place.line}"
