"""Claiming a listing: its people ask on a public page, the network's office calls and decides."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api import Role, member_card, public, requires_role
from accounts.claims import (
    ClaimCard,
    NewClaim,
    add_claim,
    agree_to_claim,
    claims_waiting,
    refuse_claim,
)
from accounts.requests import AnyRequest, Caller, Now, OpenDatabase, Session
from accounts.rules import Actor
from directory.api import ListedOrganization, listed_organization
from directory.report_pages import client_address
from referrals.pages.forms import Typed, errors_of, typed, words_of
from referrals.pages.moments import moment_words
from shared.database import Context, Database
from shared.errors import Conflict, HandbackError, NotAllowed, NotFound
from shared.i18n import gettext_noop as noop
from shared.i18n import language
from web.administration.shown import Shown, organization_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

OFFICE = requires_role(Role.NETWORK_ADMINISTRATOR)
CLAIM = "/claim/{listing_id:uuid}"
CLAIMS = "/network/claims"


@get(CLAIM, guards=[public])
async def show_claim(session: Session, listing_id: FromPath[UUID]) -> Template:
    """The form, empty."""
    return _claim_page(await _listed(session, listing_id), Shown())


@post(CLAIM, guards=[public], status_code=200)
async def take_claim(
    request: AnyRequest, session: Session, now: Now, listing_id: FromPath[UUID]
) -> Template:
    """Keep what was said for the network's office."""
    listed = await _listed(session, listing_id)
    form = await typed(request)
    new = NewClaim(
        listed.id,
        form.text("name", 80),
        form.text("job", 80),
        form.text("email", 254),
        form.text("phone", 40),
        language(),
        client_address(request),
    )
    try:
        async with session.begin_nested():
            await add_claim(session, new, now=now)
    except HandbackError as refusal:
        status = 429 if isinstance(refusal, NotAllowed) else 400
        return _claim_page(listed, Shown(form, errors_of(refusal), status))
    return _claim_page(listed, Shown(told={"done": True}))


@get(CLAIMS, guards=[OFFICE])
async def show_claims(database: OpenDatabase, actor: Caller, now: Now) -> Template:
    """Those that wait, with the public number to call first."""
    return await _office_page(database, actor, now, Shown())


@post(CLAIMS + "/{claim_id:uuid}", guards=[OFFICE], status_code=200)
async def decide(
    request: AnyRequest, database: OpenDatabase, actor: Caller, now: Now, claim_id: FromPath[UUID]
) -> Template | Redirect:
    """Yes: the first password stands on the page once. No: it is kept as refused."""
    form = await typed(request)
    try:
        if form.text("do") == "agree":
            told = await _agree(database, actor, claim_id, now)
            return await _office_page(database, actor, now, Shown(told=told))
        async with database.transaction(_office(actor)) as session:
            await refuse_claim(session, claim_id, now=now)
    except Conflict as refusal:
        shown = Shown(Typed({}), [("", words_of(refusal))], 409)
        return await _office_page(database, actor, now, shown)
    return Redirect(f"{CLAIMS}?done=1", status_code=303)


public_routers = [show_claim, take_claim]
routers = [show_claims, decide]


async def _agree(database: Database, actor: Actor, claim_id: UUID, now: datetime) -> dict[str, str]:
    async with database.transaction(_office(actor)) as session:
        claim = next((each for each in await claims_waiting(session) if each.id == claim_id), None)
        listed = await listed_organization(session, claim.listing_id) if claim else None
    if claim is None or listed is None:
        raise Conflict(noop("A colleague has decided this already."), code="claim_decided")
    password = await agree_to_claim(database, _office(actor), claim_id, listed.name, now=now)
    return {"name": claim.name, "password": password}


def _office(actor: Actor) -> Context:
    """The office's own rows: claims, and nothing of any patient's."""
    return Context(organization_of(actor), actor=actor.word)


async def _listed(session: AsyncSession, listing_id: UUID) -> ListedOrganization:
    listed = await listed_organization(session, listing_id)
    if listed is None:
        raise NotFound(noop("We do not list this organization."))
    return listed


def _claim_page(listed: ListedOrganization, shown: Shown) -> Template:
    context = {
        "listed": listed,
        "form": shown.form,
        "errors": shown.errors,
        "done": shown.told.get("done"),
    }
    return Template("administration/claim.html", context=context, status_code=shown.status)


async def _office_page(database: Database, actor: Actor, now: datetime, shown: Shown) -> Template:
    async with database.transaction(_office(actor)) as session:
        card = await member_card(session, organization_of(actor))
        zone = ZoneInfo(card.time_zone if card else "America/New_York")
        claims = [
            await _words(session, claim, now, zone) for claim in await claims_waiting(session)
        ]
    return Template(
        "administration/claims.html",
        context={
            "member_name": card.name if card else "",
            "claims": claims,
            "errors": shown.errors,
            "told": shown.told,
        },
        status_code=shown.status,
    )


async def _words(
    session: AsyncSession, claim: ClaimCard, now: datetime, zone: ZoneInfo
) -> dict[str, object]:
    listed = await listed_organization(session, claim.listing_id)
    return {
        "claim": claim,
        "listed": listed.name if listed else "",
        "phones": listed.phones if listed else (),
        "made": moment_words(claim.made_at, now, zone),
    }
