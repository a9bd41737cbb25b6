"""A feed in a .zip: unpacked beside nothing else, within limits, or refused in words."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from directory.importing.refusals import empty
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

MOST_FILES = 500
MOST_BYTES = 1_000_000_000  # unpacked, all files
MOST_TIMES = 200  # unpacked to packed; text of tables shrinks to about a tenth
SMALL = 10_000_000  # a small file may shrink as much as it likes
PIECE = 1 << 20
JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db")
ONE_FEED = _("Pack the feed's files themselves, nothing else, and give that archive.")


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder with the archive's files, until the end of the block."""
    with TemporaryDirectory(prefix="feed-") as temporary:
        folder = Path(temporary) / path.name
        folder.mkdir()
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(path, archive, folder)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
            raise InvalidInput(
                _("%(file)s is no archive that can be unpacked, or not all of it arrived."),
                values={"file": path.name},
                remedy=_("Fetch it again, or unpack it and give the folder."),
            ) from None
        yield _inner(folder)


def _unpack(path: Path, archive: zipfile.ZipFile, folder: Path) -> None:
    entries = [entry for entry in archive.infolist() if _is_wanted(entry)]
    _check_size(path, entries)
    left = MOST_BYTES
    for entry in entries:
        target = folder / _safe(path, entry)
        if target.exists():
            raise InvalidInput(
                _("%(file)s holds %(name)s twice."),
                values={"file": path.name, "name": entry.filename[:60]},
                remedy=ONE_FEED,
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        left = _copy(path, archive, entry, target, left)


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    return not entry.is_dir() and not any(junk in entry.filename for junk in JUNK)


def _check_size(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise empty(path.name)
    total = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    if (
        len(entries) > MOST_FILES
        or total > MOST_BYTES
        or (total > SMALL and total / packed > MOST_TIMES)
    ):
        raise _too_much(path)


def _safe(path: Path, entry: zipfile.ZipInfo) -> PurePosixPath:
    """The entry's place inside the folder; nothing may reach out of it."""
    name = PurePosixPath(entry.filename)
    outside = name.is_absolute() or ".." in name.parts or ":" in entry.filename
    link = stat.S_ISLNK(entry.external_attr >> 16)
    if outside or link or "\\" in entry.filename or "\x00" in entry.filename:
        raise InvalidInput(
            _("%(file)s holds a file that would be written outside its folder: %(name)s."),
            values={"file": path.name, "name": entry.filename[:60]},
            remedy=ONE_FEED,
        )
    if entry.flag_bits & 1:
        raise InvalidInput(
            _("%(file)s is locked with a password."),
            values={"file": path.name},
            remedy=_("Unpack it and give the folder."),
        )
    return name


def _copy(
    path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int
) -> int:
    """Write one file; what its header says about its size is not believed."""
    with archive.open(entry) as packed, target.open("wb") as file:
        while piece := packed.read(PIECE):
            left -= len(piece)
            if left < 0:
                raise _too_much(path)
            file.write(piece)
    return left


def _too_much(path: Path) -> InvalidInput:
    return InvalidInput(
        _("%(file)s unpacks to more than a feed can be."),
        values={"file": path.name},
        remedy=_("Unpack it and give the folder, if you know what it holds."),
    )


def _inner(folder: Path) -> Path:
    """The one folder that many archives wrap their files in."""
    while True:
        inside = list(folder.iterdir())
        if len(inside) != 1 or not inside[0].is_dir():
            return folder
        folder = inside[0]
