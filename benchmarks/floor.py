"""The floor: the least an HTTP server can do for a search on this machine.

A bare ASGI function on granian with an asyncpg pool sends the product's own SQL and gives the
product's own JSON: no framework, no SQLAlchemy, no words to understand. The product is measured
against it in the same run, so the ratio says what our own layers cost.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import parse_qs

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from directory.geography import Near
from directory.search.answers import answer_json
from directory.search.postgres import Question
from directory.search.query import SearchAnswer, SearchRequest
from directory.search.sql import search_statement
from directory.search.synonyms import Reading
from shared import clock

_pool: list[asyncpg.Pool] = []
_prepared: dict[str, tuple[str, list[str]]] = {}


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI
    """GET with near=lat,lon, radius_m and need."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    given = parse_qs(scope["query_string"].decode())
    lat, lon = given["near"][0].split(",")
    request = SearchRequest(
        near=Near(float(lat), float(lon)),
        radius_m=float(given["radius_m"][0]),
        needs=(given["need"][0],),
    )
    body = json.dumps(answer_json(await _search(request)), default=str).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _search(request: SearchRequest) -> SearchAnswer:
    question = Question(request, Reading(), clock.now())
    statement, parameters = question.statement(search_statement)
    key = str(id(statement))
    if key not in _prepared:
        compiled = statement.compile(dialect=PGDialect_asyncpg())
        _prepared[key] = (str(compiled), list(compiled.positiontup or ()))
    sql, order = _prepared[key]
    async with _pool[0].acquire() as connection:
        rows = await connection.fetch(sql, *(parameters[name] for name in order))
    results = [question.result(_Row(row)) for row in rows]
    local = [each for row, each in zip(rows, results, strict=True) if row["block"] == "local"]
    remote = [each for row, each in zip(rows, results, strict=True) if row["block"] == "remote"]
    return SearchAnswer(
        request=request,
        understood=question.understood(),
        local=local,
        local_total=next((row["total"] for row in rows if row["block"] == "local"), 0),
        remote=remote,
        remote_total=next((row["total"] for row in rows if row["block"] == "remote"), 0),
    )


class _Row:
    """An asyncpg record read by attribute, as the product reads its rows."""

    __slots__ = ("_record",)

    def __init__(self, record: asyncpg.Record) -> None:
        self._record = record

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return self._record[name]


async def _live(receive: Any, send: Any) -> None:  # noqa: ANN401 -- ASGI
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            url = os.environ["HANDBACK_FLOOR_URL"]  # noqa: TID251 -- not a setting of the product
            _pool.append(await asyncpg.create_pool(url, min_size=2, max_size=10))
            await send({"type": "lifespan.startup.complete"})
        else:
            await _pool[0].close()
            await send({"type": "lifespan.shutdown.complete"})
            return
