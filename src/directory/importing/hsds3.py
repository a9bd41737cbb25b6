"""HSDS 3.x JSON: nested organizations or services, lists, pages, lines, one file or a folder.

Also reads our own `handback` key (seeds/README.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from directory.importing.fields import POLYMORPHIC, TABLES
from directory.importing.json_lines import LINE_ENDINGS, JsonObject, read_json, read_json_lines
from directory.importing.privacy import FLAGGED, KEY, flag_of
from directory.importing.records import Feed, Link, Place, Record
from directory.importing.refusals import GIVE_HSDS, empty, no_objects
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

FORMAT = "hsds3"
# key of a nested list or object → table of its entries
NESTED = {
    "phones": "phone",
    "locations": "location",
    "services": "service",
    "schedules": "schedule",
    "operating_hours": "schedule",
    "events": "schedule",
    "service_areas": "service_area",
    "service_at_locations": "service_at_location",
    "languages": "language",
    "cost_options": "cost_option",
    "required_documents": "required_document",
    "addresses": "address",
    "accessibility": "accessibility",
    "attributes": "attribute",
    "contacts": "contact",
    "programs": "program",
    "organization_identifiers": "organization_identifier",
    "funding": "funding",
    "capacities": "service_capacity",
    "additional_websites": "url",
    "additional_urls": "url",
    "metadata": "metadata",
}
# key of a nested object that the row points to → its column
POINTS_TO = {
    "organization": ("organization_id", "organization"),
    "service": ("service_id", "service"),
    "location": ("location_id", "location"),
    "taxonomy_term": ("taxonomy_term_id", "taxonomy_term"),
    "taxonomy_detail": ("taxonomy_id", "taxonomy"),
    "program": ("program_id", "program"),
    "unit": ("unit_id", "unit"),
}
# a file's name, without number or "_list"/"_full", tells its entries' table
FILE_NAMES = (
    {key: table for key, table in NESTED.items() if key not in {"operating_hours", "events"}}
    | {
        "organizations": "organization",
        "taxonomies": "taxonomy",
        "taxonomy_terms": "taxonomy_term",
        "units": "unit",
        "urls": "url",
        "service_capacities": "service_capacity",
        "meta_table_descriptions": "meta_table_description",
    }
    | {table: table for table in TABLES if table != "translation"}
)
OPEN_ELIGIBILITY = frozenset({"open-eligibility", "open eligibility", "openeligibility"})
ENDINGS = frozenset({".json", *LINE_ENDINGS})
BESIDE = frozenset({"source.json", "openapi.json", "datapackage.json"})
# an id may also be a number, and true is a number in Python
NO_ID = (None, "", True, False)
Progress = Callable[[str, int, int], None]


def read(path: Path, progress: Progress) -> Feed:
    """Read a file or a folder's JSON files."""
    files = json_files(path) if path.is_dir() else [path]
    if not files:
        raise InvalidInput(
            _("There is no JSON file in %(folder)s."),
            values={"folder": path.name},
            remedy=_("Give the folder that holds the feed's files."),
        )
    reader = _Reader()
    for number, file in enumerate(files):
        progress("read", number, len(files))
        reader.read_file(file)
    progress("read", len(files), len(files))
    return Feed(FORMAT, path.name, list(reader.records.values()))


def json_files(folder: Path) -> list[Path]:
    """The folder's files of records, in order."""
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.casefold() in ENDINGS and file.name not in BESIDE and file.is_file()
    )


