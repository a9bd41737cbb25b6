"""Search documents as rows for the database: JSON that its statements take apart. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from directory.search.areas import EVERYWHERE, Area

if TYPE_CHECKING:
    from directory.search.documents import Document

TOO_LONG = 2047  # letters; PostgreSQL's parser leaves such a word out as well
_in_words = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Packed:
    """Documents and their areas, as two JSON lists."""

    number: int
    documents: str
    areas: str


def packed(documents: Sequence[Document]) -> Packed:
    """The rows of these."""
    areas = {area.id: area for document in documents for area in document.areas}
    areas.setdefault(EVERYWHERE, Area(EVERYWHERE, ""))
    return Packed(
        len(documents),
        _in_words([_document_row(document) for document in documents]),
        _in_words([_area_row(area) for area in areas.values()]),
    )


def _area_row(area: Area) -> dict[str, Any]:
    return {
        "id": area.id,
        "name": area.name,
        "geojson": area.geojson,
        "lat": area.lat,
        "lon": area.lon,
        "reach_m": area.reach_m,
        "state": area.state,
    }


def _document_row(document: Document) -> dict[str, Any]:
    return {
        "id": str(document.id),
        "service_id": str(document.service_id),
        "organization_id": str(document.organization_id),
        "kind": document.kind,
        "cell": document.cell,
        "lat": document.lat,
        "lon": document.lon,
        "tags": _array(document.tags),
        "area_ids": _array(sorted({area.id for area in document.areas})),
        "open": multirange(document.open),
        "tz": document.tz,
        "hours_dated": document.hours_dated,
        "checked_on": document.checked_on.isoformat() if document.checked_on else None,
        "head": document.head,
        "words": " ".join(_each_once(document.words)),
        "display": document.display,
        "detail": document.detail,
    }


def _each_once(words: str) -> list[str]:
    """The different words of a text, but for those that no index holds."""
    return [word for word in dict.fromkeys(words.split()) if len(word) < TOO_LONG]


def _array(numbers: Iterable[int]) -> str:
    """As PostgreSQL writes an array."""
    return "{" + ",".join(map(str, numbers)) + "}"


def multirange(ranges: Iterable[tuple[int, int]] | None) -> str | None:
    """[(600, 720)] → '{[600,720)}'; None (hours unknown) stays None."""
    if ranges is None:
        return None
    return "{" + ",".join(f"[{low},{high})" for low, high in ranges) + "}"
