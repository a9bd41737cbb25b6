"""Addresses of the directory: public search and service pages, their JSON, and the staff's /find.

The public ones run bare (no identification, session or forms to check): one plain connection, one
read-only statement.
"""

from __future__ import annotations

from typing import Any

import structlog
from anyio import fail_after
from litestar import Request, Response, get
from litestar.background_tasks import BackgroundTask
from litestar.config.compression import CompressionConfig
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.response import Template
from sqlalchemy.exc import InterfaceError, OperationalError

from accounts.api import public, requires_person
from accounts.requests import Caller, Session
from directory import list_pages, report_pages
from directory.pages import SearchPages, home_page
from directory.search.answers import answer_json
from directory.search.engines import engine_of
from directory.search.front import Searcher
from directory.search.handed_on import HandedOnSearch
from directory.search.hidden import StaffSearch
from directory.search.port import SearchEngine
from directory.search.query import read_request
from directory.search.text import normalise
from directory.service_routes import show_service, show_service_to_staff
from directory.staff_bar import bar_of
from directory.stewards.banner import banners_of
from directory.stewards.misses import note_miss
from shared import clock
from shared.database import Database
from shared.i18n import language

AnyRequest = Request[Any, Any, Any]
SUGGESTIONS = 8
SLOW_AFTER_S = 6
logger = structlog.get_logger("directory")
# Public pages hold nothing secret, so they may be compressed together with what a reader sent.
COMPRESSED = DefineMiddleware(
    CompressionMiddleware, config=CompressionConfig(backend="gzip", gzip_compress_level=6)
)


def searcher_of(request: AnyRequest) -> Searcher:
    """The application's search with its vocabulary."""
    state = request.app.state
    if "searcher" not in state:
        state["searcher"] = Searcher(engine_of(state.settings))
    searcher: Searcher = state["searcher"]
    return searcher


def staff_searcher_of(request: AnyRequest) -> Searcher:
    """The same words and places; finds what its source keeps from the public too."""
    public = searcher_of(request)
    return _same_words(public, StaffSearch(public.engine))


def data_searcher_of(request: AnyRequest) -> Searcher:
    """The same words and places; finds only what its source lets others have as data."""
    public = searcher_of(request)
    return _same_words(public, HandedOnSearch(public.engine))


def _same_words(public: Searcher, engine: SearchEngine) -> Searcher:
    searcher = Searcher(engine)
    searcher.vocabulary, searcher.states = public.vocabulary, public.states
    return searcher


def _database(request: AnyRequest) -> Database:
    database: Database = request.app.state.database
    return database


def _tile_url(request: AnyRequest) -> str | None:
    url: str | None = request.app.state.settings.tile_url
    return url


@get("/", guards=[public], middleware=[COMPRESSED])
async def show_home(request: AnyRequest) -> Template:
    """The form and what people ask for most."""
    async with _database(request).reading() as connection:
        given, now = request.query_params.dict(), clock.now()
        page = await home_page(searcher_of(request), connection, given, now)
        banner = await banners_of(request.app.state).say(connection, now, language())
    return Template(
        "home.html",
        context={"form": page.form, "needs": page.needs, "banner": banner},
        status_code=400 if page.form.error else 200,
    )


@get("/search", guards=[public], middleware=[COMPRESSED])
async def show_search(request: AnyRequest) -> Template:
    """Results, or what to change."""
    pages = SearchPages(searcher_of(request), "/search", _tile_url(request))
    try:
        with fail_after(SLOW_AFTER_S):
            return await _show(request, pages, "search.html")
    except (TimeoutError, OperationalError, InterfaceError) as error:
        # Somebody who waits for help gets numbers that work, not an apology.
        logger.warning("search_unavailable", kind=type(error).__name__)
        return Template("search_slow.html", status_code=503, headers={"Retry-After": "10"})


@get("/find", guards=[requires_person])
async def show_find(request: AnyRequest, session: Session, actor: Caller) -> Template:
    """The same search for staff, with a way to send."""
    pages = SearchPages(staff_searcher_of(request), "/find")
    return await _show(request, pages, "find.html", await bar_of(session, actor))


async def _show(
    request: AnyRequest, pages: SearchPages, template: str, more: dict[str, str] | None = None
) -> Template:
    async with _database(request).reading() as connection:
        page = await pages.show(connection, request.query_params.dict(), clock.now())
        banner = await banners_of(request.app.state).say(connection, clock.now(), language())
    status = 400 if page.form.error else 200
    context = page.context() | {"banner": banner} | (more or {})
    if page.miss is None:
        return Template(template, context=context, status_code=status)
    counted = BackgroundTask(note_miss, _database(request), page.miss, clock.now())
    return Template(template, context=context, status_code=status, background=counted)


@get("/api/search", guards=[public], include_in_schema=True)
async def search(request: AnyRequest) -> Response[dict[str, Any]]:
    """Places nearest first; services without a place of their own in `remote`.

    `only_on_page` counts what the public page shows but its source keeps from being handed on.
    """
    asked = read_request(request.query_params.dict())
    now = clock.now()
    async with _database(request).reading() as connection:
        answer = await data_searcher_of(request).search(connection, asked, now)
    return Response(answer_json(answer), media_type="application/json")


@get("/api/suggest", guards=[public], include_in_schema=True)
async def suggest(request: AnyRequest) -> Response[dict[str, Any]]:
    """Phrases that begin with what has been typed."""
    start = normalise(request.query_params.get("q", ""))[:60]
    async with _database(request).reading() as connection:
        vocabulary = await searcher_of(request).vocabulary.get(connection, clock.now())
    found = vocabulary.suggest(start, SUGGESTIONS)
    # What somebody types is kept nowhere, not even in their own browser.
    headers = {"Cache-Control": "no-store"}
    return Response({"suggestions": found}, media_type="application/json", headers=headers)


public_routers: list[HTTPRouteHandler] = [
    show_home,
    show_search,
    show_service,
    search,
    suggest,
]
staff_routers: list[HTTPRouteHandler] = [
    show_find,
    show_service_to_staff,
    *list_pages.staff_routers,
]
# Forms that anybody may send.
public_form_routers: list[HTTPRouteHandler] = report_pages.public_form_routers
