"""Teams of one's own organization: who alone sees requests that are restricted to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.people import people_here
from accounts.requests import AnyRequest, Caller, Now, Session
from accounts.rules import Actor
from accounts.teams import change_team, create_team, teams_here
from referrals.pages.forms import Typed, typed
from referrals.teams import keep_in_team
from web.administration.shown import KEEPERS, Shown, answer, organization_of, render

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

PAGE = "/administration/teams"


@get(PAGE, guards=[KEEPERS])
async def show_teams(session: Session, actor: Caller) -> Template:
    """Every team with its people, and the form for one more."""
    return await _page(session, actor, Shown())


@post(PAGE, guards=[KEEPERS], status_code=200)
async def add_team(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Make a team of at least two."""
    form = await typed(request)

    async def act() -> None:
        name, people = form.text("name"), _people(form)
        await create_team(session, organization_of(actor), name, people, now=now)

    return await answer(
        session, form, act, lambda shown: _page(session, actor, shown), after=f"{PAGE}?done=1"
    )


@post(PAGE + "/{team_id:uuid}", guards=[KEEPERS], status_code=200)
async def put_people(
    request: AnyRequest, session: Session, actor: Caller, now: Now, team_id: FromPath[UUID]
) -> Template | Redirect:
    """Change who belongs to a team."""
    form = await typed(request)

    async def act() -> None:
        await change_team(session, team_id, _people(form), now=now)
        await keep_in_team(session, team_id)

    return await answer(
        session, form, act, lambda shown: _page(session, actor, shown), after=f"{PAGE}?done=1"
    )


routers = [show_teams, add_team, put_people]


def _people(form: Typed) -> frozenset[UUID]:
    found = set()
    for value in form.many("people"):
        one = Typed({"id": (value,)}).id("id")
        if one is not None:
            found.add(one)
    return frozenset(found)


async def _page(session: AsyncSession, actor: Actor, shown: Shown) -> Template:
    people = [card for card in await people_here(session) if not card.disabled]
    context = {"teams": await teams_here(session), "people": people}
    return await render(session, actor, "teams", shown, context)
