"""Full or open: what an agency said of a service at a place. Added to, never changed but undone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from directory.codes import PauseHow
from shared.models import Base, UtcDateTime, enum_column


class ServicePause(Base):
    """The last row of a place that was not undone counts; it ends by itself at `full_until`.

    `full_until` None: open. `change_id` names what was said in one go: one text, one form.
    """

    __tablename__ = "service_pause"
    __table_args__ = (
        UniqueConstraint("change_id", "service_at_location_id", name="uq_service_pause_change"),
        Index("ix_service_pause_place", "service_at_location_id", "said_at"),
        Index(
            "ix_service_pause_channel",
            "channel_id",
            "said_at",
            postgresql_where=text("channel_id is not null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    service_at_location_id: Mapped[UUID] = mapped_column(
        ForeignKey("service_at_location.id", ondelete="CASCADE")
    )
    full_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    how: Mapped[PauseHow] = mapped_column(enum_column(PauseHow, "how"))
    member_id: Mapped[UUID] = mapped_column()
    # The phone that said it, so that its "0" finds it.
    channel_id: Mapped[UUID | None] = mapped_column()
    change_id: Mapped[UUID] = mapped_column()
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
