"""One request's page: everything known, every step, the kind word to whoever came second."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import MediaType, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals.actions.late_words import may_take_late_yes
from referrals.errors import AlreadyAnswered, ReferralChanged, ReferralNotFound
from referrals.lifecycle import (
    ENDED,
    NOT_SENT,
    WAITING,
    BusinessStatus,
    Party,
    ReferralMoveError,
    people_see,
)
from referrals.listing import listing_words
from referrals.models import Referral
from referrals.need_words import need_label
from referrals.pages.forms import (
    FieldErrors,
    FormRefused,
    Typed,
    errors_of,
    sender_word,
    typed,
)
from referrals.pages.full_heard import full_facts
from referrals.pages.moments import ago_words, instant
from referrals.pages.phrases import level_words, number_to_call, race_title
from referrals.pages.referral_more_steps import DECISIONS
from referrals.pages.referral_step import Step
from referrals.pages.referral_steps import STEPS
from referrals.pages.referral_view import LOOKS, Teller, has_bad_ending
from referrals.pages.said_words import agency_choices, patient_choices
from referrals.pages.send_form import values_of_patient
from referrals.queries import ReferralPage, referral_page
from referrals.queries.name_calls import name_phone
from referrals.queries.versions import referral_version
from referrals.reasons import label_of, reasons_for
from referrals.tasks import TASKS, TaskKind
from referrals.teams import kept_to
from referrals.transition import check_version
from shared.errors import Conflict, HandbackError, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language
from shared.phone_numbers import display

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)
ADDRESS = "/referrals/{referral_id:uuid}"
HOW = (
    ("phone", noop("By phone")),
    ("in_person", noop("In person")),
    ("fax", noop("By fax or letter")),
)
# Their own blocks on the page ask for these.
ASKED_ELSEWHERE = {
    TaskKind.BAD_ENDING,
    TaskKind.TEAM_LEAD,
    TaskKind.ANSWER_QUESTION,
    TaskKind.FINISH_DRAFT,
    TaskKind.DECIDE_DIFFERENCE,
}
TEXT_TASKS = {TaskKind.READ_TEXT, TaskKind.READ_DANGER}
WANTED = {
    "agency-said": noop("Record an answer"),
    "patient-said": noop("Record an answer"),
    "answer": noop("Answer their question"),
    "another": noop("Try another place"),
    "stop": noop("Stop this request"),
    "entered-in-error": noop("Mark as entered in error"),
    "late-yes": noop("Take their yes"),
    "place-next": noop("Next places"),
    "keep-places": noop("Next places"),
    "consent": noop("Record the new consent"),
}
DECISION_WORDS = {
    BusinessStatus.CLOSED_CONFIRMED: noop("They got help"),
    BusinessStatus.CLOSED_PATIENT_ONLY: noop("They got help, the patient says"),
    BusinessStatus.SERVED_WITHOUT_ANSWER: noop("They got help, the place never answered"),
    BusinessStatus.CLOSED_AGENCY_ONLY: noop("Only the place says so"),
    BusinessStatus.UNABLE: noop("They did not get help"),
}


@dataclass(slots=True)
class Refused:
    """A step that was not taken, with what was typed."""

    form: Typed
    errors: FieldErrors = field(default_factory=list)
    race: str = ""
    race_ago: str = ""
    wanted: str = ""
    status: int = 400


@get(ADDRESS, guards=[STAFF])
async def show_referral(
    request: AnyRequest, session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """The page; `?new=1` right after sending, `?done=1` after a step."""
    context = await page_context(session, referral_id, actor, now)
    asked = request.query_params
    context |= {"is_new": "new" in asked, "is_done": "done" in asked}
    return Template("referral.html", context=context)


@get(f"{ADDRESS}/version", guards=[STAFF], media_type=MediaType.TEXT, extends_session=False)
async def show_version(session: Session, actor: Caller, referral_id: FromPath[UUID]) -> str:
    """What the open page compares every 5 seconds."""
    return await referral_version(session, referral_id, _tenant(actor))


@get(f"{ADDRESS}/another-place", guards=[STAFF])
async def show_another(
    request: AnyRequest, session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """The place found for "Try another place", to be confirmed."""
    asked = Typed({name: (value,) for name, value in request.query_params.items()})
    place_id = asked.id("place")
    listing = await listing_words(session, place_id, now) if place_id else None
    if listing is None:
        raise NotFound(noop("This place is not listed."))
    context = await page_context(session, referral_id, actor, now)
    return Template("another_place.html", context={**context, "listing": listing})


@post(f"{ADDRESS}/{{step:str}}", guards=[STAFF], status_code=200)
async def take_step(  # noqa: PLR0913 -- what a handler asks for by name
    request: AnyRequest,
    session: Session,
    actor: Caller,
    now: Now,
    referral_id: FromPath[UUID],
    step: FromPath[str],
) -> Template | Redirect:
    """Take one step, or show the page again with what stood against it."""
    take = STEPS.get(step)
    if take is None:
        raise NotFound(noop("There is no such step."))
    form = await typed(request)
    taken: Step | None = None
    try:
        async with session.begin_nested():
            taken = Step(referral_id, form, actor, sender_word(actor, form, now), now)
            there = await take(session, taken)
    except ReferralNotFound:
        raise
    except (FormRefused, HandbackError) as refusal:
        refused = _refused(await _news_first(session, taken, step) or refusal, form, now)
        refused.wanted = _(WANTED[step]) if step in WANTED else ""
        context = await page_context(session, referral_id, actor, now, refused)
        return Template("referral.html", context=context, status_code=refused.status)
    return Redirect(there or f"/referrals/{referral_id}?done=1", status_code=303)


staff_routers = [show_referral, show_version, show_another, take_step]


def _tenant(actor: Actor) -> UUID:
    if actor.organization_id is None:
        raise ReferralNotFound
    return actor.organization_id


def _refused(refusal: FormRefused | HandbackError, form: Typed, now: datetime) -> Refused:
    refused = Refused(form)
    if isinstance(refusal, AlreadyAnswered | ReferralChanged):
        refused.race, refused.status = race_title(refusal.values), 409
        at = instant(refusal.values.get("when", ""))
        refused.race_ago = ago_words(at, now) if at else ""
    elif isinstance(refusal, ReferralMoveError | Conflict):
        refused.errors, refused.status = errors_of(_in_words(refusal)), 409
    else:
        refused.errors = errors_of(refusal)
    return refused


async def _news_first(
    session: AsyncSession, taken: Step | None, step: str
) -> ReferralChanged | None:
    """Somebody else was first: that matters more than a field of a form that is out of date."""
    referral = await session.get(Referral, taken.referral_id) if taken is not None else None
    if taken is None or referral is None or step not in WANTED:
        return None
    try:
        await check_version(session, referral, taken.word, taken.version)
    except ReferralChanged as news:
        return news
    return None


def _in_words(refusal: Conflict) -> Conflict:
    """The refusal with its status as people see it, translated."""
    status = refusal.values.get("status")
    if status is not None:
        refusal.values = {**refusal.values, "status": _(status)}
    return refusal


async def page_context(
    session: AsyncSession,
    referral_id: UUID,
    actor: Actor,
    now: datetime,
    refused: Refused | None = None,
) -> dict[str, Any]:
    """The template's values."""
    page = await referral_page(session, referral_id, _tenant(actor), now=now)
    card = await member_card(session, _tenant(actor))
    zone = ZoneInfo(card.time_zone if card else page.patient.time_zone or "America/New_York")
    tell = Teller(page, now, zone)
    status = page.request.status
    return {
        "page": page,
        "tell": tell,
        "team": await kept_to(session, referral_id),
        "member_name": card.name if card else "",
        "look": LOOKS.get(status, "plain"),
        "status_words": _(people_see(status, page.request.reason)),
        "is_draft": status in NOT_SENT,
        "is_ended": status in ENDED,
        "they": tell.voice(page.they_say),
        "patient_voice": tell.patient_voice(),
        "tasks": _tasks(page, tell),
        "name_phone": await name_phone(session, referral_id),
        "call": number_to_call(page.turn, page.patient.phone, page.performer_phone),
        "bad_ending": has_bad_ending(page),
        "differs": status is BusinessStatus.ACCOUNTS_DIFFER,
        "is_coordinator": actor.has_role(Role.COORDINATOR),
        "decisions": _decisions(page),
        "late_yes": await _late_yes(session, referral_id),
        "is_awaiting": status is BusinessStatus.AWAITING_CONSENT,
        "needs_left": [(id_, need_label(code, language()), code) for id_, code in page.needs_left],
        "may_renew": status not in ENDED | NOT_SENT,
        "asks_us": status is BusinessStatus.INFO_NEEDED,
        **await full_facts(session, referral_id, now),
        **_choices(page, status),
        **_refusal_context(refused, page),
    }


