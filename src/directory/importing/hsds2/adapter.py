"""Rows of an HSDS 2-like folder as records: comma lists unfolded, hours and links put in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from directory.importing.csv_records import by_line, first_links, one_each, record_of
from directory.importing.csv_rows import Row
from directory.importing.hours_in_words import TOLD
from directory.importing.hsds2.hours import read_days, read_times
from directory.importing.hsds2.tables import find_files, read_rows
from directory.importing.hsds3 import Progress
from directory.importing.records import Feed, Link, Record, Records, Unreadable
from directory.importing.refusals import empty
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.languages import code_of

FORMAT = "hsds2"
NECESSARY = ("organization", "service", "location")
LINKED_BY_LIST = (
    ("organization_id", "organization"),
    ("service_id", "service"),
    ("location_id", "location"),
    ("service_at_location_id", "service_at_location"),
)
OWN_ROWS = (
    "service_area",
    "accessibility",
    "required_document",
    "cost_option",
    "funding",
)
LISTS = frozenset({"locations", "phones", "languages", "terms", "services"})
KIND_OF_TERM = {"eligibility": "eligibility", "situation": "eligibility"}


def looks_like(folder: Path) -> bool:
    """Whether the folder holds such an export."""
    return any(kind in find_files(folder) for kind in NECESSARY)


def read(folder: Path, progress: Progress) -> Feed:
    """Read all files of the folder."""
    files = find_files(folder)
    for kind in NECESSARY:
        if kind not in files:
            raise InvalidInput(
                _("There is no file of %(kind)ss in %(folder)s."),
                values={"kind": kind, "folder": folder.name},
                remedy=_("Give the folder with organizations.csv, services.csv, locations.csv."),
            )
    rows: dict[str, list[Row]] = defaultdict(list)
    for number, (kind, path) in enumerate(files.items()):
        progress("read", number, len(files))
        rows[kind] = list(read_rows(kind, path))
    progress("read", len(files), len(files))
    for kind in NECESSARY[:2]:
        if not rows[kind]:
            raise empty(files[kind].name)
    _forget_zeros(rows)
    return Feed(FORMAT, folder.name, Records(_Export(rows).records()))


def _forget_zeros(rows: dict[str, list[Row]]) -> None:
    """Exporters write 0 for "none" where a link could stand; it means none unless a row is 0."""
    if any(row.get("id") == "0" for found in rows.values() for row in found):
        return
    for found in rows.values():
        for row in found:
            for name, cell in row.cells.items():
                if cell == "0" and (name.endswith("_id") or name in LISTS):
                    row.cells[name] = ""


class _Export:
    """The folder's rows, and how they point at each other."""

    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self.rows = rows
        self.pairs: dict[tuple[str, str], str] = {}
        self.program_of: dict[str, str] = {}

    def records(self) -> Iterator[Record]:
        """All records; places of services first, because hours are hung on them."""
        at_locations = list(self._service_at_locations())
        yield from self._programs()
        for table in ("organization", "service", "location"):
            for row in self.rows[table]:
                links = first_links(table, row)
                program = self.program_of.get(row.get("id") or "") if table == "service" else None
                if program is not None:
                    links.setdefault("program_id", Link("program", program))
                yield record_of(table, row, row.get("id") or "", links)
        yield from at_locations
        yield from self._addresses()
        yield from self._phones()
        yield from self._schedules()
        yield from self._languages()
        yield from self._terms()
        yield from self._attributes()
        for table in OWN_ROWS:
            for row in self.rows[table]:
                yield record_of(table, row, row.get("id") or by_line(row), first_links(table, row))

    def _programs(self) -> Iterator[Record]:
        """Programs that list their services; one that names no organization is its services'."""
        owners = {row.get("id"): row.get("organization_id") for row in self.rows["service"]}
        for row in self.rows["program"]:
            listed = [service for service in row.listed("services") if service in owners]
            links = first_links("program", row)
            theirs = {owners[service] for service in listed}
            if not links and len(theirs) == 1 and (owner := next(iter(theirs))):
                links = {"organization_id": Link("organization", owner)}
            if not links:
                continue  # of nobody, with nothing to offer
            self.program_of |= {service: row.get("id") or "" for service in listed}
            yield record_of("program", row, row.get("id") or "", links)

    def _service_at_locations(self) -> Iterator[Record]:
        for row in self.rows["service_at_location"]:
            pair = (row.get("service_id") or "", row.get("location_id") or "")
            if pair not in self.pairs:
                self.pairs[pair] = row.get("id") or "@".join(pair)
                yield record_of(
                    "service_at_location",
                    row,
                    self.pairs[pair],
                    first_links("service_at_location", row),
                )
        for row in self.rows["service"]:
            for location in row.listed("locations"):
                pair = (row.get("id") or "", location)
                if pair not in self.pairs:
                    self.pairs[pair] = "@".join(pair)
                    yield Record(
                        "service_at_location", self.pairs[pair], {}, _pair_links(*pair), row.place
                    )

    def _addresses(self) -> Iterator[Record]:
        places: dict[str, list[str]] = defaultdict(list)
        for row in self.rows["location_address"]:
            places[row.get("address_id") or ""].append(row.get("location_id") or "")
        for kind, address_type in (("address", "physical"), ("postal_address", "postal")):
            for row in self.rows[kind]:
                own = row.get("id") or by_line(row)
                for location in dict.fromkeys((*row.listed("location_id"), *places[own])):
                    yield record_of(
                        "address",
                        row,
                        f"{own}@{location}",
                        {"location_id": Link("location", location)},
                        {"address_type": address_type},
                    )

    def _phones(self) -> Iterator[Record]:
        targets: dict[str, list[Link]] = defaultdict(list)
        for table in ("service", "location"):
            for row in self.rows[f"{table}_phone"]:
                targets[row.get("phone_id") or ""].append(Link(table, row.get(f"{table}_id") or ""))
        for table in ("organization", "service", "location"):
            for row in self.rows[table]:
                for phone in row.listed("phones"):
                    targets[phone].append(Link(table, row.get("id") or ""))
        for row in self.rows["phone"]:
            own = row.get("id") or by_line(row)
            listed = [
                Link(table, target)
                for column, table in LINKED_BY_LIST
                for target in row.listed(column)
            ]
            yield from one_each("phone", row, own, dict.fromkeys((*listed, *targets[own])))

    def _schedules(self) -> Iterator[Record]:
        for row in self.rows["schedule"]:
            own = row.get("id") or by_line(row)
            try:
                values = _hours(row)
            except Unreadable:  # the gate tries it as a text of hours, else it stays text
                if not _words(row):
                    continue
                values = dict.fromkeys(TOLD) | {"freq": None, "description": _words(row)}
            if values is not None:
                targets = dict.fromkeys(self._hours_of(row))
                yield from one_each("schedule", row, own, targets, values)

    def _hours_of(self, row: Row) -> Iterator[Link]:
        """A row of services and places means those services there, else each on its own."""
        services, locations = row.listed("service_id"), row.listed("location_id")
        for at_location in row.listed("service_at_location_id"):
            yield Link("service_at_location", at_location)
        pairs = [(s, at) for s in services for at in locations if (s, at) in self.pairs]
        for pair in pairs:
            yield Link("service_at_location", self.pairs[pair])
        if services and locations and pairs:
            services = [s for s in services if s not in {pair[0] for pair in pairs}]
            locations = []
        for service in services:
            yield Link("service", service)
        for location in locations:
            yield Link("location", location)

    def _languages(self) -> Iterator[Record]:
        names = {row.get("id") or "": row for row in self.rows["language"]}
        for row in self.rows["language"]:
            targets = {
                Link(table, target): None
                for column, table in LINKED_BY_LIST[1:3]
                for target in row.listed(column)
            }
            if targets:  # the others are a list of names that services point to
                yield from one_each(
                    "language", row, row.get("id") or by_line(row), targets, _language(row)
                )
        for row in self.rows["service"]:
            for own in row.listed("languages"):
                if own in names:
                    service = Link("service", row.get("id") or "")
                    yield from one_each(
                        "language", names[own], own, {service: None}, _language(names[own])
                    )

    def _terms(self) -> Iterator[Record]:
        for row in self.rows["taxonomy"]:
            yield record_of("taxonomy", row, row.get("id") or "", {})
        for row in self.rows["taxonomy_term"]:
            values: dict[str, object] = {"taxonomy": self._taxonomy_name(row)}
            yield record_of(
                "taxonomy_term", row, row.get("id") or "", self._term_links(row), values
            )

    def _term_links(self, row: Row) -> dict[str, Link]:
        known = {taxonomy.get("id") for taxonomy in self.rows["taxonomy"]}
        return {
            column: link
            for column, link in first_links("taxonomy_term", row).items()
            if column != "taxonomy_id" or link.external_id in known
        }

    def _taxonomy_name(self, row: Row) -> str | None:
        own = row.get("taxonomy_id")
        names = (
            taxonomy.get("name") for taxonomy in self.rows["taxonomy"] if taxonomy.get("id") == own
        )
        return next(names, own)

    def _attributes(self) -> Iterator[Record]:
        kinds = {
            row.get("id") or "": _kind_of_term(self._taxonomy_name(row) or "")
            for row in self.rows["taxonomy_term"]
        }
        seen: set[tuple[str, str]] = set()
        for row, service, term in self._tagged():
            if (service, term) not in seen:
                seen.add((service, term))
                yield Record(
                    "attribute",
                    f"{service}#{term}",
                    {"link_type": kinds.get(term, "service_type")},
                    {
                        "link_id": Link("service", service),
                        "taxonomy_term_id": Link("taxonomy_term", term),
                    },
                    row.place,
                )

    def _tagged(self) -> Iterator[tuple[Row, str, str]]:
        for row in self.rows["service_attribute"]:
            yield row, row.get("service_id") or "", row.get("taxonomy_term_id") or ""
        for row in self.rows["service"]:
            for term in row.listed("terms"):
                yield row, row.get("id") or "", term


