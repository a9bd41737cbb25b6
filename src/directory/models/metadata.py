"""HSDS metadata (who changed what, when) and meta_table_description."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from directory.models.base import FromSource
from shared.models import Base


class Metadata(FromSource, Base):
    """One change of one field, as the feed tells it or as a steward here made it.

    `resource_type` is a table, `resource_id` its row. Ours have an `external_id` that begins with
    "handback:", so that no import takes them for rows that have gone.
    """

    __tablename__ = "metadata"
    __table_args__ = (Index(None, "resource_id"),)

    resource_id: Mapped[UUID] = mapped_column()
    resource_type: Mapped[str] = mapped_column(Text)
    last_action_date: Mapped[date] = mapped_column()
    last_action_type: Mapped[str] = mapped_column(Text)
    field_name: Mapped[str] = mapped_column(Text)
    previous_value: Mapped[str] = mapped_column(Text)
    replacement_value: Mapped[str] = mapped_column(Text)
    updated_by: Mapped[str] = mapped_column(Text)


class MetaTableDescription(FromSource, Base):
    """In which language and characters a feed writes one of its tables."""

    __tablename__ = "meta_table_description"

    name: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    character_set: Mapped[str | None] = mapped_column(Text)
