"""From "nowhere to write" to the first request: hear a yes, ask a phone by A0, invite a mailbox.

Only A0 and the invitation ever go to a channel that nobody said yes for; each channel is asked once
in 30 days, by whichever sender, and never again after a no.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import text

from accounts.api import (
    CHANNEL_KEEPERS,
    VERIFIED_FOR,
    ChannelKind,
    ChannelState,
    NewChannel,
    add_answering_channel,
    create_confirm_link,
    known_channels,
    verify_channel_by_word,
)
from accounts.rules import normal_email
from directory.api import is_public_phone
from notify.api import (
    NewMessage,
    email_hash,
    is_suppressed,
    phone_hash,
    queue_message,
    sender_number_of,
)
from referrals.actions.patients import get_patient
from referrals.actions.recording import heard
from referrals.consequences import HOTLINE
from referrals.decisions import Decision
from referrals.errors import ReferralNotFound
from referrals.going_out import channel_agreed
from referrals.lifecycle import WAITING, Party
from referrals.sending_out import SOURCE
from referrals.transition import Outcome, known_event, lock_referral, transition
from referrals.words import Audience, EventKind
from shared.attempts import add_attempt, attempts_since
from shared.errors import Conflict, InvalidInput, NotAllowed
from shared.i18n import gettext_noop as _
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import KnownChannel
    from referrals.actions.recording import HeardWord
    from referrals.models import Referral
    from referrals.words import Word

ASKED_AGAIN_AFTER = timedelta(days=30)
PURPOSE = "ask_channel"


class Asks(StrEnum):
    """How the agency's yes comes about."""

    TOLD = "told"
    TEXT = "text"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class ChannelWish:
    """A phone or mailbox somebody named. `said`: who told us yes, for `Asks.TOLD` only."""

    address: str
    asks: Asks
    language: str = "en"
    said: HeardWord | None = None


async def ask_to_be_texted(
    session: AsyncSession, referral_id: UUID, *, word: Word, wish: ChannelWish
) -> Outcome:
    """Note where the agency may be asked: their yes by word, or the question whether we may.

    With a yes, whatever waits for this agency goes out. InvalidInput names the field.
    """
    if not word.actor.has_role(*CHANNEL_KEEPERS):
        raise NotAllowed(_("Your account may not do this."), code="role_missing")
    referral = await lock_referral(session, referral_id)
    if referral.requester_organization_id != word.actor.organization_id:
        raise ReferralNotFound
    known = await known_event(session, referral_id, word.event_key)
    if known is not None:
        return Outcome(referral, known, repeated=True)
    _check_waits(referral)
    kind, address = channel_address(wish.address, wish.asks)
    await _check_address(session, referral, kind, address)
    channel = await _noted(session, referral, wish, kind, address, word.now)
    if channel.state is ChannelState.PAUSED:
        raise Conflict(_("They asked for no new requests for now. Please call."), code="paused")
    if wish.asks is Asks.TOLD:
        return await _told(session, referral, word, wish, channel)
    if channel.state is ChannelState.STOPPED:
        raise InvalidInput(
            _("They said no to this phone or mailbox, so it is not asked again."),
            field="address",
            code="channel_stopped",
            remedy=_("Please call them."),
        )
    if channel.state is ChannelState.IN_USE:
        return await _agreed_before(session, referral, word, channel)
    await _check_asking(session, referral, wish, address)
    await _count(session, channel.id, word.now)
    return await _ask(session, referral, word, wish, channel)


def _check_waits(referral: Referral) -> None:
    if referral.status not in WAITING:
        raise Conflict(
            _("This request does not wait for an answer. Nothing was sent."), code="not_waiting"
        )
    if referral.how_to_start == HOTLINE:
        raise Conflict(
            _("This help is asked for by phone only. Nothing is sent."), code="by_phone_only"
        )


def channel_address(typed: str, asks: Asks) -> tuple[ChannelKind, str]:
    """What was typed, as a phone or a mailbox; InvalidInput when it can't be asked like that."""
    typed = typed.strip()
    kind = ChannelKind.EMAIL if "@" in typed else ChannelKind.SMS
    address = normal_email(typed) if kind is ChannelKind.EMAIL else to_e164(typed)
    if address is None:
        raise InvalidInput(
            _("This is not a phone number or an e-mail address."),
            field="address",
            remedy=_("Write a number like 202-555-0144 or an address like desk@agency.example."),
        )
    if asks is Asks.TEXT and kind is ChannelKind.EMAIL:
        raise InvalidInput(
            _("A text needs a phone number. This is an e-mail address."), field="address"
        )
    if asks is Asks.MAIL and kind is ChannelKind.SMS:
        raise InvalidInput(
            _("An e-mail needs an address with @. This is a phone number."), field="address"
        )
    return kind, address


