"""HSDS schedule: one row is one pair of opening and closing on a rule of days."""

from __future__ import annotations

from datetime import date, time
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from directory.codes import Frequency
from directory.models.base import FromSource
from shared.models import Base, enum_column


class Schedule(FromSource, Base):
    """Read in the order service_at_location, service, location; the first that has rows counts.

    Times are wall-clock times of the location. All day is 00:00 to 23:59 (HSDS convention).
    `closes_at` before `opens_at` runs past midnight.
    """

    __tablename__ = "schedule"

    service_at_location_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("service_at_location.id"), index=True
    )
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"), index=True)
    # 3.3 groups schedules (operating hours, events); null until a feed says it
    schedule_group: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[date | None] = mapped_column()
    valid_to: Mapped[date | None] = mapped_column()
    dtstart: Mapped[date | None] = mapped_column()
    until: Mapped[date | None] = mapped_column()
    count: Mapped[int | None] = mapped_column()
    # the feed's UTC offset, kept for export only: location.time_zone is what counts
    timezone: Mapped[str | None] = mapped_column(Text)
    freq: Mapped[Frequency | None] = mapped_column(enum_column(Frequency, "freq"))
    interval: Mapped[int | None] = mapped_column()
    wkst: Mapped[str | None] = mapped_column(Text)
    # "MO,TU"; with MONTHLY "2MO,-1FR"
    byday: Mapped[str | None] = mapped_column(Text)
    byweekno: Mapped[str | None] = mapped_column(Text)
    bymonthday: Mapped[str | None] = mapped_column(Text)
    byyearday: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    opens_at: Mapped[time | None] = mapped_column()
    closes_at: Mapped[time | None] = mapped_column()
    schedule_link: Mapped[str | None] = mapped_column(Text)
    attending_type: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[str | None] = mapped_column(Text)
