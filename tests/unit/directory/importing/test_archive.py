"""A feed in an archive is unpacked within limits, into a folder of its own that goes again."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from builders.tables import write_hsds3_csv
from directory.importing import archive
from directory.importing.archive import unpacked
from directory.importing.formats import FeedFormat, read_feed
from directory.importing.run import no_progress
from shared.errors import InvalidInput


def packed(folder: Path, prefix: str = "") -> Path:
    path = folder / "feed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(write_hsds3_csv(folder / "tables").iterdir()):
            made.write(file, f"{prefix}{file.name}")
    return path


@pytest.mark.parametrize("prefix", ["", "export/", "export/2026/", "export/data/"])
def test_a_packed_folder_is_the_same_feed(tmp_path: Path, prefix: str) -> None:
    feed = read_feed(packed(tmp_path, prefix), FeedFormat.AUTO, no_progress)
    assert (feed.feed_format, feed.name) == ("hsds3-csv", "feed.zip")
    plain = read_feed(tmp_path / "tables", FeedFormat.AUTO, no_progress)
    assert list(feed.records) == list(plain.records)


def test_nothing_stays_behind(tmp_path: Path) -> None:
    with unpacked(packed(tmp_path)) as folder:
        assert (folder / "services.csv").is_file()
    assert not folder.exists()


def test_what_a_mac_adds_is_passed_over(tmp_path: Path) -> None:
    path = packed(tmp_path)
    with zipfile.ZipFile(path, "a") as made:
        made.writestr("__MACOSX/._services.csv", b"\x00\x05")
    assert read_feed(path, FeedFormat.AUTO, no_progress).records


@pytest.mark.parametrize(
    "name", ["../out.csv", "/out.csv", "a/../../out.csv", "c:out.csv", "a\\..\\out.csv"]
)
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(name, "id,name\n")
    with pytest.raises(InvalidInput, match="outside"), unpacked(path):
        pass
    assert not list(tmp_path.parent.glob("out.csv"))


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    link = zipfile.ZipInfo("services.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(link, "/etc/hostname")
    with pytest.raises(InvalidInput, match="outside"), unpacked(path):
        pass


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("services.csv", b"0" * 20_000_000)
    assert path.stat().st_size < 50_000
    with pytest.raises(InvalidInput, match="more than a feed"), unpacked(path):
        pass


def test_a_header_that_lies_about_its_size_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(tmp_path)
    monkeypatch.setattr(archive, "_check_size", lambda *_: None)
    monkeypatch.setattr(archive, "MOST_BYTES", 100)
    with pytest.raises(InvalidInput, match="more than a feed"), unpacked(path):
        pass


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "feed.zip"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(archive.MOST_FILES + 1):
            made.writestr(f"{number}.csv", "x")
    with pytest.raises(InvalidInput, match="more than a feed"), unpacked(path):
        pass
