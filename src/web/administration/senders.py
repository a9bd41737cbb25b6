"""How each organization's sender is, in counts; the network's office pauses and resumes all of it.

No message and nobody's name: whoever runs the network reads no patient data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar import get, post
from litestar.response import Redirect, Template

from accounts.api import Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, OpenDatabase
from accounts.rules import Actor
from notify.api import network_pause, network_senders, pause_network, resume_network
from referrals.pages.forms import FieldErrors, typed
from referrals.pages.moments import ago_words
from shared import audit
from shared.database import Context, Database
from shared.i18n import gettext as _

if TYPE_CHECKING:
    from datetime import datetime

OFFICE = requires_role(Role.NETWORK_ADMINISTRATOR)
PAGE = "/network/delivery"
RESTORED = "restored"


@get(PAGE, guards=[OFFICE])
async def show_senders(database: OpenDatabase, actor: Caller, now: Now) -> Template:
    """Counts of each organization."""
    return await _page(database, actor, now, [])


@post(PAGE, guards=[OFFICE], status_code=200)
async def take_senders(
    request: AnyRequest, database: OpenDatabase, actor: Caller, now: Now
) -> Template | Redirect:
    """Pause or resume everybody."""
    form = await typed(request)
    does, why = form.text("do"), form.text("why", 120)
    if does not in {"pause", "resume"}:
        return Redirect(PAGE, status_code=303)
    if does == "pause" and not why:
        wrong = [("why", _("Say why, so that colleagues understand."))]
        return await _page(database, actor, now, wrong, 400)
    async with database.transaction(_office(actor)) as session:
        if does == "pause":
            changed = await pause_network(session, by=actor.label, why=why, now=now)
            action = "sender.paused_for_all"
        else:
            changed = await resume_network(session, by=actor.label, now=now)
            action = "sender.resumed_for_all"
        if changed:
            await audit.record(session, action, subject_kind="network", subject_id=None, now=now)
    return Redirect(f"{PAGE}?done=1", status_code=303)


routers = [show_senders, take_senders]


def _office(actor: Actor) -> Context:
    """The office works in no organization, also when its person belongs to one."""
    return Context(actor=actor.word)


async def _page(
    database: Database, actor: Actor, now: datetime, errors: FieldErrors, status: int = 200
) -> Template:
    async with database.transaction(_office(actor)) as session:
        counts = await network_senders(session, now)
        pause = await network_pause(session)
        names = {each.organization_id: await member_card(session, each.organization_id)
                 for each in counts}  # fmt: skip
    senders = [
        {
            "name": card.name if (card := names[each.organization_id]) else "",
            "oldest": ago_words(each.oldest, now) if each.oldest else "",
            "count": each,
        }
        for each in counts
    ]
    context = {
        "member_name": "",
        "errors": errors,
        "senders": senders,
        "pause": pause,
        "restored": pause is not None and pause.why == RESTORED,
        "since": ago_words(pause.paused_at, now) if pause else "",
    }
    return Template("administration/senders.html", context=context, status_code=status)
