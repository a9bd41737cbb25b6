"""People's own words: those that found nothing, and those that stewards tied to a need."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

from litestar import get, post
from litestar.response import Redirect, Response, Template
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.actions.edited import Editor
from directory.actions.phrases import add_phrase, remove_phrase, settle_miss
from directory.models import MissPhrase, SearchPhrase
from directory.needs import needs
from directory.stewards import words
from directory.stewards.calls import steward_of
from directory.stewards.forms import Form, form_of
from directory.stewards.letter import cell
from directory.stewards.pages import STEWARD, zone_of
from shared.errors import HandbackError, NotAllowed, NotFound
from shared.i18n import gettext_noop, language

A_MONTH, SHOWN = timedelta(days=30), 50
CSV_HEAD = ("phrase", "language", "need", "added by", "added on")


@get("/steward/words", guards=[STEWARD])
async def show_words(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """What was looked for in vain, and what we know beyond our own list."""
    context = await _context(session, actor, now)
    done = {"is_done": "done" in request.query_params}
    return Template("steward_words.html", context=context | done)


@post("/steward/words", guards=[STEWARD], status_code=200)
async def take_words(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Tie words to a need, take that back, or leave words of the list be."""
    await steward_of(session, actor)
    form = await form_of(request)
    by = Editor(actor.label, actor.person_id)
    try:
        async with session.begin_nested():
            await _take(session, form, by, now)
    except (NotAllowed, NotFound):
        raise
    except HandbackError as refusal:
        errors = [(refusal.field or "phrase", words.refusal(refusal))]
        context = await _context(session, actor, now) | {"form": form, "errors": errors}
        return Template("steward_words.html", context=context, status_code=400)
    return Redirect("/steward/words?done=1", status_code=303)


@get("/steward/words.csv", guards=[STEWARD])
async def download_words(session: Session, actor: Caller) -> Response[bytes]:
    """All that stand."""
    await steward_of(session, actor)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    for each in await _standing(session):
        day = each.added_at.date().isoformat()
        row = (each.phrase, each.language, each.need, each.added_by, day)
        writer.writerow([cell(value) for value in row])
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="search-words.csv"'},
    )


word_routers = [show_words, take_words, download_words]


async def _take(session: AsyncSession, form: Form, by: Editor, now: datetime) -> None:
    does = form.text("do")
    if does == "remove":
        phrase = form.id("id")
        if phrase is None:
            raise NotFound(gettext_noop("These words are not here any more."))
        await remove_phrase(session, phrase, by=by, now=now)
        return
    said, spoken = form.text("phrase"), form.text("language")
    if does == "settle":
        await settle_miss(session, said, spoken, now=now)
        return
    await add_phrase(session, said, spoken, form.text("need"), by=by, now=now)


async def _standing(session: AsyncSession) -> list[SearchPhrase]:
    rows = await session.scalars(
        select(SearchPhrase)
        .where(SearchPhrase.removed_at.is_(None))
        .order_by(SearchPhrase.phrase, SearchPhrase.language)
    )
    return list(rows)


async def _context(session: AsyncSession, actor: Actor, now: datetime) -> dict[str, Any]:
    await steward_of(session, actor)
    zone, member = await zone_of(session, actor)
    missed = await session.scalars(
        select(MissPhrase)
        .where(MissPhrase.settled_at.is_(None), MissPhrase.last_on > now.date() - A_MONTH)
        .order_by(MissPhrase.times.desc(), MissPhrase.phrase)
        .limit(SHOWN)
    )
    return {
        "member_name": member,
        "missed": missed.all(),
        "phrases": [
            (each, words.need(each.need), words.moment(each.added_at, zone))
            for each in await _standing(session)
        ],
        "needs": [(each.code, each.label(language())) for each in needs()],
        "form": Form({}),
        "errors": [],
    }
