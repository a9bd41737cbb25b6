"""Where a place may be asked: write down their yes, or ask a phone or a mailbox (practice 2.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from accounts.api import (
    CHANNEL_KEEPERS,
    Actor,
    ChannelKind,
    ChannelState,
    member_card,
    requires_role,
)
from accounts.requests import AnyRequest, Caller, Now, Session
from notify.segments import count_segments
from referrals.actions.channels import (
    Asks,
    ChannelWish,
    ask_to_be_texted,
    channel_address,
)
from referrals.actions.recording import HeardWord
from referrals.errors import ReferralNotFound
from referrals.listing import DEFAULT_TIME_ZONE
from referrals.pages.forms import FieldErrors, FormRefused, Typed, errors_of, sender_word, typed
from referrals.pages.moments import moment_words
from referrals.pages.send_form import Fields
from referrals.pages.send_view import TEXTED, Preview
from referrals.queries.channels import ChannelPage, channel_page
from referrals.wording import render
from referrals.words import TOLD_WAYS, WAY_LABELS, Way
from shared.errors import Conflict, HandbackError
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language
from shared.languages import name_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import KnownChannel

KEEPERS = requires_role(*CHANNEL_KEEPERS)
ADDRESS = "/referrals/{referral_id:uuid}/channel"
ASKS = {
    Asks.TOLD: noop("They told me yes. Use it from now on."),
    Asks.TEXT: noop("Ask that phone by text."),
    Asks.MAIL: noop("Ask that mailbox by e-mail."),
}
KINDS = {ChannelKind.SMS: noop("A phone"), ChannelKind.EMAIL: noop("A mailbox")}
STATES = {
    ChannelState.NO_ANSWER: noop("no yes yet. If it was asked, its answer is awaited."),
    ChannelState.IN_USE: noop("they said yes, requests go there."),
    ChannelState.PAUSED: noop("no new requests until %(when)s, they asked for that."),
    ChannelState.OLD: noop("their yes of %(when)s is older than 12 months. Please ask again."),
    ChannelState.STOPPED: noop("they said no. It is not asked again."),
}


@dataclass(slots=True)
class _Shown:
    """What was typed, and what stands against it."""

    form: Typed
    errors: FieldErrors = field(default_factory=list)
    status: int = 200


@get(ADDRESS, guards=[KEEPERS])
async def show_channel(
    session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template:
    """The empty form, with what is known of this place's phones and mailboxes."""
    empty = Typed({"asks": (Asks.TOLD.value,), "said_how": (Way.PHONE.value,)})
    return await _page(session, referral_id, actor, now, _Shown(empty))


@post(ADDRESS, guards=[KEEPERS], status_code=200)
async def take_channel(
    request: AnyRequest, session: Session, actor: Caller, now: Now, referral_id: FromPath[UUID]
) -> Template | Redirect:
    """Write down the yes, or ask; what waits goes out with a yes."""
    form = await typed(request)
    try:
        async with session.begin_nested():
            word = sender_word(actor, form, now)
            wish = _wish(form, await _zone(session, actor), now)
            await ask_to_be_texted(session, referral_id, word=word, wish=wish)
    except ReferralNotFound:
        raise
    except (FormRefused, HandbackError) as refusal:
        status = 409 if isinstance(refusal, Conflict) else 400
        shown = _Shown(form, errors_of(refusal), status)
        return await _page(session, referral_id, actor, now, shown)
    return Redirect(f"/referrals/{referral_id}?done=1", status_code=303)


staff_routers = [show_channel, take_channel]


def _wish(form: Typed, zone: ZoneInfo, now: datetime) -> ChannelWish:
    fields = Fields()
    asks = form.choice("asks", Asks)
    address = form.text("address")
    if not address:
        fields.wrong("address", _("Write the phone or e-mail."))
    elif asks is not None:
        fields.read(lambda: channel_address(address, asks), None)
    if asks is None:
        fields.wrong("asks", _("Choose how they say yes."))
    said = _said(form, fields, zone, now) if asks is Asks.TOLD else None
    if fields.errors or asks is None:
        raise FormRefused(fields.errors)
    spoken = form.text("language")
    return ChannelWish(address, asks, spoken if spoken in TEXTED else "en", said)


def _said(form: Typed, fields: Fields, zone: ZoneInfo, now: datetime) -> HeardWord:
    said_by, role = form.text("said_by", 80), form.text("said_role", 80)
    if not said_by:
        fields.wrong("said_by", _("Write who said it."))
    if not role:
        fields.wrong("said_role", _("Write what their role is."))
    at = fields.read(lambda: form.moment("when", "hour", zone), None)
    if at is not None and at > now:
        fields.wrong("when", _("This time has not come yet."))
    way = form.choice("said_how", Way)
    return HeardWord(said_by, way if way in TOLD_WAYS else Way.PHONE, role, at)


async def _page(
    session: AsyncSession, referral_id: UUID, actor: Actor, now: datetime, shown: _Shown
) -> Template:
    if actor.organization_id is None:
        raise ReferralNotFound
    page = await channel_page(session, referral_id, actor.organization_id, now=now)
    card = await member_card(session, actor.organization_id)
    zone = ZoneInfo(card.time_zone if card else DEFAULT_TIME_ZONE)
    context: dict[str, Any] = {
        "page": page,
        "member_name": card.name if card else "",
        "form": shown.form,
        "errors": shown.errors,
        "channels": [_channel_words(each, now, zone) for each in page.channels],
        "asks_choices": [(each.value, _(words)) for each, words in ASKS.items()],
        "how_choices": [(way.value, _(WAY_LABELS[way])) for way in Way if way in TOLD_WAYS],
        "languages": [(code, name_of(code, language())) for code in TEXTED],
        "previews": [_preview(page, code) for code in TEXTED],
    }
    return Template("channel.html", context=context, status_code=shown.status)


def _channel_words(channel: KnownChannel, now: datetime, zone: ZoneInfo) -> str:
    at = channel.paused_until if channel.state is ChannelState.PAUSED else channel.verified_at
    when = moment_words(at, now, zone) if at is not None else ""
    return f"{_(KINDS[channel.kind])}: {_(STATES[channel.state], when=when)}"


def _preview(page: ChannelPage, code: str) -> Preview:
    text = render("A0", code, "need", page.values[code])
    counted = count_segments(text)
    return Preview(text, code, counted.units, counted.segments)


async def _zone(session: AsyncSession, actor: Actor) -> ZoneInfo:
    card = await member_card(session, actor.organization_id) if actor.organization_id else None
    return ZoneInfo(card.time_zone if card else DEFAULT_TIME_ZONE)
