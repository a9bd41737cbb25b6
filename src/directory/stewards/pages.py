"""The steward's desk: today's calls, reports, conflicts with feeds, what else waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.actions.corrections import keep_ours, take_theirs
from directory.actions.edited import Editor
from directory.actions.reports import reports_waiting, settle_report
from directory.models.care import CheckedHow
from directory.models.public_pages import ReportOutcome
from directory.models.stewards import CallOutcome, Means
from directory.queries.corrections import conflicts
from directory.queries.imports import run_diff
from directory.report_words import WHAT_WORDS, outcomes
from directory.stewards import words
from directory.stewards.calls import Call, check_today, record_call, steward_of
from directory.stewards.checks import HOW_OF_MEANS
from directory.stewards.desk import emergencies, reasons_of, waiting
from directory.stewards.due import DueAgency, due_list
from directory.stewards.forms import Form, form_of
from directory.stewards.proposals import proposals_of, refuse, take_over
from directory.stewards.value_words import value_words
from shared import audit
from shared.errors import HandbackError, InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

STEWARD = requires_role(Role.STEWARD)
CALLS_IN_FULL, THEN = 3, 20
Errors = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CallLine:
    """An agency to call, in words."""

    id: UUID
    page_id: UUID
    name: str
    phone: str | None
    programs: tuple[str, str]
    tried: list[str]
    why: str
    unlisted: bool


@get("/steward", guards=[STEWARD])
async def show_desk(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """Everything that waits for a steward."""
    context = await desk_context(session, actor, now)
    return Template("steward.html", context={**context, "is_done": "done" in request.query_params})


@post("/steward/calls", guards=[STEWARD], status_code=200)
async def take_call(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """What came of a call; or, in one tap, checked today and nothing changed."""
    form = await form_of(request)

    async def act() -> str:
        agency = form.id("agency")
        if agency is None:
            raise NotFound(gettext_noop("This record is not in the directory."))
        if form.text("do") == "checked":
            await check_today(session, agency, how_of(form), actor=actor, now=now)
            return "/steward?done=1"
        if form.text("means") == CheckedHow.WEBSITE:
            raise InvalidInput(
                gettext_noop("Nobody answers on a website. Press “Checked today”."), field="outcome"
            )
        outcome = form.choice("outcome", CallOutcome)
        if outcome is None:
            raise InvalidInput(gettext_noop("Choose what happened."), field="outcome")
        means = form.choice("means", Means) or Means.PHONE
        call = Call(agency, means, outcome, form.text("spoke_with"))
        await record_call(session, call, actor=actor, now=now)
        if outcome is CallOutcome.CHANGED and (page := form.id("page")) is not None:
            return f"/steward/records/{page}?changed=1"
        return "/steward?done=1"

    return await answer(session, actor, now, form, act)


@post("/steward/reports", guards=[STEWARD], status_code=200)
async def take_report_outcome(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """What the steward found about a report."""
    form = await form_of(request)

    async def act() -> str:
        _front_door, person = await steward_of(session, actor)
        report, outcome = form.id("report"), form.choice("outcome", ReportOutcome)
        editor, row = Editor(actor.label, person), form.id("take")
        if report is not None and row is not None:
            await take_over(session, report, row, editor, now)
            return "/steward?done=1#reported"
        if report is not None and outcome is ReportOutcome.WAS_RIGHT:
            await refuse(session, report, form.text("refused"), editor, now)
            return "/steward?done=1#reported"
        if report is None or outcome is None:
            raise InvalidInput(gettext_noop("Choose what you found."), field="reported")
        await settle_report(session, report, outcome, person_id=person, now=now)
        return "/steward?done=1#reported"

    return await answer(session, actor, now, form, act)


@post("/steward/conflicts", guards=[STEWARD], status_code=200)
async def take_conflict(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Keep ours or take the feed's, field by field."""
    form = await form_of(request)

    async def act() -> str:
        await steward_of(session, actor)
        overlay = form.id("overlay")
        choose = {"ours": keep_ours, "theirs": take_theirs}.get(form.text("keep"))
        if overlay is None or choose is None:
            raise InvalidInput(gettext_noop("Choose one of the two."), field="feeds")
        await choose(session, overlay, Editor(actor.label, actor.person_id), now)
        return "/steward?done=1#feeds"

    return await answer(session, actor, now, form, act)


