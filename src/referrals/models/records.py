"""What hangs on a referral: disclosures, notes, staff tasks, needs left over, reply codes."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from referrals.tasks import TaskKind
from shared.crypto import SealedJson, SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class DisclosureKind(StrEnum):
    """The two levels that are disclosed apart."""

    FACTS = "facts"
    IDENTITY = "identity"


class ReferralDisclosure(WithId, Base):
    """What was disclosed to the agency under which consent. Identity shows after `shown_at`."""

    __tablename__ = "referral_disclosure"
    __table_args__ = (
        UniqueConstraint(
            "requester_organization_id",
            "referral_id",
            "kind",
            name="uq_referral_disclosure_kind",
        ),
    )

    requester_organization_id: Mapped[UUID]
    performer_organization_id: Mapped[UUID]
    restricted_team_id: Mapped[UUID | None]
    referral_id: Mapped[UUID]
    kind: Mapped[DisclosureKind] = mapped_column(enum_column(DisclosureKind, "kind"))
    consent_id: Mapped[UUID]
    scope: Mapped[str] = mapped_column(String(80))
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the consent ends: what was shown is hidden from then on.
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    content = SealedJson()


class SharedNote(WithId, Base):
    """A note that sender, agency and patient read."""

    __tablename__ = "shared_note"
    __table_args__ = (
        Index("ix_shared_note_referral", "requester_organization_id", "referral_id"),
        Index("ix_shared_note_performer", "performer_organization_id", "referral_id"),
    )

    requester_organization_id: Mapped[UUID]
    performer_organization_id: Mapped[UUID]
    restricted_team_id: Mapped[UUID | None]
    referral_id: Mapped[UUID]
    by_organization_id: Mapped[UUID]
    author_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    author = SealedText()
    body = SealedText()


class InternalNote(WithId, Base):
    """A note that one organization keeps to itself."""

    __tablename__ = "internal_note"
    __table_args__ = (Index("ix_internal_note_referral", "organization_id", "referral_id"),)

    organization_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    author_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    author = SealedText()
    body = SealedText()


class StaffTask(WithId, Base):
    """Something a person of the sender must do. The agency's answer may add one, never read one."""

    __tablename__ = "staff_task"
    __table_args__ = (
        Index(
            "ix_staff_task_open",
            "organization_id",
            "due_at",
            postgresql_where=text("done_at is null"),
        ),
        Index("ix_staff_task_referral", "organization_id", "referral_id"),
    )

    organization_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    kind: Mapped[TaskKind] = mapped_column(enum_column(TaskKind, "kind"))
    # None = the whole team's.
    person_id: Mapped[UUID | None]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Statuses in which it still makes sense; None = until done.
    while_status: Mapped[list[str] | None] = mapped_column(ARRAY(String(40)))
    event_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by_person_id: Mapped[UUID | None]

    words = SealedText()


class FollowUpNeed(WithId, Base):
    """A need that is still there after a referral ended or did not suffice."""

    __tablename__ = "follow_up_need"
    __table_args__ = (Index("ix_follow_up_need_patient", "organization_id", "patient_id"),)

    organization_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    need: Mapped[str] = mapped_column(String(40))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    met_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NextPlace(WithId, Base):
    """A place to ask when this one says no or stays silent, in the order that was agreed to."""

    __tablename__ = "next_place"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "referral_id", "position", name="uq_next_place_position"
        ),
    )

    organization_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    service_at_location_id: Mapped[UUID]
    # The place's name as it was read aloud.
    name: Mapped[str] = mapped_column(Text)


class ReplyCode(WithId, Base):
    """A two-digit code of a pair of numbers: the sender's and one phone of the agency."""

    __tablename__ = "reply_code"
    __table_args__ = (
        Index(
            "uq_reply_code_open",
            "sender_organization_id",
            "phone_hash",
            "code",
            unique=True,
            postgresql_where=text("closed_at is null"),
        ),
        Index("ix_reply_code_phone_hash", "phone_hash", "sender_organization_id"),
        Index("ix_reply_code_referral_id", "referral_id"),
    )

    sender_organization_id: Mapped[UUID]
    performer_organization_id: Mapped[UUID]
    referral_id: Mapped[UUID]
    phone_hash: Mapped[bytes] = mapped_column(LargeBinary)
    code: Mapped[int] = mapped_column(Integer)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
