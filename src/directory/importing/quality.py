"""The gate every feed passes: reads each value, follows each link, keeps back what is not sure.

A row is kept back when something it can't be without is missing or unreadable; otherwise only the
value. Each time with place, field and a sentence. Nothing is guessed, nothing is lost silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import cached_property

from directory.importing.checked import FOLLOWS, Checked, Row, Rows, row_id, term_id
from directory.importing.coordinates import Point
from directory.importing.fields import ALL_OR_NOTHING, TABLES
from directory.importing.finishing import ADDRESS_COLUMNS, Columns, Finishing, RowHeld
from directory.importing.hours_in_words import unfold
from directory.importing.licensed import licensed_taxonomies
from directory.importing.mending import looks_broken
from directory.importing.places import look_around
from directory.importing.privacy import FLAGGED, TELLS_WHERE, find_private
from directory.importing.records import (
    Feed,
    Finding,
    Held,
    Link,
    Place,
    Record,
    Records,
    Unreadable,
)
from directory.importing.values import IMPOSSIBLE, Reader, quoted, text
from shared.i18n import gettext_noop as _

LONGEST_ID = 500
# fields that are something also where the feed says nothing
NEVER_NOTHING = frozenset({"flags", "delivery", "previous_value", "replacement_value"})
# Days, times, codes and numbers come again and again, and are dear to read.
UNCHANGING = frozenset({str, int, Decimal, date, time, type(None)})
MOST_REMEMBERED, LONGEST_REMEMBERED = 5000, 60


@dataclass(frozen=True, slots=True)
class Known:
    """What the gate compares with."""

    source_name: str
    today: date
    centroids: Mapping[str, Point] = field(default_factory=dict)
    term_codes: frozenset[str] = frozenset()
    # locations that a steward hid: treated as if the feed said so
    hidden_places: frozenset[str] = frozenset()


def check(feed: Feed, known: Known, rows_of: Callable[[], Rows] = list) -> Checked:
    """Let through what is sure, into whatever `rows_of` makes for each table."""
    checked, tables = checking(feed, known, rows_of)
    for _table in tables:
        pass
    return checked


def checking(
    feed: Feed, known: Known, rows_of: Callable[[], Rows] = list
) -> tuple[Checked, Iterator[str]]:
    """The same a table at a time: a table is complete when the iterator has named it."""
    gate = _Gate(feed, known, rows_of)
    return gate.checked, gate.run()


def _check_id(record: Record, seen: Mapping[str, int]) -> None:
    own = record.external_id
    if not own or len(own) > LONGEST_ID or IMPOSSIBLE.search(own):
        raise RowHeld("id", _("The row has no id."))
    if own in seen:
        raise RowHeld(
            "id", _("Line %(line)s has the same id. Ids must be unique."), line=str(seen[own])
        )


class _Kin:
    """The rows of one table among themselves; looked at only when one names another as parent."""

    def __init__(self, records: Records, table: str) -> None:
        self._records, self._table = records, table

    def has(self, external_id: str) -> bool:
        """Whether the feed has such a row, above or further down."""
        return external_id in self._ids

    def is_circular(self, external_id: str) -> bool:
        """Whether the row is its own parent, over however many steps."""
        return external_id in self._circular

    @cached_property
    def _ids(self) -> set[str]:
        return {record.external_id for record in self._records.of(self._table)}

    @cached_property
    def _circular(self) -> set[str]:
        parents = {
            record.external_id: link.external_id
            for record in self._records.of(self._table)
            for link in record.links.values()
            if link.table == self._table and not link.canonical
        }
        found: set[str] = set()
        settled: set[str] = set()
        for start in parents:
            way: dict[str, None] = {}
            at: str | None = start
            while at is not None and at not in settled and at not in way:
                way[at] = None
                at = parents.get(at)
            if at in way:
                ring = list(way)
                found |= set(ring[ring.index(at or "") :])
            settled |= set(way)
        return found


class _Gate:
    def __init__(self, feed: Feed, known: Known, rows_of: Callable[[], Rows]) -> None:
        self.known = known
        self.records = feed.records
        self.checked = Checked(
            rows={table: rows_of() for table in (*TABLES, "location_private")},
            findings=list(feed.findings),
        )
        flagged = (record for table in sorted(FLAGGED) for record in feed.records.of(table))
        self.private = find_private(flagged)
        self.checked.private_places = set(self.private.locations)
        self.checked.hidden_places = known.hidden_places
        self.private.locations |= known.hidden_places
        places = (record for table in ("location", "address") for record in feed.records.of(table))
        around = look_around(places, known.centroids)
        licensed = licensed_taxonomies(feed.records.of("taxonomy"))
        self.finishing = Finishing(known.today, around, self.private, self._find, licensed)
        self.accepted: dict[str, set[str]] = {table: set() for table in TABLES}
        self.placed: set[str] = set()
        self.refused: dict[tuple[str, str], Place] = {}
        self._read_before: dict[Reader, dict[str, object]] = {}

    def run(self) -> Iterator[str]:
        for table in TABLES:
            seen: dict[str, int] = {}
            kin = _Kin(self.records, table)
            records = self.records.of(table)
            if table == "schedule":
                records = unfold(records, self.checked.findings)
            for record in records:
                if self._is_not_for_show(record):
                    self._leave_out(record)
                else:
                    self._take(record, seen, kin)
            if table == "service_at_location":
                self._services_without_place()
            yield table
        self._private_rows()
        yield "location_private"

    def _is_not_for_show(self, record: Record) -> bool:
        """A phone or contact that the feed marks as private, or that belongs to such a contact."""
        contact = record.links.get("contact_id")
        return record.key in self.private.rows or (
            contact is not None and (contact.table, contact.external_id) in self.private.rows
        )

    def _leave_out(self, record: Record) -> None:
        private = Unreadable(_("The feed marks this as private; it was left out."))
        self._find(record, Held.NOTED, None, private, None)

    def _take(self, record: Record, seen: dict[str, int], kin: _Kin) -> None:
        try:
            _check_id(record, seen)
            columns = self._columns(record, kin)
        except RowHeld as problem:
            self._hold(record, problem, already=record.external_id in seen)
            return
        seen[record.external_id] = record.place.line
        if record.table == "address" and self._is_secret(record):
            self._keep_private(record, columns)
        elif not self._leads_to_secret(record):
            self.accepted[record.table].add(record.external_id)
            if record.table == "service_at_location":
                self.placed.add(record.links["service_id"].external_id)
            unhashed = frozenset({"assured_date"} if "checked_days_ago" in record.values else ())
            self.checked.rows[record.table].append(
                Row(record.table, record.external_id, columns, unhashed)
            )

    def _hold(self, record: Record, problem: RowHeld, *, already: bool) -> None:
        if not already:
            self.refused[record.key] = record.place
            if not IMPOSSIBLE.search(record.external_id):
                self.checked.held.append(record.key)
        raw = record.values.get(problem.column) if problem.column else None
        self._find(record, Held.ROW, problem.column, problem, raw)

    def _find(
        self,
        record: Record,
        held: Held,
        column: str | None,
        problem: RowHeld | Unreadable,
        raw: object,
    ) -> None:
        # Where a confidential place is concerned, a report must not say what was wrong with what.
        secret = self._is_secret(record)
        self.checked.findings.append(
            Finding(
                held,
                record.place,
                record.table,
                quoted(record.external_id),
                column,
                _("A value of this confidential place can't be right.")
                if secret
                else problem.message,
                {} if secret else problem.values,
                None if secret or raw is None else quoted(raw),
            )
        )

    def _is_secret(self, record: Record) -> bool:
        location = record.links.get("location_id") if record.table == "address" else None
        if location is not None:
            return location.external_id in self.private.locations
        return record.table == "location" and record.external_id in self.private.locations

    def _leads_to_secret(self, record: Record) -> bool:
        """The Spanish words, and old values, of what is not said about a confidential place."""
        link = record.links.get("entity_id") or record.links.get("resource_id")
        if link is None:
            return False
        if record.table == "metadata":
            return link.table in {"location", "address"} and bool(self.private.locations)
        return (
            link.table == "location"
            and link.external_id in self.private.locations
            and record.values.get("field") in TELLS_WHERE
        )

    def _columns(self, record: Record, kin: _Kin) -> Columns:
        if record.problem is not None:
            column, why = record.problem
            raise RowHeld(column, why.message, **why.values)
        table = TABLES[record.table]
        columns = self._read(record)
        columns |= self._links(record, kin)
        for name, default in table.defaults.items():
            if columns.get(name) is None:
                columns[name] = default
        for name in sorted(table.required):
            if columns.get(name) is None:
                raise RowHeld(name, _("%(field)s is missing."), field=name)
        if table.belongs_to and not any(columns[name] for name in table.belongs_to):
            raise RowHeld(None, _("It belongs to no service, place or organization of the feed."))
        return self.finishing.finish(record, columns)

    def _read(self, record: Record) -> Columns:
        fields, values = TABLES[record.table].fields, record.values
        columns: Columns = dict.fromkeys(fields)
        for name, read in fields.items():
            raw = values.get(name)
            if raw is not None or name in NEVER_NOTHING:
                columns[name] = self._value(record, name, read, raw)
        return columns

    def _value(self, record: Record, name: str, read: Reader, raw: object) -> object:
        remembered = self._read_before.get(read) if type(raw) is str else None
        if remembered is not None and raw in remembered:
            return remembered[raw]
        try:
            value = read(raw)
        except Unreadable as problem:
            strict = ALL_OR_NOTHING.get(record.table, frozenset())
            if name in strict or name in TABLES[record.table].required:
                raise RowHeld(name, problem.message, **problem.values) from None
            self._find(record, Held.VALUE, name, problem, raw)
            return None
        if type(value) is str and not value.isascii():
            self._look_at_letters(record, name, value)
        elif type(raw) is str and type(value) in UNCHANGING and read is not text:
            kept = self._read_before.setdefault(read, {})
            if len(kept) < MOST_REMEMBERED and len(raw) <= LONGEST_REMEMBERED:
                kept[raw] = value
        return value

    def _look_at_letters(self, record: Record, name: str, value: str) -> None:
        if looks_broken(value):
            problem = Unreadable(
                _("Some letters are broken and can't be mended for sure. Export it as UTF-8.")
            )
            self._find(record, Held.NOTED, name, problem, value)

    def _links(self, record: Record, kin: _Kin) -> Columns:
        columns: Columns = dict.fromkeys(TABLES[record.table].links)
        required = TABLES[record.table].required
        lonely = len(record.links) == 1 and bool(TABLES[record.table].belongs_to)
        for column, link in record.links.items():
            if self._stands(record, link, kin):
                columns[column] = (
                    term_id(link.external_id)
                    if link.canonical
                    else row_id(self.known.source_name, link.table, link.external_id)
                )
                continue
            problem = self._wrong_link(record, link, kin)
            gone = record.table in {"service_at_location", "attribute"}
            if column in required or lonely or gone:
                raise RowHeld(column, problem.message, **problem.values)
            self._find(record, Held.VALUE, column, problem, link.external_id)
        return columns

    def _stands(self, record: Record, link: Link, kin: _Kin) -> bool:
        if link.canonical:
            return link.external_id in self.known.term_codes
        if link.table == record.table:  # a parent may stand further down
            own = record.external_id
            return kin.has(link.external_id) and not kin.is_circular(own)
        return link.external_id in self.accepted.get(link.table, ())

    def _wrong_link(self, record: Record, link: Link, kin: _Kin) -> Unreadable:
        if link.table == record.table and kin.is_circular(record.external_id):
            return Unreadable(_("Its parents lead back to itself."))
        place = self.refused.get((link.table, link.external_id))
        if place is not None:
            return Unreadable(
                FOLLOWS,
                table=link.table,
                file=place.file,
                line=str(place.line),
            )
        return Unreadable(
            _("The feed has no %(table)s with the id %(id)s."),
            table=link.table,
            id=quoted(link.external_id),
        )

    def _services_without_place(self) -> None:
        """Every service can be found and referred to: one row without a place stands for it."""
        for service in sorted(self.accepted["service"] - self.placed):
            own = f"{service}@"
            self.accepted["service_at_location"].add(own)
            columns: Columns = {
                "service_id": row_id(self.known.source_name, "service", service),
                "location_id": None,
                "description": None,
            }
            self.checked.rows["service_at_location"].append(
                Row("service_at_location", own, columns)
            )

    def _keep_private(self, record: Record, columns: Columns) -> None:
        kept = self.finishing.confidential[record.links["location_id"].external_id]
        if kept.get("address_1") is None:
            kept.update({name: columns[name] for name in ADDRESS_COLUMNS})

    def _private_rows(self) -> None:
        for location, columns in self.finishing.confidential.items():
            if any(columns.get(name) for name in ("lat", "address_1", "postal_code")):
                columns["location_id"] = row_id(self.known.source_name, "location", location)
                self.checked.rows["location_private"].append(
                    Row("location_private", location, columns)
                )
