"""What stewards keep beside the records: how they were checked, what they hid, rights, words."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.crypto import SealedJson, SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class CheckedHow(StrEnum):
    """Where the word came from that a record is right."""

    PHONE = "phone"
    VISIT = "visit"
    WEBSITE = "website"
    AGENCY = "agency"
    FEED = "feed"


class ServiceCheck(Base):
    """The last check of a service that somebody here made; it tells how `assured_date` came."""

    __tablename__ = "service_check"

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), primary_key=True)
    checked_on: Mapped[date] = mapped_column()
    how: Mapped[CheckedHow] = mapped_column(enum_column(CheckedHow, "how"))
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by: Mapped[str] = mapped_column(Text)


class HiddenPlace(WithId, Base):
    """A place that a steward made confidential; `kept` is what was taken out of public tables."""

    __tablename__ = "hidden_place"
    __table_args__ = (
        Index(
            "uq_hidden_place_standing",
            "organization_id",
            "location_id",
            unique=True,
            postgresql_where=text("undone_at is null"),
        ),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id"), index=True)
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = SealedText()
    kept_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    kept = SealedJson()
    # its feed came to say so itself
    feed_agrees: Mapped[bool] = mapped_column()
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_by_name: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class SourceChange(WithId, Base):
    """A steward's change of a source's rights: right → [before, after]. Imports leave these be."""

    __tablename__ = "source_change"

    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"), index=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_by: Mapped[str] = mapped_column(Text)
    made_by_id: Mapped[UUID | None] = mapped_column()
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SearchPhrase(WithId, Base):
    """People's own words that a steward tied to a need."""

    __tablename__ = "search_phrase"
    __table_args__ = (
        Index(
            "uq_search_phrase_standing",
            "phrase",
            "language",
            unique=True,
            postgresql_where=text("removed_at is null"),
        ),
    )

    phrase: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(5))
    need: Mapped[str] = mapped_column(String(40))
    added_by: Mapped[str] = mapped_column(Text)
    added_by_id: Mapped[UUID | None] = mapped_column()
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_by: Mapped[str | None] = mapped_column(Text)


class SearchVersion(Base):
    """Counts what every process must read anew: words of stewards, towns of hidden places."""

    __tablename__ = "search_version"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)


class MissPhrase(Base):
    """Words that found nothing three times or more, on two days or more; names are not in it."""

    __tablename__ = "miss_phrase"

    phrase: Mapped[str] = mapped_column(Text, primary_key=True)
    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    last_on: Mapped[date] = mapped_column()
    times: Mapped[int] = mapped_column()
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MissPhraseSeen(Base):
    """The same before that: a keyed hash alone, for 30 days."""

    __tablename__ = "miss_phrase_seen"

    day: Mapped[date] = mapped_column(primary_key=True)
    phrase_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    times: Mapped[int] = mapped_column()
