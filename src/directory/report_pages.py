"""The page "Something wrong?": one tap without sign-in or script, then thanks, room for words."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Template

from accounts.api import public
from accounts.requests import AnyRequest, Now, Session
from directory.actions.reports import NOTE_CHARACTERS, NewReport, add_report
from directory.models.public_pages import WhatIsWrong
from directory.report_words import ASKED, WHAT_WORDS, choices
from directory.service_page import page_title
from shared import clock
from shared.database import Database
from shared.errors import InvalidInput
from shared.i18n import gettext as _
from shared.i18n import gettext_noop, language
from shared.settings import Settings


@get("/services/{service_id:uuid}/report", guards=[public])
async def show_report(request: AnyRequest, service_id: FromPath[UUID]) -> Template:
    """Six buttons and a field; nothing is counted by looking."""
    database: Database = request.app.state.database
    async with database.reading() as connection:
        title = await page_title(connection, service_id, clock.now())
    return _page(service_id, title)


@post("/services/{service_id:uuid}/report", guards=[public], status_code=200)
async def take_report(
    request: AnyRequest, session: Session, now: Now, service_id: FromPath[UUID]
) -> Template:
    """Keep the report, say thanks, offer to add words to the same one."""
    form = await request.form()
    title = await page_title(await session.connection(), service_id, now)
    chosen = str(form.get("what", ""))
    if chosen not in set(WhatIsWrong):
        raise InvalidInput(gettext_noop("Please press what is wrong."), field="what")
    what = WhatIsWrong(chosen)
    nonce, note = str(form.get("nonce", "")), _line(str(form.get("note", "")))
    proposed = _line(str(form.get("proposed", "")))
    new = NewReport(
        service_id, what, language(), nonce, note, client_address(request), proposed=proposed
    )
    await add_report(session, new, now=now)
    told = {
        "what": what.value,
        "words": _(WHAT_WORDS[what]),
        "nonce": nonce,
        "noted": bool(note or proposed),
        "asks": _(ASKED[what]) if what in ASKED else "",
        "asks_number": what is WhatIsWrong.WRONG_NUMBER,
    }
    return _page(service_id, title, told)


def client_address(request: AnyRequest) -> str:
    """Whose connection it is; behind a trusted proxy, what that proxy says (its last word)."""
    settings: Settings = request.app.state.settings
    if settings.client_address_header:
        said = request.headers.get(settings.client_address_header, "")
        return said.rsplit(",", 1)[-1].strip()[:64]
    return request.client.host if request.client else ""


def _line(note: str) -> str:
    return " ".join(note.replace("\x00", "").split())[:NOTE_CHARACTERS]


def _page(service_id: UUID, title: str, told: Mapping[str, object] | None = None) -> Template:
    context = {
        "service_id": service_id,
        "service_title": title,
        "choices": choices(),
        "told": told,
        "most": NOTE_CHARACTERS,
    }
    return Template("report.html", context=context)


public_form_routers: list[HTTPRouteHandler] = [show_report, take_report]
