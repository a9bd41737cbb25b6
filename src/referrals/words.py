"""The small closed lists of the loop: event kinds, ways, audiences, clock rules. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- read at run time by dataclass users
from enum import StrEnum
from uuid import UUID  # noqa: TC003

from accounts.rules import Actor, ActorKind
from referrals.lifecycle import Party
from shared.i18n import gettext_noop as _


class EventKind(StrEnum):
    """What an entry of the log records."""

    CREATED = "created"
    MOVED = "moved"
    ANSWER_GIVEN = "answer_given"
    ANSWER_UNDONE = "answer_undone"
    ANSWER_LAPSED = "answer_lapsed"
    REASON_GIVEN = "reason_given"
    AGENCY_WROTE = "agency_wrote"
    AGENCY_ASKED = "agency_asked"
    CALL_WANTED = "call_wanted"
    PATIENT_ANSWERED = "patient_answered"
    PATIENT_WROTE = "patient_wrote"
    PATIENT_ASKED = "patient_asked"
    NEED_SAID = "need_said"
    IDENTITY_SHOWN = "identity_shown"
    IDENTITY_HIDDEN = "identity_hidden"
    CALL_TRIED = "call_tried"
    NOTE_ADDED = "note_added"
    CONTACT_CHANGED = "contact_changed"
    CONSENT_RECORDED = "consent_recorded"
    CONSENT_REVOKED = "consent_revoked"
    OWNER_CHANGED = "owner_changed"
    ENDING_ACKNOWLEDGED = "ending_acknowledged"
    CLOCK_RANG = "clock_rang"
    LATE_WORD = "late_word"
    UNCLEAR_REPLY = "unclear_reply"
    MESSAGE_FAILED = "message_failed"
    CHANNEL_ASKED = "channel_asked"
    CHANNEL_AGREED = "channel_agreed"
    WENT_OUT = "went_out"
    AUTO_ANSWER = "auto_answer"
    PLACES_CHANGED = "places_changed"
    PIN_LOCKED = "pin_locked"


class Way(StrEnum):
    """How a word came."""

    TEXT = "text"
    LINK = "link"
    PAGE = "page"
    API = "api"
    PHONE = "phone"
    IN_PERSON = "in_person"
    FAX = "fax"
    MAIL = "mail"
    CLOCK = "clock"
    KEYPAD = "keypad"


class Audience(StrEnum):
    """Who may read an event: both parties, or the sender's side alone (in the row policy)."""

    BOTH = "both"
    SENDER = "sender"


class Rule(StrEnum):
    """The clocks a referral can carry."""

    HELD = "held"
    OWNER_CALLS = "owner_calls"
    PLAN_B_TOLD = "plan_b_told"
    NEXT_PLACE = "next_place"
    EXPIRES = "expires"
    ASK_PATIENT = "ask_patient"
    CALL_PATIENT = "call_patient"
    ASK_AGENCY = "ask_agency"
    OWNER_AFTER_YES = "owner_after_yes"
    RUNS_OUT = "runs_out"
    WINDOW_ENDS = "window_ends"
    NO_REPLY_TO_P7 = "no_reply_to_p7"
    DECIDE = "decide"
    ENDING = "ending"
    CONSENT_ENDS = "consent_ends"
    DRAFT = "draft"
    LIST_ASKED = "list_asked"
    VISIT_TOMORROW = "visit_tomorrow"
    CONSENT_OVER = "consent_over"


WAY_LABELS: dict[Way, str] = {
    Way.TEXT: _("by text"),
    Way.LINK: _("by link"),
    Way.PAGE: _("on the page"),
    Way.API: _("from their system"),
    Way.PHONE: _("by phone"),
    Way.IN_PERSON: _("in person"),
    Way.FAX: _("by fax or letter"),
    Way.MAIL: _("by e-mail"),
    Way.CLOCK: _("by the clock"),
    Way.KEYPAD: _("by the phone's keys"),
}
TOLD_WAYS = frozenset({Way.PHONE, Way.IN_PERSON, Way.FAX})


@dataclass(frozen=True, slots=True)
class Word:
    """One party's word: whose, brought by whom, by which way, and the key it counts once by."""

    actor: Actor
    party: Party
    event_key: str
    now: datetime
    way: Way
    said_by: str = ""
    role: str = ""
    # Set when staff wrote down what the party said: "told to Rosa".
    told_to: str | None = None
    said_at: datetime | None = None
    # The answering channel that a text came from; answers go back to it.
    reply_channel_id: UUID | None = None
    # That phone may call us and hear the name (the PIN call), so nobody has to call it.
    hears_by_phone: bool = False

    @property
    def name(self) -> str:
        """The name shown for whoever said it."""
        return self.said_by or self.actor.label


CLOCK_ACTOR = Actor(kind=ActorKind.CLOCK, organization_id=None, label="")


def own_words_key(event_key: str) -> str:
    """The entry that keeps a patient's own words from the agency that hears the answer."""
    return f"{event_key}:own_words"


def clock_word(rule: Rule, due_at: datetime, now: datetime) -> Word:
    """The clock's own word; the key is the due time, so running again changes nothing."""
    return Word(
        actor=CLOCK_ACTOR,
        party=Party.CLOCK,
        event_key=f"clock:{rule}:{due_at.isoformat()}",
        now=now,
        way=Way.CLOCK,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """An answer that still can be undone; it counts as the winner until then."""

    to: str
    reason: str | None
    said_by: str
    way: Way
    at: datetime
    until: datetime
    role: str = ""
    words: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """As the row keeps it; names and notes stay in the sealed event."""
        return {
            "to": self.to,
            "reason": self.reason,
            "way": self.way.value,
            "at": self.at.isoformat(),
            "until": self.until.isoformat(),
        }
