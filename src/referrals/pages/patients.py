"""Finds a patient. What is typed never stands in an address: the form is sent, not linked."""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.response import Template

from accounts.api import Role, member_card, requires_role
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.api import needs
from referrals.errors import ReferralNotFound
from referrals.names import fold
from referrals.need_words import need_label
from referrals.pages.forms import typed
from referrals.queries import find_patients
from shared.i18n import language

STAFF = requires_role(Role.NAVIGATOR, Role.COORDINATOR)
SHORTEST = 3


@get("/patients", guards=[STAFF])
async def show_patients(session: Session, actor: Caller) -> Template:
    """The empty form."""
    card = await member_card(session, actor.organization_id) if actor.organization_id else None
    context = {"words": "", "hits": None, "need": None, "member_name": card.name if card else ""}
    return Template("patients.html", context=context)


@post("/patients/find", guards=[STAFF], status_code=200)
async def show_found(request: AnyRequest, session: Session, actor: Caller, now: Now) -> Template:
    """Patients that fit; a need's name leads on to places."""
    form = await typed(request)
    words = form.text("q", 120)
    if actor.organization_id is None:
        raise ReferralNotFound
    hits = await find_patients(session, actor.organization_id, words, now=now) if words else []
    card = await member_card(session, actor.organization_id)
    context: dict[str, Any] = {
        "words": words,
        "hits": hits,
        "need": _need_named(words),
        "need_label": lambda code: need_label(code, language()),
        "member_name": card.name if card else "",
    }
    return Template("patients.html", context=context)


staff_routers = [show_patients, show_found]


def _need_named(words: str) -> tuple[str, str] | None:
    """(code, label) of a need whose name begins with the words or holds them."""
    wanted = fold(words)
    if len(wanted) < SHORTEST:
        return None
    for need in needs():
        names = (need.label_en, need.label_es, need.word_en, need.word_es)
        starts = [part.startswith(wanted) for name in names for part in fold(name).split()]
        if not need.sensitive and any(starts):
            return need.code, need.label(language())
    return None
