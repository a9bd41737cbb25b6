"""Days on which a place is closed whatever its schedule says; ours, HSDS has no word for it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from directory.codes import ClosureReason
from shared.models import Base, UtcDateTime, enum_column


class Closure(Base):
    """Of exactly one of an organization, a location or a service; both days included.

    `batch_id` names those that were made in one go (a storm), so that one undo takes all back.
    """

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(organization_id, location_id, service_id) = 1", name="one_owner"
        ),
        CheckConstraint("starts_on <= ends_on", name="days"),
        Index("ix_closure_batch_id", "batch_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"), index=True)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    batch_id: Mapped[UUID | None] = mapped_column()
    starts_on: Mapped[date] = mapped_column()
    ends_on: Mapped[date] = mapped_column()
    reason: Mapped[ClosureReason] = mapped_column(enum_column(ClosureReason, "reason"))
    # what people read; empty: only the dates are shown
    words_en: Mapped[str] = mapped_column(Text)
    words_es: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
