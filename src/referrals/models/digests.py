"""What waits to be told to an agency's phone in one text a day, for one clinic's number."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.models import Base, UtcDateTime, WithId


class AgencyDigest(WithId, Base):
    """One phone of an agency, as one clinic's number writes to it. Its id is what is due."""

    __tablename__ = "agency_digest"
    __table_args__ = (
        UniqueConstraint("organization_id", "channel_id", name="uq_agency_digest_channel"),
    )

    organization_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    last_text_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AgencyDigestLine(WithId, Base):
    """One request on that list: how often it was told, and when it is told next (None: no more)."""

    __tablename__ = "agency_digest_line"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "digest_id", "referral_id", name="uq_agency_digest_line"
        ),
    )

    organization_id: Mapped[UUID]
    digest_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    # What it says when it goes out alone.
    template: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(8))
    answer_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    times: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
