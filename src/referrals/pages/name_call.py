"""Where staff make the PIN of an agency's phone: told by voice, shown once, never sent."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from accounts.api import CHANNEL_KEEPERS, Actor, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals.errors import ReferralNotFound
from referrals.listing import DEFAULT_TIME_ZONE
from referrals.name_calls.pins import make_pin
from referrals.pages.forms import typed
from referrals.pages.moments import moment_words
from referrals.queries.name_calls import name_call_page

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

KEEPERS = requires_role(*CHANNEL_KEEPERS)
ADDRESS = "/referrals/{referral_id:uuid}/name-call"


@get(ADDRESS, guards=[KEEPERS])
async def show_name_call(
    session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """Which phones can call, and the button that makes a PIN."""
    return await _page(session, referral_id, actor, now)


@post(ADDRESS, guards=[KEEPERS], status_code=200)
async def take_name_call(
    request: AnyRequest, session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """Make one and show it, this once."""
    form = await typed(request)
    try:
        channel_id = UUID(form.text("phone"))
    except ValueError:
        raise ReferralNotFound from None
    pin = await make_pin(session, referral_id, channel_id, actor=actor, now=now)
    await session.flush()
    return await _page(session, referral_id, actor, now, pin)


async def _page(
    session: AsyncSession, referral_id: UUID, actor: Actor, now: datetime, pin: str = ""
) -> Template:
    if actor.organization_id is None:
        raise ReferralNotFound
    page = await name_call_page(session, referral_id, actor.organization_id)
    card = await member_card(session, actor.organization_id)
    zone = ZoneInfo(card.time_zone if card else DEFAULT_TIME_ZONE)
    phones = [
        {
            "id": phone.id,
            "number": number,
            "ending": phone.ending,
            "since": moment_words(phone.pin_since, now, zone) if phone.pin_since else "",
        }
        for number, phone in enumerate(page.phones, start=1)
    ]
    context = {"page": page, "phones": phones, "pin": " ".join(pin)}
    return Template("name_call.html", context=context)


staff_routers = [show_name_call, take_name_call]
