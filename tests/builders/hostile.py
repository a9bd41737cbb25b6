"""Broken feeds by the hundred: a name for what is wrong, and a maker of the file or folder."""

from __future__ import annotations

import io
import json
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from builders.feeds import HSDS2, hsds3_organization, write_hsds2
from builders.other_shapes import other_shapes
from builders.tables import HSDS1, HSDS3_CSV, write_hsds1, write_hsds3_csv

Maker = Callable[[Path], Path]
GOOD_JSON = json.dumps(hsds3_organization(), indent=1).encode()

GOOD_LINE = json.dumps(hsds3_organization()).encode()
HTML = b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>"
WRITERS: dict[str, tuple[Callable[..., Path], dict[str, Any], str]] = {
    "hsds3": (write_hsds3_csv, HSDS3_CSV, "organization_id"),
    "hsds2": (write_hsds2, HSDS2, "service_organization"),
    "hsds1": (write_hsds1, HSDS1, "organization_id"),
}


def everything() -> dict[str, Maker]:
    """All broken feeds by what is wrong with them."""
    return {
        **_cut_off(),
        **_wrong_bytes(),
        **_wrong_json(),
        **_wrong_content(),
        **_wrong_lines(),
        **_wrong_tables(),
        **_wrong_packages(),
        **_wrong_archives(),
        **_wrong_folders(),
        **{kind: _file(*made) for kind, made in other_shapes().items()},
    }


def _file(name: str, content: bytes) -> Maker:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def _json(value: Any) -> Maker:
    return _file("feed.json", json.dumps(value).encode())


