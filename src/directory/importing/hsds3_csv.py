"""HSDS 3.x as a folder of CSV files, described by a datapackage.json or by the files' names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from directory.importing.csv_records import by_line, record_of
from directory.importing.csv_rows import Row, csv_files, read_csv
from directory.importing.fields import POLYMORPHIC, TABLES
from directory.importing.hsds3 import FILE_NAMES, Progress, canonical_terms
from directory.importing.json_lines import read_json, read_utf8
from directory.importing.records import Feed, Link, Record
from directory.importing.refusals import empty
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

FORMAT = "hsds3-csv"
PACKAGE = "datapackage.json"
NECESSARY = ("organization", "service")
# only files of HSDS 3 have these columns
SIGNS = (
    ("locations", "location_type"),
    ("addresses", "address_type"),
    ("attributes", "link_id"),
    ("attribute", "link_id"),
    ("services", "fees_description"),
    ("services", "assured_date"),
    ("organizations", "uri"),
    ("schedules", "attending_type"),
)
OLDER = frozenset({"regular_schedules", "services_taxonomy", "service_attributes"})


def package_of(folder: Path) -> dict[str, Any] | None:
    """The folder's datapackage.json; None without one, or where a link to one was copied."""
    path = folder / PACKAGE
    if not path.is_file():
        return None
    written = read_utf8(path).strip()
    if written.startswith("..") and written.endswith(PACKAGE) and "\n" not in written:
        return None
    package = read_json(path)
    if not isinstance(package, dict) or not isinstance(package.get("resources"), list):
        raise InvalidInput(
            _("%(file)s lists no resources: it is no data package."),
            values={"file": PACKAGE},
            remedy=_("Export it again, or take the file out: the tables are known by their names."),
        )
    return package


def looks_like(folder: Path) -> bool:
    """Whether the CSV files are HSDS 3's, by a column that only these have."""
    files = csv_files(folder)
    if OLDER & set(files):
        return False
    return any(name in files and column in _header(files[name]) for name, column in SIGNS)


def read(folder: Path, progress: Progress) -> Feed:
    """Read all tables of the folder."""
    files = _tables(folder)
    for table in NECESSARY:
        if table not in files:
            raise InvalidInput(
                _("There is no file of %(kind)ss in %(folder)s."),
                values={"kind": table, "folder": folder.name},
                remedy=_("Give the folder with organizations.csv and services.csv."),
            )
    feed = Feed(FORMAT, folder.name)
    rows: dict[str, list[Row]] = {}
    for number, (table, path) in enumerate(files.items()):
        progress("read", number, len(files))
        rows[table] = list(read_csv(path, _checked_names(table)))
    progress("read", len(files), len(files))
    for table in NECESSARY:
        if not rows[table]:
            raise empty(files[table].name)
    canonical = canonical_terms([row.cells for row in rows.get("taxonomy_term", ())])
    for table in TABLES:
        feed.records.extend(
            _record(table, row, canonical)
            for row in rows.pop(table, ())
            if table != "taxonomy_term" or (row.get("id") or "") not in canonical
        )
    return feed


def _tables(folder: Path) -> dict[str, Path]:
    """Which file holds which table: the package's word, else the file's name."""
    package = package_of(folder)
    found: dict[str, Path] = {}
    for resource in package["resources"] if package else ():
        named = _resource(folder, resource)
        if named is not None:
            found.setdefault(*named)
    for name, path in csv_files(folder).items():
        table = FILE_NAMES.get(name)
        if table is not None:
            found.setdefault(table, path)
    return found


def _resource(folder: Path, resource: object) -> tuple[str, Path] | None:
    if not isinstance(resource, dict):
        return None
    name, given = str(resource.get("name", "")), resource.get("path")
    table = name if name in TABLES else FILE_NAMES.get(name)
    if table is None or not isinstance(given, str):
        return None
    inside = PurePosixPath(given)
    if inside.is_absolute() or ".." in inside.parts or ":" in given or "\\" in given:
        raise InvalidInput(
            _("datapackage.json names a file outside its folder: %(path)s."),
            values={"path": given[:60]},
            remedy=_("Put all files beside datapackage.json."),
        )
    path = folder / inside
    return (table, path) if path.is_file() and not path.is_symlink() else None


def _checked_names(table: str) -> Any:  # noqa: ANN401 -- a Names
    needed = sorted({"id"} | (TABLES[table].required - set(TABLES[table].defaults)))

    def names(path: Path, header: Sequence[str]) -> list[str]:
        folded = [name.casefold() for name in header]
        for column in needed:
            if column not in folded and table in {*NECESSARY, "location", "service_at_location"}:
                raise InvalidInput(
                    _("%(file)s has no column %(column)s."),
                    values={"file": path.name, "column": column},
                    field=column,
                    remedy=_("Give the folder as it was exported, with the header line."),
                )
        return folded

    return names


def _record(table: str, row: Row, canonical: dict[str, str]) -> Record:
    links = {
        column: Link(target, found)
        for column, target in TABLES[table].links.items()
        if target and (found := row.get(column))
    }
    term = links.get("taxonomy_term_id")
    if term is not None and term.external_id in canonical:
        code = canonical[term.external_id]
        links["taxonomy_term_id"] = Link("taxonomy_term", code, canonical=True)
    if table in POLYMORPHIC:
        column, named = POLYMORPHIC[table]
        entity, own = (row.get(named) or "").casefold(), row.get(column)
        if entity in TABLES and own:
            links[column] = Link(entity, own)
    return record_of(table, row, row.get("id") or by_line(row), links)


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            line = file.readline(100_000)
    except (OSError, UnicodeDecodeError):
        return []
    return [name.strip().strip('"').casefold() for name in line.split(",")]
