"""Whatever is wrong with a feed is said in a sentence, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from builders.feeds import HSDS2, hsds3_organization, write_hsds2, write_json
from directory.importing.formats import FeedFormat
from directory.importing.report import as_json, as_text
from shared.errors import InvalidInput

if TYPE_CHECKING:
    from integration.directory.importing.conftest import Bring, Count


def _file(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def _csv(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (write_hsds2(folder / "feed") / name).write_bytes(content)
        return folder / "feed"

    return make


def _folder_of_pictures(folder: Path) -> Path:
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.png").write_bytes(b"\x89PNG")
    return folder / "pictures"


def _without(name: str) -> Callable[[Path], Path]:
    return lambda folder: write_hsds2(folder / "feed", **{name: None})


def _no_column(table: str, column: str) -> Callable[[Path], Path]:
    rows = [{k: v for k, v in row.items() if k != column} for row in HSDS2[table]]
    return lambda folder: write_hsds2(folder / "feed", **{table: rows})


BROKEN: dict[str, Callable[[Path], Path]] = {
    "nothing there": lambda folder: folder / "missing.json",
    "empty folder": lambda folder: folder,
    "folder of pictures": _folder_of_pictures,
    "empty file": _file("feed.json", b""),
    "only spaces": _file("feed.json", b" \n "),
    "not JSON": _file("feed.json", b"Dear colleague, see attached"),
    "JSON cut off": _file("feed.json", b'[{"id": "1", "name": "Harbor"'),
    "JSON of a number": _file("feed.json", b"12"),
    "JSON of texts": _file("feed.json", b'["a", "b"]'),
    "empty list": _file("feed.json", b"[]"),
    "endless number": _file("feed.json", b'[{"id": ' + b"9" * 5000 + b"}]"),
    "nested for ever": _file("feed.json", b"[" * 50_000),
    "other JSON": _file("feed.json", b'{"type": "FeatureCollection", "features": []}'),
    "FHIR": _file("feed.json", b'{"resourceType": "Bundle", "entry": []}'),
    "not UTF-8": _file("feed.json", b'{"name": "Caf\xe9"}'),
    "UTF-16": _file("feed.json", '{"name": "x"}'.encode("utf-16")),
    "archive": _file("feed.zip", b"PK\x03\x04"),
    "table as one file": _file("organizations.csv", b"id,name\n1,A\n"),
    "nobody with a service": lambda folder: write_json(
        folder / "feed.json", hsds3_organization(services=[])
    ),
    "nothing readable": lambda folder: write_json(
        folder / "feed.json", [{"id": "", "name": "", "services": [{"status": "?"}]}]
    ),
    "no organizations": _without("organizations"),
    "no services": _without("services"),
    "no locations": _without("locations"),
    "no id column": _no_column("services", "service_recordid"),
    "no name column": _no_column("organizations", "name"),
    "no organization column": _no_column("services", "service_organization"),
    "empty table": _csv("services.csv", b""),
    "only a header": _csv("services.csv", b"id,name,organization_id\n"),
    "table not UTF-8": _csv("services.csv", b"id,name,organization_id\n1,Caf\xe9,1\n"),
    "quotes open": _csv("services.csv", b'id,name,organization_id\n1,"Food,1\n'),
    "a web page": _csv("services.csv", b"<!DOCTYPE html><html><body>404</body></html>"),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_feed_gets_a_sentence_and_writes_nothing(
    bring: Bring, counted: Count, tmp_path: Path, kind: str
) -> None:
    before = await counted()
    with pytest.raises(InvalidInput) as refused:
        await bring(BROKEN[kind](tmp_path))
    sentence = refused.value.message % refused.value.values
    assert sentence.endswith(".")
    assert "Traceback" not in sentence
    assert await counted() == before


async def test_a_format_that_was_named_wrongly_is_refused(
    bring: Bring, counted: Count, tmp_path: Path
) -> None:
    before = await counted()
    folder = write_hsds2(tmp_path / "feed")
    path = write_json(tmp_path / "one.json", hsds3_organization())
    with pytest.raises(InvalidInput):
        await bring(folder, feed_format=FeedFormat.HSDS3)
    with pytest.raises(InvalidInput):
        await bring(path, feed_format=FeedFormat.HSDS2)
    assert await counted() == before


async def test_values_that_the_database_refuses_never_reach_it(bring: Bring) -> None:
    result = await bring(
        hsds3_organization(
            name="Har\x00bor \ud800",
            year_incorporated=10**30,
            email="\x00",
            website="https://" + "x" * 9000,
        )
    )
    assert result.written
    assert result.quarantined == 2


async def test_an_id_that_no_column_holds_is_kept_back(bring: Bring) -> None:
    bad = [{"id": f"x{letter}", "number": "211"} for letter in ("\x00", "\ud800", "y" * 600)]
    result = await bring(hsds3_organization(phones=bad))
    assert result.quarantined == 3
    assert as_json(result).encode()
    assert as_text(result).encode()
