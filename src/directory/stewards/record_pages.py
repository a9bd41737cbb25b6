"""One agency's record: what it says, how often somebody called, and corrections field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, member_card
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.actions.corrections import correct, hide_row, undo_correction
from directory.actions.edited import Correction, Editor
from directory.models.care import CheckedHow
from directory.queries.corrections import our_changes, standing_corrections
from directory.stewards import words
from directory.stewards.calls import check_today, steward_of
from directory.stewards.due import DueAgency, agency_record
from directory.stewards.forms import Form, form_of
from directory.stewards.moves import give_to, move_page, move_page_back, move_place, old_pages_of
from directory.stewards.pages import STEWARD, Errors, how_of
from directory.stewards.places import place_cards, take_place
from directory.stewards.records import RecordRow, agency_of, record_rows
from directory.stewards.value_words import (
    HOW_CHECKED,
    checked_how_choices,
    choices_of,
    value_of_words,
    value_words,
)
from shared.errors import HandbackError, InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext as _words
from shared.i18n import gettext_noop as _

LONG, SHOWN = 4000, 30


@get("/steward/records/{service_id:uuid}", guards=[STEWARD])
async def show_record(
    request: AnyRequest, session: Session, actor: Caller, now: Now, service_id: FromPath[UUID]
) -> Template:
    """By any service of the agency."""
    agency = await _agency(session, actor, service_id)
    context = await _context(session, actor, agency, service_id, now)
    asked = request.query_params
    context |= {"is_done": "done" in asked, "is_changed": "changed" in asked}
    return Template("steward_record.html", context=context)


@post("/steward/records/{service_id:uuid}", guards=[STEWARD], status_code=200)
async def take_correction(
    request: AnyRequest, session: Session, actor: Caller, now: Now, service_id: FromPath[UUID]
) -> Template | Redirect:
    """Correct a field, take a row out, take a correction back, or: checked today."""
    agency = await _agency(session, actor, service_id)
    form = await form_of(request)
    try:
        async with session.begin_nested():
            page = await _take(session, form, agency, actor, now) or service_id
    except (NotAllowed, NotFound):
        raise
    except HandbackError as refusal:
        errors = [("value", words.refusal(refusal))]
        context = await _context(session, actor, agency, service_id, now, form, errors)
        return Template("steward_record.html", context=context, status_code=400)
    return Redirect(f"/steward/records/{page}?done=1", status_code=303)


record_routers = [show_record, take_correction]


async def _agency(session: AsyncSession, actor: Actor, service_id: UUID) -> DueAgency:
    await steward_of(session, actor)
    organization = await agency_of(session, service_id)
    agency = await agency_record(session, organization) if organization else None
    if agency is None:
        raise NotFound(_("This record is not in the directory."))
    return agency


async def _take(
    session: AsyncSession, form: Form, agency: DueAgency, actor: Actor, now: datetime
) -> UUID | None:
    """Do what was asked; returns the page to go on to when it is another one."""
    editor = Editor(actor.label, actor.person_id)
    does = form.text("do")
    if does == "checked":
        await check_today(session, agency.id, how_of(form), actor=actor, now=now)
    elif does == "undo":
        overlay = form.id("overlay")
        if overlay is None:
            raise NotFound(_("There is no such correction."))
        await undo_correction(session, overlay, editor, now)
    elif does in {"hide_place", "show_place"}:
        await take_place(session, form, agency.id, actor, editor, now)
    elif does == "move_place":
        await move_place(session, form, agency.id, editor, now)
    elif does == "move_back":
        old = form.id("old")
        if old is None:
            raise NotFound(_("This record is not in the directory."))
        await move_page_back(session, old, agency.id, editor, now)
    else:
        return await _take_row(session, form, agency, editor, now)
    return None


async def _take_row(
    session: AsyncSession, form: Form, agency: DueAgency, editor: Editor, now: datetime
) -> UUID | None:
    row = await _row(session, form, agency)
    does = form.text("do")
    if does == "move_page" and row.entity == "service":
        return await move_page(session, row.id, form, editor, now)
    if does == "run_by" and row.entity == "service":
        await give_to(session, row.id, form, editor, now)
        return row.id
    await _correct_row(session, form, row, editor, now)
    return None


async def _correct_row(
    session: AsyncSession, form: Form, row: RecordRow, editor: Editor, now: datetime
) -> None:
    does = form.text("do")
    reason = form.text("reason")
    if not reason:
        raise InvalidInput(_("Write how you know it."), field="reason")
    if does == "hide":
        await hide_row(session, row.entity, row.id, reason, editor, now)
        return
    field = form.text("field")
    if field not in row.says:
        raise InvalidInput(_("Choose what to correct."), field="field")
    value = value_of_words(field, form.text("value", LONG))
    said = Correction(row.entity, row.id, field, value, reason)
    await correct(session, said, editor, now)


async def _row(session: AsyncSession, form: Form, agency: DueAgency) -> RecordRow:
    """The row that the form names, if it is this agency's."""
    wanted = form.id("row")
    for row in await record_rows(session, agency.id):
        if row.id == wanted:
            return row
    raise NotFound(_("This record is not in the directory."))


async def _context(  # noqa: PLR0913, PLR0917 -- a page and what was typed into it
    session: AsyncSession,
    actor: Actor,
    agency: DueAgency,
    service_id: UUID,
    now: datetime,
    form: Form | None = None,
    errors: Errors | None = None,
) -> dict[str, Any]:
    card = await member_card(session, actor.organization_id) if actor.organization_id else None
    zone = ZoneInfo(card.time_zone if card else "America/New_York")
    today = now.astimezone(zone).date()
    rows = await record_rows(session, agency.id)
    mine = {row.id for row in rows}
    return {
        "member_name": card.name if card else "",
        "agency": agency,
        "service_id": service_id,
        "rows": rows,
        "tried": [words.attempt(each, today, zone) for each in reversed(agency.tries)],
        "checks": [
            (
                each,
                words.day(each.checked_on, today) if each.checked_on else "",
                _words(HOW_CHECKED[CheckedHow(each.how)]) if each.how else "",
            )
            for each in agency.services
        ],
        "corrections": [
            (each, words.moment(each.made_at, zone))
            for each in await standing_corrections(session)
            if each.entity_id in mine
        ],
        "changes": [
            (each, words.day(each.on, today)) for each in await our_changes(session, mine, SHOWN)
        ],
        "form": form or Form({}),
        "field_words": words.field_words,
        "value_words": value_words,
        "day_words": words.day,
        "choices_of": choices_of,
        "places": await place_cards(session, agency.id, zone),
        "old_pages": [
            (each, words.day(each.moved_at.astimezone(zone).date(), today))
            for each in await old_pages_of(session, agency.id)
        ],
        "checked_how": checked_how_choices(),
        "errors": errors or [],
    }
