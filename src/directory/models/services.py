"""HSDS service, service_at_location, service_area, cost_option, required_document, capacity."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from directory.codes import HowToStart, ServiceStatus
from directory.models.base import FromSource
from shared.models import Base, UtcDateTime, enum_column


class Service(FromSource, Base):
    """What somebody can get, from whom, and how it starts."""

    __tablename__ = "service"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    program_id: Mapped[UUID | None] = mapped_column(ForeignKey("program.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    alternate_name: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    status: Mapped[ServiceStatus] = mapped_column(enum_column(ServiceStatus, "status"))
    interpretation_services: Mapped[str | None] = mapped_column(Text)
    application_process: Mapped[str | None] = mapped_column(Text)
    fees_description: Mapped[str | None] = mapped_column(Text)
    # wait_time, fees and licenses are deprecated by HSDS 3, still brought by feeds
    wait_time: Mapped[str | None] = mapped_column(Text)
    fees: Mapped[str | None] = mapped_column(Text)
    licenses: Mapped[str | None] = mapped_column(Text)
    accreditations: Mapped[str | None] = mapped_column(Text)
    eligibility_description: Mapped[str | None] = mapped_column(Text)
    minimum_age: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    maximum_age: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    assured_date: Mapped[date | None] = mapped_column()
    assurer_email: Mapped[str | None] = mapped_column(Text)
    alert: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[datetime | None] = mapped_column(UtcDateTime)
    how_to_start: Mapped[HowToStart] = mapped_column(enum_column(HowToStart, "how_to_start"))
    # False when nothing in the feed told it: patient_calls is then a guess that a steward checks.
    how_to_start_known: Mapped[bool] = mapped_column()
    # what to do first, one step a line
    starting_steps: Mapped[str | None] = mapped_column(Text)
    # directory.codes.ServiceFlag → true or false; a flag that is not there is not known
    flags: Mapped[dict[str, bool]] = mapped_column(JSONB)
    # directory.codes.Delivery values: no place is needed
    delivery: Mapped[list[str]] = mapped_column(ARRAY(Text))


class ServiceAtLocation(FromSource, Base):
    """A service at one place: what is searched, and what a referral is sent to.

    A service without any place has one row with `location_id` null, so that it can be found too.
    """

    __tablename__ = "service_at_location"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"), index=True)
    description: Mapped[str | None] = mapped_column(Text)


class ServiceArea(FromSource, Base):
    """Where people must live or be for a service (an outline in `extent`, or only words)."""

    __tablename__ = "service_area"

    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    service_at_location_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("service_at_location.id"), index=True
    )
    name: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    extent: Mapped[str | None] = mapped_column(Text)
    extent_type: Mapped[str | None] = mapped_column(Text)
    uri: Mapped[str | None] = mapped_column(Text)
    # where the outline is a whole county ("24045"), state ("MD") or country ("US")
    county_fips: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)


class CostOption(FromSource, Base):
    """What a service costs for whom."""

    __tablename__ = "cost_option"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    valid_from: Mapped[date | None] = mapped_column()
    valid_to: Mapped[date | None] = mapped_column()
    option: Mapped[str | None] = mapped_column(Text)
    currency: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    amount_description: Mapped[str | None] = mapped_column(Text)


class RequiredDocument(FromSource, Base):
    """A paper that has to be brought."""

    __tablename__ = "required_document"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    document: Mapped[str | None] = mapped_column(Text)
    uri: Mapped[str | None] = mapped_column(Text)


class Unit(FromSource, Base):
    """What a capacity is counted in: beds, hours, places at a table."""

    __tablename__ = "unit"

    name: Mapped[str] = mapped_column(Text)
    scheme: Mapped[str | None] = mapped_column(Text)
    identifier: Mapped[str | None] = mapped_column(Text)
    uri: Mapped[str | None] = mapped_column(Text)


class ServiceCapacity(FromSource, Base):
    """How much of a service was free when it was last told."""

    __tablename__ = "service_capacity"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    available: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    maximum: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    description: Mapped[str | None] = mapped_column(Text)
    updated: Mapped[datetime] = mapped_column(UtcDateTime)
