"""Writes down how a record was checked: by phone, by a visit, on a website, told by the agency."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from directory.actions.corrections import correct
from directory.actions.edited import Correction
from directory.models.care import CheckedHow, ServiceCheck
from directory.models.stewards import Means

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.actions.edited import Editor

# What an agency writes to us, it tells us itself.
HOW_OF_MEANS = {
    Means.PHONE: CheckedHow.PHONE,
    Means.VISIT: CheckedHow.VISIT,
    Means.EMAIL: CheckedHow.AGENCY,
    Means.LETTER: CheckedHow.AGENCY,
}


async def note_checked(
    session: AsyncSession,
    services: Collection[tuple[UUID, date | None]],
    how: CheckedHow,
    by: Editor,
    now: datetime,
) -> None:
    """These services (id, checked on so far) are right today, as somebody found out by `how`."""
    today = now.date()
    for service_id, checked_on in services:
        if checked_on != today:
            checked = Correction("service", service_id, "assured_date", today.isoformat())
            await correct(session, checked, by, now)
        said = {"checked_on": today, "how": how, "checked_at": now, "checked_by": by.name}
        row = insert(ServiceCheck).values(service_id=service_id, **said)
        await session.execute(row.on_conflict_do_update(index_elements=["service_id"], set_=said))
