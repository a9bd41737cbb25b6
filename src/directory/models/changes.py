"""What each import changed, row by row; and what stewards say against their feeds."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.models import Base, UtcDateTime, WithId, enum_column


class Change(StrEnum):
    """What an import did to a row."""

    ADD = "add"
    UPDATE = "update"
    WITHDRAW = "withdraw"
    # it was withdrawn, and is in the feed again
    BRING_BACK = "bring_back"


class OverlayEnd(StrEnum):
    """Why a correction of ours no longer stands."""

    AGREED = "agreed"  # the feed says it now
    THEIRS = "theirs"  # a steward took the feed's value
    REPLACED = "replaced"  # corrected once more
    UNDONE = "undone"


class ImportChange(Base):
    """One row that one import wrote. `fields` maps a column to [before, after].

    An added row keeps no copy: it is its own, rows are never deleted. What is or becomes
    confidential about a place is never in here (see ImportChangePrivate).
    """

    __tablename__ = "import_change"
    __table_args__ = (Index(None, "entity_id"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(Text)
    change: Mapped[Change] = mapped_column(enum_column(Change, "change"))
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_hash_before: Mapped[bytes | None] = mapped_column(LargeBinary)
    withdrawn_before: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportChangePrivate(Base):
    """The same for `location_private`: of the front-door organization only."""

    __tablename__ = "import_change_private"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(Text)
    change: Mapped[Change] = mapped_column(enum_column(Change, "change"))
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    content_hash_before: Mapped[bytes | None] = mapped_column(LargeBinary)
    withdrawn_before: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Overlay(WithId, Base):
    """A steward's correction of one field of a record that a feed brought.

    The row itself holds `value`, so every reader is right; the feed's own value stands here.
    `conflict_at`: since then the feed says a third thing, and a steward has to choose.
    """

    __tablename__ = "overlay"
    __table_args__ = (
        Index(
            "uq_overlay_standing",
            "entity_id",
            "field",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index(None, "source_id"),
    )

    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"))
    entity: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[UUID] = mapped_column()
    field: Mapped[str] = mapped_column(Text)
    # JSON null is a value: "there is none"
    value: Mapped[Any] = mapped_column(JSONB(none_as_null=False))
    # what the feed said when this was made (or when a steward last kept ours), and says now
    base_value: Mapped[Any] = mapped_column(JSONB(none_as_null=False))
    feed_value: Mapped[Any] = mapped_column(JSONB(none_as_null=False))
    conflict_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Text)
    made_by_id: Mapped[UUID | None] = mapped_column()
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_how: Mapped[OverlayEnd | None] = mapped_column(enum_column(OverlayEnd, "ended_how"))
    ended_by: Mapped[str | None] = mapped_column(Text)
    # when the source was last told of it
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