def _choices(page: ReferralPage, status: BusinessStatus) -> dict[str, Any]:
    moves = page.next_moves[Party.SENDER]
    patient = page.patient
    return {
        "agency_choices": agency_choices(status),
        "patient_choices": patient_choices(
            status, page.patient_says, has_plan_b=bool(page.next_places)
        ),
        "no_reasons": _labelled(
            BusinessStatus.UNABLE
            if status not in {BusinessStatus.SENT, BusinessStatus.INFO_NEEDED}
            else BusinessStatus.DECLINED
        ),
        "stop_reasons": _labelled(BusinessStatus.WITHDRAWN),
        "how_choices": [(value, _(words)) for value, words in HOW],
        "may_stop": BusinessStatus.WITHDRAWN in moves,
        "may_reroute": BusinessStatus.REROUTED in moves or status in ENDED,
        "may_mark_error": BusinessStatus.ENTERED_IN_ERROR in moves,
        "level_words": level_words(patient.naming_level.value),
        "may_add_place": status in NOT_SENT | WAITING,
        "may_next_places": page.consent is not None and page.consent.next_places,
    }


def _decisions(page: ReferralPage) -> list[tuple[str, str]]:
    """How a coordinator may say it ended from here."""
    possible = page.next_moves[Party.COORDINATOR]
    return [(each.value, _(DECISION_WORDS[each])) for each in DECISIONS if each in possible]


