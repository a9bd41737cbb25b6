"""What moves: a place to another address, a program to another page, a program to another agency.

Each is a correction over the feed, so that a re-import brings none of it back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, text

from directory.actions.corrections import correct, hide_row, run_by, undo_correction
from directory.actions.edited import Correction, read_value, seen_by_search
from directory.actions.reports import record_moved
from directory.importing.keeping import HIDDEN
from directory.models import Overlay
from directory.rows import Written, read_rows, write_rows
from directory.stewards.records import agency_of
from shared import audit
from shared.errors import InvalidInput, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.actions.edited import Editor
    from directory.stewards.forms import Form

ADDRESS = ("address_1", "address_2", "city", "state_province", "postal_code")
ADDRESS_OF = text("""
select a.id from address a join location l on l.id = a.location_id
where l.id = :location and not l.confidential and a.withdrawn_at is null
  and l.id in (select p.location_id from service_at_location p join service s on s.id = p.service_id
    where s.organization_id = :organization and p.withdrawn_at is null and s.withdrawn_at is null)
order by (a.address_type = 'physical') desc, a.id limit 1""")
MIDDLE = text("select lat || ', ' || lon from zip_centroid where zip = :zip")
PAGES_OF = text(
    "select :service as id union select id from service_at_location where service_id = :service"
)
STANDS = text("""
select coalesce(p.id, s.id) from service s
left join service_at_location p on p.service_id = s.id and p.id = :id and p.withdrawn_at is null
where s.withdrawn_at is null and (s.id = :id or p.id is not null) limit 1""")
LED_HERE = text("""
select s.id, s.name, max(m.moved_at) as moved_at from service_moved m
join service s on s.id = m.old_id
where m.new_id in (select t.id from service t where t.organization_id = :organization
  union select p.id from service_at_location p join service t on t.id = p.service_id
  where t.organization_id = :organization)
group by s.id, s.name order by moved_at desc""")
FORGET_MOVE = text("""
delete from service_moved where old_id = :service
  or old_id in (select id from service_at_location where service_id = :service)""")
NAMED = text("""
select id, name from organization
where withdrawn_at is null and lower(unaccent(name)) = lower(unaccent(:name)) limit 2""")
ALIKE = text("""
select distinct name from organization where withdrawn_at is null
  and strpos(lower(unaccent(name)), lower(unaccent(:name))) > 0 order by name limit 5""")
AN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OldPage:
    """A program whose page leads here now."""

    service_id: UUID
    name: str
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """A place's new address: the columns that are told. Without a point, its ZIP's middle."""

    location_id: UUID
    address_id: UUID
    given: Mapping[str, str]
    reason: str
    point: str = ""


async def move_place(
    session: AsyncSession, form: Form, organization_id: UUID, by: Editor, now: datetime
) -> None:
    """The address it has now. Without a point the middle of its ZIP stands for it."""
    reason, location = _reason(form), form.id("place")
    keys = {"location": location, "organization": organization_id}
    address = await session.scalar(ADDRESS_OF, keys) if location else None
    if location is None or address is None:
        raise NotFound(_("This record is not in the directory."))
    given = {name: form.text(name) for name in ADDRESS}
    move = Move(location, address, given, reason, form.text("point"))
    await move_to(session, move, by, now)


async def move_to(session: AsyncSession, move: Move, by: Editor, now: datetime) -> None:
    """Correct what differs of the address, and the point with it: the old one is wrong now."""
    says = (await read_rows(session, "address", [move.address_id]))[move.address_id]
    changed = {name: new for name, new in move.given.items() if new != (says[name] or "")}
    if not changed:
        raise InvalidInput(_("That is what it says already."), field="address_1")
    for name, new in changed.items():
        said = Correction("address", move.address_id, name, new, move.reason)
        await correct(session, said, by, now)
    code = move.given.get("postal_code") or says["postal_code"] or ""
    spot = move.point or await session.scalar(MIDDLE, {"zip": code[:5]})
    if not spot:
        raise InvalidInput(
            _("Nobody knows this ZIP code. Write the map point, too."), field="point"
        )
    there = (await read_rows(session, "location", [move.location_id]))[move.location_id]
    if read_value("location", "point", spot) != there["point"]:
        said = Correction("location", move.location_id, "point", spot, move.reason)
        await correct(session, said, by, now)


async def move_page(
    session: AsyncSession, service_id: UUID, form: Form, by: Editor, now: datetime
) -> UUID:
    """Every page of the program leads to another one from now on, and search finds that one."""
    reason = _reason(form)
    named = AN_ID.search(form.text("new_page"))
    new = await session.scalar(STANDS, {"id": UUID(named.group())}) if named else None
    if new is None:
        raise InvalidInput(
            _("Paste the address of a page that is in this directory."), field="new_page"
        )
    old_pages = set(await session.scalars(PAGES_OF, {"service": service_id}))
    if new in old_pages:
        raise InvalidInput(_("That is a page of this very program."), field="new_page")
    for page in sorted(old_pages):
        await record_moved(session, page, new, now=now)
    await hide_row(session, "service", service_id, reason, by, now)
    found: UUID = new
    return found


async def move_page_back(
    session: AsyncSession, old: UUID, organization_id: UUID, by: Editor, now: datetime
) -> None:
    """The old page stands by itself again."""
    if old not in {each.service_id for each in await old_pages_of(session, organization_id)}:
        raise NotFound(_("This record is not in the directory."))
    await session.execute(FORGET_MOVE, {"service": old})
    standing = await session.scalar(
        select(Overlay.id).where(
            Overlay.entity_id == old, Overlay.field == HIDDEN, Overlay.ended_at.is_(None)
        )
    )
    if standing is not None:
        await undo_correction(session, standing, by, now)
    else:  # one of our own: no feed, no correction
        await write_rows(session, "service", [Written(old, {HIDDEN: None})])
        await seen_by_search(session, "service", old, now)
    await audit.record(
        session, "service_moved_back", subject_kind="service", subject_id=old, now=now
    )


async def old_pages_of(session: AsyncSession, organization_id: UUID) -> list[OldPage]:
    """Programs whose pages lead to one of this agency, the newest first."""
    rows = await session.execute(LED_HERE, {"organization": organization_id})
    return [OldPage(row.id, row.name, row.moved_at) for row in rows]


async def give_to(
    session: AsyncSession, service_id: UUID, form: Form, by: Editor, now: datetime
) -> None:
    """Another agency runs the program now; named by its name or the address of a page."""
    reason, said = _reason(form), form.text("agency")
    await run_by(session, service_id, await _agency(session, said), reason, by, now)


async def _agency(session: AsyncSession, said: str) -> UUID:
    pasted = AN_ID.search(said)
    found = await agency_of(session, UUID(pasted.group())) if pasted else None
    if found is not None:
        return found
    named = (await session.execute(NAMED, {"name": said})).all() if said else []
    if len(named) == 1:
        only: UUID = named[0].id
        return only
    if named:
        raise InvalidInput(
            _("Several agencies have this name. Paste the address of one of their pages."),
            field="agency",
        )
    alike = ", ".join(await session.scalars(ALIKE, {"name": said})) if said else ""
    if alike:
        raise InvalidInput(
            _("No agency has this name. Alike: %(names)s"), values={"names": alike}, field="agency"
        )
    raise InvalidInput(_("No agency of the directory has this name."), field="agency")


def _reason(form: Form) -> str:
    reason = form.text("reason")
    if not reason:
        raise InvalidInput(_("Write how you know it."), field="reason")
    return reason
