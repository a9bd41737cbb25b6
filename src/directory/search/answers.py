"""The JSON of an answer, the same for /api/search and the command line."""

from __future__ import annotations

from typing import Any

from directory.page_words import number_to_dial, texts_of
from directory.search.query import Result, SearchAnswer
from shared.i18n import language


def answer_json(answer: SearchAnswer) -> dict[str, Any]:
    """The JSON of an answer; the command line prints the same."""
    near = answer.request.near
    return {
        "total": answer.local_total,
        "results": [result_json(result) for result in answer.local],
        "remote_total": answer.remote_total,
        "remote": [result_json(result) for result in answer.remote],
        "needs": list(answer.understood.needs),
        "understood": list(answer.understood.labels),
        "terms": list(answer.understood.terms),
        "corrected": answer.understood.corrected,
        "danger": answer.danger,
        "near": None
        if near is None
        else {
            "lat": near.lat,
            "lon": near.lon,
            "approximate": not near.exact,
        },
        "radius_m": answer.request.radius_m,
        "cursor": answer.next_cursor,
        "facets": answer.facets,
        "only_on_page": answer.only_on_page,
        "engine": answer.engine,
        "degraded": answer.degraded,
        "language": language(),
    }


def result_json(result: Result) -> dict[str, Any]:
    """One result. A confidential place has no address, point or distance anywhere."""
    display = result.display
    words, spanish = texts_of(display), int(language() == "es")
    return {
        "id": result.id,
        "service_id": result.service_id,
        "kind": result.kind,
        "name": words.get("name"),
        "organization": words.get("organization"),
        "summary": words.get("summary"),
        "address": words.get("address"),
        "city": words.get("city"),
        "county": display.get("county"),
        "area": words.get("area") or None,
        "distance_m": result.distance_m,
        "lat": result.lat,
        "lon": result.lon,
        "open": result.open,
        "phone": number_to_dial(display.get("phone")),
        "how_to_start": display.get("how"),
        "papers": words.get("papers", []),
        "languages": display.get("languages", []),
        "flags": display.get("flags", {}),
        "checked_on": result.checked_on,
        "match": {
            "needs": result.match.needs,
            "by_name": result.match.by_name,
            "by_words": result.match.by_words,
            "labels": [labels[spanish] or labels[0] for labels in result.match.labels],
        },
    }
