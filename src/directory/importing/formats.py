"""Which adapter reads a path: by the caller's word, else by what stands there."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from directory.importing import hsds1, hsds2, hsds3, hsds3_csv
from directory.importing.archive import unpacked
from directory.importing.csv_rows import csv_files
from directory.importing.hsds3 import Progress
from directory.importing.json_lines import LINE_ENDINGS
from directory.importing.records import Feed
from directory.importing.refusals import too_deep
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _


class FeedFormat(StrEnum):
    """What `handback import --format` takes."""

    AUTO = "auto"
    HSDS3 = "hsds3"
    HSDS3_CSV = "hsds3-csv"
    NDJSON = "ndjson"
    HSDS2 = "hsds2"
    HSDS1 = "hsds1"


FOLDERS: dict[FeedFormat, Callable[[Path, Progress], Feed]] = {
    FeedFormat.HSDS3_CSV: hsds3_csv.read,
    FeedFormat.HSDS2: hsds2.read,
    FeedFormat.HSDS1: hsds1.read,
}


def read_feed(path: Path, feed_format: FeedFormat, progress: Progress) -> Feed:
    """Read a feed, or refuse it in words. Nothing is written."""
    if not path.exists():
        raise InvalidInput(
            _("There is no file or folder %(path)s."),
            values={"path": path.name},
            field="path",
            remedy=_("Check the name, and give the whole path."),
        )
    try:
        if path.is_file() and path.suffix.casefold() == ".zip":
            with unpacked(path) as folder:
                feed = _read(_tables_folder(folder), feed_format, progress)
                feed.name = path.name
                return feed
        return _read(_tables_folder(path), feed_format, progress)
    except RecursionError:
        raise too_deep(path.name) from None


def _read(path: Path, feed_format: FeedFormat, progress: Progress) -> Feed:
    if feed_format is FeedFormat.AUTO:
        feed_format = detect(path)
    reader = FOLDERS.get(feed_format)
    if reader is None:
        return hsds3.read(path, progress)
    if not path.is_dir():
        raise InvalidInput(
            _("%(format)s is a folder of CSV files; %(file)s is a file."),
            values={"file": path.name, "format": feed_format.value},
            remedy=_("Give the folder."),
        )
    return reader(path, progress)


def _tables_folder(path: Path) -> Path:
    """Many packages keep their tables in a folder `data` beside datapackage.json."""
    data = path / "data"
    if path.is_dir() and not csv_files(path) and data.is_dir() and csv_files(data):
        return data
    return path


def detect(path: Path) -> FeedFormat:
    """A folder of CSV is HSDS 1.1, 2 or 3 by its tables; JSON is HSDS 3."""
    if path.is_dir():
        return _detect_folder(path)
    ending = path.suffix.casefold()
    if ending == ".json":
        return FeedFormat.HSDS3
    if ending in LINE_ENDINGS:
        return FeedFormat.NDJSON
    raise InvalidInput(
        _("%(file)s is neither a JSON file nor a folder of CSV files."),
        values={"file": path.name},
        remedy=_("Give the folder, a .zip of it, or the JSON or NDJSON file."),
    )


def _detect_folder(path: Path) -> FeedFormat:
    if csv_files(path):
        hsds3_csv.package_of(path)  # one that can't be read is refused, not passed over
    if hsds3_csv.looks_like(path):
        return FeedFormat.HSDS3_CSV
    if hsds1.looks_like(path):
        return FeedFormat.HSDS1
    if hsds2.looks_like(path):
        return FeedFormat.HSDS2
    if hsds3.json_files(path):
        return FeedFormat.HSDS3
    raise InvalidInput(
        _("%(folder)s holds neither HSDS CSV files nor HSDS 3 JSON files."),
        values={"folder": path.name},
        remedy=_("Give the folder that holds organizations.csv, or the JSON files."),
    )
