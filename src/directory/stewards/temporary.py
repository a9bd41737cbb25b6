"""A place that is open for some days only, such as a cooling centre: listed at once, gone after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from geoalchemy2 import WKTElement
from sqlalchemy import func, select

from directory import models
from directory.codes import Frequency, HowToStart, LinkType, PlaceType, ServiceStatus
from directory.needs import need_of
from directory.rows import OURS
from directory.time_zones import zone_at
from directory.zips import state_of
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id
from shared.phone_numbers import to_e164

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

EVERY_DAY = "MO,TU,WE,TH,FR,SA,SU"
LINE = 200


@dataclass(frozen=True, slots=True)
class NewSite:
    """What people read about it. Its point is its ZIP's middle until somebody corrects it."""

    name_en: str
    name_es: str
    what_en: str
    what_es: str
    need: str
    street: str
    city: str
    zip: str
    phone: str
    opens: time | None
    closes: time | None


@dataclass(slots=True)
class _Maker:
    """Adds rows of the emergency's own source, which ends with it."""

    session: AsyncSession
    source_id: UUID
    now: datetime
    made: list[tuple[str, UUID]]

    async def add(self, model: Any, **values: Any) -> UUID:  # noqa: ANN401 -- any table
        row_id = new_id()
        self.session.add(
            model(
                id=row_id,
                source_id=self.source_id,
                external_id=f"{OURS}{row_id}",
                content_hash=b"",
                fetched_at=self.now,
                **values,
            )
        )
        await self.session.flush()
        self.made.append((model.__tablename__, row_id))
        return row_id


async def open_site(
    session: AsyncSession, new: NewSite, emergency: models.Emergency, now: datetime
) -> list[tuple[str, UUID]]:
    """List it. Gives (table, id) of every row made."""
    check_site(new)
    place = await session.get(models.ZipCentroid, new.zip)
    if place is None:
        raise InvalidInput(_("Nobody knows this ZIP code."), field="site_zip")
    number = await session.scalar(select(func.count()).select_from(models.Source))
    source = models.Source(
        name=f"Emergency {emergency.starts_on.isoformat()} ({(number or 0) + 1})",
        may_show_public=True,
        may_republish=True,
        may_send_to_search_server=True,
        ends_on=emergency.ends_on,
    )
    session.add(source)
    await session.flush()
    make = _Maker(session, source.id, now, [])
    organization = await make.add(models.Organization, name=new.name_en)
    service = await _service(make, new, organization, emergency)
    location = await make.add(
        models.Location,
        organization_id=organization,
        location_type=PlaceType.PHYSICAL,
        name=new.name_en,
        time_zone=zone_at(place.lat, place.lon),
        confidential=False,
        point=WKTElement(f"POINT({place.lon} {place.lat})", srid=4326),
    )
    await _place(make, new, service, location, emergency)
    return make.made


def check_site(new: NewSite) -> None:
    """Raises InvalidInput beside the field that lacks something."""
    for value, field, words in (
        (new.name_en, "site_name_en", _("Write its name, in English.")),
        (new.name_es, "site_name_es", _("Write its name, in Spanish.")),
        (new.what_en, "site_what_en", _("Write what people get, in English.")),
        (new.what_es, "site_what_es", _("Write what people get, in Spanish.")),
        (new.street, "site_street", _("Write the street and number.")),
        (new.city, "site_city", _("Write the town.")),
    ):
        if not value.strip():
            raise InvalidInput(words, field=field)
    if state_of(new.zip) is None or len(new.zip) != 5:  # noqa: PLR2004 -- a ZIP's digits
        raise InvalidInput(_("A ZIP code has 5 digits."), field="site_zip")
    if need_of(new.need) is None:
        raise InvalidInput(_("Choose what it helps with."), field="site_need")
    if new.opens is None or new.closes is None or new.opens == new.closes:
        raise InvalidInput(_("Write from when to when it is open."), field="site_opens")
    if new.phone and to_e164(new.phone) is None:
        raise InvalidInput(_("A phone number has 10 digits."), field="site_phone")


async def _service(
    make: _Maker, new: NewSite, organization: UUID, emergency: models.Emergency
) -> UUID:
    service = await make.add(
        models.Service,
        organization_id=organization,
        name=new.name_en,
        description=new.what_en,
        status=ServiceStatus.ACTIVE,
        how_to_start=HowToStart.WALK_IN,
        how_to_start_known=True,
        assured_date=emergency.starts_on,
        flags={"walk_in": True, "free": True},
        delivery=[],
    )
    await make.add(
        models.Attribute,
        link_id=service,
        link_entity="service",
        link_type=LinkType.NEED.value,
        value=new.need,
    )
    for entity_id, entity, field, words in (
        (service, "service", "name", new.name_es),
        (service, "service", "description", new.what_es),
    ):
        await make.add(
            models.Translation,
            entity=entity,
            entity_id=entity_id,
            field=field,
            language="es",
            text=words,
        )
    return service


async def _place(
    make: _Maker, new: NewSite, service: UUID, location: UUID, emergency: models.Emergency
) -> None:
    place = await make.add(models.ServiceAtLocation, service_id=service, location_id=location)
    await make.add(
        models.Address,
        location_id=location,
        address_1=new.street,
        city=new.city,
        state_province=state_of(new.zip),
        postal_code=new.zip,
        country="US",
        address_type=PlaceType.PHYSICAL,
    )
    await make.add(
        models.Schedule,
        service_at_location_id=place,
        freq=Frequency.WEEKLY,
        byday=EVERY_DAY,
        opens_at=new.opens,
        closes_at=new.closes,
        valid_from=emergency.starts_on,
        valid_to=emergency.ends_on,
    )
    if new.phone:
        await make.add(models.Phone, service_id=service, number=to_e164(new.phone), type="voice")
