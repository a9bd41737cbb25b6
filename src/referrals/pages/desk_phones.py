"""At what hour each of the agency's phones gets the day's one text, said at its desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api import (
    Actor,
    ChannelKind,
    Role,
    channels_here,
    choose_list_hour,
    member_card,
    requires_role,
)
from accounts.requests import AnyRequest, Caller, Now, Session
from notify.api import TEXTS_FROM, TEXTS_UNTIL
from referrals.digests import list_hour
from referrals.errors import ReferralNotFound
from referrals.pages.forms import FieldErrors, Typed, errors_of, typed
from referrals.pages.moments import hour_words
from shared.errors import InvalidInput
from shared.i18n import gettext as _

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

WORKERS = requires_role(Role.AGENCY_WORKER)
# Whole hours at which a routine text may reach a phone.
HOURS = tuple(time(hour) for hour in range(TEXTS_FROM.hour, TEXTS_UNTIL.hour))
AS_THEY_START = "start"


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """One phone: its last digits, its hour in words, and what its form shows as chosen."""

    id: str
    ends: str
    at: str
    chosen: str
    language: str


@get("/desk/phones", guards=[WORKERS])
async def show_phones(session: Session, actor: Caller) -> Template:
    """The phones that get texts, each with its hour."""
    return await _page(session, actor, [])


@post("/desk/phones/{channel_id:uuid}", guards=[WORKERS], status_code=200)
async def take_hour(
    request: AnyRequest, session: Session, actor: Caller, now: Now, channel_id: FromPath[UUID]
) -> Template | Redirect:
    """Another hour for one phone."""
    form = await typed(request)
    try:
        await choose_list_hour(session, channel_id, _hour_of(form), now=now)
    except InvalidInput as refusal:
        return await _page(session, actor, errors_of(refusal), 400)
    return Redirect("/desk/phones?done=1", status_code=303)


staff_routers = [show_phones, take_hour]


def _hour_of(form: Typed) -> time | None:
    said = form.text("hour")
    if said == AS_THEY_START:
        return None
    found = next((hour for hour in HOURS if _value(hour) == said), None)
    if found is None:
        raise InvalidInput(_("Choose an hour from the list."), field="hour")
    return found


async def _page(
    session: AsyncSession, actor: Actor, errors: FieldErrors, status: int = 200
) -> Template:
    if actor.organization_id is None:
        raise ReferralNotFound
    card = await member_card(session, actor.organization_id)
    context: dict[str, Any] = {
        "member_name": card.name if card else "",
        "errors": errors,
        "phones": await _phones(session),
        "hours": [(_value(hour), _words(hour)) for hour in HOURS],
        "here": "desk",
    }
    return Template("desk_phones.html", context=context, status_code=status)


async def _phones(session: AsyncSession) -> list[PhoneRow]:
    """Those that may be texted."""
    going = [
        each
        for each in await channels_here(session)
        if each.kind is ChannelKind.SMS and each.verified_at and each.stopped_at is None
    ]
    rows = []
    for each in going:
        hour, _zone = await list_hour(session, each.id)
        chosen = _value(each.digest_at) if each.digest_at else AS_THEY_START
        ends = (each.address or "")[-2:]
        rows.append(PhoneRow(str(each.id), ends, _words(hour), chosen, each.language))
    return rows


def _value(hour: time) -> str:
    return f"{hour:%H:%M}"


def _words(hour: time) -> str:
    return hour_words(datetime.combine(datetime(2000, 1, 1, tzinfo=UTC), hour))
