"""A steward makes a place confidential, and shows it again.

Where it is leaves every public table in the same transaction and is kept sealed for the front door
alone; search, map, pages, lists and search servers read those tables. Imports treat the place as if
its feed said so (directory.importing.hidden).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB

from directory.actions.edited import while_no_import_runs
from directory.importing.checked import row_id
from directory.importing.privacy import TELLS_WHERE
from directory.models import HiddenPlace, Location, Source
from directory.rows import Written, read_rows, write_rows
from directory.search.projection import project, renew_words
from directory.search.renewal import tell_every_process
from shared import audit
from shared.errors import Conflict, InvalidInput, NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.actions.edited import Editor

SECRET_FIELDS = ("point", *TELLS_WHERE)
# What `forget_place` takes out, as it was.
KEPT = {
    "address": "t.location_id = :id",
    "overlay": (
        "t.entity_id in (select id from address where location_id = :id)"
        " or (t.entity_id = :id and t.field = any(:fields))"
    ),
    "metadata": (
        "t.resource_id in (select id from address where location_id = :id)"
        " or (t.resource_id = :id and t.field_name = any(:fields))"
    ),
}
PUT_BACK = (
    "insert into {table} select (jsonb_populate_record(null::public.{table}, :row)).* {conflict}"
)
ADDRESS = ("attention", "address_1", "address_2", "city", "region", "state_province", "postal_code")
KEEP_PRIVATE = text(f"""
insert into location_private (id, source_id, external_id, content_hash, fetched_at,
  organization_id, location_id, {", ".join(ADDRESS)}, country, point)
select :id, l.source_id, l.external_id, ''::bytea, :now, :front_door, l.id,
  {", ".join(f"a.{name}" for name in ADDRESS)}, a.country, l.point
from location l left join lateral (select * from address x where x.location_id = l.id
  and x.withdrawn_at is null order by (x.address_type = 'physical') desc, x.id limit 1) a on true
where l.id = :location
on conflict (id) do update set content_hash = ''::bytea, fetched_at = :now, withdrawn_at = null,
  {", ".join(f"{name} = excluded.{name}" for name in (*ADDRESS, "country", "point"))}""")
# A feed may have moved the place meanwhile.
LATER = text(f"""
select {", ".join(ADDRESS)}, country, st_y(point::geometry) as lat, st_x(point::geometry) as lon
from location_private where location_id = :id and withdrawn_at is null and fetched_at > :since""")
END_PRIVATE = text("""
update location_private set withdrawn_at = :now, content_hash = ''::bytea where location_id = :id
""")
OWNERS = text("""
select s.organization_id from service_at_location p join service s on s.id = p.service_id
where p.location_id = :id union select organization_id from location
where id = :id and organization_id is not null""")


async def hide_place(  # noqa: PLR0913 -- the facts of one action
    session: AsyncSession,
    location_id: UUID,
    reason: str,
    *,
    front_door: UUID,
    by: Editor,
    now: datetime,
) -> None:
    """Say nowhere any more where it is. Raises Conflict when that is so already."""
    if not reason.strip():
        raise InvalidInput(_("Write how you know it."), field="reason")
    location = await _location(session, location_id)
    if location.confidential:
        raise Conflict(_("This place is confidential already."))
    assert by.id is not None  # noqa: S101 -- a steward is a person
    row = HiddenPlace(
        organization_id=front_door,
        location_id=location_id,
        feed_agrees=False,
        made_by=by.id,
        made_by_name=by.name,
        made_at=now,
    )
    row.reason, row.kept = reason.strip(), await _kept(session, location_id)
    session.add(row)
    source = await session.scalar(select(Source.name).where(Source.id == location.source_id))
    own = row_id(str(source), "location_private", location.external_id)
    keys = {"id": own, "location": location_id, "front_door": front_door, "now": now}
    await session.execute(KEEP_PRIVATE, keys)
    location.confidential, location.content_hash = True, b""
    location.alternate_name = location.description = None
    await session.flush()
    await session.execute(text("select forget_place(:id)"), {"id": location_id})
    session.expire(location)
    await _seen(session, location_id, now)
    await audit.record(
        session, "place_hidden", subject_kind="location", subject_id=location_id, now=now
    )


async def show_place(
    session: AsyncSession, location_id: UUID, *, by: Editor, now: datetime
) -> None:
    """Undo it. Raises Conflict when its feed calls it confidential, too."""
    location = await _location(session, location_id)
    row = await hidden_by_hand(session, location_id)
    if row is None:
        raise NotFound(_("No steward has hidden this place."))
    if row.feed_agrees:
        raise Conflict(
            _("Its feed calls this place confidential, too."),
            remedy=_("Ask the source to change it first."),
        )
    await _put_back(session, row, now)
    location.confidential, location.content_hash = False, b""
    row.undone_at, row.undone_by, row.kept = now, by.id, None
    await session.flush()
    await _seen(session, location_id, now)
    await audit.record(
        session, "place_shown", subject_kind="location", subject_id=location_id, now=now
    )


async def hidden_by_hand(session: AsyncSession, location_id: UUID) -> HiddenPlace | None:
    """What stands; visible to the front door alone."""
    found: HiddenPlace | None = await session.scalar(
        select(HiddenPlace).where(
            HiddenPlace.location_id == location_id, HiddenPlace.undone_at.is_(None)
        )
    )
    return found


async def _location(session: AsyncSession, location_id: UUID) -> Location:
    await while_no_import_runs(session, "location", location_id)
    location = await session.get(Location, location_id, with_for_update=True)
    if location is None or location.withdrawn_at is not None:
        raise NotFound(_("This record is not in the directory."))
    return location


async def _kept(session: AsyncSession, location_id: UUID) -> dict[str, Any]:
    """All that is going to be taken out, row by row."""
    now_says = (await read_rows(session, "location", [location_id]))[location_id]
    kept: dict[str, Any] = {"location": {name: now_says[name] for name in SECRET_FIELDS}}
    for table, condition in KEPT.items():
        asked = text(f"select to_jsonb(t) as row from {table} t where {condition}")
        keys: dict[str, Any] = {"id": location_id}
        if ":fields" in condition:
            keys["fields"] = list(SECRET_FIELDS)
        kept[table] = list(await session.scalars(asked.columns(row=JSONB), keys))
    return kept


async def _put_back(session: AsyncSession, row: HiddenPlace, now: datetime) -> None:
    kept, location_id = row.kept, row.location_id
    says, addresses = dict(kept["location"]), kept["address"]
    found = await session.execute(LATER, {"id": location_id, "since": row.made_at})
    later = found.mappings().first()
    if later is not None:
        says["point"] = None if later["lat"] is None else [later["lat"], later["lon"]]
        for address in addresses[:1]:
            address |= {name: later[name] for name in ADDRESS}
    await write_rows(session, "location", [Written(location_id, says)])
    for table in KEPT:
        put = text(PUT_BACK.format(table=table, conflict="on conflict do nothing"))
        put = put.bindparams(bindparam("row", type_=JSONB))
        for each in kept[table]:
            # The feed's next import writes it anew, whatever it says.
            stale = {"content_hash": "\\x"} if table == "address" else {}
            await session.execute(put, {"row": each | stale})
    await session.execute(END_PRIVATE, {"id": location_id, "now": now})


async def _seen(session: AsyncSession, location_id: UUID, now: datetime) -> None:
    """Its documents, those that lean on its point, and the towns that were made of it."""
    owners = await session.scalars(OWNERS, {"id": location_id})
    await project(session, {location_id, *owners}, now)
    await renew_words(session)
    await tell_every_process(session)
