"""What one word brings about, decided before anything is written. Pure data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003
from enum import StrEnum
from uuid import UUID  # noqa: TC003

from referrals.lifecycle import BusinessStatus, Party  # noqa: TC001
from referrals.reasons import Reason  # noqa: TC001
from referrals.tasks import Because, TaskKind  # noqa: TC001
from referrals.words import Audience, EventKind, Held, Rule


class Recipient(StrEnum):
    """Who gets a text: the patient, every channel that was asked, or the phone that just wrote."""

    PATIENT = "patient"
    PATIENT_MAIL = "patient_mail"
    AGENCY = "agency"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Text:
    """A text or mail to queue. `by` becomes a day in words when it is rendered.

    `channel`: of the agency's channels only this one.
    """

    template: str
    to: Recipient
    by: datetime | None = None
    answer: str | None = None
    channel: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task for the sender's staff."""

    kind: TaskKind
    due_at: datetime
    words: str | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One event and everything that goes with it."""

    kind: EventKind = EventKind.MOVED
    path: tuple[BusinessStatus, ...] = ()
    # In whose right the moves are made, when it is not the speaker's.
    moves_as: Party | None = None
    reason: Reason | None = None
    audience: Audience = Audience.BOTH
    words: dict[str, str] = field(default_factory=dict)
    question: str | None = None
    digit: int | None = None
    got_help: bool | None = None
    need_met: bool | None = None
    texts: tuple[Text, ...] = ()
    tasks: tuple[NewTask, ...] = ()
    clocks: dict[Rule, datetime | None] = field(default_factory=dict)
    hold: Held | None = None
    drops_hold: bool = False
    forgets_answer: bool = False
    # Column values of the referral that go with it: a visit, a delivery, a next step.
    changes: dict[str, object] = field(default_factory=dict)
    follow_up: bool = False
