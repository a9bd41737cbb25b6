"""Hands over all, or chosen, requests of somebody or of the team inbox to somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, Role, member_card, people_here, person_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from referrals.actions.covering import STAFF as COLLEAGUES
from referrals.actions.handing_over import HandedOver, HandOver, hand_over
from referrals.errors import ReferralNotFound
from referrals.pages.forms import FieldErrors, Typed, errors_of, sender_word, typed
from referrals.pages.today import line_of
from referrals.queries.team import hand_over_list
from shared.errors import HandbackError, InvalidInput, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop

COORDINATOR = requires_role(Role.COORDINATOR)
INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Giver:
    """Whose requests go over; id None is the team inbox."""

    id: UUID | None
    name: str
    left: bool


@get("/team/hand-over", guards=[COORDINATOR])
async def show_inbox(session: Session, actor: Caller, now: Now) -> Template:
    """What nobody owns."""
    giver = await _giver(session, None)
    return Template("hand_over.html", context=await _context(session, actor, giver, now))


@get("/team/hand-over/{person_id:uuid}", guards=[COORDINATOR])
async def show_hand_over(
    session: Session, actor: Caller, now: Now, person_id: FromPath[UUID]
) -> Template:
    """What somebody has in hand, all ticked."""
    giver = await _giver(session, person_id)
    return Template("hand_over.html", context=await _context(session, actor, giver, now))


@post("/team/hand-over", guards=[COORDINATOR], status_code=200)
async def give_inbox(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Give what nobody owns to somebody."""
    return await _take(request, session, actor, await _giver(session, None), now)


@post("/team/hand-over/{person_id:uuid}", guards=[COORDINATOR], status_code=200)
async def give_over(
    request: AnyRequest, session: Session, actor: Caller, now: Now, person_id: FromPath[UUID]
) -> Template | Redirect:
    """All of it or nothing."""
    return await _take(request, session, actor, await _giver(session, person_id), now)


staff_routers = [show_inbox, show_hand_over, give_inbox, give_over]


async def _take(
    request: AnyRequest, session: AsyncSession, actor: Actor, giver: Giver, now: datetime
) -> Template | Redirect:
    form = await typed(request)
    try:
        async with session.begin_nested():
            done = await _give(session, form, actor, giver, now)
    except HandbackError as refusal:
        context = await _context(session, actor, giver, now, form, errors_of(refusal))
        return Template("hand_over.html", context=context, status_code=400)
    return Redirect(f"/team?handed={done.requests}&told={done.told}", status_code=303)


async def _give(
    session: AsyncSession, form: Typed, actor: Actor, giver: Giver, now: datetime
) -> HandedOver:
    word = sender_word(actor, form, now)
    to_person = form.id("to")
    if to_person is None and (form.text("to") != INBOX or giver.id is None):
        raise InvalidInput(noop("Choose who takes them."), field="to")
    chosen = {found for value in form.many("request") if (found := _id(value)) is not None}
    return await hand_over(session, HandOver(giver.id, to_person, chosen), word=word)


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


async def _giver(session: AsyncSession, person_id: UUID | None) -> Giver:
    if person_id is None:
        return Giver(None, _("Team inbox"), left=False)
    card = await person_card(session, person_id)
    if card is None:
        raise NotFound(noop("There is no such person."))
    return Giver(card.id, card.name, left=card.disabled)


async def _context(  # noqa: PLR0913 -- a page and what was typed into it
    session: AsyncSession,
    actor: Actor,
    giver: Giver,
    now: datetime,
    form: Typed | None = None,
    errors: FieldErrors | None = None,
) -> dict[str, Any]:
    organization = actor.organization_id
    if organization is None:
        raise ReferralNotFound
    card = await member_card(session, organization)
    zone = ZoneInfo(card.time_zone if card else "America/New_York")
    rows = await hand_over_list(session, organization, giver.id, now=now)
    people = [
        each
        for each in await people_here(session)
        if not each.disabled and each.id != giver.id and not each.roles.isdisjoint(COLLEAGUES)
    ]
    chosen = set(form.many("request")) if form else {str(row.referral_id) for row in rows}
    return {
        "member_name": card.name if card else "",
        "giver": giver,
        "rows": [line_of(row, now, zone) for row in rows],
        "chosen": chosen,
        "people": people,
        "form": form or Typed({}),
        "errors": errors or [],
    }
