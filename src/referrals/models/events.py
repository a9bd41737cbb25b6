"""The append-only log of a referral: every word of every party, once per event key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referrals.lifecycle import BusinessStatus, Party
from referrals.words import Audience, EventKind, Way
from shared.crypto import SealedJson, SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class ReferralEvent(WithId, Base):
    """One word or deed. The other side sees it when its audience is `both`."""

    __tablename__ = "referral_event"
    __table_args__ = (
        UniqueConstraint(
            "requester_organization_id",
            "referral_id",
            "event_key",
            name="uq_referral_event_event_key",
        ),
        UniqueConstraint(
            "requester_organization_id",
            "referral_id",
            "version",
            name="uq_referral_event_version",
        ),
        # A form sent twice is found by its key before anybody knows its referral.
        Index("ix_referral_event_key", "requester_organization_id", "event_key"),
    )

    requester_organization_id: Mapped[UUID]
    performer_organization_id: Mapped[UUID]
    restricted_team_id: Mapped[UUID | None]
    referral_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(Integer)
    event_key: Mapped[str] = mapped_column(String(200))
    audience: Mapped[Audience] = mapped_column(enum_column(Audience, "audience"))
    kind: Mapped[EventKind] = mapped_column(enum_column(EventKind, "kind"))
    party: Mapped[Party] = mapped_column(enum_column(Party, "party"))
    way: Mapped[Way] = mapped_column(enum_column(Way, "way"))
    status_from: Mapped[BusinessStatus | None] = mapped_column(
        enum_column(BusinessStatus, "status_from")
    )
    status_to: Mapped[BusinessStatus | None] = mapped_column(
        enum_column(BusinessStatus, "status_to")
    )
    reason: Mapped[str | None] = mapped_column(String(40))
    question: Mapped[str | None] = mapped_column(String(10))
    digit: Mapped[int | None] = mapped_column(Integer)
    got_help: Mapped[bool | None]
    need_met: Mapped[bool | None]
    # `kind:id` of the credential that wrote it, as in the audit.
    actor: Mapped[str] = mapped_column(String(80))
    said_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    role_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    told_to_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    said_by = SealedText()
    role = SealedText()
    told_to = SealedText()
    words = SealedJson()