async def _check_address(
    session: AsyncSession, referral: Referral, kind: ChannelKind, address: str
) -> None:
    """Not somebody else's by mistake, and not one that told us to stop."""
    sender_id = referral.requester_organization_id
    patient = await get_patient(session, referral.patient_id)
    theirs = {patient.phone, (patient.email or "").lower() or None}
    if address in theirs:
        raise InvalidInput(
            _("This belongs to the patient. Write one of the place."), field="address"
        )
    if address == await sender_number_of(session, sender_id):
        raise InvalidInput(_("This is our own number."), field="address")
    hashed = phone_hash(address) if kind is ChannelKind.SMS else email_hash(address)
    if await is_suppressed(session, sender_id, hashed):
        raise InvalidInput(
            _("This phone or mailbox told us to stop."),
            field="address",
            code="channel_stopped",
            remedy=_("Please call. From a phone they can send START to our number."),
        )


async def _noted(  # noqa: PLR0913 -- the channel in its parts
    session: AsyncSession,
    referral: Referral,
    wish: ChannelWish,
    kind: ChannelKind,
    address: str,
    now: datetime,
) -> KnownChannel:
    """The channel as it stands; two who name the same one at once wait for each other."""
    member_id = referral.performer_organization_id
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"{PURPOSE}:{member_id}:{address}"},
    )
    new = NewChannel(member_id, kind, address, language=wish.language)
    channel_id = await add_answering_channel(session, new, now=now)
    channels = await known_channels(session, member_id, now=now)
    return next(each for each in channels if each.id == channel_id)


async def _told(
    session: AsyncSession,
    referral: Referral,
    word: Word,
    wish: ChannelWish,
    channel: KnownChannel,
) -> Outcome:
    if wish.said is None or not wish.said.said_by.strip():
        raise InvalidInput(_("Write who said it."), field="said_by")
    if not wish.said.role.strip():
        raise InvalidInput(_("Write what their role is."), field="said_role")
    told = replace(heard(word, Party.AGENCY, wish.said), event_key=word.event_key)
    said_at = told.said_at or word.now
    if said_at <= word.now - VERIFIED_FOR:
        raise InvalidInput(
            _("This yes is older than 12 months. Please ask them again."), field="when"
        )
    said_by = f"{told.said_by}, {told.role}, {told.way.value}"
    await verify_channel_by_word(
        session, channel.id, said_by=said_by, now=word.now, said_at=said_at
    )
    decision = Decision(kind=EventKind.CHANNEL_AGREED, audience=Audience.SENDER)
    outcome = await transition(session, referral.id, told, lambda _row: decision)
    await channel_agreed(
        session, channel.id, word.now, sender_id=referral.requester_organization_id
    )
    return outcome


async def _agreed_before(
    session: AsyncSession, referral: Referral, word: Word, channel: KnownChannel
) -> Outcome:
    """They said yes to somebody already: nobody is asked twice, and what waits goes out."""
    decision = Decision(kind=EventKind.CHANNEL_AGREED, audience=Audience.SENDER)
    outcome = await transition(session, referral.id, word, lambda _row: decision)
    await channel_agreed(
        session, channel.id, word.now, sender_id=referral.requester_organization_id
    )
    return outcome


async def _check_asking(
    session: AsyncSession, referral: Referral, wish: ChannelWish, address: str
) -> None:
    if wish.asks is not Asks.TEXT:
        return
    if address == referral.performer_phone or await is_public_phone(session, address):
        raise InvalidInput(
            _("This is a public phone. We never text it unasked."),
            field="address",
            code="public_phone",
            remedy=_("Call it. If they say yes, choose “They told me yes”."),
        )
    if await sender_number_of(session, referral.requester_organization_id) is None:
        raise InvalidInput(
            _("Your organization has no number to text from."),
            field="address",
            remedy=_("Ask by e-mail, or call."),
        )


async def _count(session: AsyncSession, channel_id: UUID, now: datetime) -> None:
    """Once in 30 days, whoever asks."""
    since = now - ASKED_AGAIN_AFTER
    if await attempts_since(session, PURPOSE, str(channel_id), since):
        raise InvalidInput(
            _("We asked there less than 30 days ago. Wait for their answer, or call."),
            field="address",
            code="asked_already",
        )
    await add_attempt(session, PURPOSE, str(channel_id), now)


async def _ask(
    session: AsyncSession,
    referral: Referral,
    word: Word,
    wish: ChannelWish,
    channel: KnownChannel,
) -> Outcome:
    decision = Decision(kind=EventKind.CHANNEL_ASKED, audience=Audience.SENDER)
    outcome = await transition(session, referral.id, word, lambda _row: decision)
    by_text = wish.asks is Asks.TEXT
    params = {}
    if not by_text:
        link_id = await create_confirm_link(
            session,
            organization_id=referral.performer_organization_id,
            channel_id=channel.id,
            now=word.now,
        )
        params["link_id"] = str(link_id)
    await queue_message(
        session,
        NewMessage(
            organization_id=referral.requester_organization_id,
            source=SOURCE,
            subject_id=referral.id,
            template="A0" if by_text else "agency_invitation",
            language=wish.language,
            channel="sms" if by_text else "email",
            recipient_kind="channel",
            recipient_id=channel.id,
            params=params,
            deduplication_key=f"{outcome.event.id}:{channel.id}",
            is_question=by_text,
        ),
        word.now,
    )
    return outcome
