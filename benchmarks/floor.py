"""The floor: the least an HTTP server can do for a search on this machine.

A bare ASGI function on granian with an asyncpg pool sends the product's own SQL and builds the
product's own JSON straight from the rows: no framework, no SQLAlchemy, no words to understand, no
types between. The product is measured beside it in the same run; `benchmarks.search` compares the
two answers, so neither can be quick by saying less.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from directory.geography import Near, cell_ranges
from directory.needs import need_of, needs
from directory.search.covering import StateMap
from directory.search.sql import Shape, search_statement
from directory.search.tags import need_tag

_compiled = search_statement(Shape(near=True, tags=1)).compile(dialect=PGDialect_asyncpg())
SQL, ORDER = str(_compiled), list(_compiled.positiontup or ())
_pool: list[asyncpg.Pool] = []
_states = StateMap()
LABELS = {need.code: need.label_en for need in needs()}
COPIED = ("name", "organization", "summary", "address", "city")


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI
    """GET with near=lat,lon, radius_m and need."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    given = parse_qs(scope["query_string"].decode())
    lat, lon = (float(part) for part in given["near"][0].split(","))
    need, radius_m = given["need"][0], float(given["radius_m"][0])
    rows = await _search(lat, lon, radius_m, need)
    body = json.dumps(_answer(rows, lat, lon, radius_m, need)).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _search(lat: float, lon: float, radius_m: float, need: str) -> list[asyncpg.Record]:
    low, high = cell_ranges(lat, lon, radius_m)
    tag = need_tag(need)
    now = datetime.now(UTC)  # noqa: TID251 -- not the product's clock
    values = {
        "lat": lat,
        "lon": lon,
        "lo": low,
        "hi": high,
        "r": radius_m,
        "tag": tag,
        "tags": [tag],
        "slack": 0.0,
        "states": list(_states.states_at(Near(lat, lon))),
        "now": now,
        "at": now,
        "limit": 20,
        "offset": 0,
    }
    async with _pool[0].acquire() as connection:
        found: list[asyncpg.Record] = await connection.fetch(SQL, *(values[n] for n in ORDER))
    return found


def _answer(
    rows: list[asyncpg.Record], lat: float, lon: float, radius_m: float, need: str
) -> dict[str, Any]:
    local = [row for row in rows if row["block"] == "local"]
    remote = [row for row in rows if row["block"] == "remote"]
    total = local[0]["total"] if local else 0
    known = need_of(need)
    return {
        "total": total,
        "results": [_result(row, need) for row in local],
        "remote_total": remote[0]["total"] if remote else 0,
        "remote": [_result(row, need) for row in remote],
        "needs": [need],
        "understood": [known.label_en if known else need],
        "terms": [],
        "corrected": None,
        "danger": None,
        "near": {"lat": lat, "lon": lon, "approximate": False},
        "radius_m": radius_m,
        "cursor": str(len(local)) if local and len(local) < total else None,
        "facets": {},
        "engine": "postgresql",
        "degraded": False,
        "language": "en",
    }


def _result(row: asyncpg.Record, need: str) -> dict[str, Any]:
    display = json.loads(row["display"])
    words, phone = display["text"], display.get("phone")
    local = row["kind"] == "local"
    return {
        "id": str(row["id"]),
        "service_id": str(row["service_id"]),
        "kind": row["kind"],
        **{name: words.get(name) for name in COPIED},
        "county": display.get("county"),
        "area": display.get("area"),
        "distance_m": round(row["m"]) if local and row["m"] is not None else None,
        "lat": row["lat"] if local else None,
        "lon": row["lon"] if local else None,
        "open": row["open"],
        "phone": phone[0] if phone else None,
        "how_to_start": display.get("how"),
        "papers": words.get("papers", []),
        "languages": display.get("languages", []),
        "flags": display.get("flags", {}),
        "checked_on": row["checked_on"].isoformat() if row["checked_on"] else None,
        "match": {
            "needs": [need] if row["matched"] else [],
            "by_name": row["named"],
            "by_words": False,
            "labels": [LABELS[need]] if row["matched"] else [],
        },
    }


async def _live(receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            url = os.environ["HANDBACK_FLOOR_URL"]  # noqa: TID251 -- not a setting of the product
            # As the product's own public reads: a statement is planned once, for any values.
            generic = {"plan_cache_mode": "force_generic_plan"}
            _pool.append(
                await asyncpg.create_pool(url, min_size=2, max_size=10, server_settings=generic)
            )
            _states.fill(await _pool[0].fetch("select zip, lat, lon from zip_centroid"))
            await send({"type": "lifespan.startup.complete"})
        else:
            await _pool[0].close()
            await send({"type": "lifespan.shutdown.complete"})
            return
