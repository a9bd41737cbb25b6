"""Texts from phones that this clinic does not know: read by a person, one after the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals import strangers
from referrals.errors import ReferralNotFound
from referrals.listing import DEFAULT_TIME_ZONE
from referrals.models import StrangerText
from referrals.own_words import PARTS_FIELD
from referrals.pages.forms import Typed, errors_of, typed
from referrals.pages.moments import moment_words
from shared import audit
from shared.errors import Conflict, InvalidInput
from shared.phone_numbers import to_e164

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)


@get("/texts", guards=[STAFF])
async def show_texts(session: Session, actor: Caller, now: Now) -> Template:
    """Everything that nobody has read yet."""
    return Template("strangers.html", context=await _context(session, actor, now))


async def _context(session: AsyncSession, actor: Actor, now: datetime) -> dict[str, Any]:
    if actor.organization_id is None:
        raise ReferralNotFound
    card = await member_card(session, actor.organization_id)
    zone = ZoneInfo(card.time_zone if card else DEFAULT_TIME_ZONE)
    rows = await strangers.unread(session, actor.organization_id)
    await audit.record(
        session, "stranger_texts_read", subject_kind="member", subject_id=actor.organization_id,
        now=now,
    )  # fmt: skip
    return {
        "errors": [],
        "form": Typed({}),
        "member_name": card.name if card else "",
        "texts": [_line(row, now, zone) for row in rows],
    }


@post("/texts/{text_id:uuid}/read", guards=[STAFF])
async def take_read(session: Session, actor: Caller, now: Now, text_id: FromPath[UUID]) -> Redirect:
    """This one is read."""
    await strangers.mark_read(session, text_id, actor=actor, now=now)
    return Redirect("/texts", status_code=303)


@post("/texts/{text_id:uuid}/answer", guards=[STAFF])
async def take_answer(
    request: AnyRequest, session: Session, actor: Caller, now: Now, text_id: FromPath[UUID]
) -> Template | Redirect:
    """Our own words back to that phone."""
    form = await typed(request)
    try:
        async with session.begin_nested():
            body = form.text("reply", 480)
            seen = form.ticked(PARTS_FIELD)
            await strangers.answer_by_hand(
                session, text_id, body, actor=actor, now=now, parts_seen=seen
            )
    except (InvalidInput, Conflict) as refusal:
        context = await _context(session, actor, now)
        context |= {"errors": errors_of(refusal), "form": form, "wrong_id": text_id}
        return Template("strangers.html", context=context, status_code=400)
    return Redirect("/texts", status_code=303)


staff_routers = [show_texts, take_read, take_answer]


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
