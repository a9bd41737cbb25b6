"""“Ask the source to fix it”: a letter with our corrections, as text and CSV, and when it went."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response, Template
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.requests import AnyRequest, Caller, Now, Session
from directory.models import Overlay, Source
from directory.queries.corrections import StandingCorrection, standing_corrections
from directory.stewards import words
from directory.stewards.calls import steward_of
from directory.stewards.forms import form_of
from directory.stewards.pages import STEWARD, zone_of
from directory.stewards.value_words import value_words
from shared import audit
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop

CSV_HEAD = ("record", "id", "field", "your value", "our value", "how we know", "since")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@get("/steward/sources/{source_id:uuid}/letter", guards=[STEWARD])
async def show_letter(
    request: AnyRequest, session: Session, actor: Caller, now: Now, source_id: FromPath[UUID]
) -> Template:
    """The letter, to copy or print."""
    await steward_of(session, actor)
    source, corrections = await _of_source(session, source_id)
    zone, member = await zone_of(session, actor)
    await _read(session, source_id, now)
    context = {
        "member_name": member,
        "steward": actor.label,
        "source": source,
        "lines": [_line(each, zone) for each in corrections],
        "ids": [each.id for each in corrections],
        "told": await _told(session, corrections, zone),
        "is_done": "done" in request.query_params,
        "today_words": words.day(now.astimezone(zone).date()),
    }
    return Template("steward_letter.html", context=context)


@get("/steward/sources/{source_id:uuid}/corrections.csv", guards=[STEWARD])
async def download(
    session: Session, actor: Caller, now: Now, source_id: FromPath[UUID]
) -> Response[bytes]:
    """The same for their database."""
    await steward_of(session, actor)
    source, corrections = await _of_source(session, source_id)
    await _read(session, source_id, now)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    for each in corrections:
        row = (
            each.called,
            str(each.entity_id),
            f"{each.entity}.{each.field}",
            each.theirs,
            each.ours,
            each.reason,
            each.made_at.date().isoformat(),
        )
        writer.writerow([cell(value) for value in row])
    name = "".join(c if c.isalnum() and c.isascii() else "-" for c in source.name.lower())
    return Response(
        out.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="corrections-{name}.csv"'},
    )


@post("/steward/sources/{source_id:uuid}/letter", guards=[STEWARD], status_code=200)
async def take_told(
    request: AnyRequest, session: Session, actor: Caller, now: Now, source_id: FromPath[UUID]
) -> Redirect:
    """They were told of these corrections today."""
    await steward_of(session, actor)
    _source, corrections = await _of_source(session, source_id)
    form = await form_of(request)
    shown = set(form.ids("correction"))
    told = [each.id for each in corrections if each.id in shown]
    if not told:
        raise InvalidInput(gettext_noop("There is nothing to tell them."), field="told")
    await session.execute(update(Overlay).where(Overlay.id.in_(told)).values(told_at=now))
    await audit.record(
        session,
        "source_told",
        subject_kind="source",
        subject_id=source_id,
        now=now,
        detail={"corrections": len(told)},
    )
    return Redirect(f"/steward/sources/{source_id}/letter?done=1", status_code=303)


letter_routers = [show_letter, download, take_told]


async def _of_source(
    session: AsyncSession, source_id: UUID
) -> tuple[Source, list[StandingCorrection]]:
    source = await session.get(Source, source_id)
    if source is None:
        raise NotFound(gettext_noop("There is no such source."))
    found = await standing_corrections(session)
    mine = [each for each in found if each.source == source.name]
    # That somebody checked a record is no mistake of the feed.
    mine = [each for each in mine if each.field != "assured_date"]
    return source, sorted(mine, key=lambda each: (each.called.casefold(), each.field))


async def _read(session: AsyncSession, source_id: UUID, now: datetime) -> None:
    await audit.record(
        session, "source_letter_read", subject_kind="source", subject_id=source_id, now=now
    )


def _line(each: StandingCorrection, zone: ZoneInfo) -> dict[str, str]:
    return {
        "called": each.called,
        "field": words.field_words(each.field),
        "theirs": value_words(each.field, each.theirs),
        "ours": value_words(each.field, each.ours),
        "reason": each.reason,
        "since": words.day(each.made_at.astimezone(zone).date()),
    }


async def _told(
    session: AsyncSession, corrections: list[StandingCorrection], zone: ZoneInfo
) -> str:
    """'Told on May 3, 2026' of the last time, or ""."""
    ids = [each.id for each in corrections]
    last = await session.scalars(
        select(Overlay.told_at).where(Overlay.id.in_(ids), Overlay.told_at.is_not(None))
    )
    days = [each.astimezone(zone).date() for each in last if each is not None]
    return _("They were told on %(day)s.", day=words.day(max(days))) if days else ""


def cell(value: object) -> str:
    """What a spreadsheet takes for a formula is told to be text."""
    said = "" if value is None else str(value)
    return f"'{said}" if said.startswith(FORMULA) else said
