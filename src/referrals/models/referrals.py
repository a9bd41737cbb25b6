"""The referral: FHIR's ServiceRequest and Task in one row that sender and agency share.

It holds nothing that tells who the patient is: that is in `patient` (sender only) and, once shown,
in the identity disclosure.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from referrals.consent import NamingLevel
from referrals.lifecycle import BusinessStatus, TaskStatus, task_status_of
from referrals.overdue import AnsweringHours, Urgency
from referrals.words import Rule
from shared.crypto import SealedText
from shared.models import Base, UtcDateTime, WithId, enum_column


class Referral(WithId, Base):
    """One request for one need at one place."""

    __tablename__ = "referral"
    __table_args__ = (
        Index("ix_referral_requester", "requester_organization_id", "status", "next_action_at"),
        Index("ix_referral_performer", "performer_organization_id", "status", "sent_at"),
        Index("ix_referral_patient", "requester_organization_id", "patient_id"),
        Index("ix_referral_owner", "requester_organization_id", "owner_person_id", "status"),
        Index(
            "ix_referral_restricted",
            "requester_organization_id",
            "patient_id",
            postgresql_where=text("restricted_team_id is not null"),
        ),
    )

    requester_organization_id: Mapped[UUID]
    performer_organization_id: Mapped[UUID]
    restricted_team_id: Mapped[UUID | None]
    patient_id: Mapped[UUID]
    consent_id: Mapped[UUID | None]
    owner_person_id: Mapped[UUID | None]
    # Given name of the staff member in charge, as the texts say it: "Rosa".
    owner_name: Mapped[str] = mapped_column(String(40))

    status: Mapped[BusinessStatus] = mapped_column(enum_column(BusinessStatus, "status"))
    task_status: Mapped[TaskStatus] = mapped_column(enum_column(TaskStatus, "task_status"))
    # Counts the events; pages and the API compare it (ETag).
    version: Mapped[int] = mapped_column(Integer)
    code: Mapped[int | None] = mapped_column(Integer)
    need: Mapped[str] = mapped_column(String(40))
    urgency: Mapped[Urgency] = mapped_column(enum_column(Urgency, "urgency"))
    how_to_start: Mapped[str] = mapped_column(String(40))
    household_size: Mapped[int | None] = mapped_column(Integer)
    household_ages: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    language: Mapped[str] = mapped_column(String(8))
    zip: Mapped[str | None] = mapped_column(String(10))
    # What the patient let us tell: "no_car", "no_id" …
    facts: Mapped[list[str]] = mapped_column(ARRAY(String(60)))
    service_at_location_id: Mapped[UUID]
    # The listing's words at sending; the directory may change later.
    service: Mapped[dict[str, Any]] = mapped_column(JSONB)
    requester_name: Mapped[str] = mapped_column(Text)
    requester_label: Mapped[str] = mapped_column(String(40))
    requester_phone: Mapped[str | None] = mapped_column(String(16))
    requester_time_zone: Mapped[str] = mapped_column(String(64))
    performer_name: Mapped[str] = mapped_column(Text)
    performer_phone: Mapped[str | None] = mapped_column(String(16))
    performer_time_zone: Mapped[str] = mapped_column(String(64))
    patient_time_zone: Mapped[str] = mapped_column(String(64))

    # As last known; the message source asks again at the moment of sending.
    naming_level: Mapped[NamingLevel] = mapped_column(enum_column(NamingLevel, "naming_level"))
    text_language: Mapped[str] = mapped_column(String(8))
    may_text: Mapped[bool]

    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Channels that were asked: [{"id", "kind", "language"}]; never an address.
    asked_channels: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    viewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_way: Mapped[str | None] = mapped_column(String(20))
    answered_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # An answer that can still be undone: {"to", "reason", "way", "at", "until"}.
    held: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    contact_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    identity_shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    visit_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    visit_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    patient_asks: Mapped[int] = mapped_column(Integer)
    patient_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Rule → instant; `next_action_at` is the earliest and the one row in `due`.
    clocks: Mapped[dict[str, str]] = mapped_column(JSONB)
    next_action_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(40))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_step: Mapped[str | None] = mapped_column(String(40))
    # How many more places may be asked (their list is the sender's alone).
    places_left: Mapped[int] = mapped_column(Integer, default=0)
    # A re-route or a second try at the same place; a need that came up afterwards.
    part_of_id: Mapped[UUID | None]
    follow_up_of_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    answered_by = SealedText()
    visit_note = SealedText()

    def stand_at(self, status: BusinessStatus) -> None:
        """Take a status and the Task status around it. Called by `transition` and at creation."""
        self.status = status
        self.task_status = task_status_of(status)

    def clock(self, rule: Rule) -> datetime | None:
        """When this rule is due, if it runs."""
        text = self.clocks.get(rule.value)
        return datetime.fromisoformat(text) if text else None

    def set_clocks(self, changes: dict[Rule, datetime | None]) -> None:
        """Start, move or stop (None) clocks; the earliest becomes the next action."""
        clocks = dict(self.clocks)
        for rule, at in changes.items():
            if at is None:
                clocks.pop(rule.value, None)
            else:
                clocks[rule.value] = at.isoformat()
        self.clocks = clocks
        instants = [datetime.fromisoformat(text) for text in clocks.values()]
        self.next_action_at = min(instants, default=None)

    @property
    def performer_hours(self) -> AnsweringHours:
        """The agency's answering hours."""
        return AnsweringHours(self.performer_time_zone)

    @property
    def requester_hours(self) -> AnsweringHours:
        """The sender's answering hours."""
        return AnsweringHours(self.requester_time_zone)
