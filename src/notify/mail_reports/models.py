"""What came back about one of our mails: stored once, before anything acts on it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notify.mail_reports.kinds import MailKind
from shared.crypto import SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class MailReport(WithId, Base):
    """One mail that came back. Only those with an id of ours are kept; words are sealed."""

    __tablename__ = "mail_report"
    __table_args__ = (
        UniqueConstraint("fingerprint"),
        Index("ix_mail_report_message", "organization_id", "message_id"),
        Index(
            "ix_mail_report_unhandled",
            "received_at",
            postgresql_where=text("handled_at is null"),
        ),
    )

    organization_id: Mapped[UUID]
    message_id: Mapped[UUID]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[MailKind] = mapped_column(enum_column(MailKind, "kind"))
    status: Mapped[str | None] = mapped_column(String(20))
    away_until: Mapped[date | None] = mapped_column(Date)
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handle_attempts: Mapped[int] = mapped_column(Integer)

    words = SealedText()
