"""What an agency was asked this month and how it ended, by its own word and by the patients'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from referrals.lifecycle import AFTER_YES, GOT_HELP, BusinessStatus, Party
from referrals.models import Referral, ReferralEvent

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

S = BusinessStatus
SAID_HELPED = frozenset({S.SERVICE_REPORTED, S.CLOSED_CONFIRMED, S.ACCOUNTS_DIFFER})


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """Counts of requests sent since an instant; what was entered in error is not among them.

    `yes` counts a standing yes, too: people who just walk in are not asked for.
    """

    asked: int
    yes: int
    we_say_helped: int
    patients_say_helped: int
    no_word: int
    differ: int


async def agency_figures(session: AsyncSession, agency_id: UUID, since: datetime) -> AgencyFigures:
    """Counted from the requests and their log, in the agency's context."""
    sent = (
        Referral.performer_organization_id == agency_id,
        Referral.sent_at >= since,
        Referral.status != S.ENTERED_IN_ERROR,
    )
    rows = (await session.execute(select(Referral.id, Referral.status).where(*sent))).all()
    moves = await session.execute(
        select(ReferralEvent.referral_id, ReferralEvent.party, ReferralEvent.status_to)
        .join(Referral, Referral.id == ReferralEvent.referral_id)
        .where(*sent, ReferralEvent.status_to.in_(AFTER_YES | SAID_HELPED))
    )
    yes, helped = set(), set()
    for referral_id, party, status in moves:
        yes.add(referral_id)
        if party is Party.AGENCY and status in SAID_HELPED:
            helped.add(referral_id)
    statuses = [row.status for row in rows]
    return AgencyFigures(
        asked=len(rows),
        yes=len(yes),
        we_say_helped=len(helped),
        patients_say_helped=sum(status in GOT_HELP for status in statuses),
        no_word=statuses.count(S.CLOSED_AGENCY_ONLY),
        differ=statuses.count(S.ACCOUNTS_DIFFER),
    )
