"""Which agencies are to be called, and why: one call for all of an agency's programmes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text

from directory.models.stewards import CallOutcome, Means
from directory.stewards.rules import AT_ONCE, GOOD_FOR, SPREAD_DAYS, WEEKS, Try, waits_for_next_try

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncSession

LISTED = 200
# A word against a record counts until somebody checks the record.
SERVICES = """
select s.id, s.organization_id, s.source_id, o.name as organization, s.name, s.assured_date,
  (select count(*) from service_report r where r.service_id = s.id and r.settled_at is null)
    as reports,
  (select coalesce(sum(g.times), 0) from staleness_signal g
    join service_at_location p on p.id = g.service_at_location_id
    where p.service_id = s.id and g.on_day > coalesce(s.assured_date, date '1900-01-01'))
    as signals,
  exists (select from unlisted_service u where u.service_id = s.id) as unlisted,
  (select k.how from service_check k
    where k.service_id = s.id and k.checked_on = s.assured_date) as how
from service s join organization o on o.id = s.organization_id
where s.withdrawn_at is null and o.withdrawn_at is null
  and s.status in ('active', 'temporarily closed')"""
# Each agency's own number of days, the same every year.
TURN = f"('x' || left(md5(cast(organization_id as text)), 4))::bit(16)::int % {SPREAD_DAYS}"
# What a feed brought unchecked, or checked long ago, is a year's work: each agency has its week,
# counted from the feed's first import. Records of our own have no feed and don't wait; nor do few.
WEEK = f"('x' || right(md5(cast(organization_id as text)), 4))::bit(16)::int % {WEEKS}"
OLD = f"""
with standing as ({SERVICES}),
came as (select source_id, min(started_at)::date as first_on from import_run
  where undone_at is null group by source_id),
unsure as (select t.organization_id, reports > 0 or signals > 0
    or coalesce(cast(:today as date) >= c.first_on + 7 * ({WEEK}), true) as has_its_turn
  from standing t left join came c on c.source_id = t.source_id
  where reports > 0 or signals > 0 or assured_date is null
    or assured_date < cast(:year_ago as date) + {TURN}),
old as (select organization_id, has_its_turn
    or (select count(distinct organization_id) from unsure) <= {AT_ONCE} as is_due from unsure)"""
DUE = text(f"""{OLD}
select * from standing where organization_id in (select organization_id from old where is_due)
order by organization, organization_id, name""")
LATER = text(f"""{OLD}
select count(distinct organization_id) from old
where organization_id not in (select organization_id from old where is_due)""")
OF_AGENCY = text(f"{SERVICES} and s.organization_id = :organization order by s.name")
TRIES = text("""
select directory_organization_id, means, outcome, tried_at from verification_attempt
where directory_organization_id = any(:ids) order by tried_at""")
PHONES = text("""
select distinct on (owner) owner, number from (
  select p.organization_id as owner, p.number, p.id, 0 as rank from phone p
    where p.organization_id = any(:ids) and p.withdrawn_at is null and p.contact_id is null
      and coalesce(p.type, 'voice') in ('voice', 'cell', '')
  union all select s.organization_id, p.number, p.id, 1 from phone p
    join service s on s.id = p.service_id
    where s.organization_id = any(:ids) and p.withdrawn_at is null and p.contact_id is null
      and coalesce(p.type, 'voice') in ('voice', 'cell', '')
  union all select s.organization_id, p.number, p.id, 2 from phone p
    join service_at_location a on a.location_id = p.location_id
    join service s on s.id = a.service_id
    where s.organization_id = any(:ids) and p.withdrawn_at is null and p.contact_id is null
      and coalesce(p.type, 'voice') in ('voice', 'cell', '')) found
order by owner, rank, id""")
COUNTS = text("""
select count(*) as records, count(*) filter (where assured_date is null
  or assured_date < :year_ago) as old
from service where withdrawn_at is null and status in ('active', 'temporarily closed')""")


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One of an agency's services."""

    id: UUID
    name: str
    checked_on: date | None
    unlisted: bool
    how: str | None = None


@dataclass(slots=True)
class DueAgency:
    """An agency to call. `reports` and `signals` count words against its records."""

    id: UUID
    name: str
    services: list[ServiceLine] = field(default_factory=list)
    phone: str | None = None
    reports: int = 0
    signals: int = 0
    tries: list[Try] = field(default_factory=list)

    @property
    def unlisted(self) -> bool:
        """Whether the public finds none of it any more."""
        return any(service.unlisted for service in self.services)

    @property
    def oldest(self) -> date | None:
        """The oldest check; None when something was never checked."""
        checks = [service.checked_on for service in self.services]
        return None if None in checks else min(each for each in checks if each is not None)


@dataclass(frozen=True, slots=True)
class DueList:
    """Today's calls in their order; `waiting` were tried in vain some days ago.

    `later` are agencies whose week has not come.
    """

    agencies: list[DueAgency]
    waiting: int
    records: int
    old: int
    later: int = 0


async def due_list(session: AsyncSession, now: datetime) -> DueList:
    """Words against a record first, then what was never checked, then the oldest check."""
    year_ago = now.date() - GOOD_FOR
    keys = {"year_ago": year_ago, "today": now.date()}
    rows = (await session.execute(DUE, keys)).mappings().all()
    agencies = await _agencies(session, list(rows))
    waiting = [each for each in agencies if waits_for_next_try(each.tries, now)]
    ready = [each for each in agencies if each not in waiting]
    ready.sort(key=lambda each: (-each.reports, -each.signals, each.oldest or date.min, each.name))
    counts = (await session.execute(COUNTS, {"year_ago": year_ago})).one()
    later = await session.scalar(LATER, keys)
    return DueList(ready[:LISTED], len(waiting), counts.records, counts.old, later or 0)


async def agency_record(session: AsyncSession, organization_id: UUID) -> DueAgency | None:
    """One agency with its services and tries; None when it has no service that stands."""
    rows = await session.execute(OF_AGENCY, {"organization": organization_id})
    found = await _agencies(session, list(rows.mappings().all()))
    return found[0] if found else None


async def _agencies(session: AsyncSession, rows: list[RowMapping]) -> list[DueAgency]:
    found: dict[UUID, DueAgency] = {}
    for row in rows:
        key = row["organization_id"]
        agency = found.setdefault(key, DueAgency(key, row["organization"]))
        line = ServiceLine(row["id"], row["name"], row["assured_date"], row["unlisted"], row["how"])
        agency.services.append(line)
        agency.reports += row["reports"]
        agency.signals += row["signals"]
    tries = await tries_of(session, found)
    phones = await session.execute(PHONES, {"ids": list(found)})
    numbers = {row.owner: row.number for row in phones}
    for key, agency in found.items():
        agency.tries, agency.phone = tries[key], numbers.get(key)
    return list(found.values())


async def tries_of(
    session: AsyncSession, organizations: Collection[UUID]
) -> defaultdict[UUID, list[Try]]:
    """Every attempt, oldest first."""
    found: defaultdict[UUID, list[Try]] = defaultdict(list)
    for row in await session.execute(TRIES, {"ids": list(organizations)}):
        one = Try(Means(row.means), CallOutcome(row.outcome), row.tried_at)
        found[row.directory_organization_id].append(one)
    return found
