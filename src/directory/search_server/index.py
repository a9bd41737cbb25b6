"""The index: its name, its settings, and one document for each row of search_doc. Pure.

A document holds what is filtered by and the stems of its words: no address, phone, hours or text.
Cards are made from PostgreSQL, so nothing on the server is ever shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

INDEX = "handback"  # unless set otherwise: installations may share a server
# More than this many hits for one question: PostgreSQL answers it (search_server.engine).
MOST_HITS = 2000
SETTINGS: dict[str, Any] = {
    "searchableAttributes": ["words"],
    "displayedAttributes": ["id", "service_id", "version"],
    "filterableAttributes": ["id", "service_id", "kind", "tags", "area_ids", "_geo"],
    "sortableAttributes": ["_geo", "id"],
    # PostgreSQL orders by distance and name. Here only `nearest` sorts, so sorting comes first.
    "rankingRules": ["sort", "words", "typo", "exactness"],
    # Stems of both languages are words of the document, and the front corrects: 5 and 9 letters
    # are the server's own limits, said here so that a new version can't change them.
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
        "disableOnWords": [],
        "disableOnAttributes": [],
    },
    "stopWords": [],
    "synonyms": {},
    "distinctAttribute": None,
    "proximityPrecision": "byAttribute",
    "pagination": {"maxTotalHits": MOST_HITS + 1},
    # A search cut off would answer with less and say nothing: our own time-out comes first.
    "searchCutoffMs": 30_000,
}


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A row of search_doc, as far as the server may know it."""

    id: UUID
    service_id: UUID
    kind: str
    lat: float | None
    lon: float | None
    tags: Sequence[int]
    area_ids: Sequence[int]
    words: Sequence[str]
    may_send: bool


def document_of(row: IndexRow) -> dict[str, Any]:
    """The document with its version; a confidential place has no point whatever the row says."""
    document: dict[str, Any] = {
        "id": str(row.id),
        "service_id": str(row.service_id),
        "kind": row.kind,
        "tags": sorted(row.tags),
        "area_ids": sorted(row.area_ids),
        "words": " ".join(sorted(row.words)),
    }
    if row.kind == "local" and row.lat is not None and row.lon is not None:
        document["_geo"] = {"lat": row.lat, "lng": row.lon}
    document["version"] = digest(document)
    return document


def digest(content: Any) -> str:  # noqa: ANN401 -- any JSON
    """16 hexadecimal digits that differ when the content does."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:16]


# Of the settings and of how documents are made: an index made otherwise does not answer.
SHAPE = digest([SETTINGS, 1])
