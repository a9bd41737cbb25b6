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
from directory.importing.records import Feed, Link, Place, Record, Records
from directory.importing.refusals import GIVE_HSDS, empty, no_objects
from directory.importing.shapes import NESTED, POINTS_TO, refuse_maps, refuse_other_shapes
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

FORMAT = "hsds3"
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
    reader.records.all_read()
    return Feed(FORMAT, path.name, reader.records)


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
        self.records = Records()

    def read_file(self, file: Path) -> None:
        named = FILE_NAMES.get(file.stem.removesuffix("_list").removesuffix("_full"))
        looked_at: set[str] = set()
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
            if table not in looked_at:
                looked_at.add(table)
                refuse_other_shapes(table, entry, file.name)
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
        values = {key: said for key, said in entry.items() if key in kept}
        if table in FLAGGED:
            values[KEY] = flag_of({**entry, **extras})
        values |= {key: extras[key] for key in kept if key in extras}
        if isinstance(extras.get("starting_steps"), dict):
            values["starting_steps"] = extras["starting_steps"].get("en")
        self.records.keep(Record(table, link.external_id, values, links, Place(file, entry.line)))
        self._nested(entry, link, file)
        if extras:
            self._extras(link, extras, Place(file, entry.line))
        return link

    def _nested(self, entry: JsonObject, link: Link, file: str) -> None:
        for key in _in_order(NESTED, entry):
            for nested in _objects(entry[key]):
                if key in {"operating_hours", "events"}:
                    nested.setdefault("schedule_group", key)
                self.take(NESTED[key], nested, link, file)

    def _links(
        self, table: str, entry: JsonObject, parent: Link | None, file: str
    ) -> dict[str, Link]:
        columns = TABLES[table].links
        found = {
            column: Link(target, str(entry[column]))
            for column, target in columns.items()
            if target and isinstance(entry.get(column), str | int) and entry[column] not in NO_ID
        }
        for key in _in_order(POINTS_TO, entry):
            column, target = POINTS_TO[key]
            nested = entry[key]
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

    def _extras(self, link: Link, extras: dict[str, Any], place: Place) -> None:
        needs = extras.get("needs")
        for need in needs if isinstance(needs, list) else []:
            self.records.keep(
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
                self.records.keep(
                    Record(
                        "translation",
                        f"{link.table}:{link.external_id}:{name}:{language}",
                        {"field": name, "language": language, "text": written},
                        {"entity_id": link},
                        place,
                    )
                )


def _in_order(known: Mapping[str, object], entry: JsonObject) -> Iterable[str]:
    """The known ones among an entry's keys; most entries have none."""
    found = known.keys() & entry.keys()
    return [key for key in known if key in found] if len(found) > 1 else found


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
    if isinstance(value, JsonObject):
        refuse_maps(value, file)
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
