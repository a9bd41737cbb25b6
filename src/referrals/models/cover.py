"""Who looks after whose list while somebody is away."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from shared.models import Base, UtcDateTime, WithId


class Cover(WithId, Base):
    """From the first to the last day, both included, by the organization's calendar."""

    __tablename__ = "cover"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="days"),
        CheckConstraint("person_id <> by_person_id", name="somebody_else"),
        Index("ix_cover_by_person_id", "organization_id", "by_person_id"),
        Index("ix_cover_person_id", "organization_id", "person_id"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    by_person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    starts_on: Mapped[date] = mapped_column()
    ends_on: Mapped[date] = mapped_column()
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Ended before its last day.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
