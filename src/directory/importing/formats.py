"""Which adapter reads a path: by the caller's word, else by what stands there."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from directory.importing import hsds2, hsds3
from directory.importing.hsds3 import Progress
from directory.importing.records import Feed
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _


class FeedFormat(StrEnum):
    """What `handback import --format` takes."""

    AUTO = "auto"
    HSDS3 = "hsds3"
    HSDS2 = "hsds2"


def read_feed(path: Path, feed_format: FeedFormat, progress: Progress) -> Feed:
    """Read a feed, or refuse it in words. Nothing is written."""
    if not path.exists():
        raise InvalidInput(
            _("There is no file or folder %(path)s."), values={"path": path.name}, field="path"
        )
    if feed_format is FeedFormat.AUTO:
        feed_format = detect(path)
    if feed_format is FeedFormat.HSDS2:
        if not path.is_dir():
            raise InvalidInput(
                _("HSDS 2 is a folder of CSV files; %(file)s is a file."),
                values={"file": path.name},
                remedy=_("Give the folder."),
            )
        return hsds2.read(path, progress)
    return hsds3.read(path, progress)


def detect(path: Path) -> FeedFormat:
    """HSDS 2 is a folder of CSV, HSDS 3 is JSON."""
    if path.is_dir():
        if hsds2.looks_like(path):
            return FeedFormat.HSDS2
        if any(path.glob("*.json")):
            return FeedFormat.HSDS3
        raise InvalidInput(
            _("%(folder)s holds neither HSDS 2 CSV files nor HSDS 3 JSON files."),
            values={"folder": path.name},
            remedy=_("Give the folder that holds organizations.csv, or the JSON files."),
        )
    if path.suffix.casefold() == ".json":
        return FeedFormat.HSDS3
    raise InvalidInput(
        _("%(file)s is neither a JSON file nor a folder of CSV files."),
        values={"file": path.name},
        remedy=_("Unpack archives first, then give the folder or the JSON file."),
    )
