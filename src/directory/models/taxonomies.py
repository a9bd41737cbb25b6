"""HSDS taxonomy, taxonomy_term, attribute; and what maps people's words and codes to terms."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from directory.models.base import FromSource
from shared.models import Base, WithId


class Taxonomy(FromSource, Base):
    """A list of terms with a name and an address."""

    __tablename__ = "taxonomy"

    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    uri: Mapped[str | None] = mapped_column(Text)
    version: Mapped[str | None] = mapped_column(Text)


class TaxonomyTerm(FromSource, Base):
    """A term. Labels in Spanish stand in `translation` (entity "taxonomy_term", field "name")."""

    __tablename__ = "taxonomy_term"
    __table_args__ = (Index(None, "code"),)

    taxonomy_id: Mapped[UUID | None] = mapped_column(ForeignKey("taxonomy.id"), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("taxonomy_term.id"), index=True)
    code: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    taxonomy: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    term_uri: Mapped[str | None] = mapped_column(Text)
    # The Open Eligibility term that says the same; set after each import, never by a feed.
    maps_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("taxonomy_term.id"), index=True)


class Attribute(FromSource, Base):
    """Ties a term, or a free value, to any row: `link_entity` is a table, `link_id` its row."""

    __tablename__ = "attribute"
    __table_args__ = (Index(None, "link_id"),)

    link_id: Mapped[UUID] = mapped_column()
    link_entity: Mapped[str] = mapped_column(Text)
    taxonomy_term_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("taxonomy_term.id"), index=True
    )
    # service_type, eligibility, need (directory.codes.LinkType), or the feed's own
    link_type: Mapped[str | None] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    label: Mapped[str | None] = mapped_column(Text)


class SdohCrosswalk(Base):
    """An SDOH category of HL7's list (what a screening finds) and a term that answers it."""

    __tablename__ = "sdoh_crosswalk"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    term_id: Mapped[UUID] = mapped_column(ForeignKey("taxonomy_term.id"), primary_key=True)


class Synonym(WithId, Base):
    """A phrase in people's own words; it means a term or a whole need (directory.api.needs)."""

    __tablename__ = "synonym"
    __table_args__ = (
        UniqueConstraint(
            "phrase", "language", "term_id", "need", postgresql_nulls_not_distinct=True
        ),
    )

    phrase: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    term_id: Mapped[UUID | None] = mapped_column(ForeignKey("taxonomy_term.id"))
    need: Mapped[str | None] = mapped_column(Text)
