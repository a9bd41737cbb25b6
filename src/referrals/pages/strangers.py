"""Texts from phones that this clinic does not know: read by a person, one after the other."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api import Role, member_card, requires_role
from accounts.requests import Caller, Now, Session
from referrals import strangers
from referrals.errors import ReferralNotFound
from referrals.listing import DEFAULT_TIME_ZONE
from referrals.models import StrangerText
from referrals.pages.moments import moment_words
from shared import audit
from shared.phone_numbers import to_e164

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)


@get("/texts", guards=[STAFF])
async def show_texts(session: Session, actor: Caller, now: Now) -> Template:
    """Everything that nobody has read yet."""
    if actor.organization_id is None:
        raise ReferralNotFound
    card = await member_card(session, actor.organization_id)
    zone = ZoneInfo(card.time_zone if card else DEFAULT_TIME_ZONE)
    rows = await strangers.unread(session, actor.organization_id)
    await audit.record(
        session, "stranger_texts_read", subject_kind="member", subject_id=actor.organization_id,
        now=now,
    )  # fmt: skip
    context = {
        "member_name": card.name if card else "",
        "texts": [_line(row, now, zone) for row in rows],
    }
    return Template("strangers.html", context=context)


@post("/texts/{text_id:uuid}/read", guards=[STAFF])
async def take_read(session: Session, actor: Caller, now: Now, text_id: FromPath[UUID]) -> Redirect:
    """This one is read."""
    await strangers.mark_read(session, text_id, actor=actor, now=now)
    return Redirect("/texts", status_code=303)


staff_routers = [show_texts, take_read]


def _line(row: StrangerText, now: datetime, zone: ZoneInfo) -> dict[str, object]:
    number = row.from_number or ""
    return {
        "id": row.id,
        "phone": to_e164(number),
        "sender": number,
        "words": row.body or "",
        "danger": row.danger,
        "when": moment_words(row.received_at, now, zone),
    }
