"""Whether an agency's phone gets one more automatic text; the first that it does not get is told.

Two machines that answer each other must fall silent, and a person must know that ours did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from referrals import overdue
from referrals.decisions import NewTask
from referrals.models import Referral
from referrals.tasks import Because, TaskKind
from referrals.transition import new_task

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.answers.effects import CodedRequest
    from referrals.answers.reading import Reading


async def may_answer(session: AsyncSession, reading: Reading, request: CodedRequest) -> bool:
    """As `Reading.may_reply`; where it may not, staff are asked once a day to call."""
    if await reading.may_reply(session):
        return True
    if not await reading.tells_of_silence(session):
        return False
    referral = await session.get(Referral, request.referral_id)
    if referral is not None:
        due = overdue.end_of_answering_day(reading.now, 1, referral.requester_hours)
        task = NewTask(TaskKind.CALL_AGENCY_UNCLEAR, due, because=Because.FELL_SILENT)
        session.add(new_task(referral, task, reading.agency_word(request), None))
    return False
