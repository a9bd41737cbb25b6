"""Pages of the lists that staff keep: see, make, fill, put in order, print as one page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api import Actor, Role, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.actions import saved_lists as lists
from directory.actions.saved_lists import OpenedList
from directory.own_phone import sms_href
from directory.service_page import ServicePage, ServicePages
from directory.staff_bar import bar_of
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop

# Not who looks after the network only: they work in no organization, so they have no lists.
KEEPERS = requires_role(Role.NAVIGATOR, Role.COORDINATOR, Role.AGENCY_WORKER, Role.STEWARD)


@get("/lists", guards=[KEEPERS])
async def show_lists(session: Session, actor: Caller) -> Template:
    """One's own and the team's, and a field for a new one."""
    found = await lists.lists_for(session, actor)
    return Template("lists.html", context={"lists": found, **await bar_of(session, actor)})


@post("/lists", guards=[KEEPERS])
async def take_new_list(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Make an empty list and go to it."""
    form = await request.form()
    try:
        list_id = await lists.make_list(
            session, actor, _word(form, "name"), shared="shared" in form, now=now
        )
    except InvalidInput as refusal:
        found = await lists.lists_for(session, actor)
        context = {"lists": found, "errors": _errors(refusal), **await bar_of(session, actor)}
        return Template("lists.html", context=context, status_code=400)
    return Redirect(f"/lists/{list_id}", status_code=303)


@get("/lists/add", guards=[KEEPERS])
async def show_add(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """Which list a service shall go into."""
    place = await _place(request, session, request.query_params.get("place", ""), now)
    return await _add_page(session, actor, place, [])


@post("/lists/add", guards=[KEEPERS])
async def take_add(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Into a list that is there, or into a new one."""
    form = await request.form()
    place = await _place(request, session, _word(form, "place"), now)
    list_id = _id(_word(form, "list"))
    try:
        if list_id is None:
            list_id = await lists.make_list(
                session, actor, _word(form, "name"), shared="shared" in form, now=now
            )
        await lists.add_item(session, list_id, place.id, actor, now=now)
    except InvalidInput as refusal:
        return await _add_page(session, actor, place, _errors(refusal))
    return Redirect(f"/lists/{list_id}", status_code=303)


@get("/lists/{list_id:uuid}", guards=[KEEPERS])
async def show_list(
    request: AnyRequest, session: Session, actor: Caller, now: Now, list_id: FromPath[UUID]
) -> Template:
    """What is in it, in order."""
    opened = await lists.open_list(session, list_id, actor)
    return Template("list.html", context=await _context(request, session, actor, opened, now))


@get("/lists/{list_id:uuid}/print", guards=[KEEPERS])
async def show_list_to_print(
    request: AnyRequest, session: Session, actor: Caller, now: Now, list_id: FromPath[UUID]
) -> Template:
    """One page for somebody's hand, in the language of the bar."""
    opened = await lists.open_list(session, list_id, actor)
    context = await _context(request, session, actor, opened, now)
    return Template("list_print.html", context=context)


@post("/lists/{list_id:uuid}", guards=[KEEPERS])
async def take_list(
    request: AnyRequest, session: Session, actor: Caller, now: Now, list_id: FromPath[UUID]
) -> Template | Redirect:
    """Every button of the list's page: `do`, or `do:item`."""
    form = await request.form()
    act, _colon, item = _word(form, "do").partition(":")
    if act == "delete":
        await lists.delete_list(session, list_id, actor, now=now)
        return Redirect("/lists", status_code=303)
    if act == "describe":
        return await _describe(request, session, actor, now, list_id)
    item_id = _id(item)
    if item_id is None:
        raise InvalidInput(gettext_noop("Please press one of the buttons."), field="do")
    if act in {"up", "down"}:
        await lists.move_item(session, list_id, item_id, actor, up=act == "up", now=now)
    elif act == "remove":
        await lists.remove_item(session, list_id, item_id, actor, now=now)
    elif act == "note":
        note = _word(form, "note")
        await lists.note_item(session, list_id, item_id, actor, note=note, now=now)
    else:
        raise InvalidInput(gettext_noop("Please press one of the buttons."), field="do")
    return Redirect(f"/lists/{list_id}#i-{item_id}", status_code=303)


async def _describe(  # noqa: PLR0913, PLR0917 -- what its handler was given
    request: AnyRequest, session: Session, actor: Actor, now: Now, list_id: UUID
) -> Template | Redirect:
    form = await request.form()
    try:
        await lists.describe_list(
            session,
            list_id,
            actor,
            name=_word(form, "name"),
            note=_word(form, "note"),
            shared="shared" in form,
            now=now,
        )
    except InvalidInput as refusal:
        opened = await lists.open_list(session, list_id, actor)
        context = await _context(request, session, actor, opened, now)
        return Template(
            "list.html", context=context | {"errors": _errors(refusal)}, status_code=400
        )
    return Redirect(f"/lists/{list_id}", status_code=303)


staff_routers: list[HTTPRouteHandler] = [
    show_lists,
    take_new_list,
    show_add,
    take_add,
    show_list,
    show_list_to_print,
    take_list,
]


async def _context(
    request: AnyRequest, session: Session, actor: Actor, opened: OpenedList, now: Now
) -> dict[str, Any]:
    pages = await _pages_of(request, session, [item.place_id for item in opened.items], now)
    entries = [(item, pages.get(item.place_id)) for item in opened.items]
    shown = [page for _item, page in entries if page is not None]
    lines = [f"{page.card.name}: {page.card.phone_words or page.card.where}" for page in shown]
    words = sms_href([opened.name, *lines])
    bar = await bar_of(session, actor)
    return {"opened": opened, "entries": entries, "sms_href": words, **bar}


async def _pages_of(
    request: AnyRequest, session: Session, ids: list[UUID], now: Now
) -> dict[UUID, ServicePage]:
    from directory.routes import searcher_of  # it imports this module

    maker = ServicePages(searcher_of(request), request.app.state.settings)
    return await maker.several(await session.connection(), ids, now)


async def _place(request: AnyRequest, session: Session, given: str, now: Now) -> ServicePage:
    place_id = _id(given)
    found = await _pages_of(request, session, [place_id], now) if place_id else {}
    if place_id is None or place_id not in found:
        raise NotFound(
            gettext_noop("This service is not in the directory."),
            remedy=gettext_noop("Search again, or call 211."),
        )
    return found[place_id]


async def _add_page(
    session: Session, actor: Actor, place: ServicePage, errors: list[tuple[str, str]]
) -> Template:
    context = {
        "place": place,
        "lists": await lists.lists_for(session, actor),
        "errors": errors,
        **await bar_of(session, actor),
    }
    return Template("list_add.html", context=context, status_code=400 if errors else 200)


def _word(form: Any, name: str) -> str:  # noqa: ANN401 -- Litestar's form
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _id(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def _errors(refusal: InvalidInput) -> list[tuple[str, str]]:
    words = _(refusal.message, **refusal.values)
    if refusal.remedy:
        words = f"{words} {_(refusal.remedy)}"
    return [(refusal.field or "", words)]
