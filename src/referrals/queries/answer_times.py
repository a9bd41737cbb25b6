"""How soon a place usually answers this sender, from its last ten answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import select

from referrals.models import Referral

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

LAST, ENOUGH = 10, 3


@dataclass(frozen=True, slots=True)
class UsualAnswer:
    """The median time to an answer; how many of the last were in time."""

    takes: timedelta
    in_time: int
    of: int

    @property
    def days(self) -> int:
        """Whole days, one at least."""
        return max(1, round(self.takes / timedelta(days=1)))


async def usual_answer(
    session: AsyncSession, requester: UUID, performer: UUID
) -> UsualAnswer | None:
    """None while there are too few answers to say anything."""
    rows = await session.execute(
        select(Referral.sent_at, Referral.answered_at, Referral.answer_due_at)
        .where(
            Referral.requester_organization_id == requester,
            Referral.performer_organization_id == performer,
            Referral.sent_at.is_not(None),
            Referral.answered_at.is_not(None),
            Referral.answer_due_at.is_not(None),
        )
        .order_by(Referral.sent_at.desc())
        .limit(LAST)
    )
    found = [
        (answered - sent, answered <= due)
        for sent, answered, due in rows
        if sent and answered and due
    ]
    if len(found) < ENOUGH:
        return None
    takes = median(took.total_seconds() for took, _in_time in found)
    return UsualAnswer(timedelta(seconds=takes), sum(each for _took, each in found), len(found))
