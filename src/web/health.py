"""Whether this process lives, whether it can serve, and what it has served."""

from __future__ import annotations

from litestar import MediaType, Response, get
from litestar.types import Message, Scope
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, generate_latest
from sqlalchemy import text

from accounts.guards import public
from accounts.requests import OpenDatabase
from shared.database import Context

RESPONSES = Counter(
    "handback_http_responses_total", "Answers by route and status", ["route", "method", "status"]
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


async def count_response(message: Message, scope: Scope) -> None:
    """Count an answer by its route's pattern, never by its address (before_send)."""
    if message["type"] == "http.response.start":
        method = str(scope.get("method", ""))
        RESPONSES.labels(
            str(scope.get("path_template") or "none"),
            method if method in METHODS else "other",
            str(message["status"]),
        ).inc()


@get("/healthz", guards=[public], media_type=MediaType.TEXT, sync_to_thread=False)
def is_alive() -> str:
    """The process answers."""
    return "ok"


@get("/readyz", guards=[public], media_type=MediaType.TEXT)
async def is_ready(database: OpenDatabase) -> Response[str]:
    """The database answers, too."""
    try:
        async with database.transaction(Context(actor="readyz")) as session:
            await session.execute(text("select 1"))
    except Exception:  # noqa: BLE001 -- whatever the reason, this process can't serve
        return Response("database unreachable", status_code=503, media_type=MediaType.TEXT)
    return Response("ready", media_type=MediaType.TEXT)


@get("/metrics", guards=[public], sync_to_thread=False)
def metrics() -> Response[bytes]:
    """Counters for Prometheus; route patterns and numbers only."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


routers = [is_alive, is_ready, metrics]
