"""/r/{token}: one request, for whoever holds a link to it. GET shows, POST acts.

Whose link it is decides the page: the agency's here, the patient's in patient_link.py. Looking
changes nothing, because mail scanners open every link.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.response import Redirect, Template
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.api import Actor, LinkGrant, LinkPurpose, requires_link
from accounts.requests import AnyRequest, Now, OpenDatabase
from directory.api import PauseHow
from referrals.actions.new_links import send_new_agency_link
from referrals.errors import AlreadyAnswered, ReferralNotFound
from referrals.lifecycle import Party
from referrals.pages import patient_link
from referrals.pages.agency_form import HOW_IT_WENT, WHY_NOT, Press, nonce_of, press
from referrals.pages.agency_view import race_words, request_view
from referrals.pages.channels_here import change_mail, mail_state, masked_mailboxes
from referrals.pages.forms import FieldErrors, Typed, errors_of, typed, words_of
from referrals.pages.full_here import change_service, service_row
from referrals.pages.moments import moment_words
from referrals.queries import AgencyView, agency_link_page
from referrals.queries.link_facts import AgencyFacts, agency_facts, asked_again_id
from referrals.words import Way, Word
from shared.crypto import link_token
from shared.database import Context, Database
from shared.errors import Conflict, HandbackError, NotAllowed, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop

OPENS = requires_link(LinkPurpose.AGENCY, LinkPurpose.PATIENT)
MAIL_CHANGES = {"pause", "resume", "never"}
SERVICE_CHANGES = {"full", "open_service"}


@dataclass(frozen=True, slots=True)
class Held:
    """A link as it was opened: what it grants, whether it still does, and its address."""

    grant: LinkGrant
    referral_id: UUID
    path: str

    @property
    def actor(self) -> Actor:
        """Whoever holds it."""
        return self.grant.actor()

    def context(self) -> Context:
        """The tenant and the one request that its holder acts in."""
        return Context(
            organization_id=self.grant.organization_id,
            referral_id=self.referral_id,
            actor=self.actor.word,
        )


@get("/r/{token:str}", guards=[OPENS])
async def show_link(request: AnyRequest, database: OpenDatabase, now: Now) -> Template:
    """The request as this link's holder may see it."""
    held = held_link(request)
    if held.grant.purpose is LinkPurpose.PATIENT:
        return await patient_link.show(request, database, held.grant, now)
    async with database.transaction(held.context()) as session:
        if held.grant.expires_at <= now:
            return await _expired_page(session, held, now)
        return await _page(session, held, now)


@post("/r/{token:str}", guards=[OPENS], status_code=200)
async def act_by_link(request: AnyRequest, database: OpenDatabase, now: Now) -> Template | Redirect:
    """Do what the button says, once; a refusal shows the page as it stands now."""
    held = held_link(request)
    form = await typed(request)
    if held.grant.purpose is LinkPurpose.PATIENT:
        return await patient_link.act(request, database, held.grant, form, now)
    if held.grant.expires_at <= now:
        async with database.transaction(held.context()) as session:
            return await _new_link(session, held, held.referral_id, form, now)
    if form.text("do") == "new_link":
        return await _link_to_second(database, held, form, now)
    async with database.transaction(held.context()) as session:
        return await _act(session, held, form, now)


link_routers = [show_link, act_by_link]


def held_link(request: AnyRequest) -> Held:
    """The link behind this request's address."""
    state = request.scope["state"]
    grant = state.get("link") or state.get("expired_link")
    if not isinstance(grant, LinkGrant) or grant.referral_id is None:
        raise NotFound(noop("This link does not open anything."), code="link_unknown")
    return Held(grant, grant.referral_id, request.url.path)


