"""What the pages of administration share: their places, their forms, how a refusal is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar.response import Redirect, Template

from accounts.api import member_card, requires_role
from accounts.rules import ACCOUNT_KEEPERS, Actor
from referrals.pages.forms import FieldErrors, FormRefused, Typed, errors_of
from shared.errors import Conflict, HandbackError, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

KEEPERS = requires_role(*ACCOUNT_KEEPERS)
PLACES = (
    ("people", "/administration/people", noop("People")),
    ("teams", "/administration/teams", noop("Teams")),
    ("agreements", "/administration/agreements", noop("Agreements")),
    ("keys", "/administration/keys", noop("Programs")),
)


@dataclass(slots=True)
class Shown:
    """A form as it was typed, what stands against it, and what is told once."""

    form: Typed = field(default_factory=lambda: Typed({}))
    errors: FieldErrors = field(default_factory=list)
    status: int = 200
    told: dict[str, Any] = field(default_factory=dict)


async def answer(
    session: AsyncSession,
    form: Typed,
    act: Callable[[], Awaitable[None]],
    page: Callable[[Shown], Awaitable[Template]],
    *,
    after: str,
) -> Template | Redirect:
    """Act and go on to `after`; refused, the same page with what was typed and what to mend."""
    try:
        async with session.begin_nested():
            await act()
    except NotFound:
        raise
    except (FormRefused, HandbackError) as refusal:
        status = 409 if isinstance(refusal, Conflict) else 400
        return await page(Shown(form, errors_of(refusal), status))
    return Redirect(after, status_code=303)


async def render(
    session: AsyncSession, actor: Actor, name: str, shown: Shown, context: dict[str, Any]
) -> Template:
    """One page of administration."""
    card = await member_card(session, organization_of(actor))
    here = {"place": name, "places": [(key, href, _(words)) for key, href, words in PLACES]}
    return Template(
        f"administration/{name}.html",
        context={
            "member_name": card.name if card else "",
            "form": shown.form,
            "errors": shown.errors,
            "told": shown.told,
            **here,
            **context,
        },
        status_code=shown.status,
    )


def organization_of(actor: Actor) -> UUID:
    """The organization that is looked after."""
    if actor.organization_id is None:
        raise NotFound(noop("Your account belongs to no organization."))
    return actor.organization_id


async def today_there(session: AsyncSession, actor: Actor, now: datetime) -> datetime:
    """`now` by the organization's own clock on the wall."""
    card = await member_card(session, organization_of(actor))
    return now.astimezone(ZoneInfo(card.time_zone if card else "America/New_York"))
