"""What the public tells about a page, where a service went, and lists that staff keep."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from shared.crypto import SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class WhatIsWrong(StrEnum):
    """What somebody found on a page or at its door."""

    WRONG_NUMBER = "wrong_number"
    CLOSED = "closed"
    MOVED = "moved"
    NOT_OFFERED = "not_offered"
    HOURS_WRONG = "hours_wrong"
    OTHER = "other"


class ReportOutcome(StrEnum):
    """What the steward found."""

    MENDED = "mended"
    WAS_RIGHT = "was_right"
    CANNOT_TELL = "cannot_tell"


class ServiceReport(WithId, Base):
    """One word of somebody unknown that a fact is wrong; its reader is the front door's steward."""

    __tablename__ = "service_report"
    __table_args__ = (
        UniqueConstraint("organization_id", "form_key"),
        Index(
            "ix_service_report_waiting",
            "organization_id",
            "reported_at",
            postgresql_where=text("settled_at is null"),
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    service_at_location_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("service_at_location.id")
    )
    what: Mapped[WhatIsWrong] = mapped_column(enum_column(WhatIsWrong, "what"))
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = SealedText()
    # what it should say, as whoever reported it knows
    proposed_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    proposed = SealedText()
    # why a steward did not take it over
    refused_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    refused = SealedText()
    language: Mapped[str] = mapped_column(String(5))
    # hash of the form's nonce: a second press of its button is the same report
    form_key: Mapped[bytes] = mapped_column(LargeBinary)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[ReportOutcome | None] = mapped_column(enum_column(ReportOutcome, "outcome"))


class ServiceMoved(Base):
    """The old address of a page leads to the new one; ids of services or of services at places."""

    __tablename__ = "service_moved"
    __table_args__ = (CheckConstraint("old_id <> new_id", name="elsewhere"),)

    old_id: Mapped[UUID] = mapped_column(primary_key=True)
    new_id: Mapped[UUID] = mapped_column()
    moved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SavedList(WithId, Base):
    """Services that somebody of an organization put together; their own or the whole team's."""

    __tablename__ = "saved_list"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name = SealedText()
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = SealedText()
    shared: Mapped[bool] = mapped_column()
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SavedListItem(WithId, Base):
    """One service at one place in a list."""

    __tablename__ = "saved_list_item"
    __table_args__ = (
        UniqueConstraint(
            "organization_id",
            "list_id",
            "service_at_location_id",
            name="uq_saved_list_item_place",
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    list_id: Mapped[UUID] = mapped_column(ForeignKey("saved_list.id", ondelete="CASCADE"))
    service_at_location_id: Mapped[UUID] = mapped_column(ForeignKey("service_at_location.id"))
    position: Mapped[int] = mapped_column()
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = SealedText()
    added_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