async def _act(
    session: AsyncSession, held: Held, form: Typed, now: datetime
) -> Template | Redirect:
    facts = await agency_facts(session, held.referral_id)
    try:
        async with session.begin_nested():
            if form.text("do") in MAIL_CHANGES:
                await change_mail(session, facts, form.text("do"), now)
                return Redirect(held.path, status_code=303)
            if form.text("do") in SERVICE_CHANGES:
                place, how = facts.service_at_location_id, PauseHow.LINK
                await change_service(session, place, form, how=how, zone=facts.zone, now=now)
                return Redirect(held.path, status_code=303)
            word = _word(held, form, now)
            pressed = Press(held.referral_id, word, facts.zone, now)
            outcome = await press(session, form, pressed)
    except AlreadyAnswered as lost:
        last = (await agency_facts(session, held.referral_id)).last
        race = race_words(lost, last, held.grant.label, now, facts.zone)
        return await _page(session, held, now, race=race)
    except HandbackError as refusal:
        status = 409 if isinstance(refusal, Conflict) else 400
        if isinstance(refusal, NotAllowed):
            status = 403
        return await _page(session, held, now, errors=errors_of(refusal), form=form, status=status)
    if outcome.link_id is not None:
        # A yes undone: the request stands open again under a link of its own.
        return Redirect(f"/r/{link_token(outcome.link_id)}", status_code=303)
    return Redirect(held.path, status_code=303)


def _word(held: Held, form: Typed, now: datetime) -> Word:
    return Word(
        actor=held.actor,
        party=Party.AGENCY,
        event_key=f"link:{held.grant.link_id}:{nonce_of(form)}",
        now=now,
        way=Way.LINK,
        said_by=form.text("your_name", 60),
    )


async def _page(  # noqa: PLR0913 -- what may be said on top of the page
    session: AsyncSession,
    held: Held,
    now: datetime,
    *,
    race: str = "",
    errors: FieldErrors | None = None,
    form: Typed | None = None,
    status: int = 200,
) -> Template:
    view = await agency_link_page(session, held.referral_id, held.grant.organization_id, now=now)
    facts = await agency_facts(session, held.referral_id)
    context = {
        **request_context(view, facts, now),
        "by_link": True,
        "race": race,
        "errors": errors or [],
        "form": form,
        "mail": await mail_state(session, facts, now),
        "service": await service_row(
            session, facts.service_at_location_id, facts.service_name, facts.zone, now
        ),
        "works_until": moment_words(held.grant.expires_at, now, facts.zone),
    }
    return Template("agency_link.html", context=context, status_code=409 if race else status)


def request_context(view: AgencyView, facts: AgencyFacts, now: datetime) -> dict[str, Any]:
    """What agency_request.html shows."""
    v = request_view(view, facts, now)
    title = v.title
    if v.code:
        title = _("%(title)s Request %(code)s", title=title, code=v.code)
    return {
        "v": v,
        "title": title,
        "why_not": [(reason.value, _(words)) for reason, words in WHY_NOT],
        "how_it_went": [(says.value, _(words)) for says, words in HOW_IT_WENT],
    }


async def _expired_page(
    session: AsyncSession,
    held: Held,
    now: datetime,
    *,
    sent: bool = False,
    refused: str = "",
) -> Template:
    view = await agency_link_page(session, held.referral_id, held.grant.organization_id, now=now)
    facts = await agency_facts(session, held.referral_id)
    context = {
        "performer": held.grant.label,
        "mailboxes": await masked_mailboxes(session, facts),
        "phone": view.requester_phone,
        "sender": f"{view.owner_name}, {view.requester_label}",
        "code": view.request.code,
        "sent": sent,
        "refused": refused,
    }
    return Template(
        "agency_link_expired.html", context=context, status_code=429 if refused else 200
    )


async def _new_link(
    session: AsyncSession, held: Held, referral_id: UUID, form: Typed, now: datetime
) -> Template:
    key = f"new_link:{held.grant.link_id}:{nonce_of(form)}"
    try:
        async with session.begin_nested():
            await send_new_agency_link(
                session, referral_id, old_link_id=held.grant.link_id, key=key, now=now
            )
    except NotAllowed as refusal:
        return await _expired_page(session, held, now, refused=words_of(refusal))
    return await _expired_page(session, held, now, sent=True)


async def _link_to_second(database: Database, held: Held, form: Typed, now: datetime) -> Template:
    """After a yes was taken back: a link to the request that stands in its place."""
    everything = replace(held.context(), referral_id=None)
    async with database.transaction(everything) as session:
        second = await asked_again_id(session, held.referral_id)
        if second is None:
            raise ReferralNotFound
        return await _new_link(session, held, second, form, now)
