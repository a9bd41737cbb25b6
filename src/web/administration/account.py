"""One's own account: choose a new password."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from litestar import get, post
from litestar.response import Redirect, Template

from accounts.api import member_card, requires_person
from accounts.people import change_password, password_is_theirs
from accounts.requests import AnyRequest, Caller, Now, OpenDatabase, Session
from accounts.rules import SIGN_IN_TRIES, SIGN_IN_WINDOW, Actor
from referrals.pages.forms import FormRefused, Typed, typed
from shared.attempts import add_attempt, attempts_since, forget_attempts
from shared.database import Context
from shared.i18n import gettext as _
from web.administration.shown import Shown, answer, organization_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

PAGE = "/account"
LONGEST = 256
# A session left open must not be a way to guess the password.
TRIES = "own-password"


@get(PAGE, guards=[requires_person])
async def show_account(session: Session, actor: Caller) -> Template:
    """The form."""
    return await _page(session, actor, Shown())


@post(PAGE, guards=[requires_person], status_code=200)
async def choose_password(
    request: AnyRequest, database: OpenDatabase, actor: Caller, now: Now
) -> Template | Redirect:
    """Set one's own password; one signs in again with it."""
    form = await typed(request)
    # A network administrator works in no organization, but has a row in one.
    own = Context(organization_of(actor), actor=actor.word)
    async with database.transaction(own) as session:
        return await answer(
            session,
            form,
            await _choosing(session, actor, form, now),
            lambda shown: _page(session, actor, shown),
            after="/sign-in",
        )


routers = [show_account, choose_password]


async def _page(session: AsyncSession, actor: Actor, shown: Shown) -> Template:
    card = await member_card(session, organization_of(actor))
    return Template(
        "administration/account.html",
        context={"member_name": card.name if card else "", "errors": shown.errors},
        status_code=shown.status,
    )


async def _choosing(
    session: AsyncSession, actor: Actor, form: Typed, now: datetime
) -> Callable[[], Awaitable[None]]:
    person_id = actor.person_id
    tried = await attempts_since(session, TRIES, str(person_id), now - SIGN_IN_WINDOW)
    # Before the form's own savepoint: a refused try counts too.
    await add_attempt(session, TRIES, str(person_id), now)

    async def choose() -> None:
        if tried >= SIGN_IN_TRIES:
            raise FormRefused([("old", _("Too many tries. Wait 15 minutes."))])
        old, new = form.text("old", LONGEST), form.text("password", LONGEST)
        if person_id is None or not await password_is_theirs(session, person_id, old):
            raise FormRefused([("old", _("This is not your password."))])
        if new != form.text("again", LONGEST):
            raise FormRefused([("again", _("The two are not the same. Write it twice."))])
        await change_password(session, person_id, new, now=now)
        await forget_attempts(session, TRIES, str(person_id))

    return choose
