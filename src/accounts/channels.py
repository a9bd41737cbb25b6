"""Phones and mailboxes at which an organization answers requests.

Only verified ones are used (practice 2.5). Everybody may know that one exists; addresses are read
by the worker alone, at the moment of sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import AnsweringChannel
from accounts.rules import (
    ASKED_AGAIN_AFTER,
    VERIFIED_FOR,
    ChannelKind,
    ChannelState,
    VerifiedHow,
    channel_state,
    normal_email,
)
from shared import audit, clock, due
from shared.crypto import routing_hash
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id
from shared.phone_numbers import to_e164

# The row of `due` that asks again before a yes is 12 months old.
CHECK_KIND = "channel_check"


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel somebody named; not used before it is verified."""

    member_id: UUID
    kind: ChannelKind
    address: str
    language: str = "en"
    all_hours: bool = False


@dataclass(frozen=True, slots=True)
class ChannelFact:
    """That a verified channel exists; never its address."""

    id: UUID
    kind: ChannelKind
    language: str
    all_hours: bool


@dataclass(frozen=True, slots=True)
class KnownChannel:
    """A phone or mailbox somebody named, verified or not; never its address."""

    id: UUID
    kind: ChannelKind
    state: ChannelState
    verified_at: datetime | None
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class ResolvedChannel:
    """A channel with its address, for the worker at the moment of sending."""

    id: UUID
    member_id: UUID
    kind: ChannelKind
    address: str
    language: str
    all_hours: bool
    verified: bool
    stopped: bool
    time_zone: str


@dataclass(frozen=True, slots=True)
class ChannelMatch:
    """A channel that belongs to the phone a text came from.

    `opted_in_at`: when that phone itself said yes to A0, if it did.
    """

    channel_id: UUID
    member_id: UUID
    language: str
    verified: bool
    opted_in_at: datetime | None = None


def phone_hash(e164: str) -> bytes:
    """The network-wide hash by which a phone is found."""
    return routing_hash("phone", e164)


async def add_answering_channel(session: AsyncSession, new: NewChannel, *, now: datetime) -> UUID:
    """Note a channel, unverified; the id of the old one when it is already known."""
    address = _normal_address(new.kind, new.address)
    draft = AnsweringChannel(id=new_id(), organization_id=new.member_id, address=address)
    found = await session.execute(
        text(
            "select add_answering_channel(:id, :member, :kind, :sealed, :hash, :language,"
            " :all_hours, :now)"
        ),
        {
            "id": draft.id,
            "member": new.member_id,
            "kind": new.kind.value,
            "sealed": draft.address_sealed,
            "hash": _address_hash(new.kind, address),
            "language": new.language,
            "all_hours": new.all_hours,
            "now": now,
        },
    )
    channel_id = UUID(str(found.scalar_one()))
    await _record(session, "channel_added", channel_id, now)
    return channel_id


async def verify_channel_by_word(
    session: AsyncSession,
    channel_id: UUID,
    *,
    said_by: str,
    now: datetime,
    said_at: datetime | None = None,
) -> None:
    """Its owner told a member of staff: yes, send requests there. `said_at` None = just now."""
    if not said_by.strip():
        raise InvalidInput(
            _("Say who agreed to this."),
            field="said_by",
            remedy=_("Write the name or the role of the person who said yes."),
        )
    await _verify(
        session, channel_id, VerifiedHow.TOLD_TO_STAFF, said_by.strip(), now, said_at=said_at
    )


async def verify_channel_by_text(session: AsyncSession, channel_id: UUID, *, now: datetime) -> None:
    """The phone itself answered "1" to text A0."""
    await _verify(session, channel_id, VerifiedHow.TEXT_REPLY, None, now)


async def confirm_channel_by_link(
    session: AsyncSession, channel_id: UUID, *, now: datetime
) -> None:
    """Whoever reads the mailbox pressed the button behind its confirm link."""
    await _verify(session, channel_id, VerifiedHow.CONFIRM_LINK, None, now)


async def preset_channel(session: AsyncSession, channel_id: UUID, *, now: datetime) -> None:
    """Verified by the network before it went live (seeds)."""
    await _verify(session, channel_id, VerifiedHow.PRESET, None, now)


async def stop_channel(session: AsyncSession, channel_id: UUID, *, now: datetime) -> None:
    """Its owner said stop, or it bounced: not used until verified again."""
    await session.execute(
        text("select stop_channel(:channel, :now)"), {"channel": channel_id, "now": now}
    )
    await _record(session, "channel_stopped", channel_id, now)


async def pause_channel(
    session: AsyncSession, channel_id: UUID, *, until: datetime | None, now: datetime
) -> None:
    """No new requests there until then; None starts again. In its owner's context."""
    await session.execute(
        text("select pause_channel(:channel, :until)"), {"channel": channel_id, "until": until}
    )
    await _record(session, "channel_paused" if until else "channel_resumed", channel_id, now)


async def choose_list_hour(
    session: AsyncSession, channel_id: UUID, hour: time | None, *, now: datetime
) -> None:
    """At what hour this phone gets the day's list; None: when its people start to answer.

    In its owner's context: another organization's phone is not found.
    """
    found = await session.get(AnsweringChannel, channel_id)
    if found is None or found.kind is not ChannelKind.SMS:
        raise NotFound(_("There is no such phone or mailbox."))
    found.digest_at = hour
    await _record(session, "list_hour_chosen", channel_id, now, hour=str(hour or ""))


