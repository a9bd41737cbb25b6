"""Texts from phones that no patient and no agency of this clinic has."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.crypto import SealedText
from shared.models import Base, UtcDateTime, WithId


class StrangerText(WithId, Base):
    """One text, until a person of the clinic has read it and after."""

    __tablename__ = "stranger_text"
    __table_args__ = (
        UniqueConstraint("organization_id", "inbound_id"),
        Index(
            "ix_stranger_text_unread",
            "organization_id",
            "received_at",
            postgresql_where=text("read_at is null"),
        ),
    )

    organization_id: Mapped[UUID]
    inbound_id: Mapped[UUID]
    danger: Mapped[bool] = mapped_column(Boolean)
    from_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_by_person_id: Mapped[UUID | None]

    from_number = SealedText()
    body = SealedText()
