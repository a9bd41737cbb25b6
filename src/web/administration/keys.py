"""Programs of one's own organization: make a key, see it once, end it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api_keys import create_api_key, list_api_keys, revoke_api_key
from accounts.requests import AnyRequest, Caller, Now, Session
from accounts.rules import Actor, Scope
from referrals.pages.forms import typed
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from web.administration.shown import KEEPERS, Shown, answer, render

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

PAGE = "/administration/keys"
SCOPES = {
    Scope.REFERRALS_READ: noop("Read our requests"),
    Scope.REFERRALS_WRITE: noop("Send, change and answer requests for us"),
}


@get(PAGE, guards=[KEEPERS])
async def show_keys(session: Session, actor: Caller) -> Template:
    """Every key without its secret, and the form for one more."""
    return await _page(session, actor, Shown())


@post(PAGE, guards=[KEEPERS], status_code=200)
async def add_key(
    request: AnyRequest, session: Session, actor: Caller, now: Now
) -> Template | Redirect:
    """Make a key; it stands on the page once."""
    form = await typed(request)
    made: dict[str, str] = {}

    async def act() -> None:
        scopes = frozenset(scope for scope in Scope if scope.value in form.many("scopes"))
        _id, key = await create_api_key(session, form.text("name"), scopes, now=now)
        made.update(name=form.text("name"), key=key)

    async def page(shown: Shown) -> Template:
        return await _page(session, actor, shown)

    done = await answer(session, form, act, page, after=PAGE)
    return await page(Shown(told=made)) if isinstance(done, Redirect) else done


@post(PAGE + "/{key_id:uuid}/revoke", guards=[KEEPERS], status_code=200)
async def end_key(session: Session, now: Now, key_id: FromPath[UUID]) -> Redirect:
    """End a key at once."""
    await revoke_api_key(session, key_id, now=now)
    return Redirect(f"{PAGE}?done=1", status_code=303)


routers = [show_keys, add_key, end_key]


async def _page(session: AsyncSession, actor: Actor, shown: Shown) -> Template:
    scopes = {scope: _(words) for scope, words in SCOPES.items()}
    context = {
        "keys": await list_api_keys(session),
        "scope_words": scopes,
        "scopes": [(scope.value, words) for scope, words in scopes.items()],
    }
    return await render(session, actor, "keys", shown, context)