@get("/steward/imports", guards=[STEWARD])
async def show_import(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """What one import kept back: places and reasons, never the feed's values."""
    await steward_of(session, actor)
    number = request.query_params.get("run", "")
    if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 -- fits an integer
        raise NotFound(gettext_noop("There is no such import."))
    diff = await run_diff(session, int(number))
    zone, card = await zone_of(session, actor)
    context = {
        "member_name": card,
        "run": diff.run,
        "when": words.moment(diff.run.started_at, zone),
        "reasons": reasons_of(diff.report),
        "entries": [each for each in diff.report if each.get("held") != "noted"][:200],
        "counts": diff.counts,
    }
    await audit.record(session, "import_read", subject_kind="import", subject_id=None, now=now)
    return Template("steward_import.html", context=context)


async def answer(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    form: Form,
    act: Callable[[], Awaitable[str]],
) -> Template | Redirect:
    """Do it and go on; a refusal is told on the desk with what was typed."""
    try:
        async with session.begin_nested():
            address = await act()
    except (NotAllowed, NotFound):
        raise
    except HandbackError as refusal:
        said = words.refusal(refusal)
        context = await desk_context(session, actor, now, form, [(refusal.field or "", said)])
        return Template("steward.html", context=context, status_code=400)
    return Redirect(address, status_code=303)


async def desk_context(
    session: AsyncSession,
    actor: Actor,
    now: datetime,
    form: Form | None = None,
    errors: Errors | None = None,
) -> dict[str, Any]:
    """Values of steward.html. Raises NotAllowed for stewards of other organizations."""
    await steward_of(session, actor)
    zone, member = await zone_of(session, actor)
    due, rest = await due_list(session, now), await waiting(session, now)
    today = now.astimezone(zone).date()
    calls = [call_line(each, today, zone) for each in due.agencies]
    return {
        "member_name": member,
        "today_words": words.long_day(now, zone),
        "records": due.records,
        "old": due.old,
        "waiting": due.waiting,
        "later": due.later,
        "calls": calls[:CALLS_IN_FULL],
        "then": calls[CALLS_IN_FULL : CALLS_IN_FULL + THEN],
        "more": max(0, len(calls) - CALLS_IN_FULL - THEN),
        "steward": actor.label,
        "call_outcomes": words.call_outcomes(),
        "means": words.means(),
        "reports": [
            (
                each,
                _(WHAT_WORDS[each.what]),
                words.moment(each.reported_at, zone),
                await proposals_of(session, each.what, each.service_id, each.proposed or each.note),
            )
            for each in await reports_waiting(session)
        ],
        "report_outcomes": outcomes(),
        "conflicts": await conflicts(session),
        "rest": rest,
        "misses": [(words.need(each.need), each.zip3, each.times) for each in rest.misses],
        "licences": [(name, words.day(ends)) for name, ends in rest.licences],
        "emergencies": [
            (each, words.day(each.ends_on))
            for each in await emergencies(session, now)
            if each.undone_at is None
        ],
        "form": form or Form({}),
        "field_words": words.field_words,
        "value_words": value_words,
        "errors": errors or [],
    }


def how_of(form: Form) -> CheckedHow:
    """How a record was checked: as the form of a call or of a check says it."""
    said = form.choice("how", CheckedHow) or form.choice("means", CheckedHow)
    return said or HOW_OF_MEANS[form.choice("means", Means) or Means.PHONE]


def call_line(agency: DueAgency, today: date, zone: ZoneInfo) -> CallLine:
    """One agency in words."""
    return CallLine(
        id=agency.id,
        page_id=agency.services[0].id,
        name=agency.name,
        phone=agency.phone,
        programs=words.programs([service.name for service in agency.services]),
        tried=[words.attempt(each, today, zone) for each in agency.tries[-3:]],
        why=words.why_due(agency, today),
        unlisted=agency.unlisted,
    )


async def zone_of(session: AsyncSession, actor: Actor) -> tuple[ZoneInfo, str]:
    """The organization's time zone and name."""
    if actor.organization_id is None:
        raise NotAllowed(gettext_noop("Your account may not open this page."))
    card = await member_card(session, actor.organization_id)
    return ZoneInfo(card.time_zone if card else "America/New_York"), card.name if card else ""


desk_routers = [show_desk, take_call, take_report_outcome, take_conflict, show_import]
