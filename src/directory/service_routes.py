"""Pages of one service: the public's, bare and fast, and the staff's, with their next steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api import public, requires_person
from accounts.requests import AnyRequest, Caller, Session
from accounts.rules import STAFF_ROLES
from directory.page_words import away_words
from directory.report_words import choices
from directory.service_page import ServiceHasMoved, ServicePage, ServicePages
from directory.staff_bar import bar_of
from directory.stewards.banner import banners_of
from shared import clock
from shared.database import Database
from shared.i18n import gettext as _
from shared.i18n import language
from shared.qr import qr_svg


@get("/services/{service_id:uuid}", guards=[public])
async def show_service(request: AnyRequest, service_id: FromPath[UUID]) -> Template | Redirect:
    """By the id of a service or of a service at a location; one that moved leads on."""
    try:
        page = await _page(request, service_id, staff=False)
    except ServiceHasMoved as moved:
        return Redirect(f"/services/{moved.new_id}?moved=1", status_code=302)
    database: Database = request.app.state.database
    async with database.reading() as connection:
        banner = await banners_of(request.app.state).say(connection, clock.now(), language())
    return Template("service.html", context=_context(request, page) | {"banner": banner})


@get("/find/services/{service_id:uuid}", guards=[requires_person])
async def show_service_to_staff(
    request: AnyRequest, session: Session, actor: Caller, service_id: FromPath[UUID]
) -> Template | Redirect:
    """The same facts with Send and lists; also what its source keeps from the public."""
    try:
        page = await _page(request, service_id, staff=True)
    except ServiceHasMoved as moved:
        return Redirect(f"/find/services/{moved.new_id}?moved=1", status_code=302)
    may_send = bool(STAFF_ROLES & actor.roles)
    context = _context(request, page) | {"staff": True, "may_send": may_send}
    context |= await bar_of(session, actor)
    return Template("service_staff.html", context=context)


async def _page(request: AnyRequest, service_id: UUID, *, staff: bool) -> ServicePage:
    from directory.routes import searcher_of  # it imports this module

    searcher = searcher_of(request)
    pages = ServicePages(searcher, request.app.state.settings)
    database: Database = request.app.state.database
    async with database.reading() as connection:
        page = await pages.show(connection, service_id, clock.now(), staff=staff)
        near = await searcher.place(connection, request.query_params.get("near", ""), clock.now())
        if near is not None:
            page.away = away_words(page.card, near)
        return page


def _context(request: AnyRequest, page: ServicePage) -> dict[str, Any]:
    return {
        "page": page,
        "service_id": page.id,
        "choices": choices(),
        "qr": qr_svg(page.page_url, _("QR code of this page")),
        "moved": "moved" in request.query_params,
    }