async def _late_yes(session: AsyncSession, referral_id: UUID) -> bool:
    referral = await session.get(Referral, referral_id)
    return referral is not None and await may_take_late_yes(session, referral)


def _labelled(status: BusinessStatus) -> list[tuple[str, str]]:
    return [(reason.value, _(label_of(reason))) for reason in reasons_for(status)]


def _tasks(page: ReferralPage, tell: Teller) -> list[dict[str, Any]]:
    return [
        {
            "id": task.id,
            "what": _(task.says.what),
            "why": _(task.says.why),
            "by": tell.when(task.due_at),
            "words": task.words or "",
            "done": _("I read it") if task.kind in TEXT_TASKS else _("Done"),
            "danger": task.kind is TaskKind.READ_DANGER,
            # What came by mail is not answered by text.
            "is_text": task.kind in TEXT_TASKS and task.says is TASKS[task.kind],
            "nowhere": task.kind is TaskKind.CALL_AGENCY_UNREACHABLE
            and page.request.status not in ENDED,
            "names": task.kind is TaskKind.GIVE_NAME,
            "message_id": task.message_id,
        }
        for task in page.tasks
        if task.kind not in ASKED_ELSEWHERE
    ]


def _refusal_context(refused: Refused | None, page: ReferralPage) -> dict[str, Any]:
    known = values_of_patient(page.patient)
    if page.patient.phone:
        known["phone"] = (display(page.patient.phone),)
    if page.patient.may_text:
        known["consent_text"] = ("1",)
    known["agency_how"] = known["patient_how"] = ("phone",)
    known["again_level"] = (page.patient.naming_level.value,)
    known["next_place"] = tuple(str(place_id) for place_id, _name in page.next_places)
    if page.they_say is not None:
        known["agency_by"] = (page.they_say.who,)
    known["patient_by"] = (page.patient.first_name,)
    if refused is None:
        return {"form": Typed(known), "errors": [], "race": ""}
    return {
        "form": Typed({**known, **refused.form.values}),
        "errors": refused.errors,
        "race": refused.race,
        "race_ago": refused.race_ago,
        "wanted": refused.wanted,
    }
