"""The printed page that the patient leaves with, in their language and at the level they chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from accounts.api import Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.api import (
    opening_at,
    schedule_lines,
    service_at_location_card,
    shown_to_public,
    span_words,
)
from referrals.consent import NamingLevel
from referrals.consequences import THEY_CALL
from referrals.errors import ReferralNotFound
from referrals.lifecycle import NOT_SENT, WAITING
from referrals.need_words import need_label
from referrals.pages.moments import moment_words
from referrals.queries import ReferralPage, referral_page
from shared import audit
from shared.i18n import gettext as _
from shared.i18n import language, set_language
from shared.qr import qr_svg
from shared.settings import get_settings

if TYPE_CHECKING:
    from directory.api import Card

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)
PRINTED = ("en", "es")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page's words; where the level is neutral the place is left out."""

    first_name: str
    need: str
    place: str
    service: str
    address: str
    way: str
    hours: list[tuple[str, str]]
    next_times: list[str]
    papers: list[str]
    phone: str | None
    code: str
    # Whether to go there makes sense yet: a place that calls the patient has not said yes.
    goes: bool
    steps: list[str]
    page_url: str


@get("/referrals/{referral_id:uuid}/takeaway", guards=[STAFF])
async def show_take_away(
    request: AnyRequest, session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """The page; `?full=1` prints the place for a patient whose texts name nothing."""
    if actor.organization_id is None:
        raise ReferralNotFound
    page = await referral_page(session, referral_id, actor.organization_id, now=now)
    if page.request.status in NOT_SENT:
        raise ReferralNotFound
    sender = await member_card(session, actor.organization_id)
    spoken = page.patient.text_language
    set_language(spoken if spoken in PRINTED else "en")
    card = await service_at_location_card(session, page.request.service_at_location_id, language())
    await audit.record(
        session, "take_away_printed", subject_kind="referral", subject_id=referral_id, now=now
    )
    full = "full" in request.query_params
    neutral = page.patient.naming_level is NamingLevel.NEUTRAL
    sheet = sheet_of(page, card, now) if full or not neutral else None
    place = page.request.service_at_location_id
    # What a source keeps from the public has no page that the paper could lead to.
    has_page = sheet is not None and place in await shown_to_public(session, [place], now.date())
    context = {
        "page": page,
        "sheet": sheet,
        # The paper names the place already; whoever scans it sees the public's page, no more.
        "qr": qr_svg(sheet.page_url, _("QR code of this page")) if sheet and has_page else None,
        "can_show_more": neutral and not full,
        "sender": sender,
        "reader_language": request.cookies.get("lang") or actor.language,
    }
    return Template("takeaway.html", context=context)


staff_routers = [show_take_away]


def sheet_of(page: ReferralPage, card: Card | None, now: datetime) -> Sheet:
    """Where, when, what to bring, what happens next."""
    request = page.request
    zone = ZoneInfo((card.time_zone if card else None) or "America/New_York")
    goes = request.how_to_start != THEY_CALL or request.status not in WAITING
    opening = opening_at(card.hours, zone, now) if card and goes else None
    return Sheet(
        first_name=page.patient.first_name,
        need=need_label(request.need, language()),
        place=request.performer_name,
        service=card.service_name if card else request.service_name,
        address=(card.address_line or "") if card and goes and not card.confidential else "",
        way=(card.transportation or "") if card and goes else "",
        hours=schedule_lines(card.hours) if card else [],
        next_times=[span_words(span, opening.now) for span in opening.next] if opening else [],
        papers=list(card.papers) if card else [],
        phone=page.performer_phone,
        code=str(request.code or ""),
        goes=goes,
        steps=_steps(page, now, zone),
        page_url=f"{get_settings().address}/services/{request.service_at_location_id}",
    )


def _steps(page: ReferralPage, now: datetime, zone: ZoneInfo) -> list[str]:
    request = page.request
    due = request.answer_due_at
    by = moment_words(due, now, zone) if due else ""
    asked = _("We asked them for you.")
    told = _("We tell you what they say, by %(when)s.", when=by) if by else _("We tell you.")
    code = _("Say code %(code)s.", code=request.code) if request.code else ""
    how = {
        "walk_in": [_("Go there when it is open. You need no answer from us."), code],
        "agency_calls_patient": [asked, told, _("If they say yes, they call you. Pick up.")],
        "patient_calls": [asked, told, _("If they say yes, you call them."), code],
        "apply": [asked, told, _("There is a form to fill in. We can help you with it.")],
        "through_hotline": [_("We call the hotline with you or for you."), told],
    }
    return [step for step in how.get(request.how_to_start, [asked, told]) if step]
