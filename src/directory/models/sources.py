"""Where records come from and what may be done with them; each import; texts in other languages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from directory.models.base import FromSource
from shared.models import Base, UtcDateTime, WithId


class Source(WithId, Base):
    """A feed with its licence and rights; API, export and search server obey them."""

    __tablename__ = "source"

    name: Mapped[str] = mapped_column(Text, unique=True)
    licence: Mapped[str | None] = mapped_column(Text)
    licence_url: Mapped[str | None] = mapped_column(Text)
    attribution: Mapped[str | None] = mapped_column(Text)
    may_show_public: Mapped[bool] = mapped_column()
    may_republish: Mapped[bool] = mapped_column()
    may_send_to_search_server: Mapped[bool] = mapped_column()
    ends_on: Mapped[date | None] = mapped_column()
    # who in the network looks after it
    steward: Mapped[str | None] = mapped_column(Text)


class ImportRun(WithId, Base):
    """One finished import: counts and its report (places and reasons, never the feed's values).

    `written` = added + changed. What it did to each row stands in `import_change`.
    """

    __tablename__ = "import_run"

    # counted from 1: what `handback undo-import` is told
    number: Mapped[int] = mapped_column(unique=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"), index=True)
    made_by: Mapped[str] = mapped_column(Text)
    feed_format: Mapped[str] = mapped_column(Text)
    feed_name: Mapped[str] = mapped_column(Text)
    # SHA-256 of the files, by name and content
    feed_digest: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    written: Mapped[int] = mapped_column()
    added: Mapped[int] = mapped_column()
    unchanged: Mapped[int] = mapped_column()
    withdrawn: Mapped[int] = mapped_column()
    quarantined: Mapped[int] = mapped_column()
    # corrections of ours that the feed took over, and those it now contradicts
    agreed: Mapped[int] = mapped_column()
    conflicts: Mapped[int] = mapped_column()
    deletes_confirmed: Mapped[bool] = mapped_column()
    report: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(Text)
    # what undoing could not put back, field by field
    kept: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)


class Translation(FromSource, Base):
    """One field of one directory row in another language. `entity` is the table's name."""

    __tablename__ = "translation"
    __table_args__ = (Index(None, "entity_id", "language"),)

    entity: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[UUID] = mapped_column()
    field: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
