"""A town with requests of every urgency and way to start, and one number for all its rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from builders.laws import TABLES
from builders.referrals import TUESDAY, Town, a_town
from referrals.actions import AgencySays
from referrals.overdue import Urgency
from shared.database import Context

if TYPE_CHECKING:
    from uuid import UUID

    from shared.database import Database

DAY = timedelta(days=1)
WAYS_TO_START = ("agency_calls_patient", "patient_calls", "apply", "walk_in", "through_hotline")


async def fingerprint(owner: Database) -> list[str]:
    async with owner.transaction(Context()) as session:
        return [
            str(
                (
                    await session.execute(
                        text(
                            f"select md5(string_agg(t::text, ';' order by t::text)) from {table} t"  # noqa: S608
                        )
                    )
                ).scalar_one()
            )
            for table in TABLES
        ]


async def a_busy_town(database: Database) -> tuple[Town, list[UUID]]:
    """Requests of every urgency and way to start, in every hand."""
    town = await a_town(database, mailboxes=("denise@harbor.example",))
    ids = [
        (await town.sent(urgency=urgency, how_to_start=how)).id
        for urgency in Urgency
        for how in WAYS_TO_START
    ]
    for says in (
        AgencySays.YES,
        AgencySays.WAIT_LIST,
        AgencySays.NO,
        AgencySays.QUESTION,
        AgencySays.CALL_ME,
        AgencySays.HELPED,
        AgencySays.SERVING,
        AgencySays.ENROLLED,
        AgencySays.PAUSED,
        AgencySays.CONTACTING,
        AgencySays.SCHEDULED,
    ):
        referral = await town.sent()
        visit = TUESDAY + 3 * DAY if says is AgencySays.SCHEDULED else None
        await town.says(referral.id, says, visit_at=visit)
        ids.append(referral.id)
    ids.append((await town.draft()).id)
    return town, ids