def _cut_off() -> dict[str, Maker]:
    found = {
        f"JSON cut off after {part} %": _file(
            "feed.json", GOOD_JSON[: len(GOOD_JSON) * part // 100]
        )
        for part in (1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99)
    }
    return found | {
        "JSON cut off inside a letter": _file("feed.json", '[{"name": "Café'.encode()[:-1]),
        "line cut off": _file("feed.ndjson", GOOD_LINE + b"\n" + GOOD_LINE[:200]),
        "first line cut off": _file("feed.ndjson", GOOD_LINE[:200]),
    }


def _wrong_bytes() -> dict[str, Maker]:
    text = GOOD_JSON.decode().replace("Harbor", "Café")
    contents = {
        "empty": b"",
        "only spaces": b" \r\n\t ",
        "only a byte-order mark": b"\xef\xbb\xbf",
        "UTF-16": text.encode("utf-16"),
        "UTF-16 without its mark": text.encode("utf-16-le"),
        "UTF-32": text.encode("utf-32"),
        "Latin-1": text.replace("\\u00e9", "é").encode("latin-1", "replace") + b"\xe9",
        "Shift-JIS": "支援".encode("shift-jis"),
        "NUL at the start": b"\x00" + GOOD_JSON,
        "NUL inside": GOOD_JSON.replace(b"Harbor", b"Har\x00bor"),
        "NULs only": b"\x00" * 4096,
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "a packed stream": zlib.compress(GOOD_JSON),
        "a database": b"SQLite format 3\x00" + b"\x00" * 84,
        "a web page": HTML,
        "XML": b"<?xml version='1.0'?><organizations/>",
        "YAML": b"- id: 1\n  name: Harbor\n",
        "a table": b"id,name\n1,Harbor\n",
        "a letter": b"Dear colleague, please find the data attached.",
    }
    return {f"{name} as JSON": _file("feed.json", said) for name, said in contents.items()}


def _wrong_json() -> dict[str, Maker]:
    contents = {
        "a comma too many": b'[{"id": "1", "name": "A"},]',
        "a comment": b'[{"id": "1"} // first\n]',
        "single quotes": b"[{'id': '1'}]",
        "two values": GOOD_JSON + b"\n" + GOOD_JSON,
        "no quotes": b"[{id: 1}]",
        "a bare word": b"undefined",
        "endless number": b'[{"id": ' + b"9" * 5000 + b"}]",
        "lists nested for ever": b"[" * 60_000,
        "lists nested and closed": b"[" * 60_000 + b"]" * 60_000,
        "objects nested for ever": b'{"a":' * 60_000,
        "services nested for ever": b'{"services":[' * 5_000 + b"]}" * 5_000,
        "a tab in a text": b'[{"id": "1", "name": "A\tB"}]',
        "half an escape": b'[{"id": "1", "name": "\\u12"}]',
    }
    deep = b'{"id":"1","name":"A","services":[' * 5_000 + b"]}" * 5_000
    return {
        **{f"JSON with {name}": _file("feed.json", said) for name, said in contents.items()},
        "lines nested deeply": _file("feed.ndjson", deep),
    }


def _wrong_content() -> dict[str, Maker]:
    nobody = hsds3_organization(services=[])
    values: dict[str, Any] = {
        "nothing": None,
        "yes": True,
        "a number": 12,
        "a text": "organizations",
        "an empty list": [],
        "an empty object": {},
        "a list of numbers": [1, 2],
        "a list of lists": [[]],
        "a list of nothing": [None],
        "objects and texts": [hsds3_organization(), "x"],
        "an empty page": {"total_items": 0, "contents": []},
        "a page of texts": {"contents": ["x"]},
        "a page whose contents is a text": {"contents": "x"},
        "an error of a server": {"error": "rate limit", "status": 429},
        "FHIR": {"resourceType": "Bundle", "entry": []},
        "GeoJSON": {"type": "FeatureCollection", "features": []},
        "a package of software": {"name": "x", "version": "1.0", "dependencies": {}},
        "a description of an API": {"openapi": "3.1.0", "paths": {}},
        "an empty table": {"organizations.csv": []},
        "nobody with a service": nobody,
        "services as a text": {**nobody, "services": "food"},
        "services as an object": {**nobody, "services": {"id": "1"}},
        "services as numbers": {**nobody, "services": [1, 2]},
        "services without names": {**nobody, "services": [{"id": "1", "status": "active"}]},
        "services with a status of their own": {
            **nobody,
            "services": [{"id": "1", "name": "A", "status": "sometimes"}],
        },
        "an organization without name": hsds3_organization(name=""),
        "an organization with a list for a name": hsds3_organization(name=["A"]),
        "an organization without id": {**hsds3_organization(), "id": "\x00"},
        "an id of a thousand letters": {**hsds3_organization(), "id": "x" * 1000},
        "services of nobody": [{"id": "1", "name": "A", "status": "active"}],
        "services of somebody who is not there": [
            {"id": "1", "name": "A", "status": "active", "organization_id": "9"}
        ],
        "only places": [{"id": "1", "location_type": "physical"}],
        "a name that is a megabyte": hsds3_organization(name="x" * 1_000_000),
    }
    return {f"JSON of {name}": _json(value) for name, value in values.items()}


def _wrong_lines() -> dict[str, Maker]:
    contents = {
        "nothing": b"",
        "empty lines": b"\n\n\n",
        "a list": b"[" + GOOD_LINE + b"]\n",
        "a second line of words": GOOD_LINE + b"\nand so on\n",
        "a number": GOOD_LINE + b"\n12\n",
        "two objects in a line": GOOD_LINE + GOOD_LINE,
        "lines of a pretty object": GOOD_JSON,
        "NULs": GOOD_LINE + b"\n\x00\x00\n",
        "UTF-16": GOOD_LINE.decode().encode("utf-16"),
        "Latin-1": GOOD_LINE + b'\n{"name": "Caf\xe9"}\n',
        "other objects": b'{"a": 1}\n',
    }
    return {f"NDJSON with {name}": _file("feed.ndjson", said) for name, said in contents.items()}


def _wrong_tables() -> dict[str, Maker]:
    """The same slips in each of the three kinds of folders."""
    found: dict[str, Maker] = {}
    for kind, (write, tables, owner) in WRITERS.items():
        found |= {f"{kind}: {name}": maker for name, maker in _slips(write, tables, owner).items()}
    return found


def _slips(write: Callable[..., Path], tables: dict[str, Any], owner: str) -> dict[str, Maker]:
    name = "service_name" if owner == "service_organization" else "name"
    own = "service_recordid" if owner == "service_organization" else "id"
    head = f"{own},{owner},{name}\n".encode()
    contents = {
        "empty table": b"",
        "only a header": head,
        "quotes left open": head + b'1,1,"Food\n',
        "quotes inside": head + b'1,1,"Food" bags"\n',
        "more cells than columns": head + b"1,1,Food,bags,and more\n",
        "cut off in the last row": head + b"1,1,Food\n2,1",
        "a column twice": f"{own},{owner},{name},{name}\n1,1,A,B\n".encode(),
        "semicolons": head.replace(b",", b";") + b"1;1;Food\n",
        "tabs": head.replace(b",", b"\t") + b"1\t1\tFood\n",
        "UTF-16": (head.decode() + "1,1,Food\n").encode("utf-16"),
        "Latin-1": head + b"1,1,Caf\xe9\n",
        "a web page": HTML,
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "NULs": b"\x00" * 2048,
        "a cell of eleven megabytes": head + b'1,1,"' + b"x" * 11_000_000 + b'"\n',
        "no header": b"1,1,Food\n2,1,Shelter\n",
        "rows of nobody": head + b"1,99,Food\n",
        "rows without names": head + b"1,1,\n",
    }
    found: dict[str, Maker] = {
        f"{what} for services": _with_file(write, "services.csv", said)
        for what, said in contents.items()
    }
    for table in ("organizations", "services"):
        found[f"no {table}"] = _written(write, **{table: None})
    for column in (own, name, owner):
        rows = [{k: v for k, v in row.items() if k != column} for row in tables["services"]]
        found[f"services without {column}"] = _written(write, services=rows)
    return found


def _written(write: Callable[..., Path], **tables: Any) -> Maker:
    return lambda folder: write(folder / "feed", **tables)


def _with_file(write: Callable[..., Path], name: str, content: bytes) -> Maker:
    def make(folder: Path) -> Path:
        made = write(folder / "feed")
        (made / name).write_bytes(content)
        return made

    return make


def _wrong_packages() -> dict[str, Maker]:
    def resource(path: Any) -> bytes:
        return json.dumps({"resources": [{"name": "service", "path": path}]}).encode()

    contents = {
        "not JSON": b"resources: []",
        "cut off": b'{"resources": [',
        "a list": b"[]",
        "without resources": b"{}",
        "resources as a text": b'{"resources": "all"}',
        "UTF-16": '{"resources": []}'.encode("utf-16"),
        "empty": b"",
        "a way out": resource("../../../etc/passwd"),
        "an absolute way": resource("/etc/passwd"),
        "a drive": resource("c:\\services.csv"),
    }
    return {
        f"data package: {what}": _with_file(write_hsds3_csv, "datapackage.json", said)
        for what, said in contents.items()
    }


def _zip(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return made.getvalue()


def _wrong_archives() -> dict[str, Maker]:
    good = _zip(("organizations.csv", b"id,name\n1,A\n"), ("services.csv", b"id,name\n"))
    link = zipfile.ZipInfo("services.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    locked = bytearray(good)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + at] |= 1
    spoilt = bytearray(good)
    spoilt[good.index(b"organizations.csv") + 20] ^= 0xFF
    many = [(f"{number}.csv", b"x") for number in range(600)]
    contents = {
        "no archive": b"PK\x03\x04",
        "empty file": b"",
        "nothing inside": _zip(),
        "cut off": good[: len(good) // 2],
        "spoilt": bytes(spoilt),
        "locked": bytes(locked),
        "a way out": _zip(("../services.csv", b"x")),
        "an absolute way": _zip(("/tmp/services.csv", b"x")),  # noqa: S108 -- what is refused
        "a link": _zip((link, b"/etc/passwd")),
        "a bomb": _zip(("services.csv", b"0" * 20_000_000)),
        "too many files": _zip(*many),
        "an archive inside": _zip(("inner.zip", good)),
        "pictures": _zip(("a.png", b"\x89PNG")),
        "one table": _zip(("organizations.csv", b"id,name\n1,A\n")),
        "a web page": HTML,
    }
    return {f"archive: {what}": _file("feed.zip", said) for what, said in contents.items()}


def _wrong_folders() -> dict[str, Maker]:
    def folders(folder: Path) -> Path:
        (folder / "organizations.csv").mkdir()
        (folder / "services.csv").mkdir()
        return folder

    def broken_link(folder: Path) -> Path:
        made = write_hsds3_csv(folder / "feed", services=None)
        (made / "services.csv").symlink_to(folder / "nowhere.csv")
        return made

    def pictures(folder: Path) -> Path:
        (folder / "a.png").write_bytes(b"\x89PNG")
        return folder

    return {
        "nothing there": lambda folder: folder / "missing.json",
        "an empty folder": lambda folder: folder,
        "a folder of pictures": pictures,
        "folders that are called like tables": folders,
        "a link to nothing": broken_link,
        "a table alone": _file("organizations.csv", b"id,name\n1,A\n"),
        "a spreadsheet": _file("feed.xlsx", _zip(("xl/workbook.xml", b"<x/>"))),
        "a file without ending": _file("feed", GOOD_JSON),
    }


# Values that no field expects, each put into every field of every table in turn.
WEIRD: tuple[Any, ...] = (
    "\x00",
    "a\x00b",
    "\ud800",
    "\u202eevil",
    "x" * 60_000,
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "<script>alert(1)</script>",
    "'; drop table service; --",
    "%s %(name)s {0}",
    "NaN",
    "Infinity",
    "-1",
    "1e400",
    "9" * 400,
    "2026-02-30",
    "9999-12-31",
    "0001-01-01T00:00:00-23:59",
    "25:61",
    "MO,MO,XX",
    "☃" * 300,
    -1,
    10**30,
    1.5e308,
    float("nan"),
    float("inf"),
    True,
    False,
    [],
    ["a"],
    {},
    {"a": {"b": []}},
    [[[]]],
)
