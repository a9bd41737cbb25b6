"""Agreements with agencies: what they need with a request, by when they answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.agreements import (
    MOST_DAYS,
    NewAgreement,
    agreements_here,
    end_agreement,
    make_agreement,
)
from accounts.api import member_card
from accounts.requests import AnyRequest, Caller, Now, Session
from accounts.rules import Actor
from referrals.pages.forms import FormRefused, Typed, typed
from referrals.pages.moments import day_words
from referrals.queries.partners import partners
from shared.i18n import gettext as _
from web.administration.shown import KEEPERS, Shown, answer, organization_of, render, today_there

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

PAGE = "/administration/agreements"


@get(PAGE, guards=[KEEPERS])
async def show_agreements(session: Session, actor: Caller, now: Now) -> Template:
    """Those that stand, the next to look at first, and the form for one more."""
    return await _page(session, actor, now, Shown())


@post(PAGE, guards=[KEEPERS], status_code=200)
async def add_agreement(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Write an agreement down; an older one with the same agency ends by it."""
    form = await typed(request)

    async def act() -> None:
        new = _new(form, (await today_there(session, actor, now)).date())
        await make_agreement(session, organization_of(actor), new, now=now)

    return await answer(
        session, form, act, lambda shown: _page(session, actor, now, shown), after=f"{PAGE}?done=1"
    )


@post(PAGE + "/{agreement_id:uuid}/end", guards=[KEEPERS], status_code=200)
async def stop_agreement(session: Session, now: Now, agreement_id: FromPath[UUID]) -> Redirect:
    """It holds no more."""
    await end_agreement(session, agreement_id, now=now)
    return Redirect(f"{PAGE}?done=1", status_code=303)


routers = [show_agreements, add_agreement, stop_agreement]


def _new(form: Typed, today: date) -> NewAgreement:
    member_id = form.id("member")
    if member_id is None:
        raise FormRefused([("member", _("Choose the agency."))])
    return NewAgreement(
        member_id=member_id,
        needs=form.text("needs", 1000),
        agreed_with=form.text("agreed_with"),
        agreed_on=form.day("agreed_on") or today,
        answer_days=form.number("answer_days", most=MOST_DAYS),
        review_on=form.day("review_on"),
    )


async def _page(session: AsyncSession, actor: Actor, now: datetime, shown: Shown) -> Template:
    today = (await today_there(session, actor, now)).date()
    standing = await agreements_here(session)
    names = dict(await partners(session))
    for each in standing:
        if each.member_id not in names and (card := await member_card(session, each.member_id)):
            names[each.member_id] = card.name
    context = {
        "agreements": [
            {
                "row": each,
                "name": names.get(each.member_id, ""),
                "agreed_on": day_words(each.agreed_on, today),
                "review_on": day_words(each.review_on, today),
                "due": each.is_due(today),
            }
            for each in standing
        ],
        "agencies": [(str(member_id), name) for member_id, name in names.items()],
    }
    return await render(session, actor, "agreements", shown, context)
