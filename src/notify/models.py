"""Message rows and the routing rows that bring an answer home.

A message belongs to the organization whose number sends it; it names its recipient by kind and id
and holds no address. Routing rows hold network-wide keys and hashes; what people wrote is sealed.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from notify.delivery import Channel, MessageState, SenderKind
from shared.crypto import SealedJson, SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class Message(WithId, Base):
    """One text or e-mail: the truth that the job "look at message K" points at."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("organization_id", "deduplication_key"),
        Index("ix_message_organization_id_subject_id", "organization_id", "subject_id"),
        Index(
            "ix_message_work",
            "not_before",
            postgresql_where=text("state in ('queued', 'retry_at', 'claimed')"),
        ),
        Index(
            "ix_message_outcome_untold",
            "state_changed_at",
            postgresql_where=text(
                "outcome_told_at is null"
                " and state in ('delivered', 'undelivered', 'failed', 'suppressed')"
            ),
        ),
        Index(
            "ix_message_provider_sid",
            "provider_sid",
            postgresql_where=text("provider_sid is not null"),
        ),
        Index(
            "ix_message_waiting",
            "organization_id",
            "channel",
            "created_at",
            postgresql_where=text("state in ('queued', 'retry_at')"),
        ),
        Index(
            "ix_message_ask_provider_at",
            "ask_provider_at",
            postgresql_where=text("ask_provider_at is not null"),
        ),
        Index(
            "ix_message_needs_person",
            "organization_id",
            "needs_person_since",
            postgresql_where=text("needs_person_since is not null"),
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(nullable=False)
    source: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    template: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"))
    recipient_kind: Mapped[str] = mapped_column(String(20))
    recipient_id: Mapped[UUID]
    params_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    deduplication_key: Mapped[str] = mapped_column(String(200))
    priority: Mapped[int] = mapped_column(Integer)
    is_question: Mapped[bool] = mapped_column(Boolean)
    is_reply: Mapped[bool] = mapped_column(Boolean)
    confirms_opt_out: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[MessageState] = mapped_column(enum_column(MessageState, "state"))
    reason: Mapped[str | None] = mapped_column(String(60))
    attempts: Mapped[int] = mapped_column(Integer)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fence: Mapped[int] = mapped_column(Integer)
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    provider_sid: Mapped[str | None] = mapped_column(String(64))
    error_code: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state_changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome_attempts: Mapped[int] = mapped_column(Integer)
    # Between claim and proof only: by these the provider's list is searched.
    recipient_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    sent_from: Mapped[str | None] = mapped_column(String(20))
    ask_provider_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    provider_asked: Mapped[int] = mapped_column(Integer, server_default="0")
    # A person has to decide, or to mend something; whatever the state is.
    needs_person_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Stood in the queue of a restored database: waits for a person to release or drop it.
    held_since: Mapped[datetime | None] = mapped_column(UtcDateTime)

    params = SealedJson()
    body = SealedText()
    recipient = SealedText()


class MessageEvent(WithId, Base):
    """One thing that happened to a message; only ever added to."""

    __tablename__ = "message_event"
    __table_args__ = (
        Index("ix_message_event_organization_id_message_id", "organization_id", "message_id"),
    )

    organization_id: Mapped[UUID] = mapped_column(nullable=False)
    message_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(40))
    code: Mapped[str | None] = mapped_column(String(60))
    sid: Mapped[str | None] = mapped_column(String(64))
    person_id: Mapped[UUID | None]


class MessageSubject(Base):
    """One more subject that a message names beside its first."""

    __tablename__ = "message_subject"
    __table_args__ = (Index("ix_message_subject_message", "organization_id", "message_id"),)

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)


class InboundMessage(WithId, Base):
    """A text that somebody sent us, stored once by its provider's id before anything reads it."""

    __tablename__ = "inbound_text"
    __table_args__ = (
        UniqueConstraint("message_sid"),
        Index(
            "ix_inbound_text_unhandled",
            "received_at",
            postgresql_where=text("handled_at is null"),
        ),
    )

    organization_id: Mapped[UUID | None]
    message_sid: Mapped[str] = mapped_column(String(64))
    from_hash: Mapped[bytes] = mapped_column(LargeBinary)
    from_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    to_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    body_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    opt_out_type: Mapped[str | None] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handle_attempts: Mapped[int] = mapped_column(Integer)

    from_number = SealedText()
    to_number = SealedText()
    body = SealedText()


class StatusCallback(WithId, Base):
    """A provider's word about one message; the same word counts once."""

    __tablename__ = "status_callback"
    __table_args__ = (UniqueConstraint("message_sid", "message_status"),)

    message_sid: Mapped[str] = mapped_column(String(64))
    message_status: Mapped[str] = mapped_column(String(40))
    error_code: Mapped[str | None] = mapped_column(String(40))
    organization_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PhoneThread(WithId, Base):
    """What the last text to a phone asked, for one clinic's number: a bare digit answers that."""

    __tablename__ = "phone_thread"
    __table_args__ = (UniqueConstraint("organization_id", "phone_hash"),)

    organization_id: Mapped[UUID]
    phone_hash: Mapped[bytes] = mapped_column(LargeBinary)
    open_message_id: Mapped[UUID | None]
    open_template: Mapped[str | None] = mapped_column(String(40))
    open_subject_id: Mapped[UUID | None]
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unclear_replies: Mapped[int] = mapped_column(Integer)


class Suppression(WithId, Base):
    """An address that one organization's number must not write to."""

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("organization_id", "address_hash"),)

    organization_id: Mapped[UUID]
    address_hash: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(String(40))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by_message_id: Mapped[UUID | None]


class SenderNumber(WithId, Base):
    """Whose texting number this is, and its pace: one a clinic, so that STOP stops one clinic."""

    __tablename__ = "sender_number"
    __table_args__ = (UniqueConstraint("organization_id"), UniqueConstraint("number"))

    organization_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(20))
    kind: Mapped[SenderKind] = mapped_column(
        enum_column(SenderKind, "kind"), server_default="long_code"
    )
    segments_per_second: Mapped[float] = mapped_column(Float, server_default="1")
    next_free_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Its calls come to us too: agencies hear names by PIN (docs/decisions/0019).
    takes_calls: Mapped[bool] = mapped_column(Boolean, server_default="false")


class SenderPause(WithId, Base):
    """Nothing is sent for one organization, or for all (null), until somebody resumes."""

    __tablename__ = "sender_pause"
    __table_args__ = (
        Index(
            "ix_sender_pause_in_force",
            "organization_id",
            unique=True,
            postgresql_where=text("resumed_at is null"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    organization_id: Mapped[UUID | None]
    paused_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paused_by: Mapped[str] = mapped_column(String(100))
    why: Mapped[str] = mapped_column(String(200))
    resumed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resumed_by: Mapped[str | None] = mapped_column(String(100))


class SenderHome(Base):
    """The database server that the sender last worked on: another one means a restore."""

    __tablename__ = "sender_home"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    system_identifier: Mapped[str] = mapped_column(String(40))
    timeline: Mapped[int] = mapped_column(Integer)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
