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
from directory.pages import SearchPages, home_page
from directory.search.answers import answer_json
from directory.search.postgres import Searcher
from directory.search.query import read_request
from directory.search.text import normalise
from directory.service_page import service_page
from shared import clock
from shared.database import Database

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


public_routers: list[HTTPRouteHandler] = [
    show_home,
    show_search,
    show_service,
    search,
    suggest,
]
staff_routers: list[HTTPRouteHandler] = [show_find]