def _pair_links(service: str, location: str) -> dict[str, Link]:
    return {"service_id": Link("service", service), "location_id": Link("location", location)}


def _hours(row: Row) -> dict[str, object] | None:
    """The row's days and times in HSDS 3's words; None for a day on which it is closed."""
    times = read_times(row.get("opens_at"), row.get("closes_at"))
    if times is None:
        return None
    values: dict[str, object] = {"opens_at": times[0], "closes_at": times[1]}
    if row.get("freq") and row.get("byday"):
        return values
    days = read_days(row.get("weekday") or row.get("byday") or "")
    return values | {"freq": days.freq, "byday": days.byday}


def _words(row: Row) -> str:
    """What the row says about hours, as a person would read it."""
    days = row.get("weekday") or row.get("byday") or ""
    times = " - ".join(filter(None, (row.get("opens_at"), row.get("closes_at"))))
    parts = (days, times, row.get("description") or "")
    return " ".join(part for part in parts if part)


def _language(row: Row) -> dict[str, object]:
    name = row.get("name") or ""
    return {"name": name, "code": row.get("code") or code_of(name)}


def _kind_of_term(taxonomy_name: str) -> str:
    folded = taxonomy_name.casefold()
    return next((kind for word, kind in KIND_OF_TERM.items() if word in folded), "service_type")
