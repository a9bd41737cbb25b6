"""Rows of an HSDS 1.1 folder as records of HSDS 3."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from directory.importing.csv_records import by_line, first_links, record_of
from directory.importing.csv_rows import Row
from directory.importing.hsds1.hours import schedules
from directory.importing.hsds1.tables import NECESSARY, find_files, looks_like, read_rows
from directory.importing.hsds3 import Progress
from directory.importing.records import Feed, Finding, Held, Link, Place, Record, Records
from directory.importing.refusals import empty
from directory.importing.spoken import Spoken, is_about_interpreters, read_spoken
from directory.importing.values import quoted, text
from shared.i18n import gettext_noop as _

__all__ = ["FORMAT", "looks_like", "read"]
FORMAT = "hsds1"
OWN_ROWS = ("program", "service_area", "required_document", "funding", "accessibility")
MARK = re.compile(r"(?:\\n|\s)*###[A-Z]{2,5}###")
UNOWNED = _(
    "None of its %(count)s rows says which service it belongs to (service_id is empty), so all were"
    " left out. Export it with service_id."
)
LOST_OWNER = _(
    "%(count)s of its %(all)s rows name an organization that the feed has not; these places stand"
    " without one. Their services say whose they are."
)
NO_LANGUAGE = _("This is not the name of a language. Write one name a row.")


def read(folder: Path, progress: Progress) -> Feed:
    """Read all files of the folder."""
    files = find_files(folder)
    rows: dict[str, list[Row]] = defaultdict(list)
    for number, (kind, path) in enumerate(files.items()):
        progress("read", number, len(files))
        rows[kind] = list(read_rows(kind, path))
    progress("read", len(files), len(files))
    for kind in NECESSARY:
        if not rows[kind]:
            raise empty(files[kind].name)
    export = _Export(rows)
    feed = Feed(FORMAT, folder.name, Records(export.records()))
    feed.findings += export.findings
    return feed


class _Export:
    """The folder's rows, and how they point at each other."""

    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self.rows = rows
        self.findings: list[Finding] = []
        self.pairs: dict[tuple[str, str], str] = {}
        self.interpreters: dict[str, list[str]] = defaultdict(list)

    def records(self) -> Iterator[Record]:
        """All records; places of services first, because hours are hung on them."""
        for row in self.rows["service_at_location"]:
            pair = (row.get("service_id") or "", row.get("location_id") or "")
            self.pairs.setdefault(pair, row.get("id") or "@".join(pair))
        languages = list(self._languages())
        yield from self._services()
        yield from self._locations()
        for row in self.rows["organization"]:
            yield record_of("organization", row, row.get("id") or "", {}, _unmarked(row))
        for row in self.rows["service_at_location"]:
            pair = (row.get("service_id") or "", row.get("location_id") or "")
            links = first_links("service_at_location", row)
            yield record_of("service_at_location", row, row.get("id") or "@".join(pair), links)
        yield from self._addresses()
        yield from self._phones()
        yield from schedules(self.rows["regular_schedule"], self.pairs)
        yield from self._holidays()
        yield from languages
        yield from self._terms()
        for table in OWN_ROWS:
            for row in self.rows[table]:
                if table != "accessibility" or row.get("description") or row.get("details"):
                    own = row.get("id") or by_line(row)
                    yield record_of(table, row, own, first_links(table, row))

    def _services(self) -> Iterator[Record]:
        eligible = self._by_service("eligibility", "eligibility")
        payments = self._by_service("payment", "payment")
        for row in self.rows["service"]:
            own = row.get("id") or ""
            values = _unmarked(row)
            if own in eligible:
                values["eligibility_description"] = "\n".join(eligible[own])
            if own in payments and not row.get("fees_description"):
                values["fees_description"] = "; ".join(payments[own])
            if own in self.interpreters and not row.get("interpretation_services"):
                values["interpretation_services"] = "; ".join(self.interpreters[own])
            yield record_of("service", row, own, first_links("service", row), values)

    def _locations(self) -> Iterator[Record]:
        """Places; exporters fill organization_id with other ids, which then says nothing."""
        known = {row.get("id") for row in self.rows["organization"]}
        lost: list[Row] = []
        for row in self.rows["location"]:
            links = first_links("location", row)
            owner = links.get("organization_id")
            if owner is not None and owner.external_id not in known:
                lost.append(row)
                links = {}
            yield record_of("location", row, row.get("id") or "", links, _unmarked(row))
        if lost:
            count = {"count": str(len(lost)), "all": str(len(self.rows["location"]))}
            own = quoted(lost[0].get("id") or "")
            self.findings.append(
                Finding(
                    Held.VALUE, lost[0].place, "location", own, "organization_id", LOST_OWNER, count
                )
            )

    def _by_service(self, kind: str, column: str) -> dict[str, list[str]]:
        """Texts by their service; one finding for a file that never says whose they are."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.rows[kind]:
            owner, said = row.get("service_id"), row.get(column)
            if owner and said and said not in found[owner]:
                found[owner].append(said)
        if self.rows[kind] and not found:
            first = self.rows[kind][0].place
            count = {"count": str(len(self.rows[kind]))}
            place = Place(first.file, first.line)
            self.findings.append(
                Finding(Held.ROW, place, kind, first.file, "service_id", UNOWNED, count)
            )
        return found

    def _addresses(self) -> Iterator[Record]:
        for kind, address_type in (("physical_address", "physical"), ("postal_address", "postal")):
            for row in self.rows[kind]:
                own = f"{kind}:{row.get('id') or by_line(row)}"
                links = first_links("address", row)
                if not links and row.get("organization_id"):
                    continue  # HSDS 3 has addresses of places only
                if row.get("address_1") or row.get("postal_code") or row.get("city"):
                    values: dict[str, object] = {"address_type": address_type}
                    yield record_of("address", row, own, links, values)

    def _phones(self) -> Iterator[Record]:
        for row in self.rows["phone"]:
            if row.get("contact_id") or not row.get("number"):
                continue  # a person's own number, or none
            links = first_links("phone", row)
            place = links.pop("service_at_location_id", None)
            if place is not None and not links:
                links = {"service_at_location_id": place}
            yield record_of("phone", row, row.get("id") or by_line(row), links)

    def _holidays(self) -> Iterator[Record]:
        """Days with hours of their own; closed days have no row in HSDS 3."""
        for row in self.rows["holiday_schedule"]:
            if row.get("opens_at") and row.get("closes_at") and row.get("start_date"):
                values: dict[str, object] = {
                    "dtstart": row.get("start_date"),
                    "valid_from": row.get("start_date"),
                    "valid_to": row.get("end_date") or row.get("start_date"),
                }
                own = f"holiday:{row.get('id') or by_line(row)}"
                yield record_of("schedule", row, own, first_links("schedule", row), values)

    def _languages(self) -> Iterator[Record]:
        seen: set[str] = set()
        for row in self.rows["language"]:
            written = text(row.get("name"))
            service = row.get("service_id")
            links = first_links("language", row)
            if "service_id" in links:
                links.pop("location_id", None)
            if written is None:
                continue
            spoken = read_spoken(written)
            if spoken is None and service and is_about_interpreters(written):
                self.interpreters[service].append(" ".join(written.split()))
            elif spoken is None:
                self._not_a_language(row, written)
            else:
                for record in _spoken(row, spoken, links):
                    if record.external_id not in seen:
                        seen.add(record.external_id)
                        yield record

    def _not_a_language(self, row: Row, written: str) -> None:
        own = quoted(row.get("id") or by_line(row))
        self.findings.append(
            Finding(
                Held.ROW, row.place, "language", own, "language", NO_LANGUAGE, {}, quoted(written)
            )
        )

    def _terms(self) -> Iterator[Record]:
        known: set[str] = set()
        ids = {term.get("id") for term in self.rows["taxonomy"]}
        for row in self.rows["taxonomy"]:
            own = row.get("id") or ""
            if own in known:
                continue  # the same code once more
            known.add(own)
            values: dict[str, object] = {"code": own, "taxonomy": row.get("vocabulary")}
            yield record_of("taxonomy_term", row, own, _parent(row, ids), values)
        seen: set[tuple[str, str]] = set()
        for row in self.rows["service_taxonomy"]:
            pair = (row.get("service_id") or "", row.get("taxonomy_id") or "")
            if pair in seen or not all(pair):
                continue
            seen.add(pair)
            links = {
                "link_id": Link("service", pair[0]),
                "taxonomy_term_id": Link("taxonomy_term", pair[1]),
            }
            values = {"link_type": "service_type"}
            yield Record("attribute", "#".join(pair), values, links, row.place)


def _parent(row: Row, ids: set[str | None]) -> dict[str, Link]:
    """The term above, where the feed has it."""
    parent = row.get("parent_id")
    if parent in ids and parent != row.get("id"):
        return {"parent_id": Link("taxonomy_term", parent or "")}
    return {}


def _unmarked(row: Row) -> dict[str, object]:
    """The description without an exporter's own marks (###MON###)."""
    said = row.get("description")
    return {"description": MARK.sub("", said)} if said and "###" in said else {}


def _spoken(row: Row, spoken: list[Spoken], links: dict[str, Link]) -> Iterator[Record]:
    owner = next(iter(links.values()), None)
    own = f"{owner.table}:{owner.external_id}" if owner else by_line(row)
    for each in spoken:
        values: dict[str, object] = {"name": each.name, "code": each.code, "note": each.note}
        yield Record("language", f"{own}#{each.name}", values, links, row.place)
