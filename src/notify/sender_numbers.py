"""Which texting number belongs to which organization, one each, and how fast it may send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from notify.delivery import PACE, SenderKind
from notify.models import SenderNumber
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class SenderNumberFacts:
    """An organization's number as staff see it."""

    number: str
    kind: SenderKind
    segments_per_second: float
    next_free_at: datetime | None


async def sender_number_of(session: AsyncSession, organization_id: UUID) -> str | None:
    """The number (E.164) that this organization texts from."""
    row = await session.execute(
        text("select sender_number_of(:organization)"), {"organization": organization_id}
    )
    number: str | None = row.scalar_one()
    return number


async def sender_number_facts(
    session: AsyncSession, organization_id: UUID
) -> SenderNumberFacts | None:
    """The number with its kind and pace; None when the organization has none."""
    found = await session.execute(
        text("select * from sender_number_facts(:organization)"), {"organization": organization_id}
    )
    row = found.one_or_none()
    if row is None:
        return None
    kind = SenderKind(row.kind)
    return SenderNumberFacts(row.number, kind, row.segments_per_second, row.next_free_at)


async def organization_of_number(session: AsyncSession, number: str) -> UUID | None:
    """Whose number (E.164) this is."""
    row = await session.execute(text("select organization_of_number(:number)"), {"number": number})
    organization_id: UUID | None = row.scalar_one()
    return organization_id


async def give_sender_number(
    session: AsyncSession,
    organization_id: UUID,
    number: str,
    *,
    kind: SenderKind = SenderKind.LONG_CODE,
    segments_per_second: float | None = None,
    takes_calls: bool = False,
) -> None:
    """Tie a number to an organization (set-up: worker or owner role).

    A long code of a registered campaign may be allowed more than one segment a second: give that.
    """
    session.add(
        SenderNumber(
            organization_id=organization_id,
            number=number,
            kind=kind,
            segments_per_second=segments_per_second or PACE[kind],
            takes_calls=takes_calls,
        )
    )
    await session.flush()


async def let_number_take_calls(session: AsyncSession, number: str, *, takes: bool) -> bool:
    """Whether calls to a number come to us (set-up: owner role); False when it is not ours."""
    row: SenderNumber | None = await session.scalar(
        select(SenderNumber).where(SenderNumber.number == (to_e164(number) or number))
    )
    if row is None:
        return False
    row.takes_calls = takes
    await session.flush()
    return True


async def locked_number(session: AsyncSession, organization_id: UUID) -> SenderNumber | None:
    """The number's row under its lock: one claim at a time moves its next free moment on."""
    found: SenderNumber | None = await session.scalar(
        select(SenderNumber)
        .where(SenderNumber.organization_id == organization_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found
