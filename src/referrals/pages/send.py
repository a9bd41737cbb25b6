"""The send page: one form that is shown, previewed, corrected, and sent.

GET /send?place={service at location}&patient={id}&draft={id}; typed words stand in no address.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals.actions import AgencySays
from referrals.actions.patients import get_patient
from referrals.errors import ReferralNotFound
from referrals.lifecycle import NOT_SENT, BusinessStatus
from referrals.models import Patient, Referral
from referrals.overdue import Urgency
from referrals.pages.forms import (
    FieldErrors,
    FormRefused,
    Typed,
    errors_of,
    sender_word,
    typed,
)
from referrals.pages.moments import long_day_words
from referrals.pages.once import lock_form, referral_of_form
from referrals.pages.send_form import (
    DRAFTS,
    SAID_WHEN_HANDED_OVER,
    plan_of,
    values_of_patient,
)
from referrals.pages.send_places import full_last, next_places, place_choices, with_order
from referrals.pages.send_steps import SendTask, carry_out
from referrals.pages.send_view import (
    Place,
    language_choices,
    load_place,
    need_choices,
    nobody_reads_until,
    place_view,
    previews,
)
from referrals.params import FACT_WORDS
from referrals.queries import ReferralPage, find_patients, referral_page, referral_summary
from referrals.reasons import label_of, reasons_for
from referrals.teams import check_team, teams_of_caller
from shared import audit
from shared.errors import HandbackError, InvalidInput
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.phone_numbers import display

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)
SENDS = {"send", "hand_over", *DRAFTS}
SAID_WORDS = {
    AgencySays.YES: noop("Yes"),
    AgencySays.SCHEDULED: noop("Yes, and a visit is set"),
    AgencySays.WAIT_LIST: noop("Wait list"),
    AgencySays.NO: noop("No"),
}
OFFERED_FACTS = ("no_car", "no_id", "works_days", "step_free", "small_children")
STANDARD: dict[str, tuple[str, ...]] = {
    "way": ("own_phone",),
    "urgency": ("this_week",),
    "language": ("en",),
}


@dataclass(slots=True)
class _Shown:
    """What the page is made of."""

    form: Typed
    errors: FieldErrors = field(default_factory=list)
    hits: list[Any] | None = None
    night: str = ""


@get("/send", guards=[STAFF])
async def show_send(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """The empty form, or one that knows the place, the patient, or a saved draft."""
    asked = Typed({name: (value,) for name, value in request.query_params.items()})
    values = dict(STANDARD)
    for name in ("place", "patient", "draft"):
        if asked.id(name) is not None:
            values[name] = (str(asked.id(name)),)
    values["heard_by"] = (actor.label,)
    form = with_order(await _with_draft(session, Typed(values), actor, now))
    form = await full_last(session, form, now)
    form = await _with_patient(session, form, now)
    return await _page(session, actor, now, _Shown(form))


@post("/send", guards=[STAFF], status_code=200)
async def take_send(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Find a patient, show the previews again, or carry out what the form says."""
    form = with_order(await typed(request))
    if form.text("do") not in SENDS:
        return await _page(session, actor, now, await _looked_up(session, form, actor, now))
    try:
        async with session.begin_nested():
            referral_id = await _send(session, form, actor, now)
    except (FormRefused, HandbackError) as refusal:
        shown = _Shown(form, errors_of(refusal))
        shown.night = next((words for name, words in shown.errors if name == "night"), "")
        return await _page(session, actor, now, shown)
    if form.text("do") == "add_place":
        return Redirect(await _find_next(session, referral_id, actor), status_code=303)
    return Redirect(f"/referrals/{referral_id}?new=1", status_code=303)


