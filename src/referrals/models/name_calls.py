"""The PIN of a pair of sender and agency's phone, and the calls in which it was typed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referrals.name_calls.steps import Step
from shared.models import Base, UtcDateTime, WithId, enum_column


class NameCallPin(WithId, Base):
    """What a sender agreed with an agency's phone. No hash: withdrawn, staff call instead."""

    __tablename__ = "name_call_pin"
    __table_args__ = (
        UniqueConstraint("organization_id", "channel_id", name="uq_name_call_pin_channel"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("answering_channel.id"))
    pin_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[UUID | None]


class NameCall(WithId, Base):
    """One call and how far it has come; the caller's number is kept nowhere."""

    __tablename__ = "name_call"
    __table_args__ = (UniqueConstraint("organization_id", "call_hash", name="uq_name_call_call"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    call_hash: Mapped[bytes] = mapped_column(LargeBinary)
    step: Mapped[Step] = mapped_column(enum_column(Step, "step"))
    turn: Mapped[int] = mapped_column(Integer)
    wrong_tries: Mapped[int] = mapped_column(Integer)
    # Known once the PIN was right.
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("answering_channel.id"))
    referral_id: Mapped[UUID | None]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