class _Reader:
    """Collects records; a row met twice (an organization in each of its services) is one."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Record] = {}

    def read_file(self, file: Path) -> None:
        named = FILE_NAMES.get(file.stem.removesuffix("_list").removesuffix("_full"))
        for table_name, entry in _named_entries(file):
            table = table_name or _table_of(entry) or named
            if table is None:
                raise InvalidInput(
                    _(
                        "%(file)s is JSON, but not HSDS: line %(line)s is no organization, service"
                        " or location."
                    ),
                    values={"file": file.name, "line": str(entry.line)},
                    remedy=GIVE_HSDS,
                )
            self.take(table, entry, None, file.name)

    def take(self, table: str, entry: JsonObject, parent: Link | None, file: str) -> Link:
        """Record an entry and all that is nested in it; gives back the link to it."""
        extras = entry.get("handback") or {}
        if not isinstance(extras, dict):
            extras = {}
        canonical = _canonical_term(table, entry)
        if canonical is not None:
            return canonical
        link = Link(table, _external_id(table, entry, parent))
        links = self._links(table, entry, parent, file)
        kept = TABLES[table].fields
        values = {key: entry[key] for key in kept if key in entry}
        if table in FLAGGED:
            values[KEY] = flag_of({**entry, **extras})
        values |= {key: extras[key] for key in kept if key in extras}
        if isinstance(extras.get("starting_steps"), dict):
            values["starting_steps"] = extras["starting_steps"].get("en")
        self._keep(Record(table, link.external_id, values, links, Place(file, entry.line)))
        for key, nested_table in NESTED.items():
            for nested in _objects(entry.get(key)):
                if key in {"operating_hours", "events"}:
                    nested.setdefault("schedule_group", key)
                self.take(nested_table, nested, link, file)
        self._extras(link, extras, Place(file, entry.line))
        return link

    def _links(
        self, table: str, entry: JsonObject, parent: Link | None, file: str
    ) -> dict[str, Link]:
        columns = TABLES[table].links
        found = {
            column: Link(target, str(entry[column]))
            for column, target in columns.items()
            if target and isinstance(entry.get(column), str | int) and entry[column] not in NO_ID
        }
        for key, (column, target) in POINTS_TO.items():
            nested = entry.get(key)
            if column in columns and isinstance(nested, JsonObject):
                found[column] = self.take(target, nested, None, file)
        if table in POLYMORPHIC:
            linked = parent or _linked_by_name(table, entry)
            if linked is not None:
                found[POLYMORPHIC[table][0]] = linked
        elif parent is not None:
            column = f"{parent.table}_id"
            if columns.get(column) == parent.table:
                found[column] = parent
        return found

    def _keep(self, record: Record) -> None:
        known = self.records.get(record.key)
        if known is not None:  # the fuller of two mentions fills the other's gaps
            record = Record(
                record.table,
                record.external_id,
                {**record.values, **{k: v for k, v in known.values.items() if v is not None}},
                {**record.links, **known.links},
                known.place,
            )
        self.records[record.key] = record

    def _extras(self, link: Link, extras: dict[str, Any], place: Place) -> None:
        needs = extras.get("needs")
        for need in needs if isinstance(needs, list) else []:
            self._keep(
                Record(
                    "attribute",
                    f"{link.external_id}#need:{need}",
                    {"link_type": "need", "value": need},
                    {"link_id": link},
                    place,
                )
            )
        for language, texts in _translations(extras):
            for name, written in texts.items():
                self._keep(
                    Record(
                        "translation",
                        f"{link.table}:{link.external_id}:{name}:{language}",
                        {"field": name, "language": language, "text": written},
                        {"entity_id": link},
                        place,
                    )
                )


def _named_entries(file: Path) -> Iterator[tuple[str | None, JsonObject]]:
    """The file's objects; in HSDS's tabular JSON each list is named after its table's file."""
    if file.suffix.casefold() in LINE_ENDINGS:
        for entry in read_json_lines(file):
            yield None, entry
        return
    value = read_json(file)
    if isinstance(value, JsonObject) and value and all(key.endswith(".csv") for key in value):
        for key, rows in value.items():
            table = FILE_NAMES.get(key.removesuffix(".csv"))
            if table is not None and rows:
                yield from ((table, entry) for entry in _entries(rows, file.name))
        return
    yield from ((None, entry) for entry in _entries(value, file.name))


def _entries(value: Any, file: str) -> Iterator[JsonObject]:  # noqa: ANN401 -- any JSON value
    """The objects of a list, of a page envelope, or the one object itself."""
    if isinstance(value, JsonObject) and isinstance(value.get("contents"), list):
        value = value["contents"]
    found = value if isinstance(value, list) else [value]
    if not found:
        raise empty(file)
    for entry in found:
        if not isinstance(entry, JsonObject):
            raise no_objects(file)
        yield entry


def _table_of(entry: JsonObject) -> str | None:
    """Which table an entry without a name belongs to, by the fields that only this table has."""
    signs = (
        ("service_at_location", ("service", "location")),
        ("service_at_location", ("service_id", "location_id")),
        ("service", ("status", "name")),
        ("location", ("location_type",)),
        ("organization", ("name", "services")),
        ("organization", ("name", "locations")),
        ("organization", ("name", "description", "website")),
        ("organization", ("name", "description", "legal_status")),
    )
    if "resourceType" in entry:  # FHIR
        return None
    return next((table for table, keys in signs if all(key in entry for key in keys)), None)


def _objects(value: Any) -> Iterator[JsonObject]:  # noqa: ANN401 -- any JSON value
    for entry in value if isinstance(value, list) else []:
        if isinstance(entry, JsonObject):
            yield entry


def _external_id(table: str, entry: JsonObject, parent: Link | None) -> str:
    """The feed's id; without one, the parent's id and a fingerprint of what is said."""
    given = entry.get("id")
    if isinstance(given, str | int) and given not in NO_ID:
        return str(given)
    said = json.dumps(entry, sort_keys=True, default=str).encode()
    under = f"{parent.table}:{parent.external_id}" if parent else table
    return f"{under}#{hashlib.blake2b(said, digest_size=8).hexdigest()}"


def _canonical_term(table: str, entry: JsonObject) -> Link | None:
    """The shipped Open Eligibility term, when the feed names one."""
    if table != "taxonomy_term":
        return None
    detail = entry.get("taxonomy_detail")
    named = [entry.get("taxonomy"), detail.get("name") if isinstance(detail, dict) else None]
    if not any(str(name).casefold() in OPEN_ELIGIBILITY for name in named):
        return None
    return Link("taxonomy_term", str(entry.get("code") or entry.get("id")), canonical=True)


def canonical_terms(terms: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Rows of terms that are the shipped ones of Open Eligibility: id → code."""
    return {
        term.get("id", ""): term.get("code") or term.get("id", "")
        for term in terms
        if term.get("taxonomy", "").casefold() in OPEN_ELIGIBILITY
    }


def _linked_by_name(table: str, entry: JsonObject) -> Link | None:
    column, named = POLYMORPHIC[table]
    entity, external_id = entry.get(named), entry.get(column)
    if isinstance(entity, str) and entity in TABLES and external_id:
        return Link(entity, str(external_id))
    return None


def _translations(extras: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    found = extras.get("translations")
    merged = dict(found) if isinstance(found, dict) else {}
    steps = extras.get("starting_steps")
    if isinstance(steps, dict):
        for language, lines in steps.items():
            if language != "en" and isinstance(lines, list):
                merged[language] = {
                    **(merged.get(language) or {}),
                    "starting_steps": "\n".join(map(str, lines)),
                }
    for language, texts in merged.items():
        if isinstance(texts, dict):
            yield language, texts
