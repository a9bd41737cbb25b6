"""The simulator's pages: a desk with a phone on the left and a mailbox on the right.

All of it works without JavaScript; with it the keys type and the page keeps itself up to date.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from notify.channels.simulator.api_routes import LONGEST_REPLY, phone_in_path
from notify.channels.simulator.desk import Desk, View
from notify.channels.simulator.options import SimulatorOptions
from notify.channels.simulator.requests import AnyRequest, TheOptions, TheProgram, TheSimulator
from notify.channels.simulator.state import Simulator
from notify.channels.simulator.words import next_morning
from shared.i18n import gettext, ngettext, using_language
from shared.phone_numbers import display, to_e164

HERE = Path(__file__).parent
SEE_OTHER: Final = 303
_ADVANCES = {"half-hour": 1800, "day": 86_400}
_STATIC_TYPES = {"simulator.css": "text/css", "simulator.js": "text/javascript"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


@get("/simulator")
async def desk_page(
    request: AnyRequest, simulator: TheSimulator, options: TheOptions
) -> Response[str] | Redirect:
    """Choose a phone or a mailbox; with `phone` or `mailbox` in the query, go there."""
    view = _view(request)
    phone = to_e164(request.query_params.get("phone", ""))
    mailbox = request.query_params.get("mailbox", "").lower() or None
    if phone or mailbox:
        return Redirect(replace(view, phone=phone, mailbox=mailbox).url(), status_code=SEE_OTHER)
    return _page(request, view, simulator, options)


@get("/simulator/phones/{number:str}")
async def phone_page(
    request: AnyRequest, number: FromPath[str], simulator: TheSimulator, options: TheOptions
) -> Response[str]:
    """A phone, beside it a mailbox if one was chosen."""
    mailbox = request.query_params.get("mailbox", "").lower() or None
    view = replace(_view(request), phone=phone_in_path(number), mailbox=mailbox)
    return _page(request, view, simulator, options)


@get("/simulator/mailboxes/{address:str}")
async def mailbox_page(
    request: AnyRequest, address: FromPath[str], simulator: TheSimulator, options: TheOptions
) -> Response[str]:
    """A mailbox."""
    view = replace(_view(request), mailbox=address.lower())
    return _page(request, view, simulator, options)


@post("/simulator/phones/{number:str}/replies")
async def send_from_phone(
    request: AnyRequest, number: FromPath[str], simulator: TheSimulator, program: TheProgram
) -> Redirect:
    """The phone's Send button."""
    phone = phone_in_path(number)
    form = await request.form()
    body = str(form.get("body", ""))[:LONGEST_REPLY]
    sender = to_e164(str(form.get("to", ""))) or next(iter(simulator.senders_to(phone)), None)
    if body.strip() and sender:
        program.receive_reply(phone=phone, sender=sender, body=body)
    view = replace(_view(request), phone=phone, mailbox=str(form.get("mailbox", "")) or None)
    look, lang = str(form.get("look", "flip")), str(form.get("lang", "")) or None
    return Redirect(view.url(look=look, lang=lang) + "#phone", status_code=SEE_OTHER)


@post("/simulator/clock")
async def turn_clock(
    request: AnyRequest, simulator: TheSimulator, program: TheProgram, options: TheOptions
) -> Redirect:
    """The clock's buttons without JavaScript: the program is asked from here."""
    form = await request.form()
    wanted = str(form.get("advance", ""))
    if wanted == "morning":
        now = simulator.now()
        seconds = ceil((next_morning(now, options.time_zone) - now).total_seconds())
    else:
        seconds = _ADVANCES.get(wanted, 0)
    if seconds:
        await program.turn_clock(seconds)
    back = str(form.get("back", ""))
    return Redirect(back if back.startswith("/simulator") else "/simulator", status_code=SEE_OTHER)


@get("/simulator/static/{name:str}")
async def static_file(name: FromPath[str]) -> Response[bytes]:
    """The simulator's own style and script."""
    if name not in _STATIC_TYPES:
        raise NotFoundException
    content = (HERE / "static" / name).read_bytes()
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=_STATIC_TYPES[name], headers=headers)


def _view(request: AnyRequest) -> View:
    look = "smart" if request.query_params.get("look") == "smart" else "flip"
    asked = request.query_params.get("lang")
    return View(look=look, lang=asked if asked in {"en", "es"} else None)


def _spoken(request: AnyRequest, view: View) -> str:
    wish = request.headers.get("Accept-Language", "").strip().lower()
    return view.lang or ("es" if wish.startswith("es") else "en")


def _page(
    request: AnyRequest, view: View, simulator: Simulator, options: SimulatorOptions
) -> Response[str]:
    spoken = _spoken(request, view)
    with using_language(spoken):
        desk = Desk(view, simulator, options)
        html = _templates().get_template("desk.html").render(desk=desk, view=view, spoken=spoken)
    return Response(html, media_type="text/html; charset=utf-8", headers=_HEADERS)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=gettext, ngettext=ngettext, display=display)
    return environment


ROUTES = [desk_page, phone_page, mailbox_page, send_from_phone, turn_clock, static_file]
