"""People of one's own organization: add, change what they may do, let out, let in again."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.people import (
    NewPerson,
    change_password,
    change_roles,
    create_person,
    disable_person,
    enable_person,
    first_password,
    people_here,
    person_card,
)
from accounts.requests import AnyRequest, Caller, Now, Session
from accounts.rules import ACCOUNT_KEEPERS, Actor, Role
from referrals.pages.forms import Typed, typed
from shared.errors import Conflict, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language
from shared.languages import name_of
from web.administration.shown import KEEPERS, Shown, answer, organization_of, render

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

PAGE = "/administration/people"
# A network's own roles are given by its operator, with the `handback user` command.
GIVEN_HERE = {
    Role.NAVIGATOR: noop("Sends requests and follows them"),
    Role.COORDINATOR: noop("Sees everybody’s requests, looks after people and agreements"),
    Role.AGENCY_WORKER: noop("Answers the requests that reach us"),
}
OTHERS = {
    Role.STEWARD: noop("Keeps the directory true"),
    Role.NETWORK_ADMINISTRATOR: noop("Looks after the network"),
}


@get(PAGE, guards=[KEEPERS])
async def show_people(session: Session, actor: Caller) -> Template:
    """Everybody, and the form for one more."""
    return await _page(session, actor, Shown(Typed({"language": (language(),)})))


@post(PAGE, guards=[KEEPERS], status_code=200)
async def add_person(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """Add somebody; the first password stands on the page once."""
    form = await typed(request)
    password = first_password()
    new = NewPerson(
        name=form.text("name", 80),
        email=form.text("email", 254),
        password=password,
        roles=_roles(form),
        language=form.text("language"),
    )

    async def act() -> None:
        await create_person(session, organization_of(actor), new, now=now)

    async def page(shown: Shown) -> Template:
        return await _page(session, actor, shown)

    done = await answer(session, form, act, page, after=PAGE)
    if isinstance(done, Template):
        return done
    told = {"name": new.name, "password": password}
    return await page(Shown(Typed({"language": (language(),)}), told=told))


@post(PAGE + "/{person_id:uuid}", guards=[KEEPERS], status_code=200)
async def change_person(
    request: AnyRequest, session: Session, actor: Caller, now: Now, person_id: FromPath[UUID]
) -> Template | Redirect:
    """Roles, out, in again, or a new password: what the pressed button says."""
    form = await typed(request)
    card = await person_card(session, person_id)
    if card is None:
        raise NotFound(noop("There is no such person."))
    told = {"name": card.name, "password": first_password()}

    async def act() -> None:
        await _change(session, actor, form, person_id, told["password"], now)

    async def page(shown: Shown) -> Template:
        return await _page(session, actor, shown)

    done = await answer(session, form, act, page, after=f"{PAGE}?done=1")
    if isinstance(done, Redirect) and form.text("do") == "password":
        return await page(Shown(told=told))
    return done


routers = [show_people, add_person, change_person]


async def _change(  # noqa: PLR0913 -- one change with its circumstances
    session: AsyncSession, actor: Actor, form: Typed, person_id: UUID, password: str, now: datetime
) -> None:
    wanted = form.text("do")
    themselves = person_id == actor.person_id
    if wanted == "roles":
        roles = _roles(form) | await _roles_of_others(session, person_id)
        if themselves and roles.isdisjoint(ACCOUNT_KEEPERS):
            raise Conflict(
                noop("You can’t take this role from yourself."),
                remedy=noop("Ask a colleague who has it too."),
            )
        await change_roles(session, person_id, roles, now=now)
    elif wanted == "disable":
        if themselves:
            raise Conflict(
                noop("You can’t end your own access."),
                remedy=noop("Ask a colleague who has it too."),
            )
        await disable_person(session, person_id, now=now)
    elif wanted == "enable":
        await enable_person(session, person_id, now=now)
    elif wanted == "password":
        await change_password(session, person_id, password, now=now)


async def _roles_of_others(session: AsyncSession, person_id: UUID) -> frozenset[Role]:
    """Roles that this page neither gives nor takes."""
    card = await person_card(session, person_id)
    return card.roles - set(GIVEN_HERE) if card is not None else frozenset()


def _roles(form: Typed) -> frozenset[Role]:
    return frozenset(role for role in GIVEN_HERE if role.value in form.many("roles"))


async def _page(session: AsyncSession, actor: Actor, shown: Shown) -> Template:
    everybody = await people_here(session)
    context = {
        "people": [card for card in everybody if not card.disabled],
        "gone": [card for card in everybody if card.disabled],
        "me": actor.person_id,
        "roles": [(role.value, _(words)) for role, words in GIVEN_HERE.items()],
        "role_words": {role: _(words) for role, words in {**GIVEN_HERE, **OTHERS}.items()},
        "languages": [(code, name_of(code, language())) for code in ("en", "es")],
    }
    return await render(session, actor, "people", shown, context)
