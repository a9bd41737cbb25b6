"""Every source with its licence and rights; a steward changes them, and reads first what goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.actions.edited import Editor
from directory.actions.source_rights import SourceRights, change_rights, would_vanish
from directory.models import SourceChange
from directory.queries.sources import SourceSummary, list_sources
from directory.stewards import words
from directory.stewards.calls import steward_of
from directory.stewards.forms import Form, form_of
from directory.stewards.pages import STEWARD, zone_of
from directory.stewards.value_words import value_words
from shared import audit
from shared.errors import HandbackError, InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop

RIGHTS = {
    "licence": gettext_noop("License"),
    "licence_url": gettext_noop("Web address of the license"),
    "attribution": gettext_noop("Who is named beside its records"),
    "may_show_public": gettext_noop("The public may see its records"),
    "may_republish": gettext_noop("We may hand its records on (API, export)"),
    "may_send_to_search_server": gettext_noop("We may send its records to a search server"),
    "ends_on": gettext_noop("Last day"),
    "steward": gettext_noop("Who looks after it"),
}
TICKS = ("may_show_public", "may_republish", "may_send_to_search_server")
TEXTS = ("licence", "licence_url", "attribution", "steward")


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that hides services and waits for its second press."""

    source: UUID
    vanish: int


class _Unconfirmed(Exception):  # noqa: N818 -- nothing went wrong
    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.asked = asked


@get("/steward/sources", guards=[STEWARD])
async def show_sources(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """By name, with what was changed by whom."""
    context = await _context(session, actor, now)
    done = {"is_done": "done" in request.query_params}
    return Template("steward_sources.html", context=context | done)


@post("/steward/sources", guards=[STEWARD], status_code=200)
async def take_rights(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Change the rights of one source; what hides services is asked twice."""
    await steward_of(session, actor)
    form = await form_of(request)
    errors, asked = [], None
    try:
        async with session.begin_nested():
            await _change(session, form, actor, now)
    except _Unconfirmed as waits:
        asked = waits.asked
    except (NotAllowed, NotFound):
        raise
    except HandbackError as refusal:
        errors = [(refusal.field or "", words.refusal(refusal))]
    else:
        return Redirect("/steward/sources?done=1", status_code=303)
    context = await _context(session, actor, now) | {"form": form, "errors": errors, "asked": asked}
    return Template("steward_sources.html", context=context, status_code=400 if errors else 200)


source_routers = [show_sources, take_rights]


async def _change(session: AsyncSession, form: Form, actor: Actor, now: datetime) -> None:
    source = form.id("source")
    if source is None:
        raise NotFound(gettext_noop("There is no such source."))
    rights = SourceRights(
        **{name: form.text(name) or None for name in TEXTS},  # type: ignore[arg-type]
        **{name: name in form.values for name in TICKS},  # type: ignore[arg-type]
        ends_on=form.day("ends_on"),
    )
    if not rights.may_show_public and (rights.may_republish or rights.may_send_to_search_server):
        raise InvalidInput(
            gettext_noop("What the public may not see can’t be handed on."), field="may_republish"
        )
    vanish = await would_vanish(session, source, rights, now.date())
    if vanish and form.text("confirm") != str(vanish):
        raise _Unconfirmed(Asked(source, vanish))
    await change_rights(session, source, rights, Editor(actor.label, actor.person_id), now)


async def _context(session: AsyncSession, actor: Actor, now: datetime) -> dict[str, Any]:
    await steward_of(session, actor)
    zone, member = await zone_of(session, actor)
    sources = await list_sources(session)
    changes = await _changes(session, zone)
    await audit.record(session, "sources_read", subject_kind="source", subject_id=None, now=now)
    return {
        "member_name": member,
        "sources": [(each, _state(each, now), changes.get(each.id, [])) for each in sources],
        "rights": {name: _(said) for name, said in RIGHTS.items()},
        "texts": TEXTS,
        "ticks": TICKS,
        "form": Form({}),
        "errors": [],
        "asked": None,
        "value_words": value_words,
        "day_words": words.day,
    }


async def _changes(session: AsyncSession, zone: ZoneInfo) -> dict[UUID, list[tuple[str, str]]]:
    """The last changes of each source: (what, by whom and when)."""
    found: dict[UUID, list[tuple[str, str]]] = {}
    for row in await session.scalars(select(SourceChange).order_by(SourceChange.made_at.desc())):
        lines = found.setdefault(row.source_id, [])
        for name, (before, after) in sorted(row.fields.items()):
            what = f"{_(RIGHTS[name])}: {value_words(name, before)} → {value_words(name, after)}"
            lines.append((what, f"{row.made_by}, {words.moment(row.made_at, zone)}"))
    return found


def _state(source: SourceSummary, now: datetime) -> str:
    if source.ends_on is not None and source.ends_on < now.date():
        return _("Its license has ended: staff alone see its records")
    return _("Shown to everybody") if source.may_show_public else _("Staff alone see its records")