@post("/send/preview", guards=[STAFF], status_code=200)
async def show_preview(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """The aside alone, for a form that is still being typed."""
    form = with_order(await typed(request))
    context = await _context(session, actor, now, _Shown(form))
    return Template("send_previews.html", context={**context, "fragment": True})


staff_routers = [show_send, take_send, show_preview]


async def _send(session: AsyncSession, form: Typed, actor: Actor, now: datetime) -> UUID:
    word = sender_word(actor, form, now)
    if actor.organization_id is None:
        raise ReferralNotFound
    await lock_form(session, f"{actor.organization_id}:{word.event_key}")
    known = await referral_of_form(session, actor.organization_id, word.event_key)
    if known is not None:
        return known
    place = await load_place(session, form.id("place"), now)
    if place is None:
        raise InvalidInput(_("Choose the place to ask."), field="place")
    plan = plan_of(form, place.listing, now)
    await check_team(session, form.id("team"), actor)
    _check_night(form, place, now)
    task = SendTask(
        plan,
        place.listing,
        form.text("do"),
        offered=place.card.needs,
        later=await next_places(session, form, now),
        patient_id=form.id("patient"),
        draft_id=form.id("draft"),
        team_id=form.id("team"),
        although_full=form.ticked("although_full"),
    )
    return await carry_out(session, task, actor=actor, word=word, now=now)


async def _find_next(session: AsyncSession, referral_id: UUID, actor: Actor) -> str:
    """Where one more place is found; the form is kept as a draft until then."""
    draft = await referral_summary(session, referral_id, actor.organization_id)
    if draft is None:
        raise ReferralNotFound
    asked = {"need": draft.need, "near": draft.zip or "", "patient": str(draft.patient_id)}
    words = {name: value for name, value in asked.items() if value}
    return f"/find?{urlencode({**words, 'instead_of': str(referral_id)})}"


def _check_night(form: Typed, place: Place, now: datetime) -> None:
    """Needed today, and nobody reads it today: say so once before it goes."""
    urgent = form.choice("urgency", Urgency) is Urgency.TODAY
    reads_from = nobody_reads_until(place, now)
    if form.text("do") == "send" and urgent and reads_from and not form.ticked("night_seen"):
        raise InvalidInput(
            _("Nobody reads this until %(when)s. Call now.", when=reads_from), field="night"
        )


async def _looked_up(session: AsyncSession, form: Typed, actor: Actor, now: datetime) -> _Shown:
    """After "Find", "Choose this patient" or "Choose another"."""
    does = form.text("do")
    if does == "other_patient":
        kept = {name: value for name, value in form.values.items() if name != "patient"}
        return _Shown(Typed(kept))
    if does.startswith("patient:"):
        chosen = replace(form, values={**form.values, "patient": (does.partition(":")[2],)})
        return _Shown(await _with_patient(session, chosen, now))
    if does == "find" and actor.organization_id is not None:
        wanted = form.text("patient_words", 120)
        hits = await find_patients(session, actor.organization_id, wanted, now=now)
        return _Shown(form, hits=hits)
    return _Shown(form)


async def _with_patient(session: AsyncSession, form: Typed, now: datetime) -> Typed:
    """The form with what is known of its patient."""
    patient_id = form.id("patient")
    if patient_id is None:
        return form
    patient = await get_patient(session, patient_id)
    await audit.record(
        session, "patient_read", subject_kind="patient", subject_id=patient.id, now=now
    )
    known = values_of_patient(patient)
    if patient.phone:
        known["phone"] = (display(patient.phone),)
    return Typed({**form.values, **known})


async def _with_draft(session: AsyncSession, form: Typed, actor: Actor, now: datetime) -> Typed:
    """The form with what a saved draft holds."""
    draft_id = form.id("draft")
    if draft_id is None or actor.organization_id is None:
        return form
    page = await referral_page(session, draft_id, actor.organization_id, now=now)
    if page.request.status not in NOT_SENT:
        raise ReferralNotFound
    values = _values_of_draft(page)
    draft = await session.get(Referral, draft_id)
    if draft is not None and draft.restricted_team_id is not None:
        values["team"] = (str(draft.restricted_team_id),)
    asked = form.values.get("place", ())
    # "Ask this one first": before the draft's own place.
    values["places"] = tuple(dict.fromkeys((*asked, *values["places"])))
    return Typed({**form.values, **values, "place": values["places"][:1]})


def _values_of_draft(page: ReferralPage) -> dict[str, tuple[str, ...]]:
    values = {
        "places": (
            str(page.request.service_at_location_id),
            *(str(place_id) for place_id, _name in page.next_places),
        ),
        "patient": (str(page.request.patient_id),),
        "need": (page.request.need, *(code for _id, code in page.needs_left)),
        "urgency": (page.request.urgency,),
        "facts": page.request.facts,
    }
    if page.consent is not None:
        ticks = {
            "consent_share": page.consent.share,
            "consent_hear_back": page.consent.hear_back,
            "consent_text": page.consent.text,
            "consent_next_places": page.consent.next_places,
        }
        values |= {name: ("1",) for name, ticked in ticks.items() if ticked}
        values["heard_by"] = (page.consent.heard_by,)
    return values


async def _page(session: AsyncSession, actor: Actor, now: datetime, shown: _Shown) -> Template:
    context = await _context(session, actor, now, shown)
    status = 400 if shown.errors else 200
    return Template("send.html", context=context, status_code=status)


async def _context(
    session: AsyncSession, actor: Actor, now: datetime, shown: _Shown
) -> dict[str, Any]:
    place = await load_place(session, shown.form.id("place"), now)
    form = _with_first_need(shown.form, place)
    patient = await _known_patient(session, form)
    first, others = need_choices(place)
    sender = await member_card(session, actor.organization_id) if actor.organization_id else None
    texts = None
    if place is not None and sender is not None:
        said = patient is not None and patient.hello_sent_at is not None
        texts = previews(place, sender, actor, form, now, hello_said=said)
    return {
        "form": form,
        "errors": shown.errors,
        "hits": shown.hits,
        "night": shown.night,
        "place": place_view(place, form, now) if place else None,
        "choices": await place_choices(session, form, actor.organization_id, now),
        "place_is_gone": place is None and form.id("place") is not None,
        "patient": patient,
        "needs_here": first,
        "needs_others": others,
        "languages": language_choices(),
        "facts": [(code, _(FACT_WORDS[code])) for code in OFFERED_FACTS],
        "previews": texts,
        "sender": sender,
        "teams": [(str(t.id), t.name) for t in await teams_of_caller(session, actor)],
        "said_choices": [(said.value, _(SAID_WORDS[said])) for said in SAID_WHEN_HANDED_OVER],
        "no_reasons": [
            (reason.value, _(label_of(reason))) for reason in reasons_for(BusinessStatus.DECLINED)
        ],
        "member_name": sender.name if sender else "",
        "today_words": long_day_words(now, ZoneInfo(sender.time_zone)) if sender else "",
    }


def _with_first_need(form: Typed, place: Place | None) -> Typed:
    """A place that helps with one need is asked for that one."""
    if form.text("need") or place is None or len(place.card.needs) != 1:
        return form
    return Typed({**form.values, "need": (place.card.needs[0],)})


async def _known_patient(session: AsyncSession, form: Typed) -> Patient | None:
    patient_id = form.id("patient")
    return await get_patient(session, patient_id) if patient_id else None
