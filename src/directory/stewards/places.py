"""The places of an agency at the desk: confidential or not, by whose word, what still tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from directory.actions.hiding import hidden_by_hand, hide_place, show_place
from directory.stewards import words
from directory.stewards.calls import steward_of
from shared.errors import NotFound
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor
    from directory.actions.edited import Editor
    from directory.models import HiddenPlace
    from directory.stewards.forms import Form

PLACES = text("""
select distinct l.id, coalesce(l.name, '') as name, l.confidential, l.county,
  coalesce(a.address_1, '') as street, coalesce(a.address_2, '') as room,
  coalesce(a.city, '') as city, coalesce(a.state_province, '') as state,
  coalesce(a.postal_code, '') as zip, a.id is not null as has_address
from service s join service_at_location p on p.service_id = s.id and p.withdrawn_at is null
join location l on l.id = p.location_id and l.withdrawn_at is null
left join lateral (select * from address x where x.location_id = l.id
  and x.withdrawn_at is null order by (x.address_type = 'physical') desc, x.id limit 1) a on true
where s.organization_id = :id and s.withdrawn_at is null order by name, l.id""")
NUMBER_AND_NAME = 2
# Words of the public record in which the street may stand.
TELLING = {
    "organization": "t.id = any(:organizations)",
    "service": "t.id = any(:services)",
    "service_at_location": "t.location_id = :id",
    "location": "t.id = :id",
    "schedule": (
        "t.location_id = :id or t.service_id = any(:services)"
        " or t.service_at_location_id in"
        " (select id from service_at_location where location_id = :id)"
    ),
    "phone": "t.location_id = :id or t.service_id = any(:services)",
    "translation": "t.entity_id = any(:services) or t.entity_id = any(:organizations)",
    "address": "t.location_id <> :id",
}
TOLD = """
select '{table}' as entity, f.key as field from {table} t, jsonb_each_text(to_jsonb(t)) f
where t.withdrawn_at is null and ({condition}) and strpos(lower(f.value), lower(:street)) > 0"""
SERVICES_AT = text("""
select array_agg(distinct s.id) as services, array_agg(distinct s.organization_id) as organizations
from service_at_location p join service s on s.id = p.service_id where p.location_id = :id""")


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """One place; `told` names records (table, field) in which its street still stands."""

    id: UUID
    called: str
    confidential: bool
    by_hand: bool = False
    feed_agrees: bool = False
    since: str = ""
    by: str = ""
    reason: str = ""
    told: list[tuple[str, str]] = field(default_factory=list)
    address: dict[str, str] = field(default_factory=dict)  # by column; none when confidential


async def place_cards(
    session: AsyncSession, organization_id: UUID, zone: ZoneInfo
) -> list[PlaceCard]:
    """All of them, the confidential ones too: without their street."""
    rows = (await session.execute(PLACES, {"id": organization_id})).all()
    cards = []
    for row in rows:
        called = ", ".join(part for part in (row.name, row.street) if part) or row.county
        hidden = await hidden_by_hand(session, row.id) if row.confidential else None
        if hidden is None:
            address = {} if row.confidential or not row.has_address else _address(row)
            cards.append(PlaceCard(row.id, called or "–", row.confidential, address=address))
            continue
        cards.append(
            PlaceCard(
                row.id,
                called or "–",
                confidential=True,
                by_hand=True,
                feed_agrees=hidden.feed_agrees,
                since=words.moment(hidden.made_at, zone),
                by=hidden.made_by_name,
                reason=hidden.reason or "",
                told=await _still_told(session, hidden),
            )
        )
    return cards


def _address(row: Row[Any]) -> dict[str, str]:
    return {
        "address_1": row.street,
        "address_2": row.room,
        "city": row.city,
        "state_province": row.state,
        "postal_code": row.zip,
    }


async def take_place(
    session: AsyncSession,
    form: Form,
    organization_id: UUID,
    actor: Actor,
    by: Editor,
    now: datetime,
) -> None:
    """Hide a place of this agency, or show it again."""
    front_door, _person = await steward_of(session, actor)
    wanted = form.id("place")
    rows = (await session.execute(PLACES, {"id": organization_id})).all()
    if wanted is None or wanted not in {row.id for row in rows}:
        raise NotFound(_("This record is not in the directory."))
    if form.text("do") == "show_place":
        await show_place(session, wanted, by=by, now=now)
        return
    await hide_place(session, wanted, form.text("reason"), front_door=front_door, by=by, now=now)


async def _still_told(session: AsyncSession, hidden: HiddenPlace) -> list[tuple[str, str]]:
    """Where a steward has to mend words: nothing else can know what a sentence gives away."""
    addresses = hidden.kept.get("address", [])
    written = next((each["address_1"] for each in addresses if each.get("address_1")), "")
    street = " ".join(written.split()[:NUMBER_AND_NAME])  # "St" and "Street" are the same
    if not street:
        return []
    at = (await session.execute(SERVICES_AT, {"id": hidden.location_id})).one()
    keys = {
        "id": hidden.location_id,
        "street": street,
        "services": at.services or [],
        "organizations": at.organizations or [],
    }
    found: list[tuple[str, str]] = []
    for table, condition in TELLING.items():
        asked = TOLD.format(table=table, condition=condition)
        used = {name: value for name, value in keys.items() if f":{name}" in asked}
        rows = await session.execute(text(asked), used)
        found += [(row.entity, words.field_words(row.field)) for row in rows]
    return list(dict.fromkeys(found))
