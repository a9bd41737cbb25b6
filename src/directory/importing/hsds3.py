"""HSDS 3.x JSON: nested organizations or services, lists, page envelopes, one file or a folder.

Also reads our own `handback` key (seeds/README.md). Named contacts are left out on purpose.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from directory.importing.fields import TABLES
from directory.importing.json_lines import JsonObject, read_json
from directory.importing.records import Feed, Link, Place, Record
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
}
# key of a nested object that the row points to → its column
POINTS_TO = {
    "organization": ("organization_id", "organization"),
    "service": ("service_id", "service"),
    "location": ("location_id", "location"),
    "taxonomy_term": ("taxonomy_term_id", "taxonomy_term"),
    "taxonomy_detail": ("taxonomy_id", "taxonomy"),
}
# a file's name, without number or "_list"/"_full", tells its entries' table
FILE_NAMES = (
    {
        key: table
        for key, table in NESTED.items()
        if "_" in key
        or table in {"phone", "location", "service", "schedule", "language", "address", "attribute"}
    }
    | {
        "organizations": "organization",
        "taxonomies": "taxonomy",
        "taxonomy_terms": "taxonomy_term",
    }
    | {table: table for table in TABLES if table != "translation"}
)
OPEN_ELIGIBILITY = frozenset({"open-eligibility", "open eligibility", "openeligibility"})
Progress = Callable[[str, int, int], None]


def read(path: Path, progress: Progress) -> Feed:
    """Read a file or a folder's *.json files."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    files = [file for file in files if file.name not in {"source.json", "openapi.json"}]
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


class _Reader:
    """Collects records; a row met twice (an organization in each of its services) is one."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Record] = {}

    def read_file(self, file: Path) -> None:
        entries = list(_entries(read_json(file)))
        named = FILE_NAMES.get(file.stem.removesuffix("_list").removesuffix("_full"))
        for entry in entries:
            table = _table_of(entry) or named
            if table is None:
                raise InvalidInput(
                    _(
                        "%(file)s is JSON, but not HSDS: line %(line)s is no organization, service"
                        " or location."
                    ),
                    values={"file": file.name, "line": str(entry.line)},
                    remedy=_("Give HSDS 3 organizations or services as JSON."),
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
            if target and entry.get(column)
        }
        for key, (column, target) in POINTS_TO.items():
            nested = entry.get(key)
            if column in columns and isinstance(nested, JsonObject):
                found[column] = self.take(target, nested, None, file)
        if table == "attribute":
            linked = parent or _linked_by_name(entry)
            if linked is not None:
                found["link_id"] = linked
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
        for need in extras.get("needs") or []:
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


def _entries(value: Any) -> Iterator[JsonObject]:  # noqa: ANN401 -- any JSON value
    """The objects of a list, of a page envelope, or the one object itself."""
    if isinstance(value, JsonObject) and isinstance(value.get("contents"), list):
        value = value["contents"]
    found = value if isinstance(value, list) else [value]
    if not found:
        raise InvalidInput(_("The feed holds no records."))
    for entry in found:
        if not isinstance(entry, JsonObject):
            raise InvalidInput(
                _("This is JSON, but not HSDS: objects were expected."),
                remedy=_("Give HSDS 3 organizations or services as JSON."),
            )
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
    if given not in (None, ""):
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


def _linked_by_name(entry: JsonObject) -> Link | None:
    table, external_id = entry.get("link_entity"), entry.get("link_id")
    if isinstance(table, str) and table in TABLES and external_id:
        return Link(table, str(external_id))
    return None


def _translations(extras: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    found = extras.get("translations")
    merged = dict(found) if isinstance(found, dict) else {}
    steps = extras.get("starting_steps")
    if isinstance(steps, dict):
        for language, lines in steps.items():
            if language != "en" and isinstance(lines, list):
                merged[language] = {**merged.get(language, {}), "starting_steps": "\n".join(lines)}
    for language, texts in merged.items():
        if isinstance(texts, dict):
            yield language, texts
