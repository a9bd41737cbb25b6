"""What is printed of a request: the whole of it for the record, and a slip with the code alone."""

from __future__ import annotations

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Template

from accounts.api import Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals.consent import NamingLevel
from referrals.errors import ReferralNotFound
from referrals.lifecycle import NOT_SENT
from referrals.need_words import need_label
from referrals.pages.referral import page_context
from referrals.queries import referral_page
from shared import audit
from shared.i18n import language, set_language

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)
PRINTED = ("en", "es")


@get("/referrals/{referral_id:uuid}/print", guards=[STAFF])
async def print_referral(
    session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """Everything on one sheet: who, what, both voices, notes, all that happened."""
    context = await page_context(session, referral_id, actor, now)
    await audit.record(
        session, "referral_printed", subject_kind="referral", subject_id=referral_id, now=now
    )
    return Template("referral_print.html", context=context)


@get("/referrals/{referral_id:uuid}/slip", guards=[STAFF])
async def print_slip(
    request: AnyRequest, session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """For whoever has no phone: the code to show at the door. No name stands on it."""
    if actor.organization_id is None:
        raise ReferralNotFound
    page = await referral_page(session, referral_id, actor.organization_id, now=now)
    if page.request.status in NOT_SENT:
        raise ReferralNotFound
    spoken = page.patient.text_language
    set_language(spoken if spoken in PRINTED else "en")
    neutral = page.patient.naming_level is NamingLevel.NEUTRAL
    await audit.record(
        session, "slip_printed", subject_kind="referral", subject_id=referral_id, now=now
    )
    context = {
        "page": page,
        "names": not neutral or "full" in request.query_params,
        "need": need_label(page.request.need, language()),
        "sender": await member_card(session, actor.organization_id),
        "reader_language": request.cookies.get("lang") or actor.language,
    }
    return Template("referral_slip.html", context=context)


staff_routers = [print_referral, print_slip]
