"""The patient as the sender knows them: sealed, found by blind indexes; no agency reads this."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from referrals.consent import NamingLevel, Reach
from referrals.names import name_tokens
from shared.crypto import SealedJson, SealedText, blind_index
from shared.models import Base, UtcDateTime, WithId, enum_column
from shared.phone_numbers import to_e164


class PatientName(Base):
    """A word of a name, as a blind index.

    Equality on bytes keeps its index under row policies; an array operator would not.
    """

    __tablename__ = "patient_name"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    token: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class Patient(WithId, Base):
    """A person who is referred, and how they want to be reached."""

    __tablename__ = "patient"
    __table_args__ = (
        Index("ix_patient_phone", "organization_id", "phone_index"),
        Index("ix_patient_record", "organization_id", "record_index"),
        Index("ix_patient_email", "organization_id", "email_index"),
    )

    organization_id: Mapped[UUID]
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    birth_date_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_to_use_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    through_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    best_times_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    access_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    proxy_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    record_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(8))
    text_language: Mapped[str] = mapped_column(String(8))
    zip: Mapped[str | None] = mapped_column(String(10))
    household_size: Mapped[int | None] = mapped_column(Integer)
    household_ages: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    time_zone: Mapped[str | None] = mapped_column(String(64))
    way: Mapped[Reach] = mapped_column(enum_column(Reach, "way"))
    naming_level: Mapped[NamingLevel] = mapped_column(enum_column(NamingLevel, "naming_level"))
    may_text: Mapped[bool]
    may_voicemail: Mapped[bool]
    voicemail_says_clinic: Mapped[bool]
    interpreter: Mapped[bool]
    hello_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    phone_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wrong_number_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    name = SealedText()
    phone = SealedText()
    email = SealedText()
    birth_date = SealedText()
    record_number = SealedText()
    note = SealedText()
    name_to_use = SealedText()
    through = SealedText()
    best_times = SealedText()
    access = SealedText()
    # Somebody who speaks for them: {"name", "relation", "phone"}.
    proxy = SealedJson()

    @property
    def first_name(self) -> str:
        """The name to use, else the first of the names."""
        return self.name_to_use or (self.name or "").split(" ")[0]

    @property
    def born(self) -> date | None:
        """The birth date as a date."""
        return date.fromisoformat(self.birth_date) if self.birth_date else None

    def index_words(self) -> None:
        """Make the blind indexes of what was just written."""
        tenant = self.organization_id
        phone = to_e164(self.phone) if self.phone else None
        self.phone_index = blind_index(tenant, "phone", phone) if phone else None
        email = (self.email or "").strip().lower()
        self.email_index = blind_index(tenant, "email", email) if email else None
        record = (self.record_number or "").strip().upper()
        self.record_index = blind_index(tenant, "record", record) if record else None

    def name_rows(self) -> list[PatientName]:
        """The rows by which a name, or its beginning, finds this patient."""
        tokens = name_tokens(self.name or "", self.name_to_use or "")
        return [
            PatientName(
                organization_id=self.organization_id,
                token=blind_index(self.organization_id, "name", token),
                patient_id=self.id,
            )
            for token in tokens
        ]
