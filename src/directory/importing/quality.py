"""The gate every feed passes: reads each value, follows each link, keeps back what is not sure.

A row is kept back when something it can't be without is missing or unreadable; otherwise only the
value. Each time with place, field and a sentence. Nothing is guessed, nothing is lost silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from directory.how_to_start import read_how_to_start
from directory.importing.checked import Checked, Row, row_id, term_id
from directory.importing.coordinates import Point
from directory.importing.fields import ALL_OR_NOTHING, TABLES
from directory.importing.phones import split_extension
from directory.importing.places import Surroundings, look_around
from directory.importing.records import Feed, Finding, Held, Link, Place, Record, Unreadable
from directory.importing.values import IMPOSSIBLE, quoted, text
from shared.i18n import gettext_noop as _

ADDRESS_COLUMNS = (
    "attention",
    "address_1",
    "address_2",
    "city",
    "region",
    "state_province",
    "postal_code",
    "country",
)
LONGEST_ID = 500
Columns = dict[str, object]


class _RowHeld(Exception):  # noqa: N818 -- this row is kept back
    def __init__(self, column: str | None, message: str, **values: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.values = values


@dataclass(frozen=True, slots=True)
class Known:
    """What the gate compares with."""

    source_name: str
    today: date
    centroids: Mapping[str, Point] = field(default_factory=dict)
    term_codes: frozenset[str] = frozenset()


def check(feed: Feed, known: Known) -> Checked:
    """Let through what is sure."""
    return _Gate(feed, known).run()


def _check_id(record: Record, seen: Mapping[str, Place]) -> None:
    own = record.external_id
    if not own or len(own) > LONGEST_ID or IMPOSSIBLE.search(own):
        raise _RowHeld("id", _("The row has no id."))
    if own in seen:
        raise _RowHeld(
            "id", _("Line %(line)s has the same id. Ids must be unique."), line=str(seen[own].line)
        )


class _Gate:
    def __init__(self, feed: Feed, known: Known) -> None:
        self.known = known
        self.checked = Checked(rows={table: [] for table in (*TABLES, "location_private")})
        self.around: Surroundings = look_around(feed.records, known.centroids)
        self.by_table: dict[str, list[Record]] = {table: [] for table in TABLES}
        for record in feed.records:
            self.by_table[record.table].append(record)
        self.accepted: set[tuple[str, str]] = set()
        self.refused: dict[tuple[str, str], Place] = {}
        self.confidential: dict[str, Columns] = {}

    def run(self) -> Checked:
        for table, records in self.by_table.items():
            seen: dict[str, Place] = {}
            own_ids = {record.external_id for record in records}
            for record in records:
                self._take(record, seen, own_ids)
            if table == "service_at_location":
                self._services_without_place()
        self._private_rows()
        return self.checked

    def _take(self, record: Record, seen: dict[str, Place], own_ids: set[str]) -> None:
        try:
            _check_id(record, seen)
            columns = self._columns(record, own_ids)
        except _RowHeld as problem:
            self._hold(record, problem, already=record.external_id in seen)
            return
        seen[record.external_id] = record.place
        if record.table == "address" and self._is_secret(record):
            self._keep_private(record, columns)
        elif not self._leads_to_secret(record):
            self.accepted.add(record.key)
            unhashed = frozenset({"assured_date"} if "checked_days_ago" in record.values else ())
            self.checked.rows[record.table].append(
                Row(record.table, record.external_id, columns, unhashed)
            )

    def _hold(self, record: Record, problem: _RowHeld, *, already: bool) -> None:
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
        problem: _RowHeld | Unreadable,
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
            return location.external_id in self.confidential
        return record.table == "location" and record.values.get("confidential") is True

    def _leads_to_secret(self, record: Record) -> bool:
        """The Spanish words of what is not said in English about a confidential place either."""
        entity = record.links.get("entity_id")
        return (
            entity is not None
            and entity.table == "location"
            and entity.external_id in self.confidential
            and record.values.get("field") == "transportation"
        )

    def _columns(self, record: Record, own_ids: set[str]) -> Columns:
        if record.problem is not None:
            column, why = record.problem
            raise _RowHeld(column, why.message, **why.values)
        table = TABLES[record.table]
        columns = self._read(record)
        columns |= self._links(record, own_ids)
        for name, default in table.defaults.items():
            if columns.get(name) is None:
                columns[name] = default
        for name in sorted(table.required):
            if columns.get(name) is None:
                raise _RowHeld(name, _("%(field)s is missing."), field=name)
        if table.belongs_to and not any(columns[name] for name in table.belongs_to):
            raise _RowHeld(None, _("It belongs to no service, place or organization of the feed."))
        finish = FINISH.get(record.table)
        return finish(self, record, columns) if finish else columns

    def _read(self, record: Record) -> Columns:
        strict = ALL_OR_NOTHING.get(record.table, frozenset())
        required = TABLES[record.table].required
        columns: Columns = {}
        for name, read in TABLES[record.table].fields.items():
            raw = record.values.get(name)
            try:
                columns[name] = read(raw)
            except Unreadable as problem:
                if name in strict or name in required:
                    raise _RowHeld(name, problem.message, **problem.values) from None
                self._find(record, Held.VALUE, name, problem, raw)
                columns[name] = None
        return columns

    def _links(self, record: Record, own_ids: set[str]) -> Columns:
        columns: Columns = dict.fromkeys(TABLES[record.table].links)
        required = TABLES[record.table].required
        lonely = len(record.links) == 1 and bool(TABLES[record.table].belongs_to)
        for column, link in record.links.items():
            if self._stands(record, link, own_ids):
                columns[column] = (
                    term_id(link.external_id)
                    if link.canonical
                    else row_id(self.known.source_name, link.table, link.external_id)
                )
                continue
            problem = self._dangling(link)
            gone = record.table in {"service_at_location", "attribute"}
            if column in required or lonely or gone:
                raise _RowHeld(column, problem.message, **problem.values)
            self._find(record, Held.VALUE, column, problem, link.external_id)
        return columns

    def _stands(self, record: Record, link: Link, own_ids: set[str]) -> bool:
        if link.canonical:
            return link.external_id in self.known.term_codes
        if link.table == record.table:  # a parent may stand further down
            return link.external_id in own_ids and link.external_id != record.external_id
        return (link.table, link.external_id) in self.accepted

    def _dangling(self, link: Link) -> Unreadable:
        place = self.refused.get((link.table, link.external_id))
        if place is not None:
            return Unreadable(
                _("Its %(table)s was kept back (%(file)s, line %(line)s)."),
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
        placed = {row.columns["service_id"] for row in self.checked.rows["service_at_location"]}
        for row in self.checked.rows["service"]:
            service = row_id(self.known.source_name, "service", row.external_id)
            if service not in placed:
                own = f"{row.external_id}@"
                self.accepted.add(("service_at_location", own))
                columns = {"service_id": service, "location_id": None, "description": None}
                self.checked.rows["service_at_location"].append(
                    Row("service_at_location", own, columns)
                )

    def _keep_private(self, record: Record, columns: Columns) -> None:
        kept = self.confidential[record.links["location_id"].external_id]
        if kept.get("address_1") is None:
            kept.update({name: columns[name] for name in ADDRESS_COLUMNS})

    def _private_rows(self) -> None:
        for location, columns in self.confidential.items():
            if any(columns.get(name) for name in ("lat", "address_1", "postal_code")):
                columns["location_id"] = row_id(self.known.source_name, "location", location)
                self.checked.rows["location_private"].append(
                    Row("location_private", location, columns)
                )

    def finish_service(self, record: Record, columns: Columns) -> Columns:
        """How help is reached, and a day of checking that is counted from today."""
        del record
        columns["how_to_start_known"] = columns["how_to_start"] is not None
        if columns["how_to_start"] is None:
            process = columns["application_process"]
            how, said = read_how_to_start(str(process) if process else None)
            columns["how_to_start"], columns["how_to_start_known"] = how.value, said
        days_ago = columns.pop("checked_days_ago")
        if isinstance(days_ago, int):
            columns["assured_date"] = self.known.today - timedelta(days=days_ago)
        return columns

    def finish_location(self, record: Record, columns: Columns) -> Columns:
        """The point, the zone; of a confidential place, neither point nor address."""
        lat, lon = columns.pop("latitude"), columns.pop("longitude")
        point: Point | None = None
        try:
            point = self.around.point_of(record.external_id, lat, lon)
        except Unreadable as problem:
            self._find(record, Held.VALUE, "latitude", problem, f"{lat}, {lon}")
        columns["time_zone"] = columns["time_zone"] or self.around.time_zone_of(
            record.external_id, point
        )
        degrees: Columns = {"lat": None, "lon": None}
        if point is not None:
            degrees = {"lat": point.lat, "lon": point.lon}
        if columns["confidential"]:
            self.confidential[record.external_id] = dict.fromkeys(ADDRESS_COLUMNS) | degrees
            degrees = {"lat": None, "lon": None}
            columns["transportation"] = None
        return columns | degrees

    def finish_phone(self, record: Record, columns: Columns) -> Columns:
        """The extension that was written into the number."""
        if columns["extension"] is None:
            columns["extension"] = split_extension(text(record.values.get("number")) or "")[1]
        return columns

    def finish_schedule(self, record: Record, columns: Columns) -> Columns:
        """A row of hours says on which days; monthly rules name which of them."""
        del record
        if columns["opens_at"] is not None and not (
            columns["byday"] or columns["bymonthday"] or columns["dtstart"]
        ):
            raise _RowHeld("byday", _("The row has times but no days."))
        if columns["byday"] and columns["freq"] is None:
            columns["freq"] = "WEEKLY"
        return columns

    def finish_link(self, record: Record, columns: Columns) -> Columns:
        """The table that a polymorphic link points into."""
        column = "link_id" if record.table == "attribute" else "entity_id"
        columns["link_entity" if record.table == "attribute" else "entity"] = record.links[
            column
        ].table
        return columns

    def finish_language(self, record: Record, columns: Columns) -> Columns:
        """A language needs a name or a code."""
        del record
        if columns["name"] is None and columns["code"] is None:
            raise _RowHeld("name", _("%(field)s is missing."), field="name")
        return columns


FINISH = {
    "service": _Gate.finish_service,
    "location": _Gate.finish_location,
    "phone": _Gate.finish_phone,
    "schedule": _Gate.finish_schedule,
    "language": _Gate.finish_language,
    "attribute": _Gate.finish_link,
    "translation": _Gate.finish_link,
}
