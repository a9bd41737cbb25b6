"""From draft to closed, both voices, with every message on record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from builders.referrals import TUESDAY, a_town
from notify.api import messages_of
from referrals.actions import AgencySays
from referrals.jobs import run_due
from referrals.lifecycle import BusinessStatus as S

if TYPE_CHECKING:
    from shared.database import Database


async def test_a_request_goes_from_draft_to_closed_confirmed(
    database: Database, worker_database: Database
) -> None:
    town = await a_town(database)
    referral = await town.sent()
    assert referral.status is S.SENT
    assert referral.code == 10

    yes = await town.says(referral.id, AgencySays.YES)
    assert yes.referral.status is S.ACCEPTED

    later = TUESDAY + timedelta(days=1)
    await town.says(referral.id, AgencySays.HELPED, town.page(later))
    assert (await town.read(referral.id)).status is S.SERVICE_REPORTED

    await run_due(worker_database, later + timedelta(minutes=1))
    await town.answers(referral.id, 1, town.patient(later + timedelta(hours=1)))
    assert (await town.read(referral.id)).status is S.CLOSED_CONFIRMED

    async with town.as_clinic() as session:
        sent = [story.template for story in await messages_of(session, referral.id)]
    assert sent == ["P0", "A1", "P0b", "P2", "A4i", "P5", "P6"]
