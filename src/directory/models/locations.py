"""HSDS location, address, accessibility; and the sealed-off truth about confidential places."""

from __future__ import annotations

from uuid import UUID

from geoalchemy2 import Geography, WKBElement
from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.codes import PlaceType
from directory.models.base import FromSource
from shared.models import Base, enum_column


class Location(FromSource, Base):
    """A place. A confidential one has no point and no address here, only its county."""

    __tablename__ = "location"
    __table_args__ = (Index("ix_location_point", "point", postgresql_using="gist"),)

    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    location_type: Mapped[PlaceType] = mapped_column(enum_column(PlaceType, "location_type"))
    name: Mapped[str | None] = mapped_column(Text)
    alternate_name: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    transportation: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    external_identifier: Mapped[str | None] = mapped_column(Text)
    external_identifier_type: Mapped[str | None] = mapped_column(Text)
    # HSDS latitude and longitude, in degrees
    point: Mapped[WKBElement | None] = mapped_column(
        Geography("POINT", srid=4326, spatial_index=False)
    )
    # IANA; from the point, else from the centroid of the address's ZIP
    time_zone: Mapped[str | None] = mapped_column(Text)
    confidential: Mapped[bool] = mapped_column()
    county: Mapped[str | None] = mapped_column(Text)
    county_fips: Mapped[str | None] = mapped_column(Text)


class Address(FromSource, Base):
    """Of a location; never of a confidential one."""

    __tablename__ = "address"

    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id"), index=True)
    attention: Mapped[str | None] = mapped_column(Text)
    address_1: Mapped[str | None] = mapped_column(Text)
    address_2: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    state_province: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    address_type: Mapped[PlaceType] = mapped_column(enum_column(PlaceType, "address_type"))


class Accessibility(FromSource, Base):
    """How a location can be reached and used."""

    __tablename__ = "accessibility"

    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id"), index=True)
    description: Mapped[str | None] = mapped_column(Text)
    details: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)


class LocationPrivate(FromSource, Base):
    """Exact address and point of a confidential location: of the front-door organization only."""

    __tablename__ = "location_private"
    __table_args__ = (UniqueConstraint("organization_id", "location_id"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id"), index=True)
    attention: Mapped[str | None] = mapped_column(Text)
    address_1: Mapped[str | None] = mapped_column(Text)
    address_2: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    state_province: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    point: Mapped[WKBElement | None] = mapped_column(
        Geography("POINT", srid=4326, spatial_index=False)
    )
