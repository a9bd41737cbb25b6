"""Directory listings for tests: an organization with services at places, in a few words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from geoalchemy2 import WKTElement
from sqlalchemy import select

from directory import models
from directory.codes import Frequency, HowToStart, PlaceType, ServiceStatus
from directory.search.projection import project
from shared.identifiers import new_id

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

# A Wednesday, 9:40 in New York.
NOW = datetime(2023, 5, 10, 13, 40, tzinfo=UTC)
SALISBURY = (38.3607, -75.5994)
DEGREE_OF_A_MILE = 1609.344 / 111_195.0


@dataclass(slots=True)
class Listing:
    """A service at a place, as a test wants it."""

    name: str = "Harbor Pantry"
    description: str = "Free groceries for about 3 days."
    terms: tuple[str, ...] = ("1102",)
    miles_north: float | None = 0.5  # None: no place at all
    confidential: bool = False
    hours: tuple[tuple[str, str, str], ...] = (("TH", "10:00", "12:00"),)
    languages: tuple[str, ...] = ("en",)
    flags: dict[str, bool] = field(default_factory=dict)
    how_to_start: HowToStart = HowToStart.WALK_IN
    area: str | None = None
    area_outline: str | None = None
    spanish: dict[str, str] = field(default_factory=dict)
    phone: str = "+12025550144"
    assured_date: date | None = date(2023, 4, 19)
    city: str = "Salisbury"
    delivery: tuple[str, ...] = ()
    status: ServiceStatus = ServiceStatus.ACTIVE
    may_show_public: bool = True
    may_republish: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """The ids of what was made."""

    organization_id: UUID
    service_id: UUID
    location_id: UUID | None
    id: UUID  # service_at_location


async def list_service(session: AsyncSession, listing: Listing) -> Listed:
    """Write a listing's rows and project them."""
    source = models.Source(
        id=new_id(),
        name=f"test {new_id()}",
        may_show_public=listing.may_show_public,
        may_republish=listing.may_republish,
        may_send_to_search_server=True,
    )
    session.add(source)
    await session.flush()
    make = _Maker(session, source.id)
    organization = await make(models.Organization, name=f"{listing.name} Inc")
    service = await make(
        models.Service,
        organization_id=organization,
        name=listing.name,
        description=listing.description,
        status=listing.status,
        how_to_start=listing.how_to_start,
        how_to_start_known=True,
        flags=listing.flags,
        delivery=list(listing.delivery),
        assured_date=listing.assured_date,
    )
    location = await _location(make, listing, organization)
    place = await make(models.ServiceAtLocation, service_id=service, location_id=location)
    await _owned(session, make, listing, service)
    await project(session, [service], NOW)
    return Listed(organization, service, location, place)


class _Maker:
    """Adds rows of one source."""

    def __init__(self, session: AsyncSession, source_id: UUID) -> None:
        self._session, self._source_id = session, source_id

    async def __call__(self, model: Any, **values: Any) -> UUID:  # noqa: ANN401 -- any table
        row_id = new_id()
        self._session.add(
            model(
                id=row_id,
                source_id=self._source_id,
                external_id=str(row_id),
                content_hash=b"",
                fetched_at=NOW,
                **values,
            )
        )
        await self._session.flush()
        return row_id


async def _location(make: _Maker, listing: Listing, organization: UUID) -> UUID | None:
    if listing.miles_north is None:
        return None
    lat, lon = SALISBURY[0] + listing.miles_north * DEGREE_OF_A_MILE, SALISBURY[1]
    location = await make(
        models.Location,
        organization_id=organization,
        location_type=PlaceType.PHYSICAL,
        name="Side door",
        time_zone="America/New_York",
        confidential=listing.confidential,
        county="Wicomico County",
        point=None if listing.confidential else WKTElement(f"POINT({lon} {lat})", srid=4326),
    )
    if not listing.confidential:
        await make(
            models.Address,
            location_id=location,
            address_1="12 Elm Street",
            city=listing.city,
            state_province="MD",
            postal_code="21801",
            country="US",
            address_type=PlaceType.PHYSICAL,
        )
    return location


async def _owned(session: AsyncSession, make: _Maker, listing: Listing, service: UUID) -> None:
    await make(models.Phone, service_id=service, number=listing.phone, type="voice")
    for byday, opens, closes in listing.hours:
        await make(
            models.Schedule,
            service_id=service,
            # '3SA' is the third Saturday of the month.
            freq=Frequency.MONTHLY if byday[0].isdigit() else Frequency.WEEKLY,
            byday=byday,
            opens_at=time.fromisoformat(opens),
            closes_at=time.fromisoformat(closes),
        )
    for code in listing.languages:
        await make(models.Language, service_id=service, code=code)
    if listing.area is not None:
        await make(
            models.ServiceArea,
            service_id=service,
            name=listing.area,
            extent=listing.area_outline,
            extent_type="geojson" if listing.area_outline else None,
        )
    for field_name, words in listing.spanish.items():
        await make(
            models.Translation,
            entity="service",
            entity_id=service,
            field=field_name,
            language="es",
            text=words,
        )
    for code in listing.terms:
        term = await session.scalar(
            select(models.TaxonomyTerm.id).where(models.TaxonomyTerm.code == code).limit(1)
        )
        await make(
            models.Attribute,
            link_id=service,
            link_entity="service",
            taxonomy_term_id=term,
            link_type="service_type",
        )
