"""What the JSON API takes: bodies of requests, strict about every field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from referrals.actions import NextStep
from referrals.consent import ConsentForm, NamingLevel, Reach
from referrals.lifecycle import Party
from referrals.overdue import Urgency
from referrals.reasons import Reason
from referrals.words import Way

Short = Annotated[str, Field(max_length=200)]
Long = Annotated[str, Field(max_length=2000)]


class Strict(BaseModel):
    """What is not described is refused: a misspelt field must not pass as absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProxyIn(Strict):
    """Somebody who speaks for the patient."""

    name: Short
    relation: Short = ""
    phone: Short = ""


class PatientIn(Strict):
    """A new patient, or only the id of a known one."""

    id: UUID | None = None
    name: Short = ""
    phone: Short = ""
    email: Short = ""
    birth_date: date | None = None
    record_number: Short = ""
    name_to_use: Short = ""
    language: Annotated[str, Field(max_length=8)] = "en"
    text_language: Annotated[str, Field(max_length=8)] = ""
    zip: Annotated[str, Field(max_length=10)] = ""
    household_size: Annotated[int, Field(ge=1, le=30)] | None = None
    household_ages: Annotated[list[Annotated[int, Field(ge=0, le=120)]], Field(max_length=30)] = []
    proxy: ProxyIn | None = None
    reach: Reach = Reach.OWN_PHONE
    may_text: bool = True
    may_voicemail: bool = False
    best_times: Short = ""
    interpreter: bool = False


class ConsentIn(Strict):
    """The four ticks and who heard them."""

    share: bool
    hear_back: bool = False
    text: bool = False
    next_places: bool = False
    heard_by: Short
    naming_level: NamingLevel = NamingLevel.NEED
    form: ConsentForm = ConsentForm.VERBAL


class CreateReferral(Strict):
    """One need at one place. `send: false` keeps it as a draft."""

    patient: PatientIn
    consent: ConsentIn | None = None
    need: Annotated[str, Field(max_length=40)]
    service_at_location_id: UUID
    # Asked in this order when the first says no or stays silent; needs consent.next_places.
    next_places: Annotated[list[UUID], Field(max_length=2)] = []
    urgency: Urgency = Urgency.ROUTINE
    facts: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)] = []
    note: Long = ""
    worker: Annotated[str, Field(max_length=40)] = ""
    # Only this team of the sender sees it from now on; a key writes it and reads it no more.
    restricted_team_id: UUID | None = None
    # They said they take nobody new until a date (`service_full`): ask all the same.
    although_full: bool = False
    send: bool = True


class SaidBy(Strict):
    """Whose word was heard, how and when."""

    party: Party
    name: Short
    role: Short = ""
    how: Way = Way.PHONE
    at: datetime | None = None


class MoveIn(Strict):
    """A verb or step of this document, with what belongs to it."""

    move: Annotated[str, Field(max_length=40)]
    acting: Party | None = Field(default=None, alias="as")
    reason: Reason | None = None
    note: Long = ""
    visit_at: datetime | None = None
    # For `reroute`: the place to ask instead; without it, the next one of the list.
    service_at_location_id: UUID | None = None
    # For `acknowledge` and `note`.
    next_step: NextStep | None = None
    shared: bool = True
    said_by: SaidBy | None = None