async def verified_channels(
    session: AsyncSession, member_id: UUID, *, now: datetime | None = None
) -> list[ChannelFact]:
    """The channels that requests may go to; an assent is good for 12 months."""
    now = now or clock.now()
    found = await session.execute(
        text("select * from verified_channels(:member, :after, :now)"),
        {"member": member_id, "after": now - VERIFIED_FOR, "now": now},
    )
    return [
        ChannelFact(row.id, ChannelKind(row.kind), row.language, row.all_hours) for row in found
    ]


async def channels_here(session: AsyncSession) -> list[AnsweringChannel]:
    """All channels of the organization whose context this is, with addresses."""
    found = await session.execute(
        select(AnsweringChannel).order_by(AnsweringChannel.created_at, AnsweringChannel.id)
    )
    return list(found.scalars())


async def resolve_channel(
    session: AsyncSession, channel_id: UUID, *, now: datetime | None = None
) -> ResolvedChannel | None:
    """A channel's address (worker role only)."""
    found = await session.execute(
        text("select * from resolve_channel(:channel)"), {"channel": channel_id}
    )
    row = found.one_or_none()
    if row is None:
        return None
    sealed = AnsweringChannel(
        id=row.id, organization_id=row.organization_id, address_sealed=row.address_sealed
    )
    after = (now or clock.now()) - VERIFIED_FOR
    return ResolvedChannel(
        id=row.id,
        member_id=row.organization_id,
        kind=ChannelKind(row.kind),
        address=sealed.address or "",
        language=row.language,
        all_hours=row.all_hours,
        verified=row.verified_at is not None and row.verified_at > after,
        stopped=row.stopped_at is not None,
        time_zone=row.time_zone,
    )


async def channel_by_phone(
    session: AsyncSession, phone_hash: bytes, *, now: datetime | None = None
) -> list[ChannelMatch]:
    """Channels on this phone (worker role only); one phone may answer for several members."""
    found = await session.execute(
        text("select * from channel_by_phone(:hash)"), {"hash": phone_hash}
    )
    after = (now or clock.now()) - VERIFIED_FOR
    return [
        ChannelMatch(
            channel_id=row.id,
            member_id=row.organization_id,
            language=row.language,
            verified=row.verified_at is not None and row.verified_at > after,
            opted_in_at=row.verified_at if row.verified_how == VerifiedHow.TEXT_REPLY else None,
        )
        for row in found
    ]


async def known_channels(
    session: AsyncSession, member_id: UUID, *, now: datetime
) -> list[KnownChannel]:
    """Every channel anybody named for a member, and how it stands, oldest first."""
    found = await session.execute(
        text("select * from known_channels(:member)"), {"member": member_id}
    )
    return [
        KnownChannel(
            id=row.id,
            kind=ChannelKind(row.kind),
            state=channel_state(row.verified_at, row.stopped_at, row.paused_until, now),
            verified_at=row.verified_at,
            paused_until=row.paused_until,
        )
        for row in found
    ]


async def member_of_channel(session: AsyncSession, channel_id: UUID) -> UUID | None:
    """Whose phone or mailbox it is; None when there is no such channel."""
    found = await session.execute(
        text("select member_of_channel(:channel)"), {"channel": channel_id}
    )
    member_id: UUID | None = found.scalar_one()
    return member_id


async def _verify(  # noqa: PLR0913 -- one fact in its parts
    session: AsyncSession,
    channel_id: UUID,
    how: VerifiedHow,
    by: str | None,
    now: datetime,
    *,
    said_at: datetime | None = None,
) -> None:
    member_id = await member_of_channel(session, channel_id)
    if member_id is None:
        raise NotFound(_("There is no such phone or mailbox."))
    place = AnsweringChannel(id=channel_id, organization_id=member_id, verified_by=by)
    await session.execute(
        text("select verify_channel(:channel, :how, :by, :now)"),
        {
            "channel": channel_id,
            "how": how.value,
            "by": place.verified_by_sealed,
            "now": said_at or now,
        },
    )
    again_at = (said_at or now) + ASKED_AGAIN_AFTER
    await due.set_due(session, member_id, CHECK_KIND, channel_id, again_at)
    await _record(session, "channel_verified", channel_id, now, how=how.value)


async def _record(
    session: AsyncSession, action: str, channel_id: UUID, now: datetime, **detail: str
) -> None:
    await audit.record(
        session,
        action,
        subject_kind="answering_channel",
        subject_id=channel_id,
        now=now,
        detail=dict(detail),
    )


def _normal_address(kind: ChannelKind, address: str) -> str:
    normal = to_e164(address) if kind is ChannelKind.SMS else normal_email(address)
    if normal is None:
        raise InvalidInput(
            _("This is not a phone number or an e-mail address."),
            field="address",
            remedy=_("Write a number like 202-555-0144 or an address like desk@agency.example."),
        )
    return normal


def _address_hash(kind: ChannelKind, address: str) -> bytes:
    return phone_hash(address) if kind is ChannelKind.SMS else routing_hash("email", address)
