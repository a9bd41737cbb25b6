"""Organizations: taking part, being found by a directory listing, and their public card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Member
from accounts.rules import MemberKind, check_label
from shared import audit, clock
from shared.errors import Conflict
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

ANSWERS_FROM = time(9)
ANSWERS_UNTIL = time(17)
DEFAULT_TIME_ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class MemberCard:
    """What anybody in the network may know of a member."""

    id: UUID
    name: str
    kind: MemberKind
    sender_label: str
    voice_phone: str | None
    time_zone: str
    language: str
    answers_from: time
    answers_until: time
    claimed: bool


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member to be; `sender_label` is how its texts name it."""

    name: str
    kind: MemberKind
    sender_label: str
    voice_phone: str | None = None
    time_zone: str = DEFAULT_TIME_ZONE
    language: str = "en"
    id: UUID | None = None


async def create_member(session: AsyncSession, new: NewMember, *, now: datetime) -> UUID:
    """Add a member; the transaction must run in the new member's own context.

    InvalidInput when its label leaves no room in a text for what the text must say.
    """
    check_label(new.kind, new.sender_label)
    member_id = new.id or new_id()
    session.add(
        Member(
            id=member_id,
            organization_id=member_id,
            name=new.name,
            kind=new.kind,
            sender_label=new.sender_label,
            voice_phone=new.voice_phone,
            time_zone=new.time_zone,
            language=new.language,
            answers_from=ANSWERS_FROM,
            answers_until=ANSWERS_UNTIL,
            claimed_at=now,
            created_at=now,
        )
    )
    await session.flush()
    await audit.record(
        session, "member_created", subject_kind="member", subject_id=member_id, now=now
    )
    return member_id


async def ensure_member_for_listing(
    session: AsyncSession,
    directory_organization_id: UUID,
    name: str,
    *,
    time_zone: str = DEFAULT_TIME_ZONE,
) -> UUID:
    """The member behind a listing; an unclaimed one is made, so a performer is never missing."""
    found = await session.execute(
        text("select ensure_member_for_listing(:listing, :new, :name, :time_zone, :now)"),
        {
            "listing": directory_organization_id,
            "new": new_id(),
            "name": name,
            "time_zone": time_zone,
            "now": clock.now(),
        },
    )
    return UUID(str(found.scalar_one()))


async def claim_listing(
    session: AsyncSession, directory_organization_id: UUID, *, now: datetime
) -> None:
    """Tie a listing to the member whose context this is; Conflict when another one has it."""
    found = await session.execute(
        text("select add_member_listing(:listing, :now), ctx_organization()"),
        {"listing": directory_organization_id, "now": now},
    )
    owner, ours = found.one()
    if owner != ours:
        raise Conflict(_("Another organization has this listing."), code="listing_taken")


async def member_of_listing(session: AsyncSession, directory_organization_id: UUID) -> UUID | None:
    """The member behind a listing, if there is one."""
    found = await session.execute(
        text("select member_of_listing(:listing)"), {"listing": directory_organization_id}
    )
    member_id = found.scalar_one()
    return UUID(str(member_id)) if member_id else None


async def listings_of_member(session: AsyncSession, member_id: UUID) -> list[UUID]:
    """Directory organization ids of a member."""
    found = await session.execute(text("select listings_of_member(:member)"), {"member": member_id})
    return [UUID(str(listing)) for listing in found.scalars()]


async def members_named(session: AsyncSession, name: str) -> list[UUID]:
    """Members with exactly this name, whatever its case (the command line's look-up)."""
    found = await session.execute(text("select members_named(:name)"), {"name": name})
    return [UUID(str(member_id)) for member_id in found.scalars()]


async def member_card(session: AsyncSession, member_id: UUID) -> MemberCard | None:
    """A member's public facts, from any context; None when there is no such member."""
    found = await session.execute(text("select * from member_card(:member)"), {"member": member_id})
    row = found.mappings().one_or_none()
    if row is None:
        return None
    return MemberCard(**{**row, "kind": MemberKind(row["kind"])})
