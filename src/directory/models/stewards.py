"""What the steward's desk keeps: calls made, what left the public results, emergencies, misses."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.crypto import SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class Means(StrEnum):
    """How somebody was asked whether a record is still right."""

    PHONE = "phone"
    EMAIL = "email"
    VISIT = "visit"
    LETTER = "letter"


class CallOutcome(StrEnum):
    """What came of it."""

    STILL_RIGHT = "still_right"
    CHANGED = "changed"
    NO_ANSWER = "no_answer"
    DEAD_NUMBER = "dead_number"
    BOUNCED = "bounced"


class SignalKind(StrEnum):
    """What the loop found out about a record, without saying about whom."""

    NOT_OFFERED = "not_offered"
    RECORD_WRONG = "record_wrong"


class VerificationAttempt(WithId, Base):
    """One call (letter, mail, visit) to an agency about all of its programmes."""

    __tablename__ = "verification_attempt"
    __table_args__ = (
        Index(
            "ix_verification_attempt_organization",
            "organization_id",
            "directory_organization_id",
            "tried_at",
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    directory_organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    means: Mapped[Means] = mapped_column(enum_column(Means, "means"))
    outcome: Mapped[CallOutcome] = mapped_column(enum_column(CallOutcome, "outcome"))
    spoke_with_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    spoke_with = SealedText()
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))


class UnlistedService(Base):
    """Nobody could be reached about it: the public finds it no more, staff see it marked."""

    __tablename__ = "unlisted_service"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class StalenessSignal(Base):
    """How often in a day the loop found a record wrong; nobody is named."""

    __tablename__ = "staleness_signal"

    service_at_location_id: Mapped[UUID] = mapped_column(
        ForeignKey("service_at_location.id"), primary_key=True
    )
    kind: Mapped[SignalKind] = mapped_column(enum_column(SignalKind, "kind"), primary_key=True)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    times: Mapped[int] = mapped_column()


class Emergency(WithId, Base):
    """One steward's action: many places closed, some opened for a while, a banner for everybody."""

    __tablename__ = "emergency"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="days"),)

    name: Mapped[str] = mapped_column(Text)
    # why the places are closed, as their pages say it
    words_en: Mapped[str] = mapped_column(Text)
    words_es: Mapped[str] = mapped_column(Text)
    banner_en: Mapped[str] = mapped_column(Text)
    banner_es: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date] = mapped_column()
    ends_on: Mapped[date] = mapped_column()
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class EmergencyChange(Base):
    """A row that the emergency made, as it was then; one that was edited since is left alone."""

    __tablename__ = "emergency_change"

    emergency_id: Mapped[UUID] = mapped_column(ForeignKey("emergency.id"), primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(40))
    digest: Mapped[str] = mapped_column(Text)
    # after the undo: whether somebody had edited it, so that it stayed
    kept: Mapped[bool | None] = mapped_column()


class SearchMiss(Base):
    """Searches of a day that found nothing: a need's code and three digits of a ZIP, no words."""

    __tablename__ = "search_miss"

    day: Mapped[date] = mapped_column(primary_key=True)
    need: Mapped[str] = mapped_column(String(40), primary_key=True)
    zip3: Mapped[str] = mapped_column(String(3), primary_key=True)
    times: Mapped[int] = mapped_column()
