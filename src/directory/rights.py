"""What may be done with a record, by its source's licence (design: practice 2.17).

Every way out of the house asks here: public pages and search, exports and API, a search server.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

# SQL conditions on `source c`; the second needs :today. A licence ends with its last day.
NOT_ENDED = "(c.ends_on is null or c.ends_on >= :today)"
SHOWN_TO_PUBLIC = f"(c.may_show_public and {NOT_ENDED})"
# Whoever may not show it may not hand it on either.
MAY_REPUBLISH = f"(c.may_republish and {SHOWN_TO_PUBLIC})"
MAY_LEAVE_FOR_SEARCH_SERVER = f"(c.may_send_to_search_server and {SHOWN_TO_PUBLIC})"
Reader = AsyncSession | AsyncConnection

ALLOWED = (
    "select distinct asked.id from unnest(cast(:ids as uuid[])) as asked(id)"
    " left join service_at_location p on p.id = asked.id"
    " join service s on s.id = coalesce(p.service_id, asked.id)"
    " join organization o on o.id = s.organization_id"
    " join source c on c.id = s.source_id where {condition}"
)


@dataclass(frozen=True, slots=True)
class Credit:
    """Who is to be named beside a record."""

    name: str
    licence: str | None
    licence_url: str | None
    attribution: str | None


async def shown_to_public(session: Reader, ids: Collection[UUID], today: date) -> set[UUID]:
    """Of these services or services at locations, those that everybody may see."""
    return await _allowed(session, SHOWN_TO_PUBLIC, ids, today)


async def may_leave_for_search_server(
    session: Reader, ids: Collection[UUID], today: date
) -> set[UUID]:
    """Those that may be sent to a search server."""
    return await _allowed(session, MAY_LEAVE_FOR_SEARCH_SERVER, ids, today)


async def _allowed(
    session: Reader, condition: str, ids: Collection[UUID], today: date
) -> set[UUID]:
    found = await session.execute(
        text(ALLOWED.format(condition=condition)), {"ids": list(ids), "today": today}
    )
    return set(found.scalars())


CREDIT = text("""
select c.name, c.licence, c.licence_url, c.attribution from service s
join source c on c.id = s.source_id
left join service_at_location p on p.service_id = s.id and p.id = :id
where s.id = :id or p.id is not null limit 1""")


async def credit_of(session: Reader, service_id: UUID) -> Credit | None:
    """The source of a service or service at a location."""
    row = (await session.execute(CREDIT, {"id": service_id})).first()
    return Credit(*row) if row is not None else None
