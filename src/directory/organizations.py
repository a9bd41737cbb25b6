"""A listed organization by its name and the numbers the public may call."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

ORGANIZATION = text("""
select o.id, o.name, array(
    select distinct p.number from phone p left join service s on s.id = p.service_id
    where (p.organization_id = o.id or s.organization_id = o.id)
      and p.contact_id is null and p.withdrawn_at is null and coalesce(p.type, 'voice') = 'voice'
    order by p.number limit 3) as phones
from organization o join source c on c.id = o.source_id
where (o.id = :id or o.id = (select d.organization_id from search_doc d where d.id = :id))
  and o.withdrawn_at is null and c.may_show_public
""")


@dataclass(frozen=True, slots=True)
class ListedOrganization:
    """Its name and up to three public numbers in E.164."""

    id: UUID
    name: str
    phones: tuple[str, ...]


async def listed_organization(
    session: AsyncSession, organization_id: UUID
) -> ListedOrganization | None:
    """By its own id or that of a page of its services; None when the public doesn't see it."""
    row = (await session.execute(ORGANIZATION, {"id": organization_id})).one_or_none()
    return ListedOrganization(row.id, row.name, tuple(row.phones)) if row is not None else None
