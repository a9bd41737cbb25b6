"""Addresses of the directory: public search and service pages, their JSON, and the staff's /find.

The public ones run bare (no identification, session or forms to check): one plain connection, one
read-only statement.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Template

from accounts.api import public, requires_person
from directory.page_words import phone_words, texts_of
from directory.pages import SearchPages, home_page
from directory.search.postgres import Searcher
from directory.search.query import Result, SearchAnswer, read_request
from directory.search.text import normalise
from directory.service_page import service_page
from shared import clock
from shared.database import Database
from shared.i18n import language

AnyRequest = Request[Any, Any, Any]
SUGGESTIONS = 8


def searcher_of(request: AnyRequest) -> Searcher:
    """The application's search with its vocabulary."""
    state = request.app.state
    if "searcher" not in state:
        state["searcher"] = Searcher()
    searcher: Searcher = state["searcher"]
    return searcher


def _database(request: AnyRequest) -> Database:
    database: Database = request.app.state.database
    return database


def _tile_url(request: AnyRequest) -> str | None:
    url: str | None = request.app.state.settings.tile_url
    return url


@get("/", guards=[public])
async def show_home(request: AnyRequest) -> Template:
    """The form and what people ask for most."""
    async with _database(request).reading() as connection:
        form, needs = await home_page(connection, request.query_params.dict())
    return Template("home.html", context={"form": form, "needs": needs})


@get("/search", guards=[public])
async def show_search(request: AnyRequest) -> Template:
    """Results, or what to change."""
    pages = SearchPages(searcher_of(request), "/search", _tile_url(request))
    return await _show(request, pages, "search.html")


@get("/find", guards=[requires_person])
async def show_find(request: AnyRequest) -> Template:
    """The same search for staff, with a way to send."""
    return await _show(request, SearchPages(searcher_of(request), "/find"), "find.html")


async def _show(request: AnyRequest, pages: SearchPages, template: str) -> Template:
    async with _database(request).reading() as connection:
        page = await pages.show(connection, request.query_params.dict(), clock.now())
    status = 400 if page.form.error else 200
    return Template(template, context=page.context(), status_code=status)


@get("/services/{service_id:uuid}", guards=[public])
async def show_service(request: AnyRequest, service_id: FromPath[UUID]) -> Template:
    """By the id of a service or of a service at a location."""
    async with _database(request).reading() as connection:
        page = await service_page(connection, service_id, clock.now(), _tile_url(request))
    return Template("service.html", context={"page": page})


@get("/api/search", guards=[public], include_in_schema=True)
async def search(request: AnyRequest) -> Response[dict[str, Any]]:
    """Places nearest first; services without a place of their own in `remote`."""
    asked = read_request(request.query_params.dict())
    now = clock.now()
    async with _database(request).reading() as connection:
        answer = await searcher_of(request).search(connection, asked, now)
    return Response(answer_json(answer), media_type="application/json")


@get("/api/suggest", guards=[public], include_in_schema=True)
async def suggest(request: AnyRequest) -> Response[dict[str, Any]]:
    """Phrases that begin with what has been typed."""
    start = normalise(request.query_params.get("q", ""))[:60]
    async with _database(request).reading() as connection:
        vocabulary = await searcher_of(request).vocabulary.get(connection, clock.now())
    found = vocabulary.suggest(start, SUGGESTIONS)
    return Response({"suggestions": found}, media_type="application/json")


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
        "corrected": answer.understood.corrected,
        "near": None if near is None else {
            "lat": near.lat, "lon": near.lon, "approximate": not near.exact,
        },
        "radius_m": answer.request.radius_m,
        "cursor": answer.next_cursor,
        "language": language(),
    }


def result_json(result: Result) -> dict[str, Any]:
    """One result. A confidential place has no address, point or distance anywhere."""
    display = result.display
    words = texts_of(display)
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
        "phone": phone_words(display.get("phone"))[0],
        "how_to_start": display.get("how"),
        "papers": words.get("papers", []),
        "languages": display.get("languages", []),
        "flags": display.get("flags", {}),
        "checked_on": result.checked_on,
        "match": {
            "needs": result.match.needs,
            "by_name": result.match.by_name,
            "by_words": result.match.by_words,
        },
    }


public_routers: list[HTTPRouteHandler] = [
    show_home, show_search, show_service, search, suggest,
]
staff_routers: list[HTTPRouteHandler] = [show_find]
