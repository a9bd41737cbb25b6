"""What the patient agreed to: four ticks, the level of naming, who heard it, until when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from referrals.consent import ConsentForm, ConsentTerms, NamingLevel
from shared.crypto import SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class Consent(WithId, Base):
    """One consent of one patient, for the places that were read aloud."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_patient", "organization_id", "patient_id"),)

    organization_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    share: Mapped[bool]
    hear_back: Mapped[bool]
    text: Mapped[bool]
    next_places: Mapped[bool]
    naming_level: Mapped[NamingLevel] = mapped_column(enum_column(NamingLevel, "naming_level"))
    form: Mapped[ConsentForm] = mapped_column(enum_column(ConsentForm, "form"))
    heard_by_person_id: Mapped[UUID | None]
    heard_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    given_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    places: Mapped[list[str]] = mapped_column(ARRAY(String(60)))
    language: Mapped[str] = mapped_column(String(8))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    heard_by = SealedText()
    given_by = SealedText()

    def terms(self) -> ConsentTerms:
        """What the rules look at."""
        return ConsentTerms(
            share=self.share,
            hear_back=self.hear_back,
            text=self.text,
            next_places=self.next_places,
            heard_by=self.heard_by or "",
            given_at=self.given_at,
            ends_at=self.ends_at,
            revoked_at=self.revoked_at,
        )
