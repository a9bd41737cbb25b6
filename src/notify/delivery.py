"""What happens to one message: its states, the events that move it, what a provider's words mean.

Pure. Which event leads where stands in states.py, what an error code asks of us in codes.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notify.codes import RETRIED, CodeClass, class_of_code, limits_of


class Channel(StrEnum):
    """How a message travels."""

    SMS = "sms"
    EMAIL = "email"


class SenderKind(StrEnum):
    """What sort of number texts leave from; the provider paces each sort."""

    LONG_CODE = "long_code"
    TOLL_FREE = "toll_free"
    SHORT_CODE = "short_code"


class MessageState(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    RETRY_AT = "retry_at"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Event(StrEnum):
    """What can happen to a message."""

    # The claim's checks.
    CLAIMED = "claimed"
    HELD = "held"
    DROPPED = "dropped"
    FAULT = "fault"
    FAULTS_SPENT = "faults_spent"
    # One attempt's outcome.
    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"
    TRIES_SPENT = "tries_spent"
    REFUSED = "refused"
    OPTED_OUT = "opted_out"
    UNCLEAR = "unclear"
    MAIL_UNCLEAR = "mail_unclear"
    # A worker that never came back.
    LEASE_ENDED = "lease_ended"
    MAIL_LEASE_ENDED = "mail_lease_ended"
    # The provider's words, by callback or read from its list.
    ON_ITS_WAY = "on_its_way"
    RETURNED = "returned"
    SAID_FAILED = "said_failed"
    SAID_UNDELIVERED = "said_undelivered"
    SAID_DELIVERED = "said_delivered"
    # What only people do.
    RESENT_BY_PERSON = "resent_by_person"
    GIVEN_UP_BY_PERSON = "given_up_by_person"
    HEARD_IT_ARRIVED = "heard_it_arrived"
    DROPPED_BY_PERSON = "dropped_by_person"


class Outcome(StrEnum):
    """What one attempt to send came to."""

    ACCEPTED = "accepted"
    NOT_SENT = "not_sent"  # certain: no byte left, or the provider said "later"
    REFUSED = "refused"  # certain: the provider said no
    OPTED_OUT = "opted_out"
    UNCLEAR = "unclear"  # it may be on its way


@dataclass(frozen=True, slots=True)
class SendResult:
    """One attempt's outcome as a value; channels never raise for what the outside does."""

    outcome: Outcome
    provider_sid: str | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class KnownText:
    """A text as the provider holds it."""

    sid: str
    status: str
    error_code: str | None
    sender: str
    recipient: str
    body: str
    created_at: datetime | None


# What a provider's status says. A status that nobody listed says nothing: it is kept and told.
EVENT_OF_STATUS: dict[str, Event] = {
    "accepted": Event.ON_ITS_WAY,
    "scheduled": Event.ON_ITS_WAY,
    "queued": Event.ON_ITS_WAY,
    "sending": Event.ON_ITS_WAY,
    "sent": Event.ON_ITS_WAY,
    "canceled": Event.SAID_FAILED,
    "failed": Event.SAID_FAILED,
    "undelivered": Event.SAID_UNDELIVERED,
    "delivered": Event.SAID_DELIVERED,
    "read": Event.SAID_DELIVERED,
}
FINAL = frozenset(
    {
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.FAILED,
        MessageState.SUPPRESSED,
    }
)
WAITING = frozenset({MessageState.QUEUED, MessageState.RETRY_AT})

# Segments a second (messaging.md 5). A registered long code may have more: it is set by number.
PACE: dict[SenderKind, float] = {
    SenderKind.LONG_CODE: 1,
    SenderKind.TOLL_FREE: 3,
    SenderKind.SHORT_CODE: 100,
}
# A claim is ours for this long; the request's own time-out must be well inside it.
LEASE = timedelta(seconds=60)
REQUEST_TIMEOUT = timedelta(seconds=15)

# The provider is asked about a message that nobody told us the end of: never before 60 s after the
# try (its list is late), then further and further apart, for six hours in all.
ASK_AFTER = (60, 80, 120, 240, 480, 840, 1800, 3600, 7200, 14400, 21600)
# So long may a doubt last before a person is asked, so that 15 minutes hold; it stays a doubt.
PERSON_AFTER = timedelta(minutes=14)


def event_of_attempt(channel: Channel, result: SendResult, *, attempts: int) -> Event:
    """What one attempt's outcome means for the message."""
    match result.outcome:
        case Outcome.ACCEPTED:
            return Event.ACCEPTED
        case Outcome.REFUSED:
            return Event.REFUSED
        case Outcome.OPTED_OUT:
            return Event.OPTED_OUT
        case Outcome.UNCLEAR if channel is Channel.SMS:
            return Event.UNCLEAR
    if attempts >= limits_of(_retry_class(result.error_code)).tries:
        return Event.TRIES_SPENT
    return Event.MAIL_UNCLEAR if result.outcome is Outcome.UNCLEAR else Event.NOT_SENT


def event_of_status(status: str, code: str | None, *, attempts: int) -> Event | None:
    """What a provider's word means. A fault on the carrier's way is certain, and tried again."""
    event = EVENT_OF_STATUS.get(status)
    if event not in {Event.SAID_FAILED, Event.SAID_UNDELIVERED}:
        return event
    found = class_of_code(code)
    retried = found in {CodeClass.CARRIER, CodeClass.RATE_LIMITED}
    return Event.RETURNED if retried and attempts < limits_of(found).tries else event


def wait_after(code: str | None, *, attempts: int, chance: float) -> timedelta:
    """Time before the next try."""
    return limits_of(_retry_class(code)).wait_before(attempts, chance)


def ask_provider_at(claimed_at: datetime, now: datetime) -> datetime | None:
    """When the provider is to be asked next about a message claimed then; None: no more."""
    for seconds in ASK_AFTER:
        if (at := claimed_at + timedelta(seconds=seconds)) > now:
            return at
    return None


def _retry_class(code: str | None) -> CodeClass:
    """A certain "not sent" whose code no table holds is a mail server's, or a connection's."""
    found = class_of_code(code)
    return found if found in RETRIED else CodeClass.NOT_REACHED
